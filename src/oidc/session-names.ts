// How a session is named to the operator's own APIs.
import { hashId } from './adapter.ts';

/** The name of the session with this uid: nobody can make a session's id of it. */
export function sessionName(uid: string): string {
  return `ses_${hashId(uid).toString('base64url').slice(0, 22)}`;
}

// What the phone shows of a request that changes the service: who asks, and what it does, so that the screen names the
// effect of the code that is about to be typed.
import type { Locale } from '../authentication/sign-in-types.ts';

export type ServiceAction = 'enrol' | 'link' | 'deactivate' | 'bank-details';

/** Gives name and sentence; `account` names the account that it is about; for bank details, how the bank account ends. */
export type ServiceWords = (
  action: ServiceAction,
  about: { readonly locale: Locale; readonly account: string },
) => { readonly serviceName: string; readonly message: string };

/** Who asks, to the journal and to the list of last uses. */
export const serviceClientId = 'mc-portal';

/** Names of accounts come from elsewhere: cut, so that no text is too long for a SIM. */
export function shortAccountName(label: string): string {
  const characters = Array.from(label.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim());
  return characters.length <= 30 ? characters.join('') : `${characters.slice(0, 29).join('').trimEnd()}.`;
}

// The changes of the service that the PIN confirms, as pages and APIs use them.
import type { AccountId } from '../identifiers.ts';
import { deactivate } from './deactivate.ts';
import { linkAccount } from './link-account.ts';
import {
  type ConfirmationDeps,
  type ConfirmationRequest,
  type ConfirmationStart,
  type ConfirmationView,
  cancelConfirmation,
  viewConfirmation,
} from './phone-confirmation.ts';

interface Own {
  readonly id: string;
  readonly accountId: AccountId;
}

export interface PhoneConfirmations {
  deactivate(request: ConfirmationRequest): Promise<ConfirmationStart>;
  link(request: ConfirmationRequest & { readonly passwordFresh: boolean }): Promise<ConfirmationStart>;
  /** Undefined if the account has begun no such thing. */
  view(own: Own): Promise<ConfirmationView | undefined>;
  cancel(own: Own): Promise<void>;
  /** Resolves when the view may have changed, at the time-out, or on abort; then look again. */
  waitForChange(id: string, wait: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<void>;
}

/** Makes them over their dependencies. */
export function createPhoneConfirmations(deps: ConfirmationDeps): PhoneConfirmations {
  return {
    deactivate: (request) => deactivate(deps, request),
    link: (request) => linkAccount(deps, request),
    view: (own) => viewConfirmation(deps, own),
    cancel: (own) => cancelConfirmation(deps, own),
    waitForChange: (id, wait) => deps.wakeUps.wait(id, wait),
  };
}

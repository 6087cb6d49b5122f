// How an account is come into, as the APIs see it: its password changed by its owner, and a forgotten one replaced.
import type { ChangePassword } from '../authentication/password-change.ts';
import type { PasswordResets } from '../authentication/password-reset-types.ts';
import type { OpenAccounts } from '../enrolment/open-account-types.ts';

export type { PasswordChangeOutcome } from '../authentication/password-change.ts';
export type {
  PasswordResetOutcome,
  PasswordResets,
  PasswordResetView,
  PasswordResetVisit,
} from '../authentication/password-reset-types.ts';

/** The use cases behind the routes of passwords and of accounts that people open. */
export interface PasswordDesk {
  readonly change: ChangePassword;
  readonly resets: PasswordResets;
  /** Undefined where nobody logs in by e-mail. */
  readonly openAccounts: OpenAccounts | undefined;
  /** What binds a flow to the browser that began it. */
  newBrowser(): string;
}

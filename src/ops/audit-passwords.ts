// The journal's events about passwords that are set, and accounts that people open. Part of audit.ts.
import type { AuditFact } from './audit.ts';

export interface PasswordAudit<Tx = unknown> {
  passwordSet(tx: Tx, about: { accountId: string; how: 'changed' | 'reset'; channel?: string | null }): Promise<void>;
  /** The present password was not right. */
  passwordChangeFailed(tx: Tx, about: { accountId: string }): Promise<void>;
  /** A code for a new password was asked for; the same row for every identifier. */
  passwordResetAsked(tx: Tx, about: { resetId: string; channel: string }): Promise<void>;
  passwordResetCodeWrong(tx: Tx, about: { resetId: string }): Promise<void>;
  /** Somebody without a contract asked for codes to open an account; the same row for every address. */
  accountAsked(tx: Tx, about: { draftId: string }): Promise<void>;
  accountOpened(tx: Tx, about: { accountId: string; draftId: string; termsVersion: string }): Promise<void>;
}

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact> & { readonly level?: 'info' | 'warn' };

/** Makes the functions over the one that writes the row. */
export function passwordEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): PasswordAudit<Tx> {
  return {
    passwordSet: (tx, { accountId, how, channel = null }) =>
      record(tx, {
        ...{ action: 'password.set', actor: how === 'changed' ? 'account' : 'visitor', accountId },
        details: { how, channel },
        level: 'warn',
      }),
    passwordChangeFailed: (tx, { accountId }) =>
      record(tx, { action: 'password.change_failed', actor: 'account', accountId, outcome: 'failure' }),
    passwordResetAsked: (tx, { resetId, channel }) =>
      record(tx, { action: 'password_reset.asked', actor: 'visitor', object: resetId, details: { channel } }),
    passwordResetCodeWrong: (tx, { resetId }) =>
      record(tx, { action: 'password_reset.code_wrong', actor: 'visitor', object: resetId, outcome: 'failure' }),
    accountAsked: (tx, { draftId }) => record(tx, { action: 'account.asked', actor: 'visitor', object: draftId }),
    accountOpened: (tx, { accountId, draftId, termsVersion }) =>
      record(tx, {
        ...{ action: 'account.opened', actor: 'visitor', accountId, object: draftId },
        details: { termsVersion },
      }),
  };
}

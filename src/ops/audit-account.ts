// The journal's events of what a customer changes of her own account. Part of audit.ts.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact>;

interface About {
  readonly accountId: string;
}

export interface AccountAudit<Tx = unknown> {
  /** `fields`: which, not what. */
  profileChanged(tx: Tx, about: About & { fields: readonly string[] }): Promise<void>;
  preferencesChanged(tx: Tx, about: About): Promise<void>;
  /** A code went to a new contact. */
  contactChangeStarted(tx: Tx, about: About & { changeId: string; medium: string }): Promise<void>;
  contactChanged(tx: Tx, about: About & { changeId: string; medium: string }): Promise<void>;
  addressChanged(tx: Tx, about: About & { changeId: string; contracts: number }): Promise<void>;
  bankDetailsRead(tx: Tx, about: About): Promise<void>;
  bankChangeStarted(tx: Tx, about: About & { changeId: string }): Promise<void>;
  bankDetailsChanged(tx: Tx, about: About & { changeId: string }): Promise<void>;
  /** The phone did not approve it. */
  bankChangeRefused(tx: Tx, about: About & { attemptId: string; result: string }): Promise<void>;
  /** The customer ended one of her own sessions. */
  sessionRevoked(tx: Tx, about: About & { sessionId: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function accountEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): AccountAudit<Tx> {
  const event = (tx: Tx, action: string, { accountId, ...more }: About & Partial<AuditFact>): Promise<void> =>
    record(tx, { action, actor: 'account', accountId, ...more });
  return {
    profileChanged: (tx, { accountId, fields }) =>
      event(tx, 'profile.changed', { accountId, details: { fields: fields.join(' ') } }),
    preferencesChanged: (tx, about) => event(tx, 'preferences.changed', about),
    contactChangeStarted: (tx, { accountId, changeId: object, medium }) =>
      event(tx, 'contact.change_started', { accountId, object, details: { medium } }),
    contactChanged: (tx, { accountId, changeId: object, medium }) =>
      event(tx, 'contact.changed', { accountId, object, details: { medium } }),
    addressChanged: (tx, { accountId, changeId: object, contracts }) =>
      event(tx, 'address.changed', { accountId, object, details: { contracts } }),
    bankDetailsRead: (tx, about) => event(tx, 'bank_details.read', about),
    bankChangeStarted: (tx, { accountId, changeId: object }) =>
      event(tx, 'bank_details.change_started', { accountId, object }),
    bankDetailsChanged: (tx, { accountId, changeId: object }) =>
      event(tx, 'bank_details.changed', { accountId, object }),
    bankChangeRefused: (tx, { accountId, attemptId: object, result }) =>
      event(tx, 'bank_details.change_refused', { accountId, object, outcome: 'failure', details: { result } }),
    sessionRevoked: (tx, { accountId, sessionId: object }) => event(tx, 'session.revoked', { accountId, object }),
  };
}

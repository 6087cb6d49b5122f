// The journal's events about self-care: registrations, and Customer IDs that staff issue. Part of audit.ts.
import type { AuditFact } from './audit.ts';

export interface SelfCareAudit<Tx = unknown> {
  /** A code was asked for; the same row for every identifier. */
  registrationAsked(tx: Tx, about: { registrationId: string }): Promise<void>;
  registrationCodeWrong(tx: Tx, about: { registrationId: string }): Promise<void>;
  registered(
    tx: Tx,
    about: { accountId: string; registrationId: string; termsVersion: string; profile: 'account' | 'group' },
  ): Promise<void>;
  /** `again`: the one before counts no more, and its sessions have ended. The identity document by its end only. */
  customerIdIssued(
    tx: Tx,
    about: { groupId: string; accountId: string | null; advisor: string; document: string; again: boolean },
  ): Promise<void>;
  /** Its contract went to another holder. */
  selfCareClosed(tx: Tx, about: { accountId: string; contractId: string }): Promise<void>;
}

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact> & { readonly level?: 'info' | 'warn' };

/** Makes the functions over the one that writes the row. */
export function selfCareEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): SelfCareAudit<Tx> {
  return {
    registrationAsked: (tx, { registrationId }) =>
      record(tx, { action: 'registration.asked', actor: 'visitor', object: registrationId }),
    registrationCodeWrong: (tx, { registrationId }) =>
      record(tx, { action: 'registration.code_wrong', actor: 'visitor', object: registrationId, outcome: 'failure' }),
    registered: (tx, { accountId, registrationId, termsVersion, profile }) =>
      record(tx, {
        ...{ action: 'registration.done', actor: 'visitor', accountId, object: registrationId },
        details: { termsVersion, profile },
      }),
    customerIdIssued: (tx, { groupId, accountId, advisor, document, again }) =>
      record(tx, {
        ...{ action: 'customer_id.issued', actor: 'staff', accountId, object: groupId },
        ...{ details: { advisor, document, again }, level: 'warn' },
      }),
    selfCareClosed: (tx, { accountId, contractId }) =>
      record(tx, { action: 'self_care.closed', actor: 'staff', accountId, object: contractId }),
  };
}

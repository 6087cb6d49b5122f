// Events of billing: runs, credit, downloads. No amount, number or name.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact>;

export interface BillingAudit<Tx = unknown> {
  invoiceIssued(tx: Tx, about: { invoiceId: string; kind: string }): Promise<void>;
  invoiceCredited(tx: Tx, about: { invoiceId: string; creditNoteId: string }): Promise<void>;
  invoiceDownloaded(tx: Tx, about: { accountId: string; invoiceId: string; format: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function billingEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): BillingAudit<Tx> {
  return {
    invoiceIssued: (tx, { invoiceId, kind }) =>
      record(tx, { action: 'invoice.issued', actor: 'system', object: invoiceId, details: { kind } }),
    invoiceCredited: (tx, { invoiceId, creditNoteId }) =>
      record(tx, { action: 'invoice.credited', actor: 'staff', object: invoiceId, details: { creditNoteId } }),
    invoiceDownloaded: (tx, { accountId, invoiceId, format }) =>
      record(tx, {
        ...{ action: 'invoice.downloaded', actor: 'account', accountId, object: invoiceId },
        details: { format },
      }),
  };
}

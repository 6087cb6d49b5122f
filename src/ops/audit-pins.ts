// The journal's events about PINs that are chosen anew, and about sources that a customer silenced. Part of audit.ts.
import type { AuditFact } from './audit.ts';

export interface PinAudit<Tx = unknown> {
  /** A source was silenced because the customer refused it again and again. */
  sourceMuted(tx: Tx, about: { attemptId: string; clientId: string }): Promise<void>;
  /** Somebody answered the robot check of a forgotten PIN; the same row for every number. */
  pinResetAsked(tx: Tx, about: { resetId: string }): Promise<void>;
  pinResetCodeWrong(tx: Tx, about: { resetId: string }): Promise<void>;
  /** The SIM has made a new PIN; `strong`: more than an SMS to the same SIM was proved. */
  pinChanged(tx: Tx, about: { enrolmentId: string; resetId: string; strong: boolean }): Promise<void>;
}

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact> & { readonly level?: 'info' | 'warn' };

/** Makes the functions over the one that writes the row. */
export function pinEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): PinAudit<Tx> {
  return {
    sourceMuted: (tx, { attemptId, clientId }) =>
      record(tx, { action: 'source.muted', actor: 'sim', object: attemptId, details: { clientId }, level: 'warn' }),
    pinResetAsked: (tx, { resetId }) => record(tx, { action: 'pin_reset.asked', actor: 'visitor', object: resetId }),
    pinResetCodeWrong: (tx, { resetId }) =>
      record(tx, { action: 'pin_reset.code_wrong', actor: 'visitor', object: resetId, outcome: 'failure' }),
    pinChanged: (tx, { enrolmentId, resetId, strong }) =>
      record(tx, { action: 'pin.changed', actor: 'sim', object: enrolmentId, details: { resetId, strong } }),
  };
}

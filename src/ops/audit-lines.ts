// The journal's events about lines and their SIMs: who did what to which line. Part of audit.ts.
import type { AuditFact } from './audit.ts';

/** Who acts on a line. */
export type LineActor = { readonly kind: 'account'; readonly accountId: string } | { readonly kind: 'staff' };

interface About {
  readonly lineId: string;
  readonly by: LineActor;
}

export interface LineAudit<Tx = unknown> {
  lineSuspended(tx: Tx, about: About & { reason: string }): Promise<void>;
  lineReactivated(tx: Tx, about: About): Promise<void>;
  simReserved(tx: Tx, about: About & { simId: string }): Promise<void>;
  simShipped(tx: Tx, about: About & { simId: string }): Promise<void>;
  simCancelled(tx: Tx, about: About & { simId: string }): Promise<void>;
  simReplaced(tx: Tx, about: About & { simId: string; formerSimId: string | null }): Promise<void>;
  /** A 13-digit number that is not the one of the SIM on its way to this line. */
  simNumberRefused(tx: Tx, about: About): Promise<void>;
  numberChanged(tx: Tx, about: About): Promise<void>;
  lineTerminated(tx: Tx, about: About): Promise<void>;
  pukShown(tx: Tx, about: About & { simId: string }): Promise<void>;
  holdEnded(tx: Tx, about: { lineId: string; enrolmentId: string }): Promise<void>;
}

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact> & { readonly level?: 'info' | 'warn' };

/** Makes the functions over the one that writes the row. */
export function lineEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): LineAudit<Tx> {
  const about = ({ lineId, by }: About, details: AuditFact['details'] = {}) => ({
    actor: by.kind,
    accountId: by.kind === 'account' ? by.accountId : null,
    object: lineId,
    details,
  });
  return {
    lineSuspended: (tx, { reason, ...rest }) => record(tx, { action: 'line.suspended', ...about(rest, { reason }) }),
    lineReactivated: (tx, rest) => record(tx, { action: 'line.reactivated', ...about(rest) }),
    simReserved: (tx, { simId, ...rest }) => record(tx, { action: 'sim.reserved', ...about(rest, { simId }) }),
    simShipped: (tx, { simId, ...rest }) => record(tx, { action: 'sim.shipped', ...about(rest, { simId }) }),
    simCancelled: (tx, { simId, ...rest }) => record(tx, { action: 'sim.cancelled', ...about(rest, { simId }) }),
    simReplaced: (tx, { simId, formerSimId, ...rest }) =>
      record(tx, { action: 'sim.replaced', ...about(rest, { simId, formerSimId }) }),
    simNumberRefused: (tx, rest) =>
      record(tx, { action: 'sim.number_refused', ...about(rest), outcome: 'failure', level: 'warn' }),
    numberChanged: (tx, rest) => record(tx, { action: 'line.number_changed', ...about(rest) }),
    lineTerminated: (tx, rest) => record(tx, { action: 'line.terminated', ...about(rest) }),
    pukShown: (tx, { simId, ...rest }) => record(tx, { action: 'puk.shown', ...about(rest, { simId }) }),
    holdEnded: (tx, { lineId, enrolmentId }) =>
      record(tx, { action: 'service.hold_ended', actor: 'system', object: enrolmentId, details: { lineId } }),
  };
}

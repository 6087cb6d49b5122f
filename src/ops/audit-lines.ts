// The journal's events about lines and their SIMs: who did what to which line. Part of audit.ts.
import type { AuditFact } from './audit.ts';

/** Who acts on a line. */
export type LineActor =
  | { readonly kind: 'account'; readonly accountId: string }
  /** `system`: the clock. */
  | { readonly kind: 'staff' | 'system' };

interface About {
  readonly lineId: string;
  readonly by: LineActor;
}

export interface LineAudit<Tx = unknown> {
  lineSuspended(tx: Tx, about: About & { reason: string }): Promise<void>;
  lineReactivated(tx: Tx, about: About): Promise<void>;
  simReserved(tx: Tx, about: About & { simId: string }): Promise<void>;
  simShipped(tx: Tx, about: About & { simId: string }): Promise<void>;
  simDelivered(tx: Tx, about: About & { simId: string }): Promise<void>;
  simCancelled(tx: Tx, about: About & { simId: string }): Promise<void>;
  /** Its number was right; the network has not put it into the place of the old one yet. */
  simActivating(tx: Tx, about: About & { simId: string }): Promise<void>;
  /** The network did not take it. */
  simNotActivated(tx: Tx, about: About & { simId: string }): Promise<void>;
  simReplaced(tx: Tx, about: About & { simId: string; formerSimId: string | null }): Promise<void>;
  /** A 13-digit number that is not the one of the SIM on its way to this line. */
  simNumberRefused(tx: Tx, about: About): Promise<void>;
  numberChanged(tx: Tx, about: About): Promise<void>;
  lineTerminated(tx: Tx, about: About): Promise<void>;
  pukShown(tx: Tx, about: About & { simId: string }): Promise<void>;
  /** The network sees the SIM of the line in another phone. */
  handsetChanged(tx: Tx, about: { lineId: string; model: string }): Promise<void>;
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
    simDelivered: (tx, { simId, ...rest }) => record(tx, { action: 'sim.delivered', ...about(rest, { simId }) }),
    simActivating: (tx, { simId, ...rest }) => record(tx, { action: 'sim.activating', ...about(rest, { simId }) }),
    simNotActivated: (tx, { simId, ...rest }) =>
      record(tx, { action: 'sim.not_activated', ...about(rest, { simId }), outcome: 'failure', level: 'warn' }),
    simCancelled: (tx, { simId, ...rest }) => record(tx, { action: 'sim.cancelled', ...about(rest, { simId }) }),
    simReplaced: (tx, { simId, formerSimId, ...rest }) =>
      record(tx, { action: 'sim.replaced', ...about(rest, { simId, formerSimId }) }),
    simNumberRefused: (tx, rest) =>
      record(tx, { action: 'sim.number_refused', ...about(rest), outcome: 'failure', level: 'warn' }),
    numberChanged: (tx, rest) => record(tx, { action: 'line.number_changed', ...about(rest) }),
    lineTerminated: (tx, rest) => record(tx, { action: 'line.terminated', ...about(rest) }),
    pukShown: (tx, { simId, ...rest }) => record(tx, { action: 'puk.shown', ...about(rest, { simId }) }),
    handsetChanged: (tx, { lineId, model }) =>
      record(tx, { action: 'line.handset_changed', actor: 'network', object: lineId, details: { model } }),
    holdEnded: (tx, { lineId, enrolmentId }) =>
      record(tx, { action: 'service.hold_ended', actor: 'system', object: enrolmentId, details: { lineId } }),
  };
}

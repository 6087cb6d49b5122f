// The journal's events about the service on a line: begun, agreed to, installed, linked, ended. Part of audit.ts.
import type { AuditFact } from './audit.ts';

/** `object`: the activation, or the enrolment once there is one. */
type About = { readonly accountId: string; readonly object: string };

export interface ActivationAudit<Tx = unknown> {
  activationBegun(tx: Tx, about: About): Promise<void>;
  /** The consent record itself is the activation's row; `address` is an HMAC. */
  termsAccepted(tx: Tx, about: About & { version: string; locale: string; address: string }): Promise<void>;
  activationFailed(tx: Tx, about: About & { reason: string }): Promise<void>;
  pinCreated(tx: Tx, about: About & { held: boolean }): Promise<void>;
  /** A key came that another SIM has: it was copied. */
  keyRefused(tx: Tx, about: About): Promise<void>;
  serviceLinked(tx: Tx, about: About & { first: boolean }): Promise<void>;
  serviceUnlinked(tx: Tx, about: About & { last: boolean }): Promise<void>;
  /** Asked for, and not confirmed on the phone. */
  deactivationRefused(tx: Tx, about: About & { result: string }): Promise<void>;
}

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact> & { readonly level?: 'info' | 'warn' };

/** Makes the functions over the one that writes the row. */
export function activationEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): ActivationAudit<Tx> {
  const event =
    (action: string, more: Partial<Draft> = {}) =>
    (tx: Tx, { accountId, object, ...details }: About & AuditFact['details']): Promise<void> =>
      record(tx, { action, actor: 'account', accountId, object, details, ...more });
  const failed = { outcome: 'failure' } as const;
  return {
    activationBegun: event('activation.begun'),
    termsAccepted: event('terms.accepted'),
    activationFailed: event('activation.failed', failed),
    pinCreated: event('pin.created', { actor: 'sim' }),
    keyRefused: event('key.refused', { actor: 'sim', ...failed, level: 'warn' }),
    serviceLinked: event('service.linked'),
    serviceUnlinked: event('service.unlinked'),
    deactivationRefused: event('deactivation.refused', failed),
  };
}

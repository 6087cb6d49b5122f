// Events of orders, appointments and questions to advisors. No text of a customer is in them.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact>;

interface OfOrder {
  readonly accountId: string;
  readonly orderId: string;
}

interface OfAppointment {
  readonly accountId: string;
  readonly appointmentId: string;
  readonly shopId: string;
}

export interface OrderAudit<Tx = unknown> {
  orderPlaced(tx: Tx, about: OfOrder & { contractId: string | null; type: string; relation: string }): Promise<void>;
  orderMoved(tx: Tx, about: OfOrder & { state: string; by: 'account' | 'staff' | 'system' }): Promise<void>;
  appointmentBooked(tx: Tx, about: OfAppointment): Promise<void>;
  appointmentCancelled(tx: Tx, about: OfAppointment): Promise<void>;
  contactAsked(tx: Tx, about: { accountId: string; requestId: string; topic: string }): Promise<void>;
  contactAnswered(tx: Tx, about: { accountId: string; requestId: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function orderEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): OrderAudit<Tx> {
  return {
    orderPlaced: (tx, { accountId, orderId, ...details }) =>
      record(tx, { action: 'order.placed', actor: 'account', accountId, object: orderId, details }),
    orderMoved: (tx, { accountId, orderId, state, by }) =>
      record(tx, { action: 'order.moved', actor: by, accountId, object: orderId, details: { state } }),
    appointmentBooked: (tx, { accountId, appointmentId, shopId }) =>
      record(tx, {
        ...{ action: 'appointment.booked', actor: 'account', accountId, object: appointmentId },
        details: { shopId },
      }),
    appointmentCancelled: (tx, { accountId, appointmentId, shopId }) =>
      record(tx, {
        ...{ action: 'appointment.cancelled', actor: 'account', accountId, object: appointmentId },
        details: { shopId },
      }),
    contactAsked: (tx, { accountId, requestId, topic }) =>
      record(tx, { action: 'contact.asked', actor: 'account', accountId, object: requestId, details: { topic } }),
    contactAnswered: (tx, { accountId, requestId }) =>
      record(tx, { action: 'contact.answered', actor: 'staff', accountId, object: requestId }),
  };
}

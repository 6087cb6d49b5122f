// The state of a bill, worked out from what it owes and the domain clock: nothing has to be written when a day is over.
// Pure (mission 2.e; names of TMF678, and `overdue`, which it has not).

export type InvoiceState = 'new' | 'sent' | 'overdue' | 'partiallyPaid' | 'settled';

export interface Standing {
  /** What it owes still; of a group's bill, what its parts owe. */
  readonly dueMinor: number;
  /** Paid or credited so far. */
  readonly receivedMinor: number;
  readonly dueAt: Date;
  /** Null: nobody has been told of it. */
  readonly sentAt: Date | null;
}

/** The state at a moment. That its due day is over is said before that a part of it is paid. */
export function invoiceState({ dueMinor, receivedMinor, dueAt, sentAt }: Standing, now: Date): InvoiceState {
  if (dueMinor <= 0) return 'settled';
  if (dueAt < now) return 'overdue';
  if (receivedMinor > 0) return 'partiallyPaid';
  return sentAt === null ? 'new' : 'sent';
}

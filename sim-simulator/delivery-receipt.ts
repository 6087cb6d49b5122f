// Delivery receipts (SMPP 3.4, appendix B): the text that every ESME can read and the TLVs that it should prefer. Pure.

import type { SmppValue } from './smpp-library.ts';

export type FinalState = 'DELIVRD' | 'EXPIRED' | 'DELETED';

const MESSAGE_STATE: Record<FinalState, number> = { DELIVRD: 2, EXPIRED: 3, DELETED: 4 };
// GSM network (3), no error or "absent subscriber".
const NETWORK_ERROR: Record<FinalState, Buffer> = {
  DELIVRD: Buffer.of(3, 0, 0),
  EXPIRED: Buffer.of(3, 0, 27),
  DELETED: Buffer.of(3, 0, 0),
};

export interface ReceiptFacts {
  readonly messageId: string;
  readonly state: FinalState;
  readonly submittedAt: Date;
  readonly doneAt: Date;
}

/** The text of a receipt; times are UTC. */
export function receiptText({ messageId, state, submittedAt, doneAt }: ReceiptFacts): string {
  const delivered = state === 'DELIVRD' ? '001' : '000';
  const error = state === 'EXPIRED' ? '027' : '000';
  return (
    `id:${messageId} sub:001 dlvrd:${delivered} submit date:${shortDate(submittedAt)} ` +
    `done date:${shortDate(doneAt)} stat:${state} err:${error} text:`
  );
}

/** The optional parameters of a receipt. */
export function receiptTlvs({ messageId, state }: ReceiptFacts): Record<string, SmppValue> {
  return {
    receipted_message_id: messageId,
    message_state: MESSAGE_STATE[state],
    network_error_code: NETWORK_ERROR[state],
  };
}

/** True when the ESME asked to hear of this end (`registered_delivery`, bits 2 and 1). */
export function wantsReceipt(registeredDelivery: number, state: FinalState): boolean {
  const asked = registeredDelivery & 0x03;
  return asked === 0x01 || (asked === 0x02 && state !== 'DELIVRD');
}

function shortDate(date: Date): string {
  return date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 12);
}

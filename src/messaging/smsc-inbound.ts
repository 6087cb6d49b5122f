// What an SMSC delivers: answers of SIMs, texts, and delivery receipts (SMPP 3.4, 4.6; sim-channel 4.2).
import type { Log } from '../ops/log.ts';
import { commandIds, type DeliverPdu, type Frame, readDeliverSm } from './smpp-frame.ts';
import { refuseCommand, type SmppLink } from './smpp-link.ts';
import { clearHeader } from './user-data-header.ts';

export type ReceiptState =
  | 'enroute'
  | 'delivered'
  | 'expired'
  | 'deleted'
  | 'undeliverable'
  | 'accepted'
  | 'unknown'
  | 'rejected';

export interface DeliveredMessage {
  readonly receivedAt: Date;
  /** The sender as the SMSC names it, with a plus sign where it is international: a routing hint, never proof. */
  readonly source: string;
  readonly destination: string;
  readonly esmClass: number;
  readonly dataCoding: number;
  readonly protocolId: number;
  /** TP-UD octet for octet, its header included. */
  readonly body: Buffer;
  /** A delivery receipt never changes an attempt; it may come late, early or not at all. */
  readonly receipt?: { readonly messageId: string; readonly state: ReceiptState };
}

export interface InboundOptions {
  readonly log: Log;
  readonly now: () => Date;
  readonly responseTimeoutSeconds: number;
  readonly onDeliver: (message: DeliveredMessage) => Promise<void>;
}

const temporaryError = 0x64;
const invalidMessageLength = 0x01;
/** Deliveries worked on at one time; more are sent back to be repeated. */
const mostDeliveries = 200;

/** Hands deliveries on and answers them once they are kept; `open` are those still being worked on. */
export function createInbound({ log, now, onDeliver, responseTimeoutSeconds }: InboundOptions) {
  const open: Set<Promise<void>> = new Set();

  async function keep(message: DeliveredMessage): Promise<number> {
    try {
      await onDeliver(message);
      return 0;
    } catch (error) {
      log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'smsc: delivery not kept');
      return temporaryError;
    }
  }

  async function keepInTime(message: DeliveredMessage): Promise<number> {
    const timeOut = Promise.withResolvers<number>();
    const timer = setTimeout(() => timeOut.resolve(temporaryError), responseTimeoutSeconds * 1000);
    return Promise.race([keep(message), timeOut.promise]).finally(() => clearTimeout(timer));
  }

  function statusOf(message: DeliveredMessage | undefined): Promise<number> | number {
    if (!message) return invalidMessageLength;
    log.info(description(message), 'smsc: delivery');
    return open.size >= mostDeliveries ? temporaryError : keepInTime(message);
  }

  async function answer(frame: Frame, link: SmppLink): Promise<void> {
    link.respond(frame, 'deliver_sm_resp', await statusOf(readDelivery(frame, now())));
  }

  function onRequest(frame: Frame, link: SmppLink): void {
    if (frame.commandId !== commandIds.deliver_sm) {
      refuseCommand(frame, link);
    } else {
      const work = answer(frame, link);
      open.add(work);
      void work.finally(() => open.delete(work));
    }
  }

  return { onRequest, open };
}

function description({ source, body, esmClass, dataCoding, receipt }: DeliveredMessage) {
  const from = `…${source.slice(-2)}`;
  return { from, octets: body.length, dataCoding, header: clearHeader(esmClass, body), receipt };
}

const receiptedMessageId = 0x001e;
const messageState = 0x0427;
const states: readonly (ReceiptState | undefined)[] = [
  undefined,
  'enroute',
  'delivered',
  'expired',
  'deleted',
  'undeliverable',
  'accepted',
  'unknown',
  'rejected',
];
const stateWords: ReadonlyMap<string, ReceiptState> = new Map([
  ['ENROUTE', 'enroute'],
  ['DELIVRD', 'delivered'],
  ['EXPIRED', 'expired'],
  ['DELETED', 'deleted'],
  ['UNDELIV', 'undeliverable'],
  ['ACCEPTD', 'accepted'],
  ['UNKNOWN', 'unknown'],
  ['REJECTD', 'rejected'],
]);

/** Reads a deliver_sm; undefined when it is malformed. */
export function readDelivery(frame: Frame, receivedAt: Date): DeliveredMessage | undefined {
  const pdu = readDeliverSm(frame);
  if (!pdu) return undefined;
  const message = {
    receivedAt,
    source: international(pdu),
    destination: pdu.destination,
    esmClass: pdu.esmClass,
    dataCoding: pdu.dataCoding,
    protocolId: pdu.protocolId,
    body: pdu.body,
  };
  // Bits 5 to 2 of esm_class: 0001 is a delivery receipt.
  return (pdu.esmClass & 0x3c) === 0x04 ? { ...message, receipt: readReceipt(pdu) } : message;
}

// TON 1 says that the country code is there; peers that leave TON unset send it too, without a plus sign.
function international({ source, sourceTon }: DeliverPdu): string {
  if (sourceTon === 1 && /^[0-9]+$/.test(source)) return `+${source}`;
  return sourceTon === 0 && /^[1-9][0-9]{9,14}$/.test(source) ? `+${source}` : source;
}

// The optional parameters are the reliable form; the text is a habit of SMSCs (SMPP 3.4, appendix B).
function readReceipt({ options, body }: DeliverPdu): { messageId: string; state: ReceiptState } {
  const text = body.toString('latin1');
  const id =
    options.get(receiptedMessageId)?.toString('latin1').replace(/\0.*$/s, '') ?? /\bid:(\S{1,65})/.exec(text)?.[1];
  const state =
    states[options.get(messageState)?.[0] ?? 0] ?? stateWords.get(/\bstat:([A-Z]{7})/.exec(text)?.[1] ?? '');
  return { messageId: id ?? '', state: state ?? 'unknown' };
}

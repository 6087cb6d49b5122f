// The SMSC: takes submit_sm from the provider, keeps each message until its phone can be reached or its validity ends,
// and sends receipts and the SIMs' answers back. Speaks SMPP 3.4; knows nothing of what the messages mean.

import { createServer, type Server, type Socket } from 'node:net';
import { type FinalState, receiptText, receiptTlvs, wantsReceipt } from './delivery-receipt.ts';
import type { EventLog } from './event-log.ts';
import { type OutgoingFilter, OutgoingQueue } from './outgoing-queue.ts';
import type { Phone, PhoneMessage } from './phone.ts';
import type { ShortMessage } from './short-message.ts';
import { STATUS, type SubmitRequest } from './smpp-pdu.ts';
import { SmppSession } from './smpp-session.ts';
import type { Timers } from './timers.ts';
import { expiryOf } from './validity-period.ts';

export interface SmscDeps {
  readonly host: string;
  readonly port: number;
  readonly systemId: string;
  readonly password: string;
  /** Stands in for the source of messages that name none. */
  readonly shortCode: string;
  readonly phone: (msisdn: string) => Phone | undefined;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  readonly timers: Timers;
  readonly events: EventLog;
}

interface Message {
  readonly id: string;
  readonly request: SubmitRequest;
  readonly submittedAt: Date;
  readonly expiresAt: Date;
}

const MAX_SESSIONS = 50;
const MAX_WAITING_PER_PHONE = 100;
const ESM_CLASS_UDHI = 0x40;
const ESM_CLASS_RECEIPT = 0x04;
const MESSAGE_PAYLOAD = 0x0424;
const SAR_TAGS = [0x020c, 0x020e, 0x020f];

/** An SMSC that does not listen until it is started. */
export class Smsc {
  readonly #deps: SmscDeps;
  readonly #sessions = new Set<SmppSession>();
  readonly #waiting = new Map<string, Message[]>();
  readonly #server: Server;
  readonly #outgoing: OutgoingQueue;
  #port: number;

  constructor(deps: SmscDeps) {
    this.#deps = deps;
    this.#port = deps.port;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#outgoing = new OutgoingQueue({
      now: deps.now,
      timers: deps.timers,
      receivers: () => this.#receiversInTurn(),
      report: deps.events.emit,
    });
  }

  /** Of several sessions with one system id any gets what comes next, as with a real SMSC: here each in its turn. */
  #receiversInTurn(): SmppSession[] {
    const [next, ...others] = [...this.#sessions].filter((session) => session.canTake());
    if (next === undefined) return [];
    this.#sessions.delete(next);
    this.#sessions.add(next);
    return [next, ...others];
  }

  /** Starts to listen and gives the port; rejects with the system's error. */
  async start(): Promise<number> {
    this.#port = await listen(this.#server, { host: this.#deps.host, port: this.#port });
    return this.#port;
  }

  async stop(): Promise<void> {
    await this.pauseListening();
    this.disconnectAll();
  }

  /** A short message from a phone, for the short code in it. */
  submitFromPhone({ from, destination, userData }: PhoneMessage): void {
    this.#deps.events.emit('smsc.answer', { msisdn: from, octets: userData.length });
    this.#outgoing.add({
      kind: 'answer',
      source: from.slice(1),
      destination,
      esmClass: ESM_CLASS_UDHI,
      protocolId: 0x7f,
      dataCoding: 0xf6,
      shortMessage: userData,
    });
  }

  /** Delivers what waits for this number, if its phone can be reached. */
  deliverWaiting(msisdn: string): void {
    this.#expire(msisdn);
    const phone = this.#deps.phone(msisdn);
    while (phone?.isReachable()) {
      const [message, ...later] = this.#waiting.get(msisdn) ?? [];
      if (message === undefined) {
        return;
      }
      this.#waiting.set(msisdn, later);
      phone.receive(shortMessageOf(message.request, this.#deps.shortCode));
      this.#finish(msisdn, message, 'DELIVRD');
    }
  }

  /** Forgets all messages that wait, in both directions. */
  clear(): void {
    this.#waiting.clear();
    this.#outgoing.clear();
  }

  /** Lets a test drop, delay, double or change what goes to the ESME; the function that comes back ends that. */
  onOutgoing(filter: OutgoingFilter): () => void {
    return this.#outgoing.onOutgoing(filter);
  }

  /** Breaks every connection. */
  disconnectAll(): void {
    for (const session of this.#sessions) {
      session.destroy();
    }
  }

  /** Refuses new connections, as if nobody were there, until `resumeListening`; those that are open stay. */
  async pauseListening(): Promise<void> {
    // Its callback would wait for the open connections; the port is free at once.
    this.#server.close();
  }

  async resumeListening(): Promise<void> {
    await listen(this.#server, { host: this.#deps.host, port: this.#port });
  }

  #accept(socket: Socket): void {
    if (this.#sessions.size >= MAX_SESSIONS) {
      socket.destroy();
      return;
    }
    const { systemId, password, timers, events } = this.#deps;
    const session = new SmppSession(socket, {
      systemId,
      password,
      timers,
      onBound: () => {
        events.emit('smsc.bound');
        this.#outgoing.pump();
      },
      onSubmit: (request) => this.#submit(request),
      onReady: () => this.#outgoing.pump(),
      report: events.emit,
    });
    this.#sessions.add(session);
    socket.on('close', () => {
      this.#sessions.delete(session);
      events.emit('smsc.closed');
    });
  }

  #submit(request: SubmitRequest): { status: number; messageId?: string } {
    const { phone, now, randomBytes, timers, events } = this.#deps;
    const msisdn = `+${request.destination.replace(/^\+/, '')}`;
    const submittedAt = now();
    const expiresAt = expiryOf(request.validityPeriod, submittedAt);
    const queue = this.#waiting.get(msisdn) ?? [];
    const full = queue.length >= MAX_WAITING_PER_PHONE;
    const status = submitStatus(request, { known: phone(msisdn) !== undefined, full });
    if (status !== STATUS.ok || expiresAt === undefined) {
      return { status: status === STATUS.ok ? STATUS.invalidExpiry : status };
    }
    const id = randomBytes(8).toString('hex');
    this.#waiting.set(msisdn, [...queue, { id, request, submittedAt, expiresAt }]);
    events.emit('smsc.submitted', { msisdn, messageId: id, octets: request.shortMessage.length });
    // After the response has been written, as on a real network.
    timers.after(0, () => this.deliverWaiting(msisdn));
    // A timer may fire a little early; the margin saves a second one.
    timers.after(expiresAt.getTime() - submittedAt.getTime() + 20, () => this.#expire(msisdn));
    return { status: STATUS.ok, messageId: id };
  }

  #expire(msisdn: string): void {
    const now = this.#deps.now().getTime();
    const queue = this.#waiting.get(msisdn) ?? [];
    const isOver = (message: Message) => message.expiresAt.getTime() <= now;
    const left = queue.filter((message) => !isOver(message));
    if (left.length === 0) {
      this.#waiting.delete(msisdn);
    } else {
      this.#waiting.set(msisdn, left);
    }
    for (const message of queue.filter(isOver)) {
      this.#finish(msisdn, message, 'EXPIRED');
    }
  }

  #finish(msisdn: string, message: Message, state: FinalState): void {
    const type = state === 'DELIVRD' ? 'smsc.delivered' : 'smsc.expired';
    this.#deps.events.emit(type, { msisdn, messageId: message.id });
    if (!wantsReceipt(message.request.registeredDelivery, state)) {
      return;
    }
    const facts = { messageId: message.id, state, submittedAt: message.submittedAt, doneAt: this.#deps.now() };
    this.#outgoing.add({
      kind: 'receipt',
      source: msisdn.slice(1),
      destination: message.request.source,
      esmClass: ESM_CLASS_RECEIPT,
      protocolId: 0,
      dataCoding: 0,
      shortMessage: Buffer.from(receiptText(facts), 'latin1'),
      tlvs: receiptTlvs(facts),
    });
  }
}

function submitStatus(request: SubmitRequest, destination: { known: boolean; full: boolean }): number {
  if (request.scheduleTime !== '') {
    return STATUS.invalidSchedule;
  }
  if (request.optionalTags.some((tag) => tag === MESSAGE_PAYLOAD || SAR_TAGS.includes(tag))) {
    return STATUS.optionalParameterNotAllowed;
  }
  if (!fitsOneMessage(request)) {
    return STATUS.invalidMessageLength;
  }
  if (!destination.known) {
    return STATUS.invalidDestination;
  }
  return destination.full ? STATUS.queueFull : STATUS.ok;
}

// 140 octets in the air: text in the default alphabet comes here one septet to an octet and is packed on the way.
function fitsOneMessage(request: SubmitRequest): boolean {
  const { shortMessage, dataCoding } = request;
  const hasHeader = (request.esmClass & ESM_CLASS_UDHI) !== 0;
  const headerLength = hasHeader ? (shortMessage[0] ?? 0) + 1 : 0;
  const packed = dataCoding === 0x00 || dataCoding === 0xf0 || dataCoding === 0xf1;
  if (headerLength > shortMessage.length || (hasHeader && shortMessage.length === 0)) {
    return false;
  }
  const body = shortMessage.length - headerLength;
  return headerLength + (packed ? Math.ceil((body * 7) / 8) : body) <= 140;
}

function shortMessageOf(request: SubmitRequest, shortCode: string): ShortMessage {
  return {
    from: request.source === '' ? shortCode : request.source,
    protocolId: request.protocolId,
    dataCoding: request.dataCoding,
    hasHeader: (request.esmClass & ESM_CLASS_UDHI) !== 0,
    userData: request.shortMessage,
  };
}

function listen(server: Server, where: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : where.port);
    });
  });
}

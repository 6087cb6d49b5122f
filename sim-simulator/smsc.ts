// The SMSC: takes submit_sm from the provider, keeps each message until its phone can be reached or its validity ends,
// and sends receipts and the SIMs' answers back. Speaks SMPP 3.4; knows nothing of what the messages mean.

import { createServer, type Server, type Socket } from 'node:net';
import { type FinalState, receiptText, receiptTlvs, wantsReceipt } from './delivery-receipt.ts';
import type { EventLog } from './event-log.ts';
import { createOutgoingQueue, type OutgoingFilter } from './outgoing-queue.ts';
import type { Phone } from './phone.ts';
import type { ShortMessage } from './short-message.ts';
import { STATUS, type SubmitRequest } from './smpp-pdu.ts';
import { createSmppSession, type SmppSession } from './smpp-session.ts';
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

export interface Smsc {
  /** Starts to listen and gives the port; rejects with the system's error. */
  start(): Promise<number>;
  stop(): Promise<void>;
  /** A short message from a phone, for the short code in it. */
  submitFromPhone(message: { from: string; destination: string; userData: Buffer }): void;
  /** Delivers what waits for this number, if its phone can be reached. */
  deliverWaiting(msisdn: string): void;
  /** Forgets all messages that wait. */
  clear(): void;
  onOutgoing(filter: OutgoingFilter): () => void;
  /** Breaks every connection. */
  disconnectAll(): void;
  /** Takes no new connections (refused, as if nobody were there) until `resumeListening`. */
  pauseListening(): Promise<void>;
  resumeListening(): Promise<void>;
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

/** An SMSC that does not listen yet. */
export function createSmsc(deps: SmscDeps): Smsc {
  const { timers, events } = deps;
  const sessions = new Set<SmppSession>();
  const waiting = new Map<string, Message[]>();
  const server = createServer(accept);
  let port = deps.port;
  const outgoing = createOutgoingQueue({
    now: deps.now,
    timers,
    receivers: () => [...sessions].filter((session) => session.canTake()),
    report: events.emit,
  });

  function accept(socket: Socket): void {
    if (sessions.size >= MAX_SESSIONS) {
      socket.destroy();
      return;
    }
    const session = createSmppSession(socket, {
      systemId: deps.systemId,
      password: deps.password,
      timers,
      onBound: () => {
        events.emit('smsc.bound');
        outgoing.pump();
      },
      onSubmit: submit,
      onReady: outgoing.pump,
      report: events.emit,
    });
    sessions.add(session);
    socket.on('close', () => {
      sessions.delete(session);
      events.emit('smsc.closed');
    });
  }

  function submit(request: SubmitRequest): { status: number; messageId?: string } {
    const msisdn = `+${request.destination.replace(/^\+/, '')}`;
    const known = deps.phone(msisdn) !== undefined;
    const submittedAt = deps.now();
    const expiresAt = expiryOf(request.validityPeriod, submittedAt);
    const queue = waiting.get(msisdn) ?? [];
    const status = submitStatus(request, { known, full: queue.length >= MAX_WAITING_PER_PHONE });
    if (status !== STATUS.ok || expiresAt === undefined) {
      return { status: status === STATUS.ok ? STATUS.invalidExpiry : status };
    }
    const id = deps.randomBytes(8).toString('hex');
    waiting.set(msisdn, [...queue, { id, request, submittedAt, expiresAt }]);
    events.emit('smsc.submitted', { msisdn, messageId: id, octets: request.shortMessage.length });
    // After the response has been written, as on a real network.
    timers.after(0, () => deliverWaiting(msisdn));
    // A timer may fire a little early; the margin saves a second one.
    timers.after(expiresAt.getTime() - submittedAt.getTime() + 20, () => expire(msisdn));
    return { status: STATUS.ok, messageId: id };
  }

  function deliverWaiting(msisdn: string): void {
    expire(msisdn);
    const phone = deps.phone(msisdn);
    while (phone?.isReachable()) {
      const [message, ...later] = waiting.get(msisdn) ?? [];
      if (message === undefined) {
        return;
      }
      waiting.set(msisdn, later);
      phone.receive(shortMessageOf(message.request, deps.shortCode));
      finish(msisdn, message, 'DELIVRD');
    }
  }

  function expire(msisdn: string): void {
    const now = deps.now().getTime();
    const queue = waiting.get(msisdn) ?? [];
    const isOver = (message: Message) => message.expiresAt.getTime() <= now;
    waiting.set(
      msisdn,
      queue.filter((message) => !isOver(message)),
    );
    for (const message of queue.filter(isOver)) {
      finish(msisdn, message, 'EXPIRED');
    }
  }

  function finish(msisdn: string, message: Message, state: FinalState): void {
    const type = state === 'DELIVRD' ? 'smsc.delivered' : 'smsc.expired';
    events.emit(type, { msisdn, messageId: message.id });
    if (!wantsReceipt(message.request.registeredDelivery, state)) {
      return;
    }
    const { id: messageId, submittedAt } = message;
    const facts = { messageId, state, submittedAt, doneAt: deps.now() };
    outgoing.add({
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

  return {
    async start() {
      port = await listen(server, { host: deps.host, port });
      return port;
    },
    async stop() {
      disconnectAll();
      await closeServer(server);
    },
    submitFromPhone({ from, destination, userData }) {
      events.emit('smsc.answer', { msisdn: from, octets: userData.length });
      outgoing.add({
        kind: 'answer',
        source: from.slice(1),
        destination,
        esmClass: ESM_CLASS_UDHI,
        protocolId: 0x7f,
        dataCoding: 0xf6,
        shortMessage: userData,
      });
    },
    deliverWaiting,
    clear() {
      waiting.clear();
      outgoing.clear();
    },
    onOutgoing: outgoing.onOutgoing,
    disconnectAll,
    pauseListening: () => closeServer(server),
    async resumeListening() {
      await listen(server, { host: deps.host, port });
    },
  };

  function disconnectAll(): void {
    for (const session of sessions) {
      session.destroy();
    }
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

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      resolve();
      return;
    }
    // Connections that are open stay open, so `close` alone would wait for them.
    server.close();
    resolve();
  });
}

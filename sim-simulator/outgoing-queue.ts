// What the SMSC has for the ESME: answers of SIMs and delivery receipts. Each goes to a bound receiver and is repeated
// until one takes it; without a link it waits. Tests may drop, delay, double, reorder or change messages on the way in.

import type { SmppValue } from './smpp-library.ts';
import { STATUS } from './smpp-pdu.ts';
import type { SmppSession } from './smpp-session.ts';
import type { Timers } from './timers.ts';

export interface OutgoingMessage {
  readonly kind: 'answer' | 'receipt';
  /** Digits without plus sign. */
  readonly source: string;
  readonly destination: string;
  readonly esmClass: number;
  readonly protocolId: number;
  readonly dataCoding: number;
  readonly shortMessage: Buffer;
  readonly tlvs?: Record<string, SmppValue>;
}

/** Decides what becomes of a message: none, one or more, changed or not, now or when the promise resolves. */
export type OutgoingFilter = (message: OutgoingMessage) => OutgoingMessage[] | Promise<OutgoingMessage[]>;

export interface OutgoingQueue {
  add(message: OutgoingMessage): void;
  /** Tries to deliver what waits. */
  pump(): void;
  /** Installs a filter after those that are there; the function that comes back takes it out. */
  onOutgoing(filter: OutgoingFilter): () => void;
  clear(): void;
}

export interface OutgoingQueueDeps {
  readonly now: () => Date;
  readonly timers: Timers;
  /** Bound receivers with room in their window, the one to prefer first. */
  readonly receivers: () => SmppSession[];
  readonly report: (type: string, details: Record<string, unknown>) => void;
}

interface Waiting {
  readonly message: OutgoingMessage;
  readonly since: number;
  attempts: number;
}

const MAX_WAITING = 10_000;
const MAX_AGE_MS = 48 * 3_600_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/** An empty queue. */
export function createOutgoingQueue(deps: OutgoingQueueDeps): OutgoingQueue {
  const filters = new Set<OutgoingFilter>();
  let waiting: Waiting[] = [];

  function enqueue(entry: Waiting): void {
    waiting.push(entry);
    if (waiting.length > MAX_WAITING) {
      waiting.shift();
      deps.report('smsc.dropped', { reason: 'queue full' });
    }
    pump();
  }

  function pump(): void {
    while (waiting.length > 0) {
      const [receiver] = deps.receivers();
      const entry = receiver && waiting.shift();
      if (receiver === undefined || entry === undefined) {
        return;
      }
      deliver(receiver, entry).catch((error: unknown) => deps.report('smsc.failed', { reason: String(error) }));
    }
  }

  async function deliver(receiver: SmppSession, entry: Waiting): Promise<void> {
    entry.attempts += 1;
    const status = await receiver.deliver(deliverFields(entry.message));
    if (status === STATUS.ok) {
      deps.report(`smsc.${entry.message.kind}-delivered`, { msisdn: `+${entry.message.source}` });
      pump();
      return;
    }
    deps.report(`smsc.${entry.message.kind}-repeated`, { msisdn: `+${entry.message.source}`, status: status ?? null });
    if (deps.now().getTime() - entry.since > MAX_AGE_MS) {
      return;
    }
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(entry.attempts - 1, 10));
    deps.timers.after(delay, () => enqueue(entry));
  }

  async function filtered(message: OutgoingMessage): Promise<OutgoingMessage[]> {
    let messages = [message];
    for (const filter of [...filters]) {
      messages = (await Promise.all(messages.map((each) => filter(each)))).flat();
    }
    return messages;
  }

  function enqueueNew(message: OutgoingMessage): void {
    enqueue({ message, since: deps.now().getTime(), attempts: 0 });
  }

  return {
    add(message) {
      if (filters.size === 0) {
        enqueueNew(message);
        return;
      }
      filtered(message).then(
        (messages) => messages.forEach(enqueueNew),
        (error: unknown) => deps.report('smsc.failed', { reason: String(error) }),
      );
    },
    pump,
    onOutgoing(filter) {
      filters.add(filter);
      return () => {
        filters.delete(filter);
      };
    },
    clear() {
      waiting = [];
    },
  };
}

function deliverFields(message: OutgoingMessage): Record<string, SmppValue> {
  return {
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: message.source,
    dest_addr_ton: 0,
    dest_addr_npi: 1,
    destination_addr: message.destination,
    esm_class: message.esmClass,
    protocol_id: message.protocolId,
    data_coding: message.dataCoding,
    short_message: message.shortMessage,
    ...message.tlvs,
  };
}

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
  readonly generation: number;
  attempts: number;
}

const MAX_WAITING = 10_000;
const MAX_AGE_MS = 48 * 3_600_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/** Messages for the ESME, in the order of their coming as far as the link allows. */
export class OutgoingQueue {
  readonly #deps: OutgoingQueueDeps;
  readonly #filters = new Set<OutgoingFilter>();
  #waiting: Waiting[] = [];
  /** Grows with each `clear`: what was on its way then is not repeated. */
  #generation = 0;

  constructor(deps: OutgoingQueueDeps) {
    this.#deps = deps;
  }

  add(message: OutgoingMessage): void {
    if (this.#filters.size === 0) {
      this.#enqueueNew(message);
      return;
    }
    this.#filtered(message).then(
      (messages) => {
        messages.forEach((each) => {
          this.#enqueueNew(each);
        });
      },
      (error: unknown) => this.#deps.report('smsc.failed', { reason: String(error) }),
    );
  }

  /** Tries to deliver what waits. */
  pump(): void {
    while (this.#waiting.length > 0) {
      const [receiver] = this.#deps.receivers();
      const entry = receiver && this.#waiting.shift();
      if (receiver === undefined || entry === undefined) {
        return;
      }
      this.#deliver(receiver, entry).catch((error: unknown) => {
        this.#deps.report('smsc.failed', { reason: String(error) });
      });
    }
  }

  /** Installs a filter after those that are there; the function that comes back takes it out. */
  onOutgoing(filter: OutgoingFilter): () => void {
    this.#filters.add(filter);
    return () => {
      this.#filters.delete(filter);
    };
  }

  clear(): void {
    this.#waiting = [];
    this.#generation += 1;
  }

  #enqueueNew(message: OutgoingMessage): void {
    const since = this.#deps.now().getTime();
    this.#enqueue({ message, since, generation: this.#generation, attempts: 0 });
  }

  #enqueue(entry: Waiting): void {
    if (entry.generation !== this.#generation) {
      return;
    }
    this.#waiting.push(entry);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#deps.report('smsc.dropped', { reason: 'queue full' });
    }
    this.pump();
  }

  async #deliver(receiver: SmppSession, entry: Waiting): Promise<void> {
    const { report, now, timers } = this.#deps;
    const { kind, source } = entry.message;
    entry.attempts += 1;
    const status = await receiver.deliver(deliverFields(entry.message));
    if (status === STATUS.ok) {
      report(`smsc.${kind}-delivered`, { msisdn: `+${source}` });
      this.pump();
      return;
    }
    report(`smsc.${kind}-repeated`, { msisdn: `+${source}`, status: status ?? null });
    if (now().getTime() - entry.since <= MAX_AGE_MS) {
      const delay = FIRST_RETRY_MS * 2 ** Math.min(entry.attempts - 1, 10);
      timers.after(Math.min(LONGEST_RETRY_MS, delay), () => this.#enqueue(entry));
    }
  }

  async #filtered(message: OutgoingMessage): Promise<OutgoingMessage[]> {
    let messages = [message];
    for (const filter of [...this.#filters]) {
      messages = (await Promise.all(messages.map((each) => filter(each)))).flat();
    }
    return messages;
  }
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

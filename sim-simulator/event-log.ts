// Everything that happens, numbered. One numbering for events, screens and SMS, so that `after=<seq>` means the same
// everywhere. Events carry no PIN, no key and no text of a message.

export interface SimulatorEvent {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly msisdn?: string | undefined;
  readonly [detail: string]: unknown;
}

export type EventListener = (event: SimulatorEvent) => void;

export interface EventLog {
  emit(type: string, details?: Record<string, unknown>): SimulatorEvent;
  /** Calls `listener` for each new event until the function that comes back is called. */
  listen(listener: EventListener): () => void;
  /** Kept events whose number is higher, oldest first. */
  since(seq: number): SimulatorEvent[];
}

const KEPT_EVENTS = 1000;

/** An empty log that keeps the last 1000 events. */
export function createEventLog(now: () => Date): EventLog {
  const listeners = new Set<EventListener>();
  let kept: SimulatorEvent[] = [];
  let seq = 0;
  return {
    emit(type, details = {}) {
      seq += 1;
      const event: SimulatorEvent = { seq, at: now().toISOString(), type, ...details };
      kept.push(event);
      if (kept.length > KEPT_EVENTS * 2) {
        kept = kept.slice(-KEPT_EVENTS);
      }
      // Told after this turn, so that whoever looks then sees what the event says.
      queueMicrotask(() => {
        for (const listener of [...listeners]) {
          listener(event);
        }
      });
      return event;
    },
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    since: (after) => kept.slice(-KEPT_EVENTS).filter((event) => event.seq > after),
  };
}

// Keeps why requests were refused, under their trace ids, off the requests' own way: notes are queued in memory and
// written together a moment later. Bounded: notes per address, notes in the queue, rows by the purge.
import type { Log } from '../ops/log.ts';
import type { Database } from '../storage/database.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import { findRefusal, insertRefusals, type RefusalRow } from '../storage/refusals.ts';
import { errorWord, type RefusedError, ruleOf, withoutSecrets } from './refusal-rule.ts';

/** A refused request, as the edge that refused it knows it. */
export interface RefusedRequest {
  readonly trace: string;
  /** The endpoint's name in the library, or the pattern of a route. */
  readonly endpoint: string;
  readonly clientId: string | undefined;
  /** Of the caller, freed of untrusted headers; only for the limit, never kept. */
  readonly address: string | undefined;
  readonly error: RefusedError;
}

/** What a developer is told. */
export type Refusal = Omit<RefusalRow, 'issuer'>;

export interface Refusals {
  /** Notes it; never waits and never throws. */
  note(request: RefusedRequest): void;
  /** Finds by the trace id, notes that wait included. */
  find(trace: string): Promise<Refusal | undefined>;
  /** Writes what waits and takes no more. */
  stop(): Promise<void>;
}

export interface RefusalsDeps {
  readonly issuer: string;
  readonly database: Pick<Database, 'db'>;
  /** How many notes one address gets in some time; what is over is not kept. */
  readonly perAddress: Pick<RateLimit, 'take'>;
  /** How long a note is shown. */
  readonly hours: number;
  readonly now: () => Date;
  readonly log: Log;
}

const mostQueued = 1_000;
const flushMs = 100;
const tracePattern = /^[0-9a-f]{16}$/;

// Not a refusal but the ordinary course of polling and of nonces.
const ordinary = new Set(['authorization_pending', 'slow_down', 'use_dpop_nonce']);

/** Makes the keeper of one issuer. */
export function createRefusals({ issuer, database, perAddress, hours, now, log }: RefusalsDeps): Refusals {
  let queue: RefusalRow[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let stopped = false;

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const rows = queue;
    queue = [];
    writing = writing
      .then(() => insertRefusals(database.db, rows))
      .catch((err: unknown) => log.warn({ err, rows: rows.length }, 'refusals could not be kept'));
    return writing;
  };
  const add = (row: RefusalRow): void => {
    if (stopped || queue.length >= mostQueued) return;
    queue.push(row);
    timer ??= setTimeout(() => void flush(), flushMs).unref();
  };
  const pending = new Set<Promise<void>>();
  return {
    note(request) {
      if (!tracePattern.test(request.trace) || ordinary.has(errorWord(request.error))) return;
      const row = rowOf(request, { issuer, refusedAt: now() });
      const allowed = perAddress.take(request.address ?? '').then(
        (wait) => wait === undefined && add(row),
        (err: unknown) => log.warn({ err }, 'refusals could not be kept'),
      );
      const done: Promise<void> = allowed.then(() => void pending.delete(done));
      pending.add(done);
    },
    async find(trace) {
      if (!tracePattern.test(trace)) return undefined;
      await Promise.all(pending);
      await flush();
      const row = await findRefusal(database.db, { issuer, trace, hours });
      if (row === undefined) return undefined;
      const { issuer: _, ...refusal } = row;
      return refusal;
    },
    async stop() {
      await Promise.all(pending);
      stopped = true;
      await flush();
    },
  };
}

function rowOf(
  { trace, endpoint, clientId, error }: RefusedRequest,
  { issuer, refusedAt }: { issuer: string; refusedAt: Date },
): RefusalRow {
  const word = errorWord(error);
  // What goes wrong on our side is for our log, not for others.
  const isOurs = word === 'server_error';
  return {
    ...{ issuer, trace, refusedAt, endpoint },
    clientId: clientId ?? null,
    error: word,
    description: isOurs ? null : textOf(error.error_description),
    rule: ruleOf(error),
    detail: isOurs ? null : textOf(error.error_detail),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? withoutSecrets(value) : null;
}

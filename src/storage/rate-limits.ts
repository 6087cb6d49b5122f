// Counters per number, account and address, by rate-limiter-flexible over whichever database runs.
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { Database } from './database.ts';

export interface RateLimit {
  /** Takes `points` (1) of the key's budget: undefined if there was enough, else the seconds to wait. */
  take(key: string, points?: number): Promise<number | undefined>;
  /** Seconds to wait if the budget is used up; takes nothing. */
  wait(key: string): Promise<number | undefined>;
  /** Forgets the key, after a success. */
  forgive(key: string): Promise<void>;
}

export interface RateLimitOptions {
  /** Separates it from the other limits. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

export type MakeRateLimit = (options: RateLimitOptions) => RateLimit;

/** Makes a limit of `points` in `seconds`, where this database's limits are counted. Throws if the store is down. */
export function createRateLimit(
  database: Pick<Database, 'executeSql' | 'counters'>,
  { name, points, seconds }: RateLimitOptions,
): RateLimit {
  if (database.counters !== undefined) return database.counters({ name, points, seconds });
  // The library asks a `pg` client for `query({ text, values })`; both engines answer through executeSql.
  // It asks for `rowCount` when it looks a key up.
  const storeClient = {
    async query({ text, values }: { text: string; values?: unknown[] }) {
      const { rows } = await database.executeSql(text, values);
      return { rows, rowCount: rows.length };
    },
  };
  const limiter = new RateLimiterPostgres({
    storeClient,
    storeType: 'client',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: seconds,
    clearExpiredByTimeout: false,
  });
  return {
    take: (key, taken = 1) => takeFrom(limiter, key, taken),
    async wait(key) {
      return waitOf(await limiter.get(key), points);
    },
    async forgive(key) {
      await limiter.delete(key);
    },
  };
}

/** Drops counters whose window has ended. For the purge job. */
export async function purgeRateLimits(database: Pick<Database, 'executeSql'>, now: Date): Promise<void> {
  await database.executeSql('delete from rate_limits where expire < $1', [now.getTime()]);
}

/** A limit in this process's memory: for what must only be slowed down, such as page views. */
export function createMemoryRateLimit({
  points,
  seconds,
}: {
  points: number;
  seconds: number;
}): Pick<RateLimit, 'take'> {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return { take: (key, taken = 1) => takeFrom(limiter, key, taken) };
}

/** Seconds to wait by the state of a counter; undefined while there is budget. */
export function waitOf(state: RateLimiterRes | null, points: number): number | undefined {
  if (state === null || state.consumedPoints < points) return undefined;
  return Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
}

/** Takes from a counter: undefined if there was enough, else the seconds to wait. Throws what the store throws. */
export async function takeFrom(limiter: RateLimiterAbstract, key: string, points: number): Promise<number | undefined> {
  try {
    await limiter.consume(key, points);
    return undefined;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
    throw refusal;
  }
}

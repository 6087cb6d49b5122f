// Where a node keeps what: the database for what lasts; short-lived records, limits and wake-ups in Redis if there is
// one, else in the database too.
import type { Config } from './ops/config.ts';
import type { Log } from './ops/log.ts';
import type { Metrics } from './ops/metrics.ts';
import type { ReadinessCheck } from './ops/monitoring.ts';
import type { Database } from './storage/database.ts';
import { createDatabaseEphemeralStore, type EphemeralStore } from './storage/ephemeral.ts';
import { createRedisEphemeralStore, keepApart } from './storage/ephemeral-redis.ts';
import { createRedisCounters } from './storage/rate-limits-redis.ts';
import { openRedis, type Redis, type RedisEvent } from './storage/redis.ts';
import { announceByRedis, startWakeUps, type WakeUps } from './storage/wake-ups.ts';

export interface Stores {
  /** With limits and wake-ups where they belong. */
  readonly database: Database;
  readonly ephemeral: EphemeralStore;
  readonly wakeUps: WakeUps;
  /** For /readyz, beside the database's own. */
  readonly storeChecks: Readonly<Record<string, ReadinessCheck>>;
  /** Removes what is not in the database: the sandbox begins anew. */
  forgetShortLived(): Promise<void>;
}

type Closers = (() => Promise<unknown> | unknown)[];

// Kept for a day, and an order that is repeated must not become two: nothing to be asked for again (decision 018).
const lastingKinds = ['idempotency'];

/** Opens Redis if the configuration names one, and starts listening. Throws when it cannot be reached. */
export async function openStores(
  { config, log, metrics }: { config: Config; log: Log; metrics: Pick<Metrics, 'countRedis'> },
  database: Database,
  closers: Closers,
): Promise<Stores> {
  const records = createDatabaseEphemeralStore(database);
  const address = config.storage.redis;
  if (address === undefined) {
    const wakeUps = await startWakeUps(database);
    closers.push(() => wakeUps.stop());
    return { database, ephemeral: records, wakeUps, storeChecks: {}, forgetShortLived: async () => {} };
  }
  const redis: Redis = await openRedis(address, {
    onEvent(event, reason) {
      metrics.countRedis(event);
      tell(log, event, reason);
    },
  });
  closers.push(() => redis.close());
  const wakeUps = await startWakeUps(database, redis);
  closers.push(() => wakeUps.stop());
  return {
    database: { ...announceByRedis(database, redis), counters: createRedisCounters(redis) },
    ephemeral: keepApart(lastingKinds, { apart: records, others: createRedisEphemeralStore(redis) }),
    wakeUps,
    storeChecks: { redis: () => redis.ping() },
    forgetShortLived: () => redis.forgetAll(),
  };
}

function tell(log: Log, event: RedisEvent, reason: string | undefined): void {
  if (event === 'connected') log.info({}, 'Redis is connected');
  if (event === 'lost') log.error({}, 'Redis is gone; logins are refused until it is back');
  if (event === 'failed') log.debug({ reason }, 'a Redis command failed');
  if (event === 'evicting') log.warn({}, 'Redis may throw records away: set maxmemory-policy noeviction');
}

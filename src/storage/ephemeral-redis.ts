// Short-lived records in Redis: one hash each, with the value and, once it was used, the moment. Every operation that
// succeeds only once is one script, so that nobody comes in between. Values are sealed by whoever writes them.
import type { EphemeralStore } from './ephemeral.ts';
import type { Redis, RedisClient } from './redis.ts';

const scripts = {
  // An expired record is gone with its mark, so the new one starts afresh.
  recordPut: `redis.call('HSET', KEYS[1], 'value', ARGV[1]) redis.call('PEXPIRE', KEYS[1], ARGV[2]) return 1`,
  recordInsert: `
    if redis.call('HSETNX', KEYS[1], 'value', ARGV[1]) == 0 then return 0 end
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return 1`,
  recordConsume: `
    if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
    local now = redis.call('TIME')
    return redis.call('HSETNX', KEYS[1], 'consumed', now[1] * 1000 + math.floor(now[2] / 1000))`,
  recordTake: `
    local value = redis.call('HGET', KEYS[1], 'value')
    redis.call('DEL', KEYS[1])
    return value`,
} as const;

type ScriptName = keyof typeof scripts;

/** The ephemeral store in Redis. Throws RedisUnavailableError when it is away: nothing is then known to be unused. */
export function createRedisEphemeralStore(redis: Redis): EphemeralStore {
  for (const [name, lua] of Object.entries(scripts)) redis.client.defineCommand(name, { numberOfKeys: 1, lua });
  const runScript = (name: ScriptName, record: RecordKey, args: (string | number)[] = []): Promise<unknown> =>
    redis.run((client, place) => callScript(client, name, [keyOf(place, record), ...args]));
  return {
    async put(kind, key, content) {
      await runScript('recordPut', { kind, key }, written(content));
    },
    insert: async (kind, key, content) => (await runScript('recordInsert', { kind, key }, written(content))) === 1,
    async find(kind, key) {
      const [value, consumed] = await redis.run((client, place) =>
        client.hmget(keyOf(place, { kind, key }), 'value', 'consumed'),
      );
      if (typeof value !== 'string') return undefined;
      return { value: JSON.parse(value), consumedAt: consumed == null ? null : new Date(Number(consumed)) };
    },
    consume: async (kind, key) => (await runScript('recordConsume', { kind, key })) === 1,
    async take(kind, key) {
      const value = await runScript('recordTake', { kind, key });
      return typeof value === 'string' ? JSON.parse(value) : undefined;
    },
    async remove(kind, key) {
      await redis.run((client, place) => client.del(keyOf(place, { kind, key })));
    },
  };
}

/** Keeps some kinds of records in another store. */
export function keepApart(
  kinds: readonly string[],
  { apart, others }: { apart: EphemeralStore; others: EphemeralStore },
): EphemeralStore {
  const storeOf = (kind: string): EphemeralStore => (kinds.includes(kind) ? apart : others);
  return {
    put: (kind, key, record) => storeOf(kind).put(kind, key, record),
    insert: (kind, key, record) => storeOf(kind).insert(kind, key, record),
    find: (kind, key) => storeOf(kind).find(kind, key),
    consume: (kind, key) => storeOf(kind).consume(kind, key),
    take: (kind, key) => storeOf(kind).take(kind, key),
    remove: (kind, key) => storeOf(kind).remove(kind, key),
  };
}

interface RecordKey {
  readonly kind: string;
  readonly key: string;
}

// The part in braces chooses the slot of a cluster: what stands under one id stands on one server.
function keyOf(place: string, { kind, key }: RecordKey): string {
  return `${place}:{${encodeURIComponent(key)}}:${kind}`;
}

function written({ value, ttlSeconds }: { value: unknown; ttlSeconds: number }): [string, number] {
  return [JSON.stringify(value), Math.ceil(ttlSeconds * 1_000)];
}

// The driver adds a method for each script; its types do not know it.
function callScript(client: RedisClient, name: ScriptName, args: (string | number)[]): Promise<unknown> {
  const method: unknown = Reflect.get(client, name);
  if (typeof method !== 'function') throw new Error(`the driver has no ${name}`);
  return Reflect.apply(method, client, args);
}

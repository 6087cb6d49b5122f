// The connection to Redis or Valkey, one server or a cluster. Commands are sent once and fail soon: nothing waits in a
// queue for a server that is away, nothing is sent again after a lost connection. It comes back by itself.
import { Cluster, Redis as Single } from 'ioredis';
import type { RedisAddress } from '../ops/redis-address.ts';

export type RedisClient = Single | Cluster;

/** Redis is away, too slow, or refuses: whoever needs it fails closed. Names no address, key, value or password. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
  readonly code = 'REDIS_UNAVAILABLE';
  readonly reason: string;
  constructor(reason: string) {
    super(`Redis cannot be used (${reason})`);
    this.reason = reason;
  }
}

/** `evicting`: the server may throw away what it holds when its memory is full. */
export type RedisEvent = 'connected' | 'lost' | 'failed' | 'evicting';

export interface RedisOptions {
  readonly onEvent?: (event: RedisEvent, reason?: string) => void;
  /** Before every key and channel. */
  readonly prefix?: string;
  /** Milliseconds that a command or a connection may take. */
  readonly limitMs?: number;
}

export interface Redis {
  /** For commands that survive a restart of the server if it keeps its data. */
  readonly client: RedisClient;
  readonly prefix: string;
  /** Runs commands on keys below `place`, which is another one after a restart. Throws RedisUnavailableError. */
  run<T>(work: (client: RedisClient, place: string) => Promise<T>): Promise<T>;
  publish(channel: string, payload: string): Promise<void>;
  /** Listens to a channel; `onReconnect` after each gap in which something may have been missed. */
  listen(channel: string, onNotice: (payload: string) => void, onReconnect?: () => void): Promise<() => Promise<void>>;
  /** Resolves when it answers. */
  ping(): Promise<void>;
  /** Removes everything below the prefix, of all runs. For the sandbox. */
  forgetAll(): Promise<void>;
  close(): Promise<void>;
}

/** Connects. Throws RedisUnavailableError when there is no server, or none that lets us in. */
export async function openRedis(address: RedisAddress, options: RedisOptions = {}): Promise<Redis> {
  const { prefix = 'mid' } = options;
  let closing = false;
  const onEvent: NonNullable<RedisOptions['onEvent']> = (event, reason) => {
    if (!closing) options.onEvent?.(event, reason);
  };
  const client = createClient(address, options);
  const failing = (cause: unknown): RedisUnavailableError => {
    const error = unavailable(cause);
    onEvent('failed', error.reason);
    return error;
  };
  const eras = followEras(client, onEvent);
  await start(client, startMs);
  const run: Redis['run'] = async (work) => {
    try {
      const era = await eras.current();
      return await work(client, `${prefix}:${era}`);
    } catch (cause) {
      throw failing(cause);
    }
  };
  try {
    await run(async () => {});
  } catch (error) {
    client.disconnect();
    throw error;
  }
  // Channels are one name space for all databases of a server.
  const channelOf = (channel: string) => `${prefix}:${address.database}:${channel}`;
  return {
    client,
    prefix,
    run,
    publish: (channel, payload) =>
      run(async () => {
        await client.publish(channelOf(channel), payload);
      }),
    listen: (channel, onNotice, onReconnect) =>
      listen(client, channelOf(channel), { onNotice, onReconnect: onReconnect ?? (() => {}) }),
    ping: () =>
      run(async () => {
        await client.ping();
      }),
    forgetAll: () =>
      run(async () => {
        const masters = client instanceof Cluster ? client.nodes('master') : [client];
        for (const master of masters) await forgetKeys(master, `${prefix}:*`);
      }),
    async close() {
      closing = true;
      client.disconnect();
    },
  };
}

async function forgetKeys(server: Single, pattern: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await server.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
    cursor = next;
    // One by one: in a cluster several keys may not share a command.
    await Promise.all(keys.map((key) => server.unlink(key)));
  } while (cursor !== '0');
}

/** What a driver threw, without what it carries: commands with their arguments, addresses. */
export function unavailable(cause: unknown): RedisUnavailableError {
  if (cause instanceof RedisUnavailableError) return cause;
  return new RedisUnavailableError(reasonOf(cause));
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const last = 'lastNodeError' in cause ? cause.lastNodeError : undefined;
  if (last instanceof Error) return reasonOf(last);
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  if (cause.message === 'Command timed out') return 'timed out';
  // The server's own word: NOAUTH, WRONGPASS, OOM, READONLY, LOADING …
  if (cause.name === 'ReplyError') return /^-?([A-Z]+)\b/.exec(cause.message)?.[1] ?? 'refused';
  return 'no connection';
}

const startMs = 10_000;
const longestPauseMs = 2_000;
const pause = (times: number): number => Math.min(longestPauseMs, 50 * 2 ** Math.min(times, 10));

function createClient({ tls, nodes, cluster, username, password, database }: RedisAddress, options: RedisOptions) {
  const { limitMs = 2_000 } = options;
  const shared = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    connectTimeout: limitMs,
    commandTimeout: limitMs,
    // A connection that has died without a word is given up, not only its commands.
    socketTimeout: limitMs * 2,
    // A command that may have been carried out is not sent again.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    ...(tls ? { tls: {} } : {}),
  };
  const usual = { lazyConnect: true, enableOfflineQueue: false };
  const first = nodes[0];
  if (cluster || first === undefined) {
    return new Cluster([...nodes], {
      ...usual,
      clusterRetryStrategy: pause,
      redisOptions: shared,
    });
  }
  return new Single({ ...first, ...shared, ...usual, db: database, retryStrategy: pause });
}

async function start(client: RedisClient, limitMs: number): Promise<void> {
  let last: unknown;
  const note = (error: unknown) => {
    last = error;
  };
  client.on('error', note);
  // A cluster that does not answer is asked again and again; whoever starts wants to know.
  const limit = setTimeout(() => client.disconnect(), limitMs);
  try {
    await client.connect();
  } catch (cause) {
    client.disconnect();
    // What the connection said is more than that it was closed.
    throw unavailable(last ?? cause);
  } finally {
    clearTimeout(limit);
    client.off('error', note);
  }
}

/**
 * A server that restarts from a copy of its data, or a replica that takes over, may not know that a record was used.
 * So records stand under the run of the server that wrote them, and none is found after it.
 */
function followEras(client: RedisClient, onEvent: NonNullable<RedisOptions['onEvent']>) {
  let era: Promise<string> | undefined;
  // Errors reach whoever sent the command; without a listener the driver prints them.
  client.on('error', () => {});
  client.on('ready', () => onEvent('connected'));
  client.on('close', () => {
    if (era !== undefined) onEvent('lost');
    era = undefined;
  });
  const read = async (): Promise<string> => {
    // Each master of a cluster has a run of its own; there the records stand under one name.
    if (client instanceof Cluster) return 'cluster';
    const info = await client.info();
    if (mayEvict(info)) onEvent('evicting');
    const run = /^run_id:(\w+)/m.exec(info)?.[1];
    if (run === undefined) throw new RedisUnavailableError('no run id');
    return run.slice(0, 16);
  };
  return {
    async current(): Promise<string> {
      if (client.status !== 'ready') throw new RedisUnavailableError('no connection');
      era ??= read();
      const reading = era;
      try {
        return await reading;
      } catch (cause) {
        if (era === reading) era = undefined;
        throw cause;
      }
    },
  };
}

function mayEvict(info: string): boolean {
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? '0';
  return limit !== '0' && !/^maxmemory_policy:noeviction/m.test(info);
}

async function listen(
  client: RedisClient,
  channel: string,
  { onNotice, onReconnect }: { onNotice: (payload: string) => void; onReconnect: () => void },
): Promise<() => Promise<void>> {
  // Another connection: a subscribed one takes no other commands.
  const subscriber: RedisClient = client instanceof Cluster ? client.duplicate() : client.duplicate();
  subscriber.on('error', () => {});
  subscriber.on('message', (_channel: string, payload: string) => onNotice(payload));
  await start(subscriber, startMs);
  try {
    await subscriber.subscribe(channel);
  } catch (cause) {
    subscriber.disconnect();
    throw unavailable(cause);
  }
  subscriber.on('ready', () => {
    // Lost again in between: the next `ready` tries again.
    subscriber.subscribe(channel).then(onReconnect, () => {});
  });
  return async () => subscriber.disconnect();
}

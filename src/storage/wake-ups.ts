// Wakes whoever waits for a key, on this node or another: NOTIFY in the transaction of the cause, LISTEN here; with
// Redis a message after the commit instead, and both are listened to, for programs that have the database only.
// A wake-up may be lost or come twice; waiters read the state again after each, and at their own time-out.
import { AsyncLocalStorage } from 'node:async_hooks';
import { sql } from 'kysely';
import type { Database, Db } from './database.ts';
import type { Redis } from './redis.ts';

const channel = 'wake_up';

export interface WakeUps {
  /** Resolves at the next wake-up of the key, at the time-out, or when the signal aborts; never rejects. */
  wait(key: string, options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<void>;
  /** Registers first and waits after, so that nothing between reading the state and waiting is missed. */
  subscribe(key: string): { next(timeoutMs: number, signal?: AbortSignal): Promise<void>; close(): void };
  /** Calls back at each wake-up of the key, until the returned function is called. */
  onWake(key: string, listener: () => void): () => void;
  stop(): Promise<void>;
}

/** Keys to announce after the commit of the transaction that this flow of control is inside of. */
interface Collected {
  open: boolean;
  readonly keys: Set<string>;
}

const collecting = new AsyncLocalStorage<Collected>();

/** Announces a change of `key` to all nodes, at commit when given a transaction. */
export async function wake(db: Db, key: string): Promise<void> {
  const collected = collecting.getStore();
  if (collected?.open) collected.keys.add(key);
  else await notify(db, key);
}

async function notify(db: Db, key: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${key})`.execute(db);
}

/**
 * The same database, but that wake-ups of a transaction go through Redis once it is committed: NOTIFY makes all commits
 * of a server queue for one lock. What Redis does not take goes through the database after all.
 */
export function announceByRedis(database: Database, redis: Pick<Redis, 'publish'>): Database {
  const announce = async (key: string): Promise<void> => {
    try {
      await redis.publish(channel, key);
    } catch {
      await notify(database.db, key);
    }
  };
  return {
    ...database,
    async transaction(work) {
      const collected: Collected = { open: true, keys: new Set() };
      const committed = await collecting
        .run(collected, () => database.transaction(work))
        .finally(() => {
          collected.open = false;
        });
      // Nobody waits for it; when both ways fail the waiters look at their own time-out.
      for (const key of collected.keys) announce(key).catch(() => {});
      return committed;
    },
  };
}

/** Starts listening. After a lost connection every waiter is woken, because a notice may have been missed. */
export async function startWakeUps(
  database: Pick<Database, 'listen'>,
  redis?: Pick<Redis, 'listen'> | undefined,
): Promise<WakeUps> {
  const listeners = new Map<string, Set<() => void>>();
  const fire = (set: Set<() => void> | undefined): void => {
    for (const listener of [...(set ?? [])]) listener();
  };
  const fireAll = (): void => {
    for (const set of [...listeners.values()]) fire(set);
  };
  const endings: (() => Promise<void>)[] = [];
  for (const source of redis === undefined ? [database] : [database, redis]) {
    endings.push(await source.listen(channel, (key) => fire(listeners.get(key)), fireAll));
  }

  const onWake = (key: string, listener: () => void): (() => void) => {
    const set = listeners.get(key) ?? new Set();
    listeners.set(key, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && listeners.get(key) === set) listeners.delete(key);
    };
  };

  const subscribe: WakeUps['subscribe'] = (key) => {
    let woken = false;
    let resume: (() => void) | undefined;
    const off = onWake(key, () => {
      woken = true;
      resume?.();
    });
    return {
      async next(timeoutMs, signal) {
        if (!woken && !signal?.aborted) await waitFor(timeoutMs, signal, (done) => (resume = done));
        woken = false;
        resume = undefined;
      },
      close: off,
    };
  };

  return {
    onWake,
    subscribe,
    async wait(key, { timeoutMs, signal }) {
      const subscription = subscribe(key);
      await subscription.next(timeoutMs, signal);
      subscription.close();
    },
    async stop() {
      fireAll();
      for (const end of endings) await end();
    },
  };
}

function waitFor(timeoutMs: number, signal: AbortSignal | undefined, register: (done: () => void) => void) {
  return new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    signal?.addEventListener('abort', done, { once: true });
    register(done);
  });
}

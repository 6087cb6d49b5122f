// Work that is done after the transaction that caused it: pg-boss jobs created in that transaction,
// done at least once, created once per event (decision 19). Generic: queues and handlers come in by name.
import { createHash } from 'node:crypto';
import { type BackendProfile, type Db, type Job, type JobResult, PgBoss } from 'pg-boss';
import type { z } from 'zod';
import { currentTrace, type Log, runWithTrace } from '../ops/log.ts';

/** A database or a transaction, as storage hands it out. */
export interface JobDatabase {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** The database itself; with `listen`, workers wake the moment a transaction with a job commits. */
export interface JobStore extends JobDatabase {
  readonly engine: 'postgres' | 'pglite';
  listen?(channel: string, onPayload: (payload: string) => void, onReconnect: () => void): Promise<() => Promise<void>>;
}

/** Thrown by a handler when trying again is of no use. */
export class PermanentJobError extends Error {
  override readonly name = 'PermanentJobError';
}

export interface QueueSettings {
  readonly retries?: number;
  /** First pause between tries; doubles up to `retryDelayMaxSeconds`. */
  readonly retryDelaySeconds?: number;
  readonly retryDelayMaxSeconds?: number;
  /** Longest time for one try. */
  readonly tryTimeoutSeconds?: number;
  /** A job that nobody has done by then is dropped: late alerts only confuse. */
  readonly lifeSeconds?: number;
}

export interface JobQueue<Payload extends object> extends QueueSettings {
  readonly schema: z.ZodType<Payload>;
  /** Does the work; a rejection repeats it later. `signal` tells that its time is over. */
  handle(payload: Payload, job: { readonly id: string; readonly signal: AbortSignal }): Promise<void>;
}

export interface JobsOptions<Payloads extends Record<string, object>> {
  readonly database: JobStore;
  readonly log: Log;
  readonly queues: { readonly [Name in keyof Payloads]: JobQueue<Payloads[Name]> };
  /** Told of each try that has ended. */
  readonly onEnd?: (job: { queue: string; outcome: string }) => void;
  /** False on a node that only creates jobs. Default true. */
  readonly work?: boolean;
  /** Other distributed databases (Citus, YugabyteDB, CockroachDB) are named here. */
  readonly backend?: BackendProfile;
}

export interface NewJob<Payload> {
  readonly payload: Payload;
  /** Names the event for all time: the same event and queue make one job, however often it is told. */
  readonly eventId: string;
  readonly startAfter?: Date;
}

export interface Jobs<Payloads extends Record<string, object>> {
  /** Makes schema and queues if they are missing, and begins to work. */
  start(): Promise<void>;
  /** Ends the jobs in hand, within `timeoutSeconds` (default 10). */
  stop(timeoutSeconds?: number): Promise<void>;
  /** Creates a job in the caller's transaction; false when this event already has one. Throws before `start()`. */
  enqueue<Name extends keyof Payloads & string>(
    tx: JobDatabase,
    name: Name,
    job: NewJob<Payloads[Name]>,
  ): Promise<boolean>;
  isStarted(): boolean;
  /** How many wait in each queue, of all nodes, as counted within the last minute. */
  waiting(): Promise<Record<string, number>>;
}

/** How long a finished job is kept: as long as its event could be told again. */
const keptSeconds = 24 * 3600;

/** Makes the jobs over a database; nothing happens before `start()`. */
export function createJobs<Payloads extends Record<string, object>>(options: JobsOptions<Payloads>): Jobs<Payloads> {
  const { queues, work = true } = options;
  const boss = createBoss(options);
  let started = false;

  async function startQueue<Name extends keyof Payloads & string>(name: Name): Promise<void> {
    const queue = queues[name];
    await boss.createQueue(name, queueOptions(queue));
    // Queues of an earlier start take the settings of this one.
    await boss.updateQueue(name, queueOptions(queue));
    // Reads the queue into the library's cache: inside a transaction it must not need the database outside it.
    await boss.findJobs(name, { id: jobId(name, 'none') });
    if (work) await boss.work(name, workOptions, createRunner(name, queue, options));
  }

  return {
    async start() {
      await boss.start();
      for (const name in queues) await startQueue(name);
      started = true;
    },
    async stop(timeoutSeconds = 10) {
      started = false;
      await boss.stop({ graceful: true, close: false, timeout: timeoutSeconds * 1000 });
    },
    async enqueue(tx, name, { payload, eventId, startAfter }) {
      if (!started) throw new Error('jobs are not started');
      const when = startAfter === undefined ? {} : { startAfter };
      const id = await boss.send(name, traced(payload), { db: tx, id: jobId(name, eventId), ...when });
      return id !== null;
    },
    isStarted: () => started,
    async waiting() {
      const names = Object.keys(queues);
      const found = await boss.getQueues(names);
      return Object.fromEntries(found.map(({ name, queuedCount }) => [name, queuedCount]));
    },
  };
}

/** Beside the payload: the trace id of the request that the job comes of, so that log lines of both are found together. */
const traceKey = '$trace';

function traced(payload: object): object {
  const trace = currentTrace();
  return trace === undefined ? payload : { ...payload, [traceKey]: trace };
}

function untraced(data: object): { payload: object; trace: string | undefined } {
  const { [traceKey]: trace, ...payload } = data as Record<string, unknown>;
  return { payload, trace: typeof trace === 'string' ? trace : undefined };
}

const workOptions = {
  perJobResults: true,
  batchSize: 10,
  localConcurrency: 2,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 1,
  // With notifications the poll only finds repeats that have become due.
  notifyPollingIntervalSeconds: 5,
} as const;

type BossOptions = Pick<JobsOptions<Record<string, object>>, 'database' | 'log' | 'backend'>;

function createBoss({ database, log, backend }: BossOptions): PgBoss {
  const boss = new PgBoss({
    db: bossDatabase(database),
    backend: backend ?? database.engine,
    useListenNotify: database.listen !== undefined,
    schedule: false,
    // No flows are used; their resolver would poll every five seconds.
    flowIntervalSeconds: 3600,
  });
  boss.on('error', (error) => log.error({ error: error.name }, 'jobs: database trouble'));
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'jobs: warning'));
  return boss;
}

function bossDatabase(database: JobStore): Db {
  const { listen } = database;
  const db: Db = { executeSql: (text, values) => executeWhole(database, text, values) };
  if (!listen) return db;
  db.listen = async (channel, onPayload, onReconnect) => ({ close: await listen(channel, onPayload, onReconnect) });
  return db;
}

// The library writes BEGIN … COMMIT in one text. When that fails on PGlite's only connection, the broken transaction
// would stay open under everybody else's feet; a pool drops the connection instead.
async function executeWhole(database: JobStore, text: string, values: unknown[] | undefined) {
  try {
    return await database.executeSql(text, values);
  } catch (error) {
    if (database.engine === 'pglite' && /^\s*BEGIN\b/.test(text)) await database.executeSql('ROLLBACK');
    throw error;
  }
}

function queueOptions(queue: QueueSettings) {
  return {
    notify: true,
    retryLimit: queue.retries ?? 8,
    retryBackoff: true,
    retryDelay: queue.retryDelaySeconds ?? 2,
    retryDelayMax: queue.retryDelayMaxSeconds ?? 300,
    expireInSeconds: queue.tryTimeoutSeconds ?? 60,
    retentionSeconds: queue.lifeSeconds ?? 24 * 3600,
    deleteAfterSeconds: keptSeconds,
  };
}

function createRunner<Payload extends object>(
  name: string,
  queue: JobQueue<Payload>,
  { log, onEnd }: { log: Log; onEnd?: JobsOptions<Record<string, object>>['onEnd'] },
) {
  function run({ id, data, signal }: Job<object>): Promise<JobResult> {
    const { payload, trace } = untraced(data);
    const work = () => doJob(payload, { id, signal });
    return trace === undefined ? work() : runWithTrace(trace, work);
  }

  async function doJob(payload: object, { id, signal }: Pick<Job<object>, 'id' | 'signal'>): Promise<JobResult> {
    try {
      const parsed = queue.schema.safeParse(payload);
      if (!parsed.success) throw new PermanentJobError('the payload is not of this queue');
      await queue.handle(parsed.data, { id, signal });
      return { id, status: 'completed' };
    } catch (error) {
      const permanent = error instanceof PermanentJobError;
      // Names only: a message may repeat an address or a text.
      const fault = error instanceof Error ? error.name : 'unknown';
      log.warn({ queue: name, jobId: id, fault, permanent }, 'jobs: not done');
      return { id, status: permanent ? 'deadletter' : 'failed', output: { fault } };
    }
  }
  return async (jobs: Job<object>[]) => {
    const results = await Promise.all(jobs.map(run));
    for (const { status } of results) onEnd?.({ queue: name, outcome: status });
    return results;
  };
}

/** A UUID (version 8, RFC 9562) that the event determines, so that the primary key keeps it from doubling. */
function jobId(name: string, eventId: string): string {
  const octets = createHash('sha256').update(`${name}\n${eventId}`).digest().subarray(0, 16);
  octets[6] = 0x80 | ((octets[6] ?? 0) & 0x0f);
  octets[8] = 0x80 | ((octets[8] ?? 0) & 0x3f);
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// Jobs on PGlite through the storage layer: created with their cause, once per event, done at least once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  createJobs,
  type JobDatabase,
  type JobQueue,
  type JobStore,
  PermanentJobError,
} from '../../../src/messaging/jobs.ts';
import { createLog, runWithTrace } from '../../../src/ops/log.ts';
import { openDatabase, sqlClientOf } from '../../../src/storage/database.ts';

type Greeting = { name: string };
const database = await openDatabase('memory:');
afterAll(() => database.close());

const done: string[] = [];
const attempts = new Map<string, number>();
const lines: string[] = [];
const log = createLog('debug', { write: (line) => lines.push(line) });
const greeting: JobQueue<Greeting> = {
  schema: z.strictObject({ name: z.string().max(20) }),
  retryDelaySeconds: 1,
  retries: 2,
  async handle({ name }) {
    const attempt = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, attempt);
    if (name.startsWith('broken')) throw new PermanentJobError('number +33639980001 is wrong');
    if (name.startsWith('flaky') && attempt === 1) throw new TypeError('line +33639980001 busy');
    done.push(name);
  },
};

function aStore(change: Partial<JobStore> = {}): JobStore {
  return { engine: 'pglite', executeSql: database.executeSql, listen: database.listen, ...change };
}

function someJobs(change: { database?: JobStore; work?: boolean } = {}) {
  return createJobs<{ greeting: Greeting }>({ database: aStore(), log, queues: { greeting }, ...change });
}

const enqueue = (jobs: ReturnType<typeof someJobs>, name: string, eventId = name) =>
  database.transaction((tx) => jobs.enqueue(sqlClientOf(tx), 'greeting', { payload: { name }, eventId }));

describe('a job', () => {
  const jobs = someJobs();
  beforeAll(() => jobs.start());
  afterAll(() => jobs.stop());

  test('is done after the transaction that created it', async () => {
    expect(await enqueue(jobs, 'alice')).toBe(true);
    await expect.poll(() => done).toContain('alice');
  });

  test('logs with the trace of the request that it comes of, and its handler never sees it', async () => {
    await runWithTrace('5eed5eed5eed5eed', () => enqueue(jobs, 'broken-traced'));
    await expect.poll(() => lines.join('')).toMatch(/"trace":"5eed5eed5eed5eed"[^\n]*jobs: not done/);
    await enqueue(jobs, 'broken-untraced');
    await expect.poll(() => attempts.get('broken-untraced')).toBe(1);
    expect(lines.filter((line) => line.includes('5eed5eed5eed5eed'))).toHaveLength(1);
  });

  test('of a transaction that fails is never done', async () => {
    const failing = database.transaction(async (tx) => {
      await jobs.enqueue(sqlClientOf(tx), 'greeting', { payload: { name: 'ghost' }, eventId: 'ghost' });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await enqueue(jobs, 'after the ghost');
    await expect.poll(() => done).toContain('after the ghost');
    expect(done).not.toContain('ghost');
  });

  test('is created once per event, also after it has been done', async () => {
    expect(await enqueue(jobs, 'bruno', 'event-7')).toBe(true);
    expect(await enqueue(jobs, 'bruno', 'event-7')).toBe(false);
    await expect.poll(() => done).toContain('bruno');
    expect(await enqueue(jobs, 'bruno', 'event-7')).toBe(false);
    expect(await enqueue(jobs, 'chloe', 'event-8')).toBe(true);
    await expect.poll(() => done).toContain('chloe');
    expect(done.filter((name) => name === 'bruno')).toHaveLength(1);
  });

  test('that fails is done again, and the log has no word of the error', async () => {
    await enqueue(jobs, 'flaky');
    await expect.poll(() => done, { timeout: 15_000 }).toContain('flaky');
    expect(attempts.get('flaky')).toBe(2);
    expect(lines.join()).toContain('TypeError');
    expect(lines.join()).not.toContain('33639980001');
  });

  test('that cannot succeed is not tried again', async () => {
    await enqueue(jobs, 'broken');
    const select = "select state, output from pgboss.job where data->>'name' = 'broken'";
    const failed = [{ state: 'failed', output: expect.objectContaining({ fault: 'PermanentJobError' }) }];
    await expect.poll(async () => (await database.executeSql(select)).rows).toEqual(failed);
    expect(lines.join()).toContain('PermanentJobError');
    expect(attempts.get('broken')).toBe(1);
  });

  test('with a payload that is not of its queue is refused by the worker, not the handler', async () => {
    await enqueue(jobs, 'x'.repeat(21));
    await expect
      .poll(
        async () => (await database.executeSql("select state from pgboss.job where length(data->>'name') = 21")).rows,
      )
      .toEqual([{ state: 'failed' }]);
    expect(attempts.has('x'.repeat(21))).toBe(false);
  });

  test('may wait for its time', async () => {
    const later = new Date('2999-01-01T00:00:00Z');
    await database.transaction((tx) =>
      jobs.enqueue(sqlClientOf(tx), 'greeting', { payload: { name: 'later' }, eventId: 'later', startAfter: later }),
    );
    await enqueue(jobs, 'sooner');
    await expect.poll(() => done).toContain('sooner');
    expect(done).not.toContain('later');
  });

  test('is written through the transaction alone', async () => {
    const outside: string[] = [];
    const watched = someJobs({
      work: false,
      database: aStore({
        executeSql(text, values) {
          outside.push(text);
          return database.executeSql(text, values);
        },
      }),
    });
    await watched.start();
    outside.length = 0;
    const inside: JobDatabase = {
      async executeSql() {
        return { rows: [{ id: 'x' }] };
      },
    };
    await watched.enqueue(inside, 'greeting', { payload: { name: 'nobody' }, eventId: 'nobody' });
    expect(outside.filter((text) => /insert|queue/i.test(text))).toEqual([]);
    await watched.stop();
  });
});

describe('the jobs', () => {
  test('cannot be created before they are started', async () => {
    await expect(enqueue(someJobs(), 'early')).rejects.toThrow('not started');
  });

  test('created on a node that does not work are done by one that does, without notifications', async () => {
    const creating = someJobs({ work: false });
    await creating.start();
    await enqueue(creating, 'from afar');
    const { listen: _, ...polling } = aStore();
    const working = someJobs({ database: polling });
    await working.start();
    await expect.poll(() => done).toContain('from afar');
    await enqueue(creating, 'polled');
    await expect.poll(() => done, { timeout: 10_000 }).toContain('polled');
    await working.stop();
    await creating.stop();
    expect(working.isStarted()).toBe(false);
  });

  test('leave no broken transaction on the only connection when a statement of theirs fails', async () => {
    const broken = someJobs({
      work: false,
      database: aStore({
        executeSql: (text, values) => database.executeSql(text.replace('COMMIT', 'select 1/0; COMMIT'), values),
      }),
    });
    await expect(broken.start()).rejects.toThrow('division by zero');
    expect((await database.executeSql('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await broken.stop();
  });
});

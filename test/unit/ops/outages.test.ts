// Which errors mean that a server has gone, by what the drivers really throw.
import { createServer } from 'node:net';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { isOutage, toAppError } from '../../../src/ops/outages.ts';
import { createEmptyDatabase, postgresUrl } from '../../support/databases.ts';

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code });

test.each(['ECONNREFUSED', 'ECONNRESET', '08006', '57P01', '57P03', '53300'])('%s is an outage', (code) => {
  expect(isOutage(withCode(code))).toBe(true);
});

test.each([
  ['a value that is taken', withCode('23505')],
  ['a broken statement', withCode('42P01')],
  ['an object that is not ready', withCode('55000', 'cannot do this now')],
  ['a mistake of ours', new TypeError('x is undefined')],
  ['nothing at all', undefined],
])('%s is none', (_what, thrown) => {
  expect(isOutage(thrown)).toBe(false);
  expect(toAppError(thrown)).toMatchObject({ code: 'internal', status: 500 });
});

test('what an outage has caused is one too (X120)', () => {
  const gone = Object.assign(new Error('Redis cannot be used (no connection)'), { code: 'REDIS_UNAVAILABLE' });
  expect(isOutage(gone)).toBe(true);
  expect(isOutage(new Error('temporarily_unavailable', { cause: gone }))).toBe(true);
  expect(isOutage(new Error('something else', { cause: new Error('x') }))).toBe(false);
});

test('an outage is told as such, with a time to try again; what was told already stays (X120)', () => {
  expect(toAppError(withCode('57P01'))).toMatchObject({ status: 503, code: 'temporarily_unavailable' });
  expect(toAppError(withCode('57P01')).retryAfterSeconds).toBeGreaterThan(0);
  const told = new AppError('not_found');
  expect(toAppError(told)).toBe(told);
});

test('a port without a server is an outage', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  const port = typeof address === 'object' ? address?.port : undefined;
  const thrown = await new pg.Client({ host: '127.0.0.1', port }).connect().catch((error: unknown) => error);
  expect(isOutage(thrown)).toBe(true);
});

describe.runIf(postgresUrl !== undefined)('PostgreSQL', () => {
  test('that ends a connection, and one that takes none, are outages (X120)', async () => {
    const { url, drop } = await createEmptyDatabase(postgresUrl!);
    const name = new URL(url).pathname.slice(1);
    const pool = new pg.Pool({ connectionString: url });
    pool.on('error', () => {});
    const admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    const running = pool.query('select pg_sleep(30)').catch((error: unknown) => error);
    await pool.query('select 1');
    await admin.query(`alter database ${name} with allow_connections false`);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    expect(isOutage(await running)).toBe(true);
    expect(isOutage(await pool.query('select 1').catch((error: unknown) => error))).toBe(true);
    await admin.end();
    await pool.end();
    await drop();
  });
});

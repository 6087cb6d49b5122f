// What is kept of refused requests: found at once by the trace id, bounded, without ordinary polling.
import { errors } from 'oidc-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRefusals, type RefusedRequest } from '../../../src/oidc/refusals.ts';
import { createLog } from '../../../src/ops/log.ts';
import { createMemoryRateLimit } from '../../../src/storage/rate-limits.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';

let open: TestDatabase;
beforeAll(async () => {
  open = await openTestDatabase('pglite');
});
afterAll(() => open.close());

let count = 0;
const nextTrace = () => (++count).toString(16).padStart(16, '0');
const issuer = 'https://op.example';

function keeper(change: { issuer?: string; points?: number; log?: string[] } = {}) {
  const lines = change.log ?? [];
  return createRefusals({
    issuer: change.issuer ?? issuer,
    database: open.database,
    hours: 24,
    perAddress: createMemoryRateLimit({ points: change.points ?? 1_000, seconds: 60 }),
    now: () => new Date(),
    log: createLog('info', { write: (line) => lines.push(line) }),
  });
}

const refusal = (change: Partial<RefusedRequest> = {}): RefusedRequest => ({
  trace: nextTrace(),
  endpoint: 'authorization',
  clientId: 'shop',
  address: '192.0.2.1',
  error: new errors.InvalidRequest('MANDATORY parameter nonce is missing (or) invalid.'),
  ...change,
});

test('a developer finds a refusal right after it, by its trace id', async () => {
  const refusals = keeper();
  const request = refusal();
  refusals.note(request);
  expect(await refusals.find(request.trace)).toEqual({
    trace: request.trace,
    refusedAt: expect.any(Date),
    endpoint: 'authorization',
    clientId: 'shop',
    error: 'invalid_request',
    description: 'MANDATORY parameter nonce is missing (or) invalid.',
    rule: 'nonce: missing',
    detail: null,
  });
});

test('it is written without being asked for, and before the end', async () => {
  const refusals = keeper();
  const request = refusal();
  refusals.note(request);
  await refusals.stop();
  expect(await keeper().find(request.trace)).toMatchObject({ rule: 'nonce: missing' });
});

test('one issuer does not show what another refused, and no made-up id shows anything', async () => {
  const refusals = keeper();
  const request = refusal();
  refusals.note(request);
  expect(await refusals.find(request.trace)).toBeDefined();
  expect(await keeper({ issuer: 'https://other.example' }).find(request.trace)).toBeUndefined();
  for (const trace of ['', 'f'.repeat(16), '%', `${request.trace}'`]) {
    expect(await refusals.find(trace)).toBeUndefined();
  }
});

test('what the request is told last is what is kept', async () => {
  const refusals = keeper();
  const request = refusal();
  refusals.note(request);
  refusals.note({ ...request, error: new errors.InvalidRedirectUri() });
  expect(await refusals.find(request.trace)).toMatchObject({ error: 'invalid_redirect_uri' });
});

test('polling that waits is no refusal', async () => {
  const refusals = keeper();
  for (const error of [new errors.AuthorizationPending(), new errors.SlowDown()]) {
    const request = refusal({ endpoint: 'token', error });
    refusals.note(request);
    expect(await refusals.find(request.trace)).toBeUndefined();
  }
});

test('a fault of ours is told as one, without its words', async () => {
  const refusals = keeper();
  const request = refusal({ error: new TypeError('column "secret" of relation "x" is null') });
  refusals.note(request);
  expect(await refusals.find(request.trace)).toMatchObject({
    error: 'server_error',
    description: null,
    detail: null,
    rule: 'none: a fault of the provider',
  });
});

test('one address fills no table', async () => {
  const refusals = keeper({ points: 3 });
  const requests = Array.from({ length: 5 }, () => refusal());
  for (const request of requests) refusals.note(request);
  const found = await Promise.all(requests.map(({ trace }) => refusals.find(trace)));
  expect(found.filter((one) => one !== undefined)).toHaveLength(3);
  const other = refusal({ address: '192.0.2.2' });
  refusals.note(other);
  expect(await refusals.find(other.trace)).toBeDefined();
});

test('a database that is down costs the note and not the request', async () => {
  const log: string[] = [];
  const refusals = createRefusals({
    issuer,
    database: {
      get db(): never {
        throw new Error('the database is down');
      },
    },
    hours: 24,
    perAddress: createMemoryRateLimit({ points: 10, seconds: 60 }),
    now: () => new Date(),
    log: createLog('info', { write: (line) => log.push(line) }),
  });
  refusals.note(refusal());
  await refusals.stop();
  expect(log.join('')).toContain('refusals could not be kept');
});

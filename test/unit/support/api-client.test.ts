// The client that tests of the APIs use: what it lets through and what it stumbles over.
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ApiCall, Route } from '../../../src/api/route-types.ts';
import { createApiClient } from '../../support/api-client.ts';

const common = {
  scope: 'thing.read',
  level: 'P',
  summary: 'A thing',
  answers: { 200: z.strictObject({ id: z.string() }) },
};
const routes = [
  {
    ...common,
    method: 'GET',
    path: '/things/:id',
    handle: async ({ token }: ApiCall) => ({ body: { id: token.accountId } }),
  },
  { ...common, method: 'GET', path: '/wrong', handle: async () => ({ body: { id: 1 } }) },
  {
    ...{ ...common, method: 'POST', path: '/things', idempotent: true },
    handle: async ({ idempotencyKey, input }: ApiCall) => ({ body: { id: `${idempotencyKey} ${input}` } }),
  },
] as unknown as Route[];
const api = createApiClient({ database: undefined as never }, () => routes);

test('calls with the token of whoever it is told to be', async () => {
  expect(await api.as('acc_a')('GET', '/things/1')).toMatchObject({ status: 200, body: { id: 'acc_a' } });
  expect((await api.as('acc_a', { scopes: new Set() })('GET', '/things/1')).status).toBe(403);
  expect((await api.anybody('GET', '/things/1')).status).toBe(401);
});

test('sends an Idempotency-Key of its own where none is named', async () => {
  const first = await api.as('acc_a')('POST', '/things');
  expect(first.body.id).toMatch(/^key-\d+ undefined$/);
  const named = await api.as('acc_a')('POST', '/things', { headers: { 'idempotency-key': 'mine' } });
  expect(named.body.id).toBe('mine undefined');
});

test('throws for an answer that the published document does not know', async () => {
  await expect(api.as('acc_a')('GET', '/wrong')).rejects.toThrow('must be string');
});

// The codes that level M* asks for, over a scripted check. Every answer is held against the published document.
import { beforeEach, expect, test } from 'vitest';
import type { StrongCodeResult } from '../../../src/customer/strong-check.ts';
import { createApiClient } from '../../support/api-client.ts';

let result: StrongCodeResult;
const asked: unknown[] = [];
const since = new Date('2026-11-22T08:00:00Z');
const client = createApiClient({
  database: undefined as never,
  account: {} as never,
  strong: {
    check: async () => ({ kind: 'needs-fresh' }),
    sendCode: async (_caller, order) => {
      asked.push(order);
      return result;
    },
  },
});
const call = client.as('acc_1');

beforeEach(() => {
  asked.length = 0;
});

test.each([
  [{ kind: 'sent', to: 'a***@exemple.test' }, 202, undefined],
  [{ kind: 'proved' }, 204, undefined],
  [{ kind: 'limited', retryAfterSeconds: 30 }, 429, 'too_many_requests'],
  [{ kind: 'needs-pin' }, 401, 'insufficient_user_authentication'],
  [{ kind: 'later', availableAt: since }, 409, 'mc_temporarily_unavailable'],
  [{ kind: 'no-channel' }, 409, 'shop_identity_check_required'],
] as const)('a code for an action of level M*: %j answers %i', async (next, status, code) => {
  result = next;
  const answer = await call('POST', '/account/v1/me/confirmation-codes', { body: { action: 'address-change' } });
  expect([answer.status, answer.body?.code]).toEqual([status, code]);
  if (next.kind === 'sent') expect(answer.body).toEqual({ sentTo: next.to });
  expect(asked).toEqual([{ action: 'address-change' }]);
});

test('a code for an action that there is none of is refused', async () => {
  const refused = await call('POST', '/account/v1/me/confirmation-codes', { body: { action: 'line-reactivation' } });
  expect(refused.status).toBe(422);
});

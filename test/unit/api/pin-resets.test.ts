// The API of a forgotten PIN over a scripted flow: how each view and each outcome looks outside. Every answer is held
// against the published document.
import { beforeEach, expect, test } from 'vitest';
import type { PinResets, ResetOutcome, ResetView } from '../../../src/enrolment/reset-pin-types.ts';
import { type ApiRequest, createApiClient } from '../../support/api-client.ts';

const robot: ResetView = { step: 'robot', picture: '<svg/>', sum: [3, 4] };
const code: ResetView = { step: 'code', numberShown: '06 ** ** ** 01', email: 'none' };

let view: ResetView | undefined;
let outcome: ResetOutcome;
const calls: unknown[][] = [];

const take =
  (name: string) =>
  async (...call: unknown[]): Promise<ResetOutcome> => {
    calls.push([name, ...call]);
    return outcome;
  };
const resets: PinResets = {
  begin: async ({ number }) => (number === 'none' ? { kind: 'malformed' } : { kind: 'begun', id: 'rst_1' }),
  view: async ({ browser }) => (browser === 'mine' ? view : undefined),
  ...{ answerRobot: take('robot'), resendCode: take('resend'), sendEmailCode: take('email'), enterCode: take('code') },
  waitForChange: async () => undefined,
};
const client = createApiClient({
  database: undefined as never,
  pinResets: { resets, newBrowser: () => 'mine' },
});
const base = '/mc/v1/pin-resets';
const call = (method: string, path: string, body?: ApiRequest['body']) =>
  client.anybody(method, `${base}${path}`, {
    headers: { cookie: 'flow=mine' },
    ...(body === undefined ? {} : { body }),
  });

beforeEach(() => {
  view = robot;
  outcome = { kind: 'ok' };
  calls.length = 0;
});

test('A44 begins for a number, with a sum to see and to hear, and a cookie that binds it', async () => {
  const begun = await client.anybody('POST', base, { body: { msisdn: '06 39 98 00 01' } });
  const challenge = { image: `data:image/svg+xml;base64,${btoa('<svg/>')}`, sum: [3, 4] };
  expect(begun).toMatchObject({
    status: 202,
    body: { flowId: 'rst_1', step: 'challenge', state: 'pending', challenge },
  });
  expect(String(begun.headers['set-cookie'])).toMatch(/^flow=mine; path=\/api; samesite=strict; httponly/i);
  expect((await client.anybody('POST', base, { body: { msisdn: 'none' } })).body.fields[0].field).toBe('msisdn');
});

test('A44 goes on by the sum, the code of the SMS and a code by e-mail, and says each time what is due', async () => {
  view = code;
  expect(await call('POST', '/rst_1/challenge', { answer: '7' })).toMatchObject({
    status: 202,
    body: { step: 'code' },
  });
  view = { ...code, email: 'asked' };
  expect((await call('POST', '/rst_1/email-code', {})).body).toMatchObject({ step: 'code', email: 'asked' });
  view = { step: 'phone', status: 'pending', referenceCode: '4821', secondsLeft: 90 };
  const given = { code: '123456', password: 'a password', emailCode: '654321' };
  const last = await call('POST', '/rst_1/code', given);
  expect(last.body).toMatchObject({ step: 'phone', state: 'pending', referenceCode: '4821', expiresIn: 90 });
  const visit = { id: 'rst_1', browser: 'mine', locale: 'fr' };
  expect(calls).toMatchObject([
    ['robot', visit, '7'],
    ['email', visit],
    ['code', visit, given],
  ]);
});

test.each([
  ['done', 'done'],
  ['refused', 'failed'],
  ['expired', 'failed'],
] as const)('A45 the phone’s %s is told as %s', async (status, state) => {
  view = { step: 'phone', status, referenceCode: '4821', secondsLeft: 0 };
  expect((await call('GET', '/rst_1')).body).toMatchObject({ step: 'phone', state });
});

test('a flow that cannot go on says no more than that, and is not there in another browser', async () => {
  view = { step: 'over' };
  expect((await call('GET', '/rst_1')).body).toEqual({ flowId: 'rst_1', step: 'code', state: 'failed' });
  const stranger = await client.anybody('GET', `${base}/rst_1`, { headers: { cookie: 'flow=other' } });
  expect(stranger.status).toBe(404);
  expect((await client.anybody('GET', `${base}/rst_1`)).status).toBe(404);
});

test.each([
  [{ kind: 'wrong' }, 422, 'validation'],
  [{ kind: 'lost' }, 404, 'not_found'],
  [{ kind: 'limited', retryAfterSeconds: 30 }, 429, 'too_many_requests'],
  [{ kind: 'unavailable' }, 503, 'temporarily_unavailable'],
] as const)('a step that is refused with %j answers %i %s', async (refused, status, word) => {
  outcome = refused;
  for (const [path, body] of [
    ['challenge', { answer: '1' }],
    ['code', { code: '1' }],
    ['email-code', {}],
  ] as const) {
    const answer = await call('POST', `/rst_1/${path}`, body);
    expect([answer.status, answer.body.code]).toEqual([status, word]);
  }
});

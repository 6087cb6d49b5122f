// Links and deactivations that the PIN confirms, over a scripted phone; and the POSTs of lines and of the service that
// demand an Idempotency-Key. Every answer is held against the published document.
import { beforeEach, describe, expect, test } from 'vitest';
import type { IdempotentAnswers } from '../../../src/customer/idempotent-answers.ts';
import type { ConfirmationStart, ConfirmationView } from '../../../src/enrolment/phone-confirmation.ts';
import { createApiClient } from '../../support/api-client.ts';

const pending: ConfirmationView = {
  ...{ id: 'att_1', purpose: 'link', lineId: 'lin_1', number: '+33 6 ** 01' },
  ...{ status: 'pending', referenceCode: '4821', secondsLeft: 110 },
};

let outcome: ConfirmationStart;
let view: ConfirmationView | undefined;
let claims: string[];

const start = async () => outcome;
const answered: IdempotentAnswers = {
  once: async ({ key }, act) => {
    claims.push(key);
    return await act();
  },
};
const client = createApiClient({
  ...{ database: undefined as never, answered },
  mobileConnect: {
    activation: { begin: async () => ({ kind: 'unknown-line' }) } as never,
    confirmations: {
      ...{ link: start, deactivate: start },
      view: async () => view,
      cancel: async () => undefined,
      waitForChange: async () => undefined,
    },
    lines: async () => [],
    history: async () => ({ uses: [], total: 0 }),
  },
  lines: {
    sendCode: async () => ({ kind: 'sent', to: 'a***@exemple.test' }),
    activateSim: async () => ({ kind: 'activated', simId: 'sim_1' }),
    suspend: async () => 'not-found',
  } as never,
});
const call = client.as('acc_1');
const body = { lineId: 'lin_1' };

beforeEach(() => {
  outcome = { kind: 'started', id: 'att_1' };
  view = pending;
  claims = [];
});

describe.each([
  ['links', 'link', 'deactivate'],
  ['deactivations', 'deactivate', 'link'],
] as const)('%s', (kind, purpose, other) => {
  const path = `/mc/v1/${kind}`;
  const href = `https://id.exemple.test/api${path}/att_1`;

  test('A12 A42 are begun with the code to type on the phone, and can be followed to their end', async () => {
    view = { ...pending, purpose };
    const begun = await call('POST', path, { body });
    expect(begun).toMatchObject({ status: 202, headers: { location: href } });
    const shown = { id: 'att_1', href, lineId: 'lin_1', status: 'pending', secondsLeft: 110, referenceCode: '4821' };
    expect(begun.body).toEqual(shown);
    expect((await call('GET', `${path}/att_1`)).body).toEqual(shown);
    view = { ...pending, purpose, status: 'done', referenceCode: null, secondsLeft: 0 };
    expect((await call('GET', `${path}/att_1`)).body).toEqual({
      id: 'att_1',
      href,
      lineId: 'lin_1',
      status: 'done',
      secondsLeft: 0,
    });
  });

  test('are not there under the other name, nor for others', async () => {
    view = { ...pending, purpose: other };
    expect((await call('GET', `${path}/att_1`)).status).toBe(404);
    view = undefined;
    expect((await call('GET', `${path}/att_1`)).status).toBe(404);
  });

  test.each([
    [{ kind: 'unknown-line' }, 404, 'not_found'],
    [{ kind: 'not-possible' }, 409, 'conflict'],
    [{ kind: 'command-open' }, 409, 'command_open'],
    [{ kind: 'unavailable' }, 503, 'temporarily_unavailable'],
  ] as const)('that are refused with %j answer %i %s', async (refused, status, code) => {
    outcome = refused;
    const answer = await call('POST', path, { body });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('what sends or creates demands an Idempotency-Key', () => {
  test.each([
    ['/mc/v1/links', body, 202],
    ['/mc/v1/deactivations', body, 409],
    ['/mc/v1/enrolments', body, 404],
    ['/line/v1/lines/lin_1/suspension/codes', undefined, 202],
    ['/line/v1/lines/lin_1/sim-activations', { simNumber: '1234567890123' }, 202],
  ] as const)('POST %s', async (path, input, status) => {
    if (status === 409) outcome = { kind: 'already-linked' };
    const request = input === undefined ? {} : { body: input };
    const without = await call('POST', path, { ...request, headers: { 'Idempotency-Key': '' } });
    expect([without.status, without.body.code, claims]).toEqual([400, 'idempotency_key_missing', []]);
    const answer = await call('POST', path, { ...request, headers: { 'Idempotency-Key': 'intent-1' } });
    expect([answer.status, claims]).toEqual([status, ['intent-1']]);
  });

  test('but not the suspension of a lost phone: it is the same however often it is asked for', async () => {
    const request = { body: { reason: 'lost' }, headers: { 'Idempotency-Key': '' } };
    expect((await call('POST', '/line/v1/lines/lin_1/suspension', request)).status).toBe(404);
  });
});

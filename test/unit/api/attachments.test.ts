// The API of contracts that come into areas: what is asked of the use cases, and how their answers look outside. All
// answers are held against the published document.
import type { Server } from 'node:http';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildOpenApi } from '../../../src/api/openapi.ts';
import { apiRoutes, createRouter } from '../../../src/api/router.ts';
import type { DraftOutcome, DraftView } from '../../../src/customer/attachment-types.ts';
import { AppError } from '../../../src/errors.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { createAnswerCheck } from '../../support/openapi-answers.ts';
import { apiDeps } from './api-deps.ts';

const expiresAt = new Date('2026-11-22T10:00:00Z');
const draft: DraftView = {
  ...{ id: 'att_1', kind: 'MOBILE', segment: 'consumer', step: 'code', expiresAt },
  code: { sentTo: '** 04', expiresAt },
  ...{ contacts: undefined, relation: undefined, contractId: undefined },
};
const ok: DraftOutcome = { kind: 'ok', draft };

let server: Server;
let base: string;
let next: DraftOutcome = ok;
let authTime = new Date();
const calls: unknown[][] = [];
let check: ReturnType<typeof createAnswerCheck>;

beforeAll(async () => {
  const answer = async (...call: unknown[]): Promise<DraftOutcome> => {
    calls.push(call);
    return next;
  };
  const issuer = 'https://id.exemple.test';
  const deps = apiDeps({
    ...{ issuer, database: { db: undefined as never } },
    attachments: {
      async begin(_account, { kind }) {
        if (kind === 'FIXE') return 'self-care';
        return kind === 'OPEN' ? undefined : { ...draft, step: 'identifiers' };
      },
      ...{ find: answer, identify: answer, resendCode: answer, enterCode: answer },
      ...{ nameLineUser: answer, confirmContacts: answer, confirm: answer },
    },
    contests: {
      find: async (token) =>
        token === 'good' ? { kind: 'FIXE', line: '', proxy: 'E*** M***', since: expiresAt } : undefined,
      contest: async (token) => token === 'good',
    },
    consents: { list: async () => [], withdraw: async () => false },
    approvals: {
      list: async () => [
        { id: 'apr_1', requester: 'E*** M***', line: '+33 6 ** 04', contractKind: 'MOBILE', givenAt: expiresAt },
      ],
      revoke: async (_account, id) => id === 'apr_1',
    },
    verifyAccessToken: async (token) => {
      if (token !== 'good') throw new AppError('invalid_token');
      const scopes = new Set(['contract.manage', 'account.read', 'account.write']);
      return { accountId: 'acc_1' as AccountId, clientId: 'c', scopes, loa: 1, authTime, brand: 'exemple' };
    },
  });
  const routes = apiRoutes(deps);
  check = createAnswerCheck(z.any().parse(buildOpenApi({ issuer }, routes)));
  const app = new Koa().use(createRouter(deps, routes));
  server = app.listen(0);
  const address = server.address();
  base = `http://localhost:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => server.close());

async function send(method: string, path: string, body?: object) {
  const response = await fetch(`${base}/api${path}`, {
    method,
    headers: {
      authorization: 'Bearer good',
      'idempotency-key': 'k1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text === '' ? undefined : JSON.parse(text);
  const contentType = response.headers.get('content-type');
  check({ method, url: `https://id.exemple.test/api${path}`, status: response.status, contentType, body: parsed });
  return { status: response.status, body: z.any().parse(parsed ?? {}), headers: response.headers };
}

const attachments = '/contract/v1/attachments';
const one = `${attachments}/att_1`;

describe('a draft', () => {
  test('C03 C09 begins with one of four kinds and one of two segments', async () => {
    const begun = await send('POST', attachments, { kind: 'MOBILE', segment: 'consumer' });
    expect(begun.status).toBe(201);
    expect(begun.headers.get('location')).toBe('https://id.exemple.test/api/contract/v1/attachments/att_1');
    for (const body of [{ kind: 'TV', segment: 'consumer' }, { kind: 'MOBILE' }, { kind: 'MOBILE', segment: 'x' }]) {
      expect((await send('POST', attachments, body)).status).toBe(422);
    }
    expect((await send('POST', attachments, { kind: 'OPEN', segment: 'consumer' })).status).toBe(404);
  });

  test('X103 adds nothing to an account that was opened with an Account ID', async () => {
    const { status, body } = await send('POST', attachments, { kind: 'FIXE', segment: 'consumer' });
    expect([status, body]).toEqual([403, expect.objectContaining({ code: 'account_id_only' })]);
  });

  test('tells the step and the end of the number, never a code', async () => {
    next = ok;
    const { status, body } = await send('GET', one);
    expect(status).toBe(200);
    expect(body).toMatchObject({ step: 'code', status: 'inProgress', code: { sentTo: '** 04' } });
  });

  test('takes both references or a number, and nothing else', async () => {
    next = ok;
    calls.length = 0;
    expect((await send('POST', `${one}/identifiers`, { customerRef: ' C1 ', contractRef: 'K1' })).status).toBe(200);
    expect((await send('POST', `${one}/identifiers`, { lineNumber: '06 39 98 00 04' })).status).toBe(200);
    expect(calls.map(([, identifiers]) => identifiers)).toEqual([
      { customerRef: 'C1', contractRef: 'K1' },
      { lineNumber: '06 39 98 00 04' },
    ]);
    for (const body of [
      { customerRef: 'C1' },
      {},
      { lineNumber: '1', contractRef: 'K' },
      { lineNumber: 'x'.repeat(41) },
    ]) {
      expect((await send('POST', `${one}/identifiers`, body)).status).toBe(422);
    }
  });

  test('is identified and confirmed after a fresh login only', async () => {
    authTime = new Date(Date.now() - 400_000);
    expect((await send('POST', `${one}/identifiers`, { lineNumber: '0639980004' })).status).toBe(401);
    expect((await send('POST', `${one}/confirmation`)).status).toBe(401);
    expect((await send('POST', `${one}/code`, { code: '000123' })).status).toBe(200);
    authTime = new Date();
  });

  test.each([
    [{ kind: 'not-found' }, 404, 'not_found', undefined],
    [{ kind: 'expired' }, 409, 'draft_expired', undefined],
    [{ kind: 'wrong-step', due: 'code' }, 409, 'wrong_step', 'code'],
    [{ kind: 'limited', retryAfterSeconds: 30 }, 429, 'too_many_requests', undefined],
    [{ kind: 'not-matched' }, 422, 'not_matched', undefined],
    [{ kind: 'not-attachable' }, 409, 'offer_not_attachable', undefined],
    [{ kind: 'already-attached' }, 409, 'already_attached', undefined],
    [{ kind: 'line-suspended' }, 409, 'line_suspended', undefined],
    [{ kind: 'holder-unreachable' }, 409, 'holder_unreachable', undefined],
  ] as const)('that is refused with %j answers %i %s', async (outcome, status, code, reason) => {
    next = outcome;
    const answer = await send('POST', `${one}/identifiers`, { lineNumber: '0639980004' });
    expect([answer.status, answer.body.code, answer.body.reason]).toEqual([status, code, reason]);
  });

  test('says where a wrong code leaves it, and which contact is not verified', async () => {
    next = { kind: 'code-wrong', due: 'identifiers' };
    const wrong = await send('POST', `${one}/code`, { code: '000123' });
    expect([wrong.status, wrong.body.code, wrong.body.reason]).toEqual([422, 'code_invalid', 'identifiers']);
    next = { kind: 'contact-unverified' };
    expect((await send('PUT', `${one}/contacts`, { confirm: true })).body.code).toBe('contact_unverified');
    next = { kind: 'ok', draft: { ...draft, step: 'confirmation', code: undefined } };
    expect((await send('PUT', `${one}/contacts`, { confirm: true })).body).toMatchObject({ step: 'confirmation' });
  });

  test('C23 is told who uses the line, names in bounds', async () => {
    next = { kind: 'ok', draft: { ...draft, step: 'contacts', code: undefined, relation: 'proxy' } };
    const other = { relation: 'other', civility: 'Mme', givenName: 'Léa', familyName: 'Moreau' };
    for (const body of [{ relation: 'self' }, { relation: 'holder' }, other]) {
      expect((await send('PUT', `${one}/line-user`, body)).status).toBe(200);
    }
    for (const body of [{ relation: 'other' }, { ...other, givenName: '' }, { ...other, familyName: 'a\u202eb' }]) {
      expect((await send('PUT', `${one}/line-user`, body)).status).toBe(422);
    }
  });

  test('ends with the contract in the area; another code can be sent on the way', async () => {
    next = ok;
    expect((await send('POST', `${one}/code/resend`)).status).toBe(202);
    next = { kind: 'ok', draft: { ...draft, step: 'done', code: undefined, contractId: 'ctr_1' } };
    const { status, body } = await send('POST', `${one}/confirmation`);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'completed',
      product: { id: 'ctr_1', href: expect.stringMatching(/ctr_1$/) },
    });
  });
});

describe('the link of a holder’s e-mail', () => {
  const contests = '/contract/v1/proxy-contests';
  test('c14 shows and does; a bad one is gone, whatever was wrong with it', async () => {
    expect((await send('GET', `${contests}/good`)).body).toMatchObject({
      contractKind: 'FIXE',
      proxyName: 'E*** M***',
    });
    expect((await send('POST', `${contests}/good`)).body).toMatchObject({ status: 'contested' });
    for (const method of ['GET', 'POST']) {
      const answer = await send(method, `${contests}/bad`);
      expect([answer.status, answer.body.code]).toEqual([410, 'link_gone']);
    }
  });
});

test('C21 approvals stand among the consents and are taken back there', async () => {
  const { body } = await send('GET', '/account/v1/me/consents');
  expect(body).toMatchObject([{ id: 'apr_1', '@type': 'LineApproval', name: 'E*** M***', contractKind: 'MOBILE' }]);
  expect((await send('DELETE', '/account/v1/me/consents/apr_1')).status).toBe(204);
  expect((await send('DELETE', '/account/v1/me/consents/apr_2')).status).toBe(404);
  expect((await send('DELETE', '/account/v1/me/consents/con_1')).status).toBe(404);
});

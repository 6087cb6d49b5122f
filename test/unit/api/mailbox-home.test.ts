// X87 to X92: whether a caller is at home, through the whole web layer, with and without a proxy in front; and the
// tokens of secondary accounts, made by the real provider. Every answer is held against the published document.
import Koa from 'koa';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildOpenApi } from '../../../src/api/openapi.ts';
import { type ApiDeps, apiRoutes, createRouter } from '../../../src/api/router.ts';
import { createContractDesk } from '../../../src/customer/contract-desk.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { accountMayGrant, apiScopes } from '../../../src/oidc/scopes.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createAnswerCheck } from '../../support/openapi-answers.ts';
import { createMailboxWorld, type Holder, type MailboxWorld } from '../customer/mailbox-world.ts';
import { alice } from '../oidc/people.ts';
import { login, openWorld, type World } from '../oidc/relying-party.ts';
import { startScripted } from '../web/scripted-login.ts';
import { apiDeps } from './api-deps.ts';

/** The router over these dependencies, and the check of what it answers. */
function servedFrom(deps: ApiDeps) {
  const routes = apiRoutes(deps);
  const check = createAnswerCheck(JSON.parse(JSON.stringify(buildOpenApi(deps, routes))));
  const checked = (method: string, path: string, { status, headers, text }: supertest.Response): void => {
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    check({ method, url: `${deps.issuer}/api${path}`, status, contentType: headers['content-type'] ?? null, body });
  };
  return { router: createRouter(deps, routes), checked };
}

describe('at home, from outside', () => {
  let open: TestDatabase;
  let holder: Holder;
  let world: MailboxWorld;
  let loa = 1;
  beforeAll(async () => {
    open = await openTestDatabase('pglite');
    world = createMailboxWorld(open.database);
    holder = await world.holder({}, ['192.0.2.10/32', '2001:db8:a:100::/56']);
  });
  afterAll(() => open.close());

  /** Begins a draft from this machine with such headers. */
  async function begin(trustedProxies: string[], headers: Record<string, string>): Promise<number> {
    const deps = apiDeps({
      ...{ issuer: 'http://localhost:3000', database: open.database, mailboxes: world.desk },
      verifyAccessToken: async () => ({
        ...{ accountId: holder.accountId, clientId: 'portal', scopes: new Set(['mailbox.manage']) },
        ...{ loa, authTime: new Date(), brand: 'exemple' },
      }),
    });
    const { router, checked } = servedFrom(deps);
    const { app } = startScripted({ trustedProxies }, { api: router });
    const response = await supertest(app.callback())
      .post('/api/mailbox/v1/drafts')
      .set({ authorization: 'Bearer t', 'idempotency-key': 'k1', ...headers })
      .send({ title: 'Mme', givenName: 'Léa', familyName: 'Garcia' });
    checked('POST', '/mailbox/v1/drafts', response);
    return response.status;
  }
  const forwarded = (list: string) => ({ 'x-forwarded-for': list });

  test.each([
    ['X-Forwarded-For', '192.0.2.10'],
    ['X-Forwarded-For', '192.0.2.10, 192.0.2.10'],
    ['Forwarded', 'for=192.0.2.10'],
    ['X-Real-IP', '192.0.2.10'],
    ['True-Client-IP', '192.0.2.10'],
    ['CF-Connecting-IP', '192.0.2.10'],
  ])('X87 is not what %s: %s says, where no proxy is trusted', async (name, value) => {
    expect(await begin([], { [name]: value })).toBe(409);
    expect(await begin(['203.0.113.0/24'], { [name]: value })).toBe(409);
  });

  test.each([
    ['Forwarded', 'for=192.0.2.10'],
    ['X-Real-IP', '192.0.2.10'],
    ['True-Client-IP', '192.0.2.10'],
  ])('X87 is not what %s says even behind a trusted proxy', async (name, value) => {
    expect(await begin(['127.0.0.1'], { [name]: value })).toBe(409);
  });

  test.each([
    ['the proxy names it', '192.0.2.10', 201],
    ['the right-most stranger is at home', '198.51.100.7, 192.0.2.10', 201],
    ['only the left-most one is', '192.0.2.10, 198.51.100.7', 409],
    ['another trusted hop lies behind it', '192.0.2.10, 10.0.0.5', 201],
    ['it is said in IPv6 clothes', '::ffff:192.0.2.10', 201],
    ['it is said so in hexadecimal', '::ffff:c000:20a', 201],
    ['it is the IPv6 prefix of the home', '2001:db8:a:1fe::42', 201],
    ['it is the prefix beside it', '2001:db8:a:200::42', 409],
    ['X88 it is the neighbour', '192.0.2.11', 409],
    ['X92 it is a phone that lends its network', '203.0.113.80', 409],
    ['nothing makes sense', 'home', 409],
  ])('X87 X89 behind a trusted proxy, when %s: %s → %i', async (_what, list, status) => {
    expect(await begin(['127.0.0.1', '10.0.0.0/8'], forwarded(list))).toBe(status);
  });

  test('X91 X92 does not matter after a login with the PIN of the SIM', async () => {
    loa = 3;
    expect(await begin([], {})).toBe(201);
    loa = 1;
  });
});

describe('a secondary account at the provider', () => {
  const lea = 'acc_lea' as AccountId;
  const everything = ['openid', 'profile', 'email', 'phone', ...apiScopes];
  let world: World;
  let mailboxes: MailboxWorld;
  let call: (method: string, path: string, token: string, body?: object) => Promise<supertest.Response>;
  beforeAll(async () => {
    world = await openWorld();
    const { database, issuer, oidc } = world;
    mailboxes = createMailboxWorld(database);
    const createdAt = new Date('2026-03-01T08:00:00Z');
    const account = { id: lea, brand: 'exemple', kind: 'secondary' as const, parentAccountId: alice, createdAt };
    const address = 'lea@exemple.test';
    await database.db
      .insertInto('accounts')
      .values({ ...account, label: 'Léa', contactEmail: address, contactEmailVerifiedAt: createdAt })
      .execute();
    const row = { id: 'mbx_lea', brand: 'exemple', kind: 'secondary' as const, accountId: lea, parentAccountId: alice };
    await database.db
      .insertInto('mailboxes')
      .values({ ...row, slot: 1, address, createdAt })
      .execute();
    const contracts = createContractDesk({ database, audit: mailboxes.contracts.audit } as never);
    const { verifyAccessToken } = oidc;
    const deps = apiDeps({ issuer, database, mailboxes: mailboxes.desk, contracts, verifyAccessToken });
    const { router, checked } = servedFrom(deps);
    const app = new Koa().use(router);
    call = async (method, path, token, body) => {
      const response = await supertest(app.callback())
        [method.toLowerCase() as 'get'](`/api${path}`)
        .set({ authorization: `Bearer ${token}`, 'idempotency-key': 'k1' })
        .send(body);
      checked(method, path, response);
      return response;
    };
    world.answer(() => ({ accountId: lea, level: 'pwd' }));
  });
  afterAll(() => world.close());

  const tokenFor = async (scope: string) => {
    const resource = `${world.issuer}/api`;
    const { tokens, claims } = await login(world, { parameters: { scope, resource }, resource });
    return { token: tokens.access_token, granted: (tokens.scope ?? '').split(' '), claims };
  };

  test('D20 logs in with a subject of her own', async () => {
    const { claims } = await tokenFor('openid mailbox.read');
    world.answer(() => ({ accountId: alice, level: 'pwd' }));
    const main = await tokenFor('openid mailbox.read');
    world.answer(() => ({ accountId: lea, level: 'pwd' }));
    expect(claims?.sub).toBeTruthy();
    expect(claims?.sub).not.toBe(main.claims?.sub);
  });

  test('D21 X94 gets none of the scopes of contracts, bills and lines, whatever is asked for', async () => {
    const { granted } = await tokenFor(everything.join(' '));
    const own = granted.filter((scope) => apiScopes.includes(scope)).sort();
    expect(own).toEqual(['mailbox.read', 'notification.read', 'notification.write']);
    for (const scope of granted) expect(accountMayGrant('secondary', scope)).toBe(true);
    expect(granted.join(' ')).not.toMatch(/contract|billing|line|usage|order|bank|phone|mailbox\.manage/);
  });

  test('X94 sees her own mailbox, and neither contracts nor a way to open another one', async () => {
    const { token } = await tokenFor(everything.join(' '));
    const list = await call('GET', '/mailbox/v1/mailboxes', token);
    expect([list.status, list.body]).toMatchObject([200, [{ id: 'mbx_lea', emailAddress: 'lea@exemple.test' }]]);
    const user = { title: 'Mme', givenName: 'Lou', familyName: 'Garcia' };
    expect((await call('GET', '/contract/v1/contracts', token)).status).toBe(403);
    expect((await call('POST', '/mailbox/v1/drafts', token, user)).status).toBe(403);
    const alias = { emailAddress: 'surnom' };
    expect((await call('POST', '/mailbox/v1/mailboxes/mbx_lea/aliases', token, alias)).status).toBe(403);
    expect((await call('DELETE', '/mailbox/v1/mailboxes/mbx_lea', token, { confirm: true })).status).toBe(403);
  });

  test('D20 loses her login with the mailbox', async () => {
    const { token } = await tokenFor('openid mailbox.read');
    await mailboxes.desk.remove(alice, 'mbx_lea');
    const list = await call('GET', '/mailbox/v1/mailboxes', token);
    expect([list.status, list.body]).toEqual([200, []]);
    await expect(tokenFor('openid mailbox.read')).rejects.toThrow();
  });
});

// Third parties: consent asked once and remembered, taken back, and subjects that cannot be linked.
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConsentDesk } from '../../../src/oidc/consents.ts';
import { listConsents } from '../../../src/storage/oidc-consents.ts';
import { alice, shopCallback } from './people.ts';
import { type AnswerGiven, authorize, login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});
beforeEach(async () => {
  world.answer(() => ({}));
  await world.oidc.endSessionsAndGrants();
  world.seen.length = 0;
});

const shop = { client: 'shop', redirectUri: shopCallback };
const kiosk = { client: 'kiosk', redirectUri: 'http://kiosk.exemple.test/callback' };
const prompts = () => world.seen.map(({ prompt }) => prompt);

const journal: object[] = [];
const audit = { consentWithdrawn: async (_tx: unknown, about: object) => void journal.push(about) };
const consents = () =>
  createConsentDesk({ database: world.database, issuer: world.issuer, clients: world.oidc.clients, audit });

describe('a third party', () => {
  test('gets nothing before the customer has seen what it asks for (O37)', async () => {
    const { claims } = await login(world, { ...shop, parameters: { scope: 'openid profile email' } });
    expect(claims?.iss).toBe(world.issuer);
    expect(prompts()).toEqual(['login', 'consent']);
    expect(world.seen[1]).toMatchObject({
      client: { id: 'shop', name: 'Boutique', party: 'third', policyUri: 'https://shop.exemple.test/policy' },
      consent: { accountId: alice, accountName: 'Alice Arnaud', scopes: ['openid', 'profile', 'email'], claims: [] },
    });
  });

  test('gets access_denied when she says no', async () => {
    world.answer(({ prompt }): AnswerGiven => (prompt === 'consent' ? { consent: 'deny' } : {}));
    const { left } = await authorize(world, shop);
    expect(left!.searchParams.get('error')).toBe('access_denied');
    expect(await listConsents(world.database.db, { issuer: world.issuer, accountId: alice })).toEqual([]);
  });

  test('is not asked about again, in this browser or another', async () => {
    const { browser } = await login(world, shop);
    await login(world, { ...shop, browser });
    await login(world, shop);
    expect(prompts()).toEqual(['login', 'consent', 'login']);
  });

  test('that asks for more is asked about the new part only, and keeps the old (O37)', async () => {
    await login(world, { ...shop, parameters: { scope: 'openid profile' } });
    const { config, tokens, claims } = await login(world, { ...shop, parameters: { scope: 'openid profile email' } });
    expect(world.seen.at(-1)?.consent?.scopes).toEqual(['email']);
    const info = await openid.fetchUserInfo(config, tokens.access_token, claims!.sub);
    expect(info).toMatchObject({ name: 'Alice Arnaud', email: 'alice@exemple.test' });
  });

  test('is asked about single claims too', async () => {
    const parameters = { scope: 'openid', claims: JSON.stringify({ userinfo: { email: null } }) };
    const { config, tokens, claims } = await login(world, { ...shop, parameters });
    expect(world.seen.at(-1)?.consent).toMatchObject({ scopes: ['openid'], claims: ['email'] });
    const info = await openid.fetchUserInfo(config, tokens.access_token, claims!.sub);
    expect(info).toEqual({ sub: claims!.sub, email: 'alice@exemple.test' });
    await login(world, { ...shop, parameters });
    expect(prompts().filter((prompt) => prompt === 'consent')).toHaveLength(1);
  });

  test('is asked about again with prompt=consent', async () => {
    await login(world, shop);
    await login(world, { ...shop, parameters: { prompt: 'consent' } });
    expect(prompts()).toEqual(['login', 'consent', 'login', 'consent']);
  });

  test('with prompt=none and no consent gets consent_required', async () => {
    const { browser } = await login(world);
    const { left } = await authorize(world, { ...shop, browser, parameters: { prompt: 'none' } });
    expect(left!.searchParams.get('error')).toBe('consent_required');
  });

  test('is asked about again after the customer took her consent back', async () => {
    await login(world, shop);
    journal.length = 0;
    expect(await consents().withdraw(alice, 'shop')).toBe(true);
    expect(await consents().withdraw(alice, 'shop')).toBe(false);
    expect(journal).toEqual([{ issuer: world.issuer, accountId: alice, clientId: 'shop' }]);
    await login(world, shop);
    expect(prompts()).toEqual(['login', 'consent', 'login', 'consent']);
  });

  test('has no use of its tokens after the customer took her consent back, and no other client suffers (X117)', async () => {
    const offline = { parameters: { scope: 'openid profile offline_access', prompt: 'consent' } };
    const theirs = await login(world, { ...shop, ...offline });
    const own = await login(world, { parameters: { scope: 'openid offline_access' } });
    expect(await consents().list(alice)).toMatchObject([
      { clientId: 'shop', scopes: expect.arrayContaining(['profile']) },
    ]);
    await consents().withdraw(alice, 'shop');
    const { access_token: access, refresh_token: refresh } = theirs.tokens;
    await expect(openid.refreshTokenGrant(theirs.config, refresh!)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await fetch(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${access}` } })).status).toBe(
      401,
    );
    await expect(openid.refreshTokenGrant(own.config, own.tokens.refresh_token!)).resolves.toBeDefined();
    expect(await consents().list(alice)).toEqual([]);
  });

  test('keeps its consent when one of its logins is revoked', async () => {
    const { config, tokens } = await login(world, { ...shop, parameters: { scope: 'openid' } });
    await openid.tokenRevocation(config, tokens.access_token);
    await login(world, { ...shop, parameters: { scope: 'openid' } });
    expect(prompts()).toEqual(['login', 'consent', 'login']);
  });
});

describe('subjects', () => {
  test('of third parties are pairwise: stable for each, different for both, and not the account (O52)', async () => {
    const sub = async (options: typeof shop) => (await login(world, options)).claims!.sub;
    const atShop = await sub(shop);
    expect(await sub(shop)).toBe(atShop);
    expect(await sub(kiosk)).not.toBe(atShop);
    expect(atShop).not.toContain(alice);
  });

  test('say the same in ID token, userinfo and introspection (O52)', async () => {
    const { config, tokens, claims } = await login(world, shop);
    expect((await openid.fetchUserInfo(config, tokens.access_token, claims!.sub)).sub).toBe(claims!.sub);
    expect((await openid.tokenIntrospection(config, tokens.access_token)).sub).toBe(claims!.sub);
  });

  test('of first parties are the account', async () => {
    expect((await login(world)).claims?.sub).toBe(alice);
  });
});

test('a secondary mailbox grants no more than it may, without a page (D21)', async () => {
  const { db } = world.database;
  const secondary = 'acc_second' as typeof alice;
  await db
    .insertInto('accounts')
    .values({
      id: secondary,
      brand: 'exemple',
      kind: 'secondary',
      personId: null,
      parentAccountId: alice,
      label: 'Second',
      contactEmail: 'second@exemple.test',
      contactEmailVerifiedAt: null,
      createdAt: new Date(),
    })
    .execute();
  world.answer(() => ({ accountId: secondary }));
  const resource = `${world.issuer}/api`;
  const parameters = { scope: 'openid profile phone account.read mailbox.read', resource };
  const { tokens } = await login(world, { parameters, resource });
  expect(tokens.scope).toBe('mailbox.read');
  expect(prompts()).toEqual(['login']);
});

// What an exchange gives: opaque tokens for userinfo, JWTs for the APIs; and how tokens are looked at and taken back.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ttlOf } from '../../../src/oidc/token-policy.ts';
import { alice, secretOf } from './people.ts';
import { authorize, lives, login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

describe('access tokens', () => {
  const api = () => `${world.issuer}/api`;

  test('without a resource are opaque and for userinfo', async () => {
    const { tokens } = await login(world, { parameters: { scope: 'openid account.read' } });
    expect(tokens.access_token).not.toContain('.');
    await expect(world.oidc.verifyAccessToken(tokens.access_token)).rejects.toMatchObject({ code: 'invalid_token' });
  });

  test('for the APIs are RFC 9068 JWTs that say level, time and brand (O45)', async () => {
    const parameters = { scope: 'openid account.read usage.read', resource: api() };
    const { tokens, claims } = await login(world, { parameters, resource: api() });
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
    const payload = decodeJwt(tokens.access_token);
    expect(payload).toMatchObject({
      iss: world.issuer,
      aud: api(),
      sub: alice,
      client_id: 'portal',
      scope: 'account.read usage.read',
      acr: '3',
      amr: ['sc', 'pin', 'mfa', 'mca'],
      auth_time: claims!.auth_time,
      brand: 'exemple',
    });
    expect(payload.exp! - payload.iat!).toBe(300);
    expect(await world.oidc.verifyAccessToken(tokens.access_token)).toMatchObject({
      accountId: alice,
      loa: 3,
      scopes: new Set(['account.read', 'usage.read']),
    });
  });

  test('for the APIs may be asked for at the exchange alone, and at the refresh', async () => {
    const parameters = { scope: 'openid offline_access account.read' };
    const { config, tokens } = await login(world, { parameters, resource: api() });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: api(), scope: 'account.read' });
    const next = await openid.refreshTokenGrant(config, tokens.refresh_token!, { resource: api() });
    expect(decodeJwt(next.access_token)).toMatchObject({ aud: api(), acr: '3', scope: 'account.read' });
    const plain = await openid.refreshTokenGrant(config, next.refresh_token!);
    expect(plain.access_token).not.toContain('.');
  });

  test('for anything else are refused (O45)', async () => {
    const { left } = await authorize(world, { parameters: { resource: 'https://other.exemple.test/api' } });
    expect(left!.searchParams.get('error')).toBe('invalid_target');
  });

  test('are refused to third parties', async () => {
    const parameters = { resource: api() };
    const { left } = await authorize(world, {
      client: 'shop',
      redirectUri: 'http://shop.exemple.test/callback',
      parameters,
    });
    expect(left!.searchParams.get('error')).toBe('invalid_target');
    const { left: scoped } = await authorize(world, {
      client: 'shop',
      redirectUri: 'http://shop.exemple.test/callback',
      parameters: { scope: 'openid account.read' },
    });
    expect(scoped!.searchParams.get('error')).toBe('invalid_scope');
  });
});

describe('introspection and revocation', () => {
  test('tell a live token from a dead one, to its own client only (O46)', async () => {
    const { config, tokens } = await login(world, { parameters: { scope: 'openid offline_access' } });
    const live = await openid.tokenIntrospection(config, tokens.access_token);
    expect(live).toMatchObject({ active: true, client_id: 'portal', sub: alice, acr: '3' });
    const stranger = await world.client('shop');
    expect(await openid.tokenIntrospection(stranger, tokens.access_token)).toEqual({ active: false });
    expect(await openid.tokenIntrospection(config, 'no-such-token')).toEqual({ active: false });
  });

  test('of a refresh token ends the family', async () => {
    const { config, tokens } = await login(world, { parameters: { scope: 'openid offline_access' } });
    await openid.tokenRevocation(config, tokens.refresh_token!);
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  test('of an unknown token is a success', async () => {
    const config = await world.client('portal');
    await expect(openid.tokenRevocation(config, 'no-such-token')).resolves.toBeUndefined();
  });

  test('of an unknown token answers nothing, of no type (O46)', async () => {
    const answer = await fetch(`${world.issuer}/revocation`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`portal:${secretOf('portal')}`)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'token=no-such-token',
    });
    expect({ status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }).toEqual({
      status: 200,
      type: null,
      text: '',
    });
  });
});

test('rotation does not prolong a family: its end is that of its first token', () => {
  const now = new Date('2025-06-01T00:00:00Z');
  const ttl = ttlOf(lives, () => now)?.RefreshToken;
  if (typeof ttl !== 'function') throw new Error('no function');
  const born = (daysAgo: number) => ({ iiat: now.getTime() / 1_000 - daysAgo * 86_400 });
  const of = (daysAgo: number) => Reflect.apply(ttl, undefined, [undefined, born(daysAgo), undefined]);
  expect([of(0), of(29), of(30), of(31)]).toEqual([30 * 86_400, 86_400, 1, 1]);
});

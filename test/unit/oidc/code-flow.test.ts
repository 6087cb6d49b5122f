// The authorization code flow as a relying party sees it: openid-client against the real provider.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alice, authorize, beginLogin, callback, login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => world.answer(() => ({})));

describe('a login', () => {
  test('ends with an ID token that says who, how and when, and is signed with ES256', async () => {
    const authTime = Math.floor(Date.now() / 1_000) - 5;
    world.answer(() => ({ level: 'sim-pin', authTime }));
    const { tokens, claims } = await login(world);
    expect(claims).toMatchObject({
      iss: world.issuer,
      sub: alice,
      aud: 'portal',
      acr: '3',
      amr: ['sc', 'pin', 'mfa', 'mca'],
      auth_time: authTime,
    });
    expect(decodeProtectedHeader(tokens.id_token!)).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
  });
});

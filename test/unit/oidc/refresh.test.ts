// Refresh tokens: rotation, the grace for parallel repeats, and what happens to a thief (decisions 14).
import { sql } from 'kysely';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alice, shopCallback } from './people.ts';
import { authorize, login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

const offline = { parameters: { scope: 'openid offline_access' } };

/** Lets the grace pass: what was consumed was consumed a minute earlier. */
const passGrace = () =>
  sql`update oidc_records set consumed_at = consumed_at - interval '60 seconds' where consumed_at is not null`.execute(
    world.database.db,
  );

async function family() {
  const { config, tokens, claims } = await login(world, offline);
  const refresh = (token: string) => openid.refreshTokenGrant(config, token);
  return { config, first: tokens.refresh_token!, access: tokens.access_token, refresh, claims };
}

const invalidGrant = { error: 'invalid_grant' };

describe('a refresh token', () => {
  test('comes to a first party that asks for offline_access, without a consent page', async () => {
    const before = world.seen.length;
    const { tokens } = await login(world, offline);
    expect(tokens.refresh_token).toEqual(expect.any(String));
    expect(tokens.scope).toContain('offline_access');
    expect(world.seen.slice(before).map(({ prompt }) => prompt)).toEqual(['login']);
    expect((await login(world)).tokens.refresh_token).toBeUndefined();
  });

  test('comes to a first party through a pushed request too', async () => {
    const config = await world.client('portal');
    const verifier = openid.randomPKCECodeVerifier();
    const url = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: 'http://localhost:4001/callback',
      scope: 'openid offline_access',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const { left } = await world.browser().follow(url);
    const tokens = await openid.authorizationCodeGrant(config, left!, { pkceCodeVerifier: verifier });
    expect(tokens.refresh_token).toEqual(expect.any(String));
  });

  test('comes to a third party only with prompt=consent', async () => {
    const shop = { client: 'shop', redirectUri: shopCallback };
    expect((await login(world, { ...shop, ...offline })).tokens.refresh_token).toBeUndefined();
    const parameters = { ...offline.parameters, prompt: 'consent' };
    expect((await login(world, { ...shop, parameters })).tokens.refresh_token).toEqual(expect.any(String));
  });

  test('makes a new one at each use, and keeps level and time of the login (O44)', async () => {
    const { first, refresh, claims } = await family();
    const second = await refresh(first);
    expect(second.refresh_token).not.toBe(first);
    const { acr, amr, auth_time, sub } = claims!;
    expect(second.claims()).toMatchObject({ acr, amr, auth_time, sub });
    expect((await refresh(second.refresh_token!)).claims()?.sub).toBe(alice);
  });

  test('repeated at once by the same client succeeds every time, and each answer goes on', async () => {
    const { first, refresh } = await family();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(first)));
    const next = answers.map(({ refresh_token }) => refresh_token!);
    expect(new Set(next).size).toBe(8);
    await Promise.all(next.map((token) => refresh(token)));
  });

  test('repeated after the grace ends the whole family (O44)', async () => {
    const { config, first, access, refresh } = await family();
    const second = await refresh(first);
    await passGrace();
    await expect(refresh(first)).rejects.toMatchObject(invalidGrant);
    await expect(refresh(second.refresh_token!)).rejects.toMatchObject(invalidGrant);
    expect(await openid.tokenIntrospection(config, access)).toEqual({ active: false });
    expect(await openid.tokenIntrospection(config, second.access_token)).toEqual({ active: false });
  });

  test('of one login survives the end of another login’s family', async () => {
    const stolen = await family();
    const mine = await family();
    await stolen.refresh(stolen.first);
    await passGrace();
    await expect(stolen.refresh(stolen.first)).rejects.toMatchObject(invalidGrant);
    await mine.refresh(mine.first);
  });

  test('of another client is refused and harms nobody (O44)', async () => {
    const { first, refresh } = await family();
    const shop = await world.client('shop');
    await expect(openid.refreshTokenGrant(shop, first)).rejects.toMatchObject(invalidGrant);
    await refresh(first);
  });

  test('gives no scope that was not granted (O44)', async () => {
    const { config, first } = await family();
    const more = openid.refreshTokenGrant(config, first, { scope: 'openid email' });
    await expect(more).rejects.toMatchObject({ error: 'invalid_scope' });
  });

  test('of a closed account gives nothing', async () => {
    const { first, refresh } = await family();
    await world.database.db.updateTable('accounts').set({ status: 'closed' }).where('id', '=', alice).execute();
    await expect(refresh(first)).rejects.toMatchObject(invalidGrant);
    const { left } = await authorize(world);
    expect(left!.searchParams.get('error')).toBe('access_denied');
    await world.database.db.updateTable('accounts').set({ status: 'active' }).where('id', '=', alice).execute();
  });

  test('does not outlive the order to end sessions and grants (O44)', async () => {
    const { first, refresh } = await family();
    await world.oidc.endSessionsAndGrants(alice);
    await expect(refresh(first)).rejects.toMatchObject(invalidGrant);
  });
});

test('no stored row holds a usable token or what the client sent with it (O59)', async () => {
  const parameters = { scope: 'openid offline_access', login_hint: '+33639980001' };
  const { tokens, left, browser } = await login(world, { parameters });
  const { rows } = await sql<{ row: string }>`
    select t::text as row from oidc_records t union all select e::text from ephemeral_records e`.execute(
    world.database.db,
  );
  const everything = rows.map(({ row }) => row).join('\n');
  const cookies = [...browser.cookies.values()].map(({ value }) => value);
  const needles = [
    tokens.access_token,
    tokens.refresh_token!,
    left!.searchParams.get('code')!,
    '+33639980001',
    ...cookies,
  ];
  for (const needle of needles) expect(everything).not.toContain(needle);
});

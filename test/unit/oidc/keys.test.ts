// Signing keys: made once, sealed, rotated under a running provider, and the tokens that our APIs refuse (X113).
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { type CryptoKey, decodeJwt, decodeProtectedHeader, exportJWK, SignJWT } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createOidcProvider, type OidcProvider } from '../../../src/oidc/provider.ts';
import { createLog } from '../../../src/ops/log.ts';
import { startWakeUps, type WakeUps } from '../../../src/storage/wake-ups.ts';
import { alice } from './people.ts';
import { baseDeps, lives, login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

const api = () => `${world.issuer}/api`;
const apiLogin = (target = world) => {
  const parameters = { scope: 'openid account.read', resource: `${target.issuer}/api` };
  return login(target, { parameters, resource: `${target.issuer}/api` });
};
const kidOf = (token: string) => decodeProtectedHeader(token).kid;
async function publishedKids(): Promise<string[]> {
  const body = (await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
  return body.keys.map(({ kid }) => kid);
}

describe('the key set', () => {
  test('has a current and a next key of each algorithm, and no private part is shown (O51)', async () => {
    const body = (await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: Record<string, unknown>[] };
    expect(body.keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'ES256', 'EdDSA', 'EdDSA']);
    for (const key of body.keys) {
      expect(Object.keys(key)).not.toEqual(expect.arrayContaining(['d']));
      expect(key).toMatchObject({ use: 'sig', kid: expect.any(String) });
    }
    const { rows } = await world.database.executeSql('select private_sealed from signing_keys');
    for (const { private_sealed } of rows) expect(String(private_sealed)).toMatch(/^v[0-9a-f]{8}\.[\w-]+$/);
  });

  test('made by two nodes at once is one set', async () => {
    const other = `${world.issuer}/two`;
    const wakeUps: Pick<WakeUps, 'onWake'> = { onWake: () => () => {} };
    const deps = { ...baseDeps(other, world.database), wakeUps, log: createLog('silent') };
    const nodes = await Promise.all([createOidcProvider(deps), createOidcProvider(deps)]);
    const lists = await Promise.all(nodes.map((node) => node.keys.list()));
    expect(lists[0]).toEqual(lists[1]);
    expect(lists[0]!.map(({ alg, state }) => `${alg} ${state}`).sort()).toEqual([
      'ES256 current',
      'ES256 next',
      'EdDSA current',
      'EdDSA next',
    ]);
    for (const node of nodes) node.stop();
  });
});

describe('rotation', () => {
  test('signs with the key that was published before; old tokens go on (O51)', async () => {
    const { tokens: before, config } = await apiLogin();
    const published = await publishedKids();
    await world.oidc.keys.rotate();
    const { tokens: after } = await apiLogin();
    expect(kidOf(after.access_token)).not.toBe(kidOf(before.access_token));
    expect(published).toContain(kidOf(after.access_token));
    expect(await publishedKids()).toContain(kidOf(before.access_token));
    expect(await world.oidc.verifyAccessToken(before.access_token)).toMatchObject({ accountId: alice });
    expect(await world.oidc.verifyAccessToken(after.access_token)).toMatchObject({ accountId: alice });
    const logout = openid.buildEndSessionUrl(config, { id_token_hint: before.id_token! });
    expect((await fetch(logout, { redirect: 'manual' })).status).toBe(200);
  });

  test('reaches the other nodes by itself (O51, O60)', async () => {
    const wakeUps = await startWakeUps(world.database);
    const deps = { ...baseDeps(world.issuer, world.database), wakeUps, log: createLog('silent') };
    const other: OidcProvider = await createOidcProvider(deps);
    const woken = new Promise<void>((resolve) => wakeUps.onWake(`oidc:${world.issuer}`, resolve));
    await other.keys.rotate();
    await woken;
    await world.oidc.reload();
    const { tokens } = await apiLogin();
    const current = (await other.keys.list()).find(({ alg, state }) => alg === 'ES256' && state === 'current');
    expect(kidOf(tokens.access_token)).toBe(current!.kid);
    expect(await other.verifyAccessToken(tokens.access_token)).toMatchObject({ accountId: alice });
    other.stop();
    await wakeUps.stop();
  });

  test('reaches a node that missed the wake-up within a minute', async () => {
    let now = new Date();
    const wakeUps: Pick<WakeUps, 'onWake'> = { onWake: () => () => {} };
    const deps = { ...baseDeps(world.issuer, world.database), wakeUps, log: createLog('silent'), now: () => now };
    const deaf = await createOidcProvider(deps);
    // Twice: the key that signs now was not yet published when the deaf node started.
    await world.oidc.keys.rotate();
    await world.oidc.keys.rotate();
    const { tokens } = await apiLogin();
    await expect(deaf.verifyAccessToken(tokens.access_token)).rejects.toMatchObject({ code: 'invalid_token' });
    now = new Date(now.getTime() + 61_000);
    await vi.waitFor(async () => {
      expect(await deaf.verifyAccessToken(tokens.access_token)).toMatchObject({ accountId: alice });
    });
    deaf.stop();
  });

  test('drops an old key when nothing that it signed is shown any more', async () => {
    let now = new Date();
    const wakeUps: Pick<WakeUps, 'onWake'> = { onWake: () => () => {} };
    const issuer = `${world.issuer}/three`;
    const node = await createOidcProvider({
      ...baseDeps(issuer, world.database),
      algorithms: ['ES256'],
      now: () => now,
      wakeUps,
      log: createLog('silent'),
    });
    const states = async () => (await node.keys.list()).map(({ state }) => state);
    await node.keys.rotate();
    expect(await states()).toEqual(['current', 'previous', 'next']);
    now = new Date(now.getTime() + Math.max(lives.sessionHours * 3_600, 86_400) * 1_000 + 1_000);
    expect(await states()).toEqual(['current', 'next']);
    node.stop();
  });
});

describe('a token for the APIs is refused (X113)', () => {
  const refused = async (token: string) =>
    await expect(world.oidc.verifyAccessToken(token)).rejects.toMatchObject({ code: 'invalid_token' });
  const payload = async () => decodeJwt((await apiLogin()).tokens.access_token);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test('with alg none', async () => {
    await refused(`${part({ alg: 'none', typ: 'at+jwt' })}.${part(await payload())}.`);
  });

  test('signed HS256 with the public key as secret', async () => {
    const { tokens } = await apiLogin();
    const { keys } = (await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
    const kid = kidOf(tokens.access_token)!;
    const key = keys.find((one) => one.kid === kid);
    const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${part(decodeJwt(tokens.access_token))}`;
    for (const secret of [JSON.stringify(key), (key as unknown as { x: string }).x]) {
      await refused(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
    }
  });

  test('signed by a key of somebody else, under our kid or with a key of its own inside', async () => {
    const { tokens } = await apiLogin();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const claims = decodeJwt(tokens.access_token);
    const jwk = await exportJWK(publicKey as unknown as CryptoKey);
    for (const header of [{ kid: kidOf(tokens.access_token)! }, { jwk }, {}]) {
      await refused(
        await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header }).sign(privateKey),
      );
    }
  });

  test('of another issuer', async () => {
    const foreign = await openWorld();
    const { tokens } = await apiLogin(foreign);
    await refused(tokens.access_token);
    await foreign.close();
  });

  test('of another kind: an ID token, an opaque token, nonsense, half a token', async () => {
    const { tokens } = await apiLogin();
    await refused(tokens.id_token!);
    await refused((await login(world)).tokens.access_token);
    await refused('nonsense');
    await refused(tokens.access_token.slice(0, -4));
    await refused(`${tokens.access_token}${'A'.repeat(10_000)}`);
  });

  test('after it has expired', async () => {
    const { tokens } = await apiLogin();
    let now = new Date();
    const wakeUps: Pick<WakeUps, 'onWake'> = { onWake: () => () => {} };
    const deps = { ...baseDeps(world.issuer, world.database), wakeUps, log: createLog('silent'), now: () => now };
    const node = await createOidcProvider(deps);
    expect(await node.verifyAccessToken(tokens.access_token)).toMatchObject({ clientId: 'portal' });
    now = new Date(now.getTime() + (lives.accessSeconds + 10) * 1_000);
    await expect(node.verifyAccessToken(tokens.access_token)).rejects.toMatchObject({ code: 'invalid_token' });
    node.stop();
  });

  test('for another audience', async () => {
    expect((await payload()).aud).toBe(api());
    const wakeUps: Pick<WakeUps, 'onWake'> = { onWake: () => () => {} };
    const issuer = `${world.issuer}/other`;
    const node = await createOidcProvider({ ...baseDeps(issuer, world.database), wakeUps, log: createLog('silent') });
    const { tokens } = await apiLogin();
    await expect(node.verifyAccessToken(tokens.access_token)).rejects.toMatchObject({ code: 'invalid_token' });
    node.stop();
  });
});

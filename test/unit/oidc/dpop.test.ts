// DPoP (RFC 9449): the proof at our APIs, each single thing wrong; and a whole life of a bound token through the
// provider, with openid-client and by hand.
import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { proofAlgorithms } from '../../../src/api/problems.ts';
import type { TokenPresentation } from '../../../src/oidc/access-tokens.ts';
import { createProofs, dpopAlgorithms } from '../../../src/oidc/dpop.ts';
import { alice } from './people.ts';
import { authorize, login, openWorld, type World } from './relying-party.ts';
import { type Change, type KeyPair, keyPair, nowSeconds, post, proof, signed, webKey } from './signing-client.ts';

const issuer = 'https://id.exemple.test';
const url = `${issuer}/api/account/v1/me`;
const token = 'a.b.c';
const secret = Buffer.alloc(32, 9);
let now = new Date();
let key: KeyPair;
let thumbprint: string;
const seen = new Set<string>();
const lives: number[] = [];
const proofs = createProofs({
  issuer,
  now: () => now,
  nonceSecret: secret,
  ephemeral: {
    async insert(_kind, id, { ttlSeconds }) {
      lives.push(ttlSeconds);
      return !seen.has(id) && seen.add(id) !== undefined;
    },
  },
});

beforeAll(async () => {
  key = await keyPair();
  thumbprint = key.publicJwk.kid ?? '';
});
beforeEach(() => {
  now = new Date();
});

const given = async (change: Change = {}, header: Change = {}) => {
  const made = await proof(key, { method: 'GET', url, token }, change);
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = key.publicJwk;
  const resigned =
    Object.keys(header).length === 0 ? made : await signed(decodeJwt(made), key, { typ: 'dpop+jwt', jwk, ...header });
  return { proof: resigned, method: 'GET', url, token, thumbprint };
};

describe('a proof at the APIs (O49)', () => {
  test('of this request, token and key is good', async () => {
    await expect(proofs.check(await given())).resolves.toBeUndefined();
  });

  test('is good once, for as long as its date allows', async () => {
    const once = await given({ iat: nowSeconds() + 290 });
    await proofs.check(once);
    await expect(proofs.check(once)).rejects.toMatchObject({ code: 'invalid_dpop_proof' });
    expect(lives.at(-1)).toBeGreaterThanOrEqual(600);
  });

  test('does not look at query and fragment, nor at how the address is spelled', async () => {
    await proofs.check(await given({ htu: `${url}?a=b#c` }));
    await proofs.check(await given({ htu: 'https://ID.exemple.test:443/api/account/v1/me' }));
  });

  test.each<[string, Change]>([
    ['another method', { htm: 'POST' }],
    ['the method in lower case', { htm: 'get' }],
    ['another address', { htu: `${issuer}/api/account/v1/other` }],
    ['another host', { htu: 'https://evil.exemple.test/api/account/v1/me' }],
    ['an address that is none', { htu: 'me' }],
    ['another token', { ath: 'x' }],
    ['no token', { ath: undefined }],
    ['no id', { jti: undefined }],
    ['an empty id', { jti: '' }],
    ['an endless id', { jti: 'x'.repeat(300) }],
    ['no time', { iat: undefined }],
    ['a time that is no number', { iat: 'now' }],
  ])('with %s is refused', async (_what, change) => {
    await expect(proofs.check(await given(change))).rejects.toMatchObject({ code: 'invalid_dpop_proof' });
  });

  test.each<[string, Change]>([
    ['another kind', { typ: 'JWT' }],
    ['no key', { jwk: undefined }],
    ['a key that is none', { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }],
  ])('with %s in its header is refused', async (_what, header) => {
    await expect(proofs.check(await given({}, header))).rejects.toMatchObject({ code: 'invalid_dpop_proof' });
  });

  test('by another key, with a shared secret, with a private key inside or without a signature is refused', async () => {
    const other = await keyPair();
    const wrong = { ...(await given()), proof: await proof(other, { method: 'GET', url, token }) };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { kid: _kid, alg: _alg, use: _use, ...jwk } = key.publicJwk;
    const payload = part(decodeJwt((await given()).proof));
    const bad = [
      wrong.proof,
      `${part({ alg: 'none', typ: 'dpop+jwt', jwk })}.${payload}.`,
      `${part({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AAAA' } })}.${payload}.AAAA`,
      (await given({}, { jwk: key.privateKey.export({ format: 'jwk' }) })).proof,
      `${(await given()).proof.slice(0, -8)}AAAAAAAA`,
      'nonsense',
      'x'.repeat(10_000),
    ];
    for (const one of bad) {
      await expect(proofs.check({ ...(await given()), proof: one })).rejects.toMatchObject({
        code: 'invalid_dpop_proof',
      });
    }
  });

  test('that is too old, or too far ahead, is told to take a nonce; with it the clock does not matter', async () => {
    for (const iat of [nowSeconds() - 310, nowSeconds() + 310]) {
      await expect(proofs.check(await given({ iat }))).rejects.toMatchObject({ code: 'use_dpop_nonce' });
      await proofs.check(await given({ iat, nonce: proofs.nonce() }));
    }
  });

  test('with a nonce of somebody else, or of five minutes ago, is told to take the next one', async () => {
    const nonce = proofs.nonce();
    await expect(proofs.check(await given({ nonce: 'made-up' }))).rejects.toMatchObject({ code: 'use_dpop_nonce' });
    now = new Date(now.getTime() + 60_000);
    await proofs.check(await given({ nonce, iat: Math.floor(now.getTime() / 1_000) }));
    now = new Date(now.getTime() + 240_000);
    await expect(proofs.check(await given({ nonce }))).rejects.toMatchObject({ code: 'use_dpop_nonce' });
  });

  test('the APIs name the algorithms that they take', () => {
    expect(proofAlgorithms).toBe(dpopAlgorithms.join(' '));
  });
});

describe('a bound token', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    await world.oidc.clients.add({
      client_id: 'native',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      party: 'first',
    });
  });
  afterAll(async () => {
    await world.close();
  });

  const redirectUri = 'http://127.0.0.1:50123/callback';
  const tokenUrl = () => `${world.issuer}/token`;
  const headers = async (change: Change = {}, by = key) => ({ dpop: await proof(by, { url: tokenUrl() }, change) });
  const presentation = async (accessToken: string, change: Partial<TokenPresentation> = {}) => {
    const address = `${world.issuer}/api/account/v1/me`;
    const offered: string[] = [];
    const presented: TokenPresentation = {
      scheme: 'DPoP',
      proof: await proof(key, { method: 'GET', url: address, token: accessToken }),
      method: 'GET',
      url: address,
      certificate: undefined,
      offerNonce: (nonce) => offered.push(nonce),
      ...change,
    };
    return { presented, offered };
  };

  /** Logs in as the app and exchanges the code with this proof. */
  async function exchange(dpop: Record<string, string>, extra: Record<string, string> = {}) {
    const parameters = {
      scope: 'openid offline_access account.read',
      resource: `${world.issuer}/api`,
      redirect_uri: redirectUri,
    };
    const { url: begin } = await authorizeNative(parameters);
    const { left, verifier } = begin;
    const body = {
      grant_type: 'authorization_code',
      client_id: 'native',
      code: left.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      resource: `${world.issuer}/api`,
      ...extra,
    };
    return await post(tokenUrl(), body, dpop);
  }

  async function authorizeNative(parameters: Record<string, string>) {
    const { left, verifier } = await authorize(world, { client: 'native', redirectUri, parameters });
    if (left === undefined) throw new Error('no redirect');
    return { url: { left, verifier } };
  }

  test('comes of a proof at the token endpoint, and is of type DPoP (O24, O49)', async () => {
    const { status, body } = await exchange(await headers());
    expect({ status, type: body.token_type }).toEqual({ status: 200, type: 'DPoP' });
    expect(decodeJwt(body.access_token)).toMatchObject({ cnf: { jkt: thumbprint }, sub: alice });
  });

  test('opens the APIs with its proof, and nothing else does (O49)', async () => {
    const { body } = await exchange(await headers());
    const accessToken: string = body.access_token;
    const { presented, offered } = await presentation(accessToken);
    expect(await world.oidc.verifyAccessToken(accessToken, presented)).toMatchObject({ accountId: alice });
    expect(offered).toHaveLength(1);
    // The same proof again.
    await expect(world.oidc.verifyAccessToken(accessToken, presented)).rejects.toMatchObject({
      code: 'invalid_dpop_proof',
    });
    const refused = async (change: Partial<TokenPresentation>, code: string) => {
      const again = await presentation(accessToken, change);
      await expect(world.oidc.verifyAccessToken(accessToken, again.presented)).rejects.toMatchObject({ code });
    };
    await expect(world.oidc.verifyAccessToken(accessToken)).rejects.toMatchObject({ code: 'invalid_token' });
    await refused({ scheme: 'Bearer' }, 'invalid_token');
    await refused({ proof: undefined }, 'invalid_dpop_proof');
    await refused({ method: 'DELETE' }, 'invalid_dpop_proof');
    await refused({ url: `${world.issuer}/api/other` }, 'invalid_dpop_proof');
  });

  test('is what the scheme DPoP is for: a plain token is refused under it', async () => {
    const resource = `${world.issuer}/api`;
    const { tokens } = await login(world, { parameters: { scope: 'openid account.read', resource }, resource });
    const { presented } = await presentation(tokens.access_token);
    await expect(world.oidc.verifyAccessToken(tokens.access_token, presented)).rejects.toMatchObject({
      code: 'invalid_token',
    });
  });

  test('takes one nonce at the provider and at the APIs (O49)', async () => {
    const first = await exchange(await headers());
    const nonce = first.headers.get('dpop-nonce') ?? '';
    const { presented, offered } = await presentation(first.body.access_token);
    await world.oidc.verifyAccessToken(first.body.access_token, presented);
    expect(offered).toEqual([nonce]);
    expect((await exchange(await headers({ nonce }))).status).toBe(200);
    const { status, body, headers: answer } = await exchange(await headers({ nonce: 'made-up' }));
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'use_dpop_nonce' });
    expect(answer.get('dpop-nonce')).toBe(nonce);
  });

  test.each<[string, Change, string]>([
    ['another method', { htm: 'GET' }, 'invalid_dpop_proof'],
    ['another address', { htu: 'https://evil.exemple.test/token' }, 'invalid_dpop_proof'],
    ['no id', { jti: undefined }, 'invalid_dpop_proof'],
    ['a time long past', { iat: 1 }, 'use_dpop_nonce'],
  ])('is not given for a proof with %s (O49)', async (_what, change, error) => {
    expect((await exchange(await headers(change))).body).toMatchObject({ error });
  });

  test('is not given for a proof that was used before, of four exchanges at once neither (O49)', async () => {
    const dpop = await headers();
    const answers = await Promise.all(Array.from({ length: 4 }, () => exchange(dpop)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    // Remembered past the farthest date that a proof may have.
    const { rows } = await world.database.executeSql(
      "select max(extract(epoch from expires_at - clock_timestamp())) as left from ephemeral_records where kind like '%ReplayDetection'",
    );
    expect(Number(rows[0]?.['left'])).toBeGreaterThan(600);
  });

  test('is refreshed by its own key only; so is every next one (O44)', async () => {
    const { body } = await exchange(await headers());
    const refresh = async (token: string, dpop: Record<string, string>) =>
      await post(tokenUrl(), { grant_type: 'refresh_token', client_id: 'native', refresh_token: token }, dpop);
    expect((await refresh(body.refresh_token, {})).body.error).toBe('invalid_grant');
    expect((await refresh(body.refresh_token, await headers({}, await keyPair()))).body.error).toBe('invalid_grant');
    const next = await refresh(body.refresh_token, await headers());
    expect(next.body.token_type).toBe('DPoP');
    expect((await refresh(next.body.refresh_token, {})).body.error).toBe('invalid_grant');
  });

  test('of userinfo is refused as Bearer and taken with its proof', async () => {
    const { body } = await exchange(await headers(), { resource: '' });
    const userinfo = `${world.issuer}/userinfo`;
    const call = async (authorization: string, dpop?: string) =>
      (await fetch(userinfo, { headers: { authorization, ...(dpop === undefined ? {} : { dpop }) } })).status;
    const opaque: string = body.access_token;
    expect(await call(`Bearer ${opaque}`)).toBe(401);
    expect(await call(`DPoP ${opaque}`, await proof(key, { method: 'GET', url: userinfo, token: opaque }))).toBe(200);
    expect(await call(`DPoP ${opaque}`, await proof(key, { method: 'GET', url: userinfo, token: 'x' }))).toBe(401);
  });

  test('works in openid-client as it comes', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const subtle = await crypto.subtle.importKey(
      'jwk',
      publicKey.export({ format: 'jwk' }),
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['verify'],
    );
    const pair = {
      publicKey: subtle,
      privateKey: await webKey({ alg: 'ES256', privateKey, publicJwk: { kty: 'EC' } }),
    };
    const { left, config, checks } = await authorize(world, { parameters: { scope: 'openid' } });
    const DPoP = openid.getDPoPHandle(config, pair);
    const tokens = await openid.authorizationCodeGrant(config, left!, checks, undefined, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    expect(await openid.fetchUserInfo(config, tokens.access_token, alice, { DPoP })).toMatchObject({ sub: alice });
  });
});

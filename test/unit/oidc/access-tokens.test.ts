// Each single thing that makes a JWT no access token for our APIs, with every other thing right (X113).
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type CryptoKey, exportJWK, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createAccessTokenVerifier } from '../../../src/oidc/access-tokens.ts';

const issuer = 'https://id.exemple.test';
const now = new Date('2025-06-01T12:00:00Z');
const seconds = Math.floor(now.getTime() / 1_000);
const es256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const eddsa = generateKeyPairSync('ed25519');

const publicJwk = async (key: KeyObject, kid: string, alg: string) => ({
  ...(await exportJWK(key as unknown as CryptoKey)),
  kid,
  alg,
  use: 'sig',
});
const verify = createAccessTokenVerifier(
  { issuer, now: () => now, proofs: { nonce: () => '', check: async () => {} } },
  { keys: [await publicJwk(es256.publicKey, 'e', 'ES256'), await publicJwk(eddsa.publicKey, 'd', 'EdDSA')] },
);

const good = {
  iss: issuer,
  aud: `${issuer}/api`,
  sub: 'acc_alice',
  client_id: 'portal',
  scope: 'account.read',
  acr: '3',
  amr: ['sc', 'pin', 'mfa', 'mca'],
  auth_time: seconds - 60,
  brand: 'exemple',
  iat: seconds - 10,
  exp: seconds + 290,
  jti: 'j1',
};

async function token(
  change: Record<string, unknown> = {},
  header: Record<string, string> = {},
  key = es256.privateKey,
) {
  const claims = Object.fromEntries(Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined));
  return await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'e', ...header }).sign(key);
}

test('a right token tells who, how, when and what for (O45)', async () => {
  expect(await verify(await token())).toEqual({
    accountId: 'acc_alice',
    clientId: 'portal',
    scopes: new Set(['account.read']),
    loa: 3,
    amr: ['sc', 'pin', 'mfa', 'mca'],
    authTime: new Date((seconds - 60) * 1_000),
    brand: 'exemple',
    expiresAt: new Date((seconds + 290) * 1_000),
  });
});

describe('a token is refused with', () => {
  test.each<[string, Record<string, unknown>]>([
    ['another issuer', { iss: 'https://other.exemple.test' }],
    ['another audience', { aud: 'https://other.exemple.test/api' }],
    ['the issuer as audience', { aud: issuer }],
    ['an end that is past', { exp: seconds - 10 }],
    ['no end', { exp: undefined }],
    ['no id', { jti: undefined }],
    ['no time of issue', { iat: undefined }],
    ['a start that is to come', { nbf: seconds + 60 }],
    ['no subject', { sub: undefined }],
    ['a subject that is no account', { sub: 'portal' }],
    ['no client', { client_id: undefined }],
    ['no level', { acr: undefined }],
    ['a level of another vocabulary', { acr: 'eidas1' }],
    ['no time of authentication', { auth_time: undefined }],
  ])('%s', async (_what, change) => {
    await expect(verify(await token(change))).rejects.toMatchObject({ code: 'invalid_token' });
  });

  test.each([
    ['typ JWT', { typ: 'JWT' }],
    ['typ logout+jwt', { typ: 'logout+jwt' }],
    ['an unknown kid', { kid: 'x' }],
  ])('%s', async (_what, header) => {
    await expect(verify(await token({}, header))).rejects.toMatchObject({ code: 'invalid_token' });
  });

  test('an algorithm of ours that is not the one of access tokens', async () => {
    const signed = await token({}, { alg: 'EdDSA', kid: 'd' }, eddsa.privateKey);
    await expect(verify(signed)).rejects.toMatchObject({ code: 'invalid_token' });
  });

  test('one octet changed', async () => {
    const [head, body, signature = ''] = (await token()).split('.');
    const flipped = Buffer.from(signature, 'base64url');
    flipped[5]! ^= 1;
    await expect(verify([head, body, flipped.toString('base64url')].join('.'))).rejects.toMatchObject({
      code: 'invalid_token',
    });
  });
});

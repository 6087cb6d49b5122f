// A relying party with keys of its own: it signs assertions, requests and DPoP proofs by hand, so that each single
// thing in them can be wrong.
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose';
import * as openid from 'openid-client';
import type { World } from './relying-party.ts';

export type Change = Readonly<Record<string, unknown>>;

export interface KeyPair {
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

/** A key pair of an algorithm. */
export async function keyPair(alg: 'ES256' | 'PS256' | 'RS256' | 'EdDSA' = 'ES256'): Promise<KeyPair> {
  const { privateKey, publicKey } = pairOf(alg);
  const bare = await exportJWK(publicKey as unknown as CryptoKey);
  const kid = await calculateJwkThumbprint(bare);
  return { alg, privateKey, publicJwk: { ...bare, kid, alg, use: 'sig' } };
}

function pairOf(alg: string) {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export const nowSeconds = () => Math.floor(Date.now() / 1_000);

/** A JWT of these claims; what is undefined is left out. */
export async function signed(claims: Change, key: KeyPair, header: Change = {}): Promise<string> {
  const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return await new SignJWT(kept)
    .setProtectedHeader({ alg: key.alg, kid: key.publicJwk.kid ?? '', ...header })
    .sign(key.privateKey);
}

/** The parameters by which a client authenticates with its key (RFC 7523); `change` alters the claims. */
export async function assertion(world: Pick<World, 'issuer'>, clientId: string, key: KeyPair, change: Change = {}) {
  const now = nowSeconds();
  const claims = { iss: clientId, sub: clientId, aud: world.issuer, jti: randomUUID(), iat: now, exp: now + 60 };
  return {
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signed({ ...claims, ...change }, key),
  };
}

/** A DPoP proof (RFC 9449, 4.2). */
export async function proof(
  key: KeyPair,
  about: { method?: string; url: string; token?: string },
  change: Change = {},
) {
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = key.publicJwk;
  const { method = 'POST', url, token } = about;
  const ath = token === undefined ? undefined : createHash('sha256').update(token).digest('base64url');
  const claims = { jti: randomUUID(), htm: method, htu: url, iat: nowSeconds(), ath, ...change };
  return await signed(claims, key, { typ: 'dpop+jwt', jwk, kid: undefined });
}

/** Posts a form to the provider; gives status, headers and JSON body. */
export async function post(
  url: string,
  body: Record<string, string> | URLSearchParams,
  headers: Record<string, string> = {},
) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(body), headers });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: whatever the provider answers, looked at field by field
  const json: any = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, body: json };
}

/** openid-client for a client that authenticates with its key. */
export async function configureSigner(world: World, clientId: string, key: KeyPair, metadata = {}) {
  return await openid.discovery(
    new URL(world.issuer),
    clientId,
    metadata,
    openid.PrivateKeyJwt({ key: await webKey(key), kid: key.publicJwk.kid ?? '' }),
    { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] },
  );
}

/** The private key as the web's own cryptography has it. */
export async function webKey({ alg, privateKey }: KeyPair): Promise<CryptoKey> {
  const jwk = privateKey.export({ format: 'jwk' });
  const algorithm =
    alg === 'ES256'
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : alg === 'EdDSA'
        ? { name: 'Ed25519' }
        : { name: alg === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
}

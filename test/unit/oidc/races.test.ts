// Many requests at once, over HTTP, on each engine: once-only things happen once, and nobody sees a fault.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../../support/databases.ts';
import { callback } from './people.ts';
import { authorize, login, openWorld, type World } from './relying-party.ts';

const basic = `Basic ${Buffer.from('portal:portal-demo-secret-32-characters-long').toString('base64')}`;

describe.each(engines)('on %s', (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({}, engine);
  });
  afterAll(async () => {
    await world.close();
  });

  async function post(
    path: string,
    body: Record<string, string>,
    headers: Record<string, string> = { authorization: basic },
  ) {
    const response = await fetch(`${world.issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams(body),
      headers,
    });
    await response.body?.cancel();
    return response.status;
  }
  const together = async (times: number, work: () => Promise<number>) => {
    const statuses = await Promise.all(Array.from({ length: times }, work));
    return Object.fromEntries(
      [...new Set(statuses)].map((one) => [one, statuses.filter((status) => status === one).length]),
    );
  };

  test('a code is redeemed by one of twenty (X110)', async () => {
    const { left, verifier } = await authorize(world);
    const code = left!.searchParams.get('code')!;
    const body = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier };
    expect(await together(20, () => post('/token', body))).toEqual({ 200: 1, 400: 19 });
  });

  test('a refresh token is repeated by all twenty in the grace', async () => {
    const { tokens } = await login(world, { parameters: { scope: 'openid offline_access' } });
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! };
    expect(await together(20, () => post('/token', body))).toEqual({ 200: 20 });
  });

  test('a client assertion is good for one of ten (O47)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await world.oidc.clients.add({
      client_id: 'signer',
      party: 'first',
      redirect_uris: [callback],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [await exportJWK(publicKey as unknown as CryptoKey)] },
    });
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer('signer')
      .setSubject('signer')
      .setAudience(world.issuer)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
    const body = {
      token: 'unknown',
      client_id: 'signer',
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    expect(await together(10, () => post('/introspection', body, {}))).toEqual({ 200: 1, 401: 9 });
  });

  test('ten logins in one browser at once all end well', async () => {
    const { browser } = await login(world);
    const endings = await Promise.all(Array.from({ length: 10 }, () => authorize(world, { browser })));
    expect(endings.every(({ left }) => left?.searchParams.get('code') !== null)).toBe(true);
  });
});

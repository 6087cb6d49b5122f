// What a client hears of a token that it shows at introspection and revocation (RFC 7662, RFC 7009).
import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alice, secretOf } from './people.ts';
import { login, openWorld, type World } from './relying-party.ts';
import { post } from './signing-client.ts';

let world: World;
let jwt: string;
let opaque: string;
let refreshToken: string;

beforeAll(async () => {
  world = await openWorld();
  const resource = `${world.issuer}/api`;
  const parameters = { scope: 'openid account.read', resource };
  jwt = (await login(world, { parameters, resource })).tokens.access_token;
  const { tokens } = await login(world, { parameters: { scope: 'openid offline_access' } });
  opaque = tokens.access_token;
  refreshToken = tokens.refresh_token ?? '';
});
afterAll(async () => {
  await world.close();
});

const as = (client: string) => ({
  authorization: `Basic ${Buffer.from(`${client}:${secretOf(client)}`).toString('base64')}`,
});
const ask = async (path: string, token: string, client = 'portal') =>
  await post(`${world.issuer}${path}`, { token }, as(client));
const introspect = (token: string, client?: string) => ask('/introspection', token, client);

describe('introspection (O46)', () => {
  test('of a token for userinfo, a refresh token and a JWT for the APIs tells their own client', async () => {
    expect((await introspect(opaque)).body).toMatchObject({ active: true, client_id: 'portal', sub: alice });
    expect((await introspect(refreshToken)).body).toMatchObject({ active: true, sub: alice });
    const { status, body, headers } = await introspect(jwt);
    expect({ status, cache: headers.get('cache-control') }).toEqual({ status: 200, cache: 'no-store' });
    expect(body).toEqual({ ...decodeJwt(jwt), active: true, token_type: 'Bearer' });
  });

  test('tells another client nothing but that it is not active', async () => {
    for (const token of [opaque, refreshToken, jwt]) {
      expect(await introspect(token, 'shop')).toMatchObject({ status: 200, body: { active: false } });
      expect(Object.keys((await introspect(token, 'shop')).body)).toEqual(['active']);
    }
  });

  test('of what is unknown, forged, expired or another kind of JWT is active: false', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forged = new SignJWT(decodeJwt(jwt)).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' });
    const { tokens } = await login(world);
    for (const token of ['unknown', await forged.sign(privateKey), `${jwt.slice(0, -6)}AAAAAA`, tokens.id_token!]) {
      expect(await introspect(token)).toMatchObject({ status: 200, body: { active: false } });
    }
  });

  test('of a JWT asks the client for its own secret first', async () => {
    const wrong = { authorization: `Basic ${Buffer.from('portal:wrong').toString('base64')}` };
    expect((await post(`${world.issuer}/introspection`, { token: jwt }, wrong)).status).toBe(401);
    expect((await post(`${world.issuer}/introspection`, { token: jwt })).status).toBe(400);
  });

  test('of a JWT whose account was closed is not active', async () => {
    const status = async (now: 'closed' | 'active') =>
      await world.database.db.updateTable('accounts').set({ status: now }).where('id', '=', alice).execute();
    await status('closed');
    expect((await introspect(jwt)).body).toEqual({ active: false });
    await status('active');
    expect((await introspect(jwt)).body.active).toBe(true);
  });

  test('of a JWT is no refused request in the log', async () => {
    const before = world.log.length;
    await introspect(jwt);
    expect(world.log.slice(before).filter((line) => line.includes('refused'))).toEqual([]);
  });

  test('without a token is an error', async () => {
    expect((await post(`${world.issuer}/introspection`, {}, as('portal'))).body.error).toBe('invalid_request');
  });
});

describe('revocation (O46)', () => {
  test('of an unknown token, and of another client’s, is 200 and changes nothing', async () => {
    expect((await ask('/revocation', 'unknown')).status).toBe(200);
    expect((await ask('/revocation', opaque, 'shop')).status).toBe(200);
    expect((await introspect(opaque)).body.active).toBe(true);
  });

  test('of a JWT says that such tokens cannot be revoked: they live for minutes', async () => {
    const { status, body } = await ask('/revocation', jwt);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'unsupported_token_type' });
  });

  test('asks for the client’s own secret', async () => {
    const wrong = { authorization: `Basic ${Buffer.from('portal:wrong').toString('base64')}` };
    expect((await post(`${world.issuer}/revocation`, { token: opaque }, wrong)).status).toBe(401);
  });

  test('ends a token at once, and with a refresh token all that came of it', async () => {
    expect((await ask('/revocation', refreshToken)).status).toBe(200);
    expect((await introspect(refreshToken)).body).toEqual({ active: false });
    expect((await introspect(opaque)).body).toEqual({ active: false });
  });
});

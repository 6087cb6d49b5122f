// The signed request of a server-initiated client: what is compared, what must be there, and how long it is good.
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSiRequest, type SiClient, SiRequestError } from '../../../src/oidc/server-initiated-request.ts';

const issuer = 'https://id.exemple.test';
const now = new Date('2026-03-01T10:00:00Z');
const epoch = Math.floor(now.getTime() / 1_000);
let privateKey: CryptoKeyOf;
let stranger: CryptoKeyOf;
let keys: JSONWebKeySet;
type CryptoKeyOf = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  privateKey = pair.privateKey;
  keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256' }] } as JSONWebKeySet;
  stranger = (await generateKeyPair('RS256')).privateKey;
});

const whole = {
  response_type: 'mc_si_polling',
  client_id: 'bank',
  scope: 'openid mc_authn',
  version: 'mc_si_r2_v1.0',
  nonce: 'n-1',
  login_hint: 'MSISDN:33639980001',
  acr_values: '3 2',
  client_notification_token: 'token-1',
  notification_uri: 'https://bank.exemple.test/mc',
  iss: 'bank',
  aud: issuer,
};
const outer = { clientId: 'bank', scope: 'mc_authn openid', responseType: undefined };

interface Changes {
  claims?: Record<string, unknown>;
  outer?: Partial<typeof outer> | { responseType: string };
  client?: Partial<SiClient>;
  key?: CryptoKeyOf;
}

const sign = (claims: Record<string, unknown>, key = privateKey) =>
  new SignJWT(JSON.parse(JSON.stringify({ ...whole, ...claims })))
    .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT' })
    .sign(key);

async function read(changes: Changes = {}, object?: string) {
  const client = {
    clientId: 'bank',
    clientName: 'Banque',
    notificationUris: ['https://bank.exemple.test/mc'],
    signingAlg: 'RS256',
    keys,
    ...changes.client,
  };
  const signed = object ?? (await sign(changes.claims ?? {}, changes.key));
  return await readSiRequest(signed, { outer: { ...outer, ...changes.outer }, client, issuer, now });
}

const wordsOf = async (changes: Changes, object?: string) => {
  const failure = await read(changes, object).catch((cause: unknown) => cause);
  expect(failure).toBeInstanceOf(SiRequestError);
  return (failure as SiRequestError).message;
};

test('a request as GSMA clients send it is read, with scopes in any order', async () => {
  const { request } = await read();
  expect(request).toMatchObject({ login_hint: 'MSISDN:33639980001', acr_values: '3 2', nonce: 'n-1' });
});

test.each(['response_type', 'client_id', 'scope', 'version', 'nonce', 'login_hint', 'acr_values', 'iss', 'aud'])(
  'without %s it is refused by that name',
  async (name) => {
    expect(await wordsOf({ claims: { [name]: undefined } })).toBe(`REQUIRED parameter ${name} is missing`);
  },
);

test.each([
  [{ claims: { response_type: 'code' } }, 'REQUIRED parameter response_type is invalid'],
  [{ claims: { version: 'mc_v2.0' } }, 'REQUIRED parameter version is invalid'],
  [{ claims: { nonce: '' } }, 'REQUIRED parameter nonce is invalid'],
  [{ claims: { acr_values: '3,2' } }, 'REQUIRED parameter acr_values is invalid'],
  [{ claims: { iss: 'other' } }, 'REQUIRED parameter iss is invalid'],
  [{ claims: { aud: 'https://other.test' } }, 'REQUIRED parameter aud is invalid'],
  [{ claims: { scope: 'mc_authn' }, outer: { scope: 'mc_authn' } }, 'REQUIRED parameter scope is invalid'],
  [{ claims: { client_id: 'other' } }, 'client_id is not that of the request object'],
  [{ outer: { scope: 'openid' } }, 'scope is not that of the request object'],
  [{ outer: { responseType: 'mc_si_async_code' } }, 'response_type is not that of the request object'],
  [{ claims: { notification_uri: 'https://bank.exemple.test/mc/' } }, 'REQUIRED parameter notification_uri is invalid'],
  [
    { claims: { response_type: 'mc_si_async_code', notification_uri: undefined } },
    'REQUIRED parameter notification_uri is missing',
  ],
  [
    { claims: { response_type: 'mc_si_async_code', client_notification_token: undefined } },
    'REQUIRED parameter client_notification_token is missing',
  ],
  [{ claims: { client_notification_token: 'a b\r\nc' } }, 'REQUIRED parameter client_notification_token is invalid'],
  [{ claims: { client_name: 'Another' } }, 'Invalid client_name value'],
  [
    { claims: { scope: 'openid mc_authz' }, outer: { scope: 'openid mc_authz' } },
    'REQUIRED parameter client_name is missing',
  ],
] satisfies [Changes, string][])('%j is refused: %s', async (changes, words) => {
  expect(await wordsOf(changes)).toBe(words);
});

describe('the signature', () => {
  test('of a stranger, of nobody, or with an algorithm that is not registered, is none', async () => {
    expect(await wordsOf({ key: stranger })).toContain('signature');
    expect(await wordsOf({}, new UnsecuredJWT(whole).encode())).toContain('signed with an algorithm');
    expect(await wordsOf({ client: { signingAlg: 'PS256' } })).toContain('algorithm that is not registered');
    expect(await wordsOf({}, 'a.b.c')).toContain('not a JWT');
  });

  test('with a shared secret does not count', async () => {
    const object = await new SignJWT(whole).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32, 1));
    expect(await wordsOf({ client: { signingAlg: undefined } }, object)).toContain('algorithm');
  });
});

describe('the times', () => {
  test.each([
    [{ exp: epoch - 60 }, 'the request object has expired'],
    [{ iat: epoch - 7_200 }, 'the request object has expired'],
    [{ exp: epoch + 7_200 }, 'REQUIRED parameter exp is invalid: it is more than 60 minutes away'],
    [{ iat: epoch + 60 }, 'REQUIRED parameter iat is invalid'],
  ])('%j are refused: %s', async (claims, words) => {
    expect(await wordsOf({ claims })).toBe(words);
  });

  test('say how long the object is remembered; without any, for a month', async () => {
    expect((await read({ claims: { jti: 'j', exp: epoch + 300 } })).uniqueness).toEqual({
      id: 'j',
      until: epoch + 300,
    });
    expect((await read({ claims: { iat: epoch } })).uniqueness.until).toBe(epoch + 3_600);
    expect((await read()).uniqueness.until).toBe(epoch + 30 * 86_400);
  });

  test('without a jti, the signed part is what must not come twice', async () => {
    const object = await sign({});
    const [header = '', payload = ''] = object.split('.');
    const first = (await read({}, object)).uniqueness.id;
    expect((await read({}, await sign({}))).uniqueness.id).toBe(first);
    expect((await read({}, await sign({ nonce: 'n-2' }))).uniqueness.id).not.toBe(first);
    expect(first).not.toContain(header + payload);
  });
});

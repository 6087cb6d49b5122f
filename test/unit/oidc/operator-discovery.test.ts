// Operator discovery over HTTP: who may ask, what the answer is made of, and what it never tells.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readNumberingPlan } from '../../../src/ops/numbering-plan.ts';
import { secretOf } from './people.ts';
import { openWorld, type World } from './relying-party.ts';

let world: World;
const plan = readNumberingPlan('exemple:208_99:+3363998,ile:617_98:+23059');
const site = { party: 'third', policy_uri: 'https://rp.exemple.test/policy', client_secret: secretOf('site') };

beforeAll(async () => {
  if (plan === undefined) throw new Error('the plan is wrong');
  world = await openWorld({ operators: { plan, nameOf: () => 'Exemple Télécom' } });
  await world.oidc.clients.seed([
    {
      ...site,
      client_id: 'site',
      client_name: 'Un site',
      client_uri: 'https://rp.exemple.test/',
      redirect_uris: ['https://rp.exemple.test/callback'],
      pictogram_shown: true,
    },
    {
      client_id: 'native',
      party: 'first',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['com.exemple.app:/callback'],
    },
    {
      client_id: 'post',
      party: 'first',
      client_secret: secretOf('post'),
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: ['https://post.exemple.test/callback'],
    },
  ]);
});
afterAll(() => world.close());

const basic = (id: string, secret = secretOf(id)) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

async function ask(body: unknown, { path = '/discovery/v1/operator', authorization = basic('site') } = {}) {
  const form = body instanceof URLSearchParams;
  const response = await fetch(`${world.issuer}${path}`, {
    method: 'POST',
    headers: {
      authorization,
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
    },
    body: form ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: an answer is foreign, and the test says what it expects of it
  const answer = (await response.json()) as any;
  return { status: response.status, headers: response.headers, body: answer };
}

describe('a client asks for a number', () => {
  test('and learns operator, country, currency and endpoints, with the number sealed', async () => {
    const { status, headers, body } = await ask({ msisdn: '+33639980001', correlation_id: 'c-1' });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({
      operator_id: 'exemple',
      issuer: world.issuer,
      mcc_mnc: '208_99',
      country: 'FR',
      currency: 'EUR',
      serving_operator: 'Exemple Télécom',
      client_name: 'Un site',
      correlation_id: 'c-1',
      expires_in: 300,
    });
    expect(body.login_hint).toBe(`ENCR_MSISDN:${body.subscriber_id}`);
    expect(body.login_hint_token).toBe(body.subscriber_id_token);
    expect(JSON.stringify(body)).not.toContain('39980001');
  });

  test('every link is an address of this issuer, with the relations of the API Exchange', async () => {
    const { body } = await ask({ msisdn: '+33639980001' });
    const links = new Map<string, string>(body.links.map(({ rel, href }: Record<string, string>) => [rel, href]));
    expect(links.get('authorization')).toBe(`${world.issuer}/auth`);
    expect(links.get('issuer')).toBe(world.issuer);
    expect(links.get('applicationShortName')).toBe('Un site');
    const document = (await (await fetch(links.get('openid-configuration')!)).json()) as Record<string, string>;
    expect(links.get('token')).toBe(document['token_endpoint']);
    expect(links.get('jwks')).toBe(document['jwks_uri']);
    expect(links.get('tokenrevoke')).toBe(document['revocation_endpoint']);
    expect(links.get('userinfo')).toBe(document['userinfo_endpoint']);
  });

  test('and hears the same of a number that nobody has as of one that is enrolled (X05)', async () => {
    const [known, unknown] = [await ask({ msisdn: '+33639980001' }), await ask({ msisdn: '+33639989999' })];
    // The answer, but for what is sealed anew each time: of that the length.
    const shape = ({ status, body }: typeof known) => {
      const { subscriber_id: id, login_hint_token: token } = body;
      const open = JSON.stringify(body).replaceAll(id, `${id.length}`).replaceAll(token, `${token.length}`);
      return [status, open.replace(/"ttl":\d+/, '')];
    };
    expect(shape(unknown)).toEqual(shape(known));
  });

  test.each(['+33612345678', '+23059123456', '+447911123456'])(
    'A02: %s is served by no operator here',
    async (msisdn) => {
      const { status, body } = await ask({ msisdn });
      expect([status, body.error]).toEqual([404, 'operator_not_found']);
      expect(body).not.toHaveProperty('login_hint_token');
    },
  );

  test.each(['33639980001', '06 39 98 00 01', 'MSISDN:33639980001', 'tel:+33639980001'])(
    'in the spelling %s',
    async (msisdn) => {
      expect((await ask(new URLSearchParams({ msisdn }))).body.operator_id).toBe('exemple');
    },
  );
});

describe('a client asks for a network', () => {
  test('by country and network code, and gets no hint', async () => {
    const { status, body } = await ask({ mcc: '208', mnc: '99' });
    expect([status, body.operator_id]).toEqual([200, 'exemple']);
    expect(body).not.toHaveProperty('subscriber_id');
  });

  test('of somebody else, and hears that it is not known', async () => {
    expect((await ask({ mcc: '208', mnc: '01' })).body.error).toBe('operator_not_found');
  });
});

test.each([
  [{}, 'msisdn, or mcc and mnc, is missing'],
  [{ msisdn: '12' }, 'msisdn is not a phone number'],
  [{ mcc: '20', mnc: '99' }, 'mcc is not'],
  [{ mcc: '208' }, 'mnc is not'],
  [{ msisdn: '+33639980001', redirect_uri: 'https://other.test/' }, 'redirect_uri is not one'],
  [{ msisdn: '+33639980001', correlation_id: 'x'.repeat(300) }, 'correlation_id is too long'],
  [[], 'flat JSON object'],
  [{ msisdn: { a: 1 } }, 'flat JSON object'],
  [new URLSearchParams('msisdn=%2B33639980001&msisdn=%2B33639980002'), 'must not be repeated'],
])('the question %j gets a clear error', async (question, words) => {
  const { status, body } = await ask(question);
  expect([status, body.error]).toEqual([400, 'invalid_request']);
  expect(body.error_description).toContain(words);
});

describe('who may ask', () => {
  test('nobody with a wrong secret', async () => {
    const { status, body } = await ask({ msisdn: '+33639980001' }, { authorization: basic('site', 'wrong') });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  test('nobody without authentication', async () => {
    const response = await fetch(`${world.issuer}/discovery/v1/operator`, {
      method: 'POST',
      body: new URLSearchParams({ msisdn: '+33639980001', client_id: 'native' }),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });

  test('a client with its secret in the body, as it is registered', async () => {
    const response = await fetch(`${world.issuer}/discovery/v1/operator`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ msisdn: '+33639980001', client_id: 'post', client_secret: secretOf('post') }),
    });
    expect(response.status).toBe(200);
  });

  test('nobody with two kinds of authentication at once', async () => {
    const { status } = await ask({ msisdn: '+33639980001', client_id: 'site', client_secret: secretOf('site') });
    expect(status).toBe(400);
  });
});

describe('a program of the GSMA', () => {
  const get = (query: string) =>
    fetch(`${world.issuer}/discovery/v1/?${query}`, { headers: { authorization: basic('site') } });

  test('finds its shape below `response`', async () => {
    const { body } = await ask(
      new URLSearchParams({ MSISDN: '33639980001', Redirect_URL: 'https://rp.exemple.test/callback' }),
      { path: '/discovery/v1/' },
    );
    expect(body.response).toMatchObject({
      client_id: 'site',
      client_name: 'Un site',
      serving_operator: 'Exemple Télécom',
    });
    expect(body.response.apis.operatorid.link).toEqual(body.links);
    expect(body.response).not.toHaveProperty('client_secret');
    expect(body.ttl).toBeGreaterThan(Date.now());
  });

  test('asks by GET with the network of the device, and with the user’s choice before it', async () => {
    const found = await get(
      'Redirect_URL=https%3A%2F%2Frp.exemple.test%2Fcallback&Identified-MCC=208&Identified-MNC=99',
    );
    expect(await found.json()).toMatchObject({ operator_id: 'exemple' });
    const chosen = await get('Selected-MCC=208&Selected-MNC=01&Identified-MCC=208&Identified-MNC=99');
    expect(chosen.status).toBe(404);
  });

  test('that knows nothing gets the one operator there is, without an operator selection', async () => {
    const response = await get('Using-Mobile-Data=0&MSISDN=&Selected-MCC=');
    expect(await response.json()).toMatchObject({ operator_id: 'exemple' });
  });

  test('is told to keep numbers out of addresses', async () => {
    const response = await get('MSISDN=33639980001');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error_description: expect.stringContaining('in the body') });
  });
});

describe('A37: the pictogram', () => {
  test('of a brand is a picture that may be kept for a day, and is asked for again by its tag', async () => {
    const response = await fetch(`${world.issuer}/brands/exemple/pictogram.svg`);
    expect(response.headers.get('content-type')).toContain('image/svg+xml');
    expect(response.headers.get('cache-control')).toBe('public, max-age=86400');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(await response.text()).toMatch(/^<svg [^>]*aria-label="Mobile Connect"/);
    const headers = { 'if-none-match': response.headers.get('etag')!, 'cache-control': 'max-age=0' };
    expect((await fetch(`${world.issuer}/brands/exemple/pictogram.svg`, { headers })).status).toBe(304);
  });

  test.each(['/brands/other/pictogram.svg', '/brands/constructor/pictogram.svg'])('%s is not there', async (path) => {
    expect((await fetch(`${world.issuer}${path}`)).status).toBe(404);
  });

  test('is shown by the sites of the list: registered clients that say so, and nothing else of them', async () => {
    const response = await fetch(`${world.issuer}/discovery/v1/accepting-sites`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await response.json()).toEqual({
      sites: [{ client_id: 'site', name: 'Un site', uri: 'https://rp.exemple.test/' }],
    });
  });
});

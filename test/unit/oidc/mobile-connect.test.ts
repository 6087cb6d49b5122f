// Mobile Connect clients at the provider: refused with the literal texts of their profile, answered in its words.
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alice } from './people.ts';
import { openWorld, type World } from './relying-party.ts';

let world: World;
const redirect = 'https://rp.exemple.test/callback';
const secretOf = (id: string) => `${id}-demo-secret-32-characters-long`;
const clientOf = (id: string, profile: string, more = {}) => ({
  client_id: id,
  client_name: 'Ma Banque',
  client_secret: secretOf(id),
  redirect_uris: [redirect],
  grant_types: ['authorization_code'],
  subject_type: 'pairwise',
  party: 'third',
  policy_uri: 'https://rp.exemple.test/policy',
  profile,
  ...more,
});

beforeAll(async () => {
  world = await openWorld();
  await world.oidc.clients.seed([
    clientOf('mc11', 'mobile-connect-1.1'),
    clientOf('mc20', 'mobile-connect-2.0'),
    clientOf('mc23', 'mobile-connect-2.3'),
    clientOf('mc23-sibling', 'mobile-connect-2.3', { redirect_uris: ['https://other.exemple.test/callback'] }),
  ]);
});
afterAll(() => world.close());
beforeEach(() => world.answer(() => ({})));

const complete = {
  client_id: 'mc23',
  redirect_uri: redirect,
  response_type: 'code',
  scope: 'openid mc_authn',
  version: 'mc_di_r2_v2.3',
  state: 'state-1',
  nonce: 'nonce-1',
  acr_values: '2',
  correlation_id: '0f8a1c1e-7d52-4a55-9d5f-1f2a3b4c5d6e',
};
type Parameters = Record<string, string | undefined>;

function queryOf(change: Parameters): URLSearchParams {
  const entries = Object.entries({ ...complete, ...change });
  return new URLSearchParams(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function ask(change: Parameters = {}) {
  const browser = world.browser();
  const { left, page } = await browser.follow(`${world.issuer}/auth?${queryOf(change)}`);
  return { left, page, said: Object.fromEntries(left?.searchParams ?? []) };
}

async function exchange(code: string, change: Parameters = {}, clientId = 'mc23') {
  const form = Object.entries({ grant_type: 'authorization_code', code, redirect_uri: redirect, ...change });
  const response = await fetch(`${world.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams(form.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    headers: { authorization: `Basic ${btoa(`${clientId}:${secretOf(clientId)}`)}` },
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function login(change: Parameters = {}) {
  const { said } = await ask(change);
  const { body } = await exchange(said['code'] ?? '', {}, change['client_id']);
  return { said, body, claims: decodeJwt(body['id_token'] ?? '') };
}

test('a complete request logs in, with the correlation id in the redirect and the token answer', async () => {
  const { said, body, claims } = await login({ login_hint: 'MSISDN:33639980001' });
  expect(said).toMatchObject({ state: 'state-1', correlation_id: complete.correlation_id, iss: world.issuer });
  expect(body).toMatchObject({ token_type: 'Bearer', correlation_id: complete.correlation_id });
  expect(claims).toMatchObject({ aud: ['mc23'], azp: 'mc23', acr: '2', amr: ['SIM_PIN'], nonce: 'nonce-1' });
});

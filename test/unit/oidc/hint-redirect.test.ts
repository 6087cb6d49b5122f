// Sealed and pseudonymous hints in a login by the browser: from discovery to the page, the session and the error.
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readNumberingPlan } from '../../../src/ops/numbering-plan.ts';
import { alice, hugo, secretOf } from './people.ts';
import { type Browser, openWorld, type World } from './relying-party.ts';

let world: World;
let skew = 0;
const redirectUri = 'https://rp.exemple.test/callback';
const site = { party: 'third', policy_uri: 'https://rp.exemple.test/policy', redirect_uris: [redirectUri] };

beforeAll(async () => {
  const plan = readNumberingPlan('exemple:208_99:+3363998');
  if (plan === undefined) throw new Error('the plan is wrong');
  const now = () => new Date(Date.now() + skew * 1_000);
  world = await openWorld({ operators: { plan, nameOf: () => 'Exemple' }, now });
  for (const id of ['site', 'rival']) {
    const sector = `https://${id}.exemple.test/callback`;
    await world.oidc.clients.seed([
      {
        ...site,
        client_id: id,
        client_secret: secretOf(id),
        redirect_uris: [id === 'site' ? redirectUri : sector],
        subject_type: 'pairwise',
        response_types: ['code'],
        require_nonce: true,
        profile: 'oidc',
      },
    ]);
  }
});
afterAll(() => world.close());
beforeEach(() => world.answer(() => ({})));
afterEach(() => {
  skew = 0;
});

const basic = (id: string) => `Basic ${Buffer.from(`${id}:${secretOf(id)}`).toString('base64')}`;

async function discover(client = 'site', msisdn = '+33639980001') {
  const response = await fetch(`${world.issuer}/discovery/v1/operator`, {
    method: 'POST',
    headers: { authorization: basic(client) },
    body: new URLSearchParams({ msisdn }),
  });
  return (await response.json()) as { login_hint: string; login_hint_token: string };
}

const verifier = 'v'.repeat(43);
// SHA-256 of it.
const challenge = '7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM';

function authorizeUrl(parameters: Record<string, string>, client = 'site'): string {
  const query = new URLSearchParams({
    client_id: client,
    redirect_uri: client === 'site' ? redirectUri : `https://${client}.exemple.test/callback`,
    response_type: 'code',
    scope: 'openid',
    state: 's',
    nonce: 'n',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  });
  return `${world.issuer}/auth?${query}`;
}

/** Where the browser is sent in the end, and what the login page was told last. */
async function go(parameters: Record<string, string>, options: { browser?: Browser; client?: string } = {}) {
  world.seen.length = 0;
  const { left } = await (options.browser ?? world.browser()).follow(authorizeUrl(parameters, options.client));
  return { answer: left?.searchParams, page: world.seen.find(({ prompt }) => prompt === 'login') };
}

/** The subject of Alice at a client, after a login there. */
async function subjectAt(client: string): Promise<string> {
  const { answer } = await go({}, { client });
  const response = await fetch(`${world.issuer}/token`, {
    method: 'POST',
    headers: { authorization: basic(client) },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: answer?.get('code') ?? '',
      redirect_uri: client === 'site' ? redirectUri : `https://${client}.exemple.test/callback`,
      code_verifier: verifier,
    }),
  });
  const { id_token: idToken } = (await response.json()) as { id_token: string };
  return decodeJwt(idToken).sub ?? '';
}

describe('the login page begins with', () => {
  const masked = { identifier: '+33639980001', shown: '+33 6 39 98 ** 01' };

  test('the number of a login_hint_token, masked', async () => {
    const { login_hint_token: token } = await discover();
    const { page, answer } = await go({ login_hint_token: token });
    expect(page?.hiddenHint).toEqual(masked);
    expect(page?.loginHint).toBeUndefined();
    expect(answer?.get('code')).toBeTruthy();
  });

  test('an encrypted number, masked', async () => {
    const { page } = await go({ login_hint: (await discover()).login_hint });
    expect(page?.hiddenHint).toEqual(masked);
  });

  test('the number behind a PCR, masked', async () => {
    const { page } = await go({ login_hint: `PCR:${await subjectAt('site')}` });
    expect(page?.hiddenHint).toEqual(masked);
  });

  test('the field as ever, for a PCR of nobody and for one that another sector knows', async () => {
    const stolen = await subjectAt('rival');
    for (const pcr of ['nobody', stolen, alice]) {
      const { page, answer } = await go({ login_hint: `PCR:${pcr}` });
      expect(page).toBeDefined();
      expect(page?.hiddenHint).toBeUndefined();
      expect(answer?.get('code')).toBeTruthy();
    }
  });

  test('a number in clear as it was sent', async () => {
    const { page } = await go({ login_hint: 'MSISDN:33639980001' });
    expect(page?.hiddenHint).toBeUndefined();
    expect(page?.loginHint).toBe('MSISDN:33639980001');
  });
});

describe('a session', () => {
  test('of the person that the hint names goes on in silence; with prompt=none, too', async () => {
    const browser = world.browser();
    await go({}, { browser });
    const pcr = await subjectAt('site');
    for (const hint of [{ login_hint: `PCR:${pcr}` }, { login_hint: (await discover()).login_hint }]) {
      const { page, answer } = await go({ ...hint, prompt: 'none' }, { browser });
      expect([page, answer?.get('error')]).toEqual([undefined, null]);
    }
    const { answer } = await go({ login_hint_token: (await discover()).login_hint_token, prompt: 'none' }, { browser });
    expect(answer?.get('code')).toBeTruthy();
  });

  test('of another person is not used: login_required with prompt=none, else a new login', async () => {
    const browser = world.browser();
    world.answer(() => ({ accountId: hugo }));
    await go({}, { browser });
    world.answer(() => ({}));
    const pcr = await subjectAt('site');
    const { login_hint: encrypted, login_hint_token: token } = await discover();
    for (const hint of [{ login_hint: `PCR:${pcr}` }, { login_hint: encrypted }, { login_hint_token: token }]) {
      const { answer } = await go({ ...hint, prompt: 'none' }, { browser });
      expect(answer?.get('error')).toBe('login_required');
    }
    world.answer(() => ({ accountId: hugo }));
    expect((await go({ login_hint: encrypted }, { browser })).page).toBeDefined();
  });
});

describe('the client hears of', () => {
  const refused = async (parameters: Record<string, string>, client?: string) => {
    const { answer, page } = await go(parameters, client === undefined ? {} : { client });
    expect(page).toBeUndefined();
    expect(answer?.get('state')).toBe('s');
    return `${answer?.get('error')}: ${answer?.get('error_description')}`;
  };

  test('a token that was used before', async () => {
    const { login_hint_token: token } = await discover();
    await go({ login_hint_token: token });
    expect(await refused({ login_hint_token: token })).toContain(
      'invalid_request: login_hint_token has expired or was used',
    );
  });

  test('hints older than five minutes', async () => {
    const { login_hint: encrypted, login_hint_token: token } = await discover();
    skew = 301;
    expect(await refused({ login_hint_token: token })).toContain('has expired');
    expect(await refused({ login_hint: encrypted })).toContain('login_hint has expired');
  });

  test('hints that were given to another client', async () => {
    const { login_hint: encrypted, login_hint_token: token } = await discover('rival');
    expect(await refused({ login_hint_token: token })).toContain('login_hint_token cannot be read');
    expect(await refused({ login_hint: encrypted })).toContain('login_hint cannot be read');
  });

  test('two hints at once', async () => {
    const { login_hint: encrypted, login_hint_token: token } = await discover();
    expect(await refused({ login_hint: encrypted, login_hint_token: token })).toContain('only one of login_hint');
  });
});

test('a pushed request uses its token up when the browser comes, not before', async () => {
  const { login_hint_token: token } = await discover();
  const parameters = Object.fromEntries(new URL(authorizeUrl({ login_hint_token: token })).searchParams);
  const push = async () => {
    const response = await fetch(`${world.issuer}/par`, {
      method: 'POST',
      headers: { authorization: basic('site') },
      body: new URLSearchParams(parameters),
    });
    return { status: response.status, uri: ((await response.json()) as { request_uri: string }).request_uri };
  };
  const [first, second] = [await push(), await push()];
  expect([first.status, second.status]).toEqual([201, 201]);
  const use = async (uri: string) => {
    const { left } = await world
      .browser()
      .follow(`${world.issuer}/auth?client_id=site&request_uri=${encodeURIComponent(uri)}`);
    return left?.searchParams;
  };
  expect((await use(first.uri))?.get('code')).toBeTruthy();
  expect((await use(second.uri))?.get('error')).toBe('invalid_request');
});

// Statements about clients that nothing else holds: their secrets, their sectors, how they register and what the
// provider fetches for them; and about answers: no cache keeps them, no fault shows in them, plain ASCII.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callback, secretOf } from './people.ts';
import { authorize, openWorld, type World } from './relying-party.ts';
import { post } from './signing-client.ts';

let world: World;
let listed: string[] = [];
const sectorUri = 'https://sector.exemple.test/redirects.json';
const policy = { policy_uri: 'https://rp.exemple.test/policy' };

beforeAll(async () => {
  const real = globalThis.fetch;
  // The provider takes it when it is made; the one document that is not there comes from here.
  globalThis.fetch = async (input, init) =>
    String(input) === sectorUri ? Response.json(listed) : await real(input, init);
  world = await openWorld({ outboundAllow: ['sector.exemple.test'] });
  globalThis.fetch = real;
  await world.oidc.addInitialAccessToken('registration');
});
afterAll(async () => {
  await world.close();
});

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the provider answers, looked at field by field
  readonly body: any;
}

async function call(method: string, path: string, token: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${world.issuer}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
const register = (metadata: Record<string, unknown>) =>
  call('POST', '/reg', 'registration', { redirect_uris: ['https://rp.exemple.test/cb'], ...policy, ...metadata });

describe('a secret (O47)', () => {
  test('that is made here has 256 bits, and each is another', async () => {
    const secrets = new Set<string>();
    for (let i = 0; i < 5; i++) secrets.add((await register({})).body.client_secret);
    expect(secrets.size).toBe(5);
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43,}$/);
  });

  test('that a client brings itself is not taken at registration', async () => {
    const { body } = await register({ client_secret: 'short' });
    expect(body.client_secret).not.toBe('short');
  });

  test('is not made for clients that have no use for one', async () => {
    const { body } = await register({ token_endpoint_auth_method: 'none', response_types: ['code'] });
    expect(body).not.toHaveProperty('client_secret');
  });
});

describe('the token of a registration (O53)', () => {
  test('stands nowhere in clear, only under its hash', async () => {
    const { body } = await register({});
    const token: string = body.registration_access_token;
    const { rows } = await world.database.executeSql(
      "select t::text as row, encode(id_hash, 'hex') as hash from oidc_records t where model = 'RegistrationAccessToken'",
    );
    expect(JSON.stringify(rows.map((row) => row['row']))).not.toContain(token);
    expect(rows.map((row) => row['hash'])).toContain(createHash('sha256').update(token).digest('hex'));
  });

  test('is spent when it is tried on somebody else’s registration', async () => {
    const { body: mine } = await register({});
    const { body: other } = await register({});
    expect((await call('GET', `/reg/${other.client_id}`, mine.registration_access_token)).status).toBe(401);
    expect((await call('GET', `/reg/${mine.client_id}`, mine.registration_access_token)).status).toBe(401);
  });
});

describe('what a client may not make the provider fetch (O53)', () => {
  test.each(['https://127.0.0.1/sector', 'https://169.254.169.254/latest', 'https://[::1]/x', 'https://10.0.0.1/x'])(
    'a sector document at %s',
    async (sector_identifier_uri) => {
      const { status, body } = await register({ sector_identifier_uri });
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_client_metadata' });
    },
  );

  test.each(['http://rp.exemple.test/sector', 'ftp://rp.exemple.test/x', 'javascript:x', 'not an address'])(
    'nor an address like %s',
    async (sector_identifier_uri) => {
      expect((await register({ sector_identifier_uri })).status).toBe(400);
    },
  );
});

describe('a sector (O52)', () => {
  const subOf = async (client: string, redirectUri: string) => {
    const { left, verifier } = await authorize(world, {
      redirectUri,
      parameters: { client_id: client, scope: 'openid' },
    });
    const body = {
      grant_type: 'authorization_code',
      code: left?.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
    };
    const authorization = `Basic ${Buffer.from(`${client}:${secretOf(client)}`).toString('base64')}`;
    const answer = await post(`${world.issuer}/token`, { ...body, code_verifier: verifier }, { authorization });
    return decodeJwt(answer.body.id_token).sub;
  };
  const add = async (client_id: string, redirect_uris: string[]) =>
    await world.oidc.clients.add({
      client_id,
      client_secret: secretOf(client_id),
      party: 'third',
      redirect_uris,
      ...policy,
    });

  test('of one host knows a customer by one sub, another host by another, now and later', async () => {
    await add('one', ['https://rp.exemple.test/one']);
    await add('two', ['https://rp.exemple.test/two']);
    await add('far', ['https://far.exemple.test/cb']);
    const [one, two, far] = [
      await subOf('one', 'https://rp.exemple.test/one'),
      await subOf('two', 'https://rp.exemple.test/two'),
      await subOf('far', 'https://far.exemple.test/cb'),
    ];
    expect(one).toBe(two);
    expect(far).not.toBe(one);
    expect(await subOf('one', 'https://rp.exemple.test/one')).toBe(one);
  });

  test('of several hosts is what its document says, and every address stands in it', async () => {
    const addresses = ['https://a.exemple.test/cb', 'https://b.exemple.test/cb'];
    const hosts = { redirect_uris: addresses, subject_type: 'pairwise' };
    expect((await register(hosts)).body.error).toBe('invalid_client_metadata');
    const documented = { ...hosts, sector_identifier_uri: sectorUri };
    listed = addresses.slice(0, 1);
    expect((await register(documented)).body.error).toBe('invalid_client_metadata');
    listed = addresses;
    expect(await register(documented)).toMatchObject({ status: 201, body: { subject_type: 'pairwise' } });
  });

  test('never changes from pairwise to public: customers would come back as strangers', async () => {
    const { body } = await register({});
    expect(body.subject_type).toBe('pairwise');
    const path = `/reg/${body.client_id}`;
    const update = (change: Record<string, unknown>) =>
      call('PUT', path, body.registration_access_token, {
        ...{ client_id: body.client_id, redirect_uris: ['https://rp.exemple.test/cb'], ...policy },
        ...change,
      });
    expect(await update({ subject_type: 'public' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_client_metadata', error_description: expect.stringContaining('subject_type') },
    });
    const moved = { redirect_uris: ['https://a.exemple.test/cb', 'https://b.exemple.test/cb'] };
    expect((await update(moved)).status).toBe(400);
    expect(await update({ client_name: 'Renamed' })).toMatchObject({ status: 200, body: { subject_type: 'pairwise' } });
  });
});

describe('an answer (O57)', () => {
  const basic = { authorization: `Basic ${Buffer.from(`portal:${secretOf('portal')}`).toString('base64')}` };

  test('with tokens, or about them, is kept by no cache', async () => {
    const { left, verifier } = await authorize(world);
    const code = left?.searchParams.get('code') ?? '';
    const exchange = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier };
    const answers = [
      await post(`${world.issuer}/token`, exchange, basic),
      await post(`${world.issuer}/token`, exchange, basic),
      await post(`${world.issuer}/introspection`, { token: 'x' }, basic),
      await post(`${world.issuer}/par`, { response_type: 'code' }, basic),
    ];
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
  });

  test('shows no fault of ours: neither stack nor cause', async () => {
    const { db } = world.database;
    await db.schema.alterTable('ephemeral_records').renameTo('away').execute();
    const { status, body } = await post(
      `${world.issuer}/token`,
      { grant_type: 'authorization_code', code: 'x', redirect_uri: callback },
      basic,
    );
    await db.schema.alterTable('away').renameTo('ephemeral_records').execute();
    expect({ status, body }).toEqual({
      status: 500,
      body: { error: 'server_error', error_description: expect.stringMatching(/^[\x20-\x7e]*$/) },
    });
    expect(JSON.stringify(body)).not.toMatch(/ephemeral_records|relation|at .*\.ts|Error:/);
  });

  test.each([
    ['/token', { grant_type: 'é\u{1f600}"\\' }],
    ['/token', { grant_type: 'refresh_token', refresh_token: 'é"\\\n' }],
    ['/par', { response_type: 'code', redirect_uri: 'é"\\' }],
    ['/par', { response_type: 'code', redirect_uri: callback, scope: 'é openid "\\', prompt: 'é' }],
    ['/introspection', { token: 'é"\\', token_type_hint: 'é' }],
  ])('%s to %o describes its error in the characters of RFC 6749', async (path, sent) => {
    const { body } = await post(`${world.issuer}${path}`, sent, basic);
    if (body.error_description !== undefined) {
      expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
    }
    expect(JSON.stringify(body)).toMatch(/^[\x20-\x7e]*$/);
  });

  test('of ours is written in those characters from the start', () => {
    const folder = new URL('../../../src/oidc/', import.meta.url);
    const thrown = /(?:errors\.\w+|ClientMetadataError|refuse)\(\s*(['"`])((?:(?!\1).)*)\1/g;
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        [...readFileSync(new URL(name, folder), 'utf8').matchAll(thrown)].map(([, , text = '']) => text),
      );
    expect(texts.length).toBeGreaterThan(15);
    expect(texts.filter((text) => !/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(text))).toEqual([]);
  });
});

// Mobile Connect, server-initiated, over the real wires: a signed request rings the phone, and its result is polled for
// or posted to the client, signed, repeated until it is taken, and kept in a log.
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { siGrant } from '../../src/oidc/server-initiated-metadata.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

interface Letter {
  headers: IncomingHttpHeaders;
  text: string;
}

let world: FlowWorld;
let alice: FlowPhone;
let server: Server;
let uri: string;
let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
const letters: Letter[] = [];
let answers: number[] = [];
const secret = 'bank-demo-secret-32-characters-long';
const basic = `Basic ${Buffer.from(`bank:${secret}`).toString('base64')}`;

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      letters.push({ headers: request.headers, text: Buffer.concat(parts).toString() });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  uri = `http://localhost:${(server.address() as AddressInfo).port}/mc`;
  const pair = await generateKeyPair('RS256');
  privateKey = pair.privateKey;
  const bank = {
    client_id: 'bank',
    client_name: 'Banque',
    client_secret: secret,
    party: 'third',
    policy_uri: 'https://bank.exemple.test/privacy',
    profile: 'mobile-connect-si-1.0',
    response_types: [],
    jwks: { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', use: 'sig', alg: 'RS256' }] },
    notification_uris: [uri],
  };
  const teller = { ...bank, client_id: 'teller', client_name: 'Guichet', reveal_enrolment: true };
  await world.app.parts.oidc.clients.seed([bank, teller]);
});
beforeEach(() => {
  letters.length = 0;
  answers = [];
});
afterEach(() => world.nextDay());
afterAll(async () => {
  server?.close();
  await world?.stop();
});

const sign = (claims: Record<string, unknown> = {}) =>
  new SignJWT({
    response_type: 'mc_si_async_code',
    client_id: 'bank',
    scope: 'openid mc_authn',
    version: 'mc_si_r2_v1.0',
    nonce: crypto.randomUUID(),
    login_hint: 'MSISDN:33639980001',
    acr_values: '3',
    client_notification_token: 'notify-me',
    notification_uri: uri,
    correlation_id: 'c-1',
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'one' })
    .setIssuer(typeof claims['client_id'] === 'string' ? claims['client_id'] : 'bank')
    .setAudience(world.issuer)
    .sign(privateKey);

async function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${world.issuer}${path}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string | number> };
}

const authorize = (request: string) => post('/si-authorize', { client_id: 'bank', scope: 'openid mc_authn', request });
const admin = async (name: string, input: object) => await (await world.admin('POST', `/admin/${name}`, input)).json();

test('a client that polls gets its tokens under the name that Mobile Connect has for the grant', async () => {
  const { status, body } = await authorize(await sign({ response_type: 'mc_si_polling' }));
  expect(status).toBe(200);
  expect(body).toMatchObject({ expires_in: 120, interval: 5, correlation_id: 'c-1' });
  const grant = { grant_type: siGrant, auth_req_id: String(body['auth_req_id']) };
  await alice.waitForScreen();
  const waiting = post('/token', grant, { authorization: basic, prefer: 'wait=10' });
  await alice.pin('4071');
  const tokens = await waiting;
  expect(decodeJwt(String(tokens.body['id_token']))).toMatchObject({ acr: '3', amr: ['SIM_PIN'] });
  expect(decodeJwt(String(tokens.body['id_token']))).not.toHaveProperty('recipient');
  expect(letters).toEqual([]);
});

test('a client that waits is told by a signed letter, repeated until it takes it, and once more by hand', async () => {
  answers = [503];
  const { body } = await authorize(await sign());
  expect(body).not.toHaveProperty('interval');
  await alice.waitForScreen();
  await alice.pin('4071');
  await until('a letter', () => letters.length === 2);
  const [first, second] = letters as [Letter, Letter];
  expect(second.text).toBe(first.text);
  expect(second.headers.authorization).toBe('Bearer notify-me');
  const told = JSON.parse(second.text) as Record<string, string>;
  expect(told).toMatchObject({ auth_req_id: body['auth_req_id'], correlation_id: 'c-1', token_type: 'Bearer' });
  expect(decodeJwt(told['id_token'] ?? '')).toMatchObject({ acr: '3', recipient: uri });

  const keys = createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
  const verify = async ({ headers }: Letter) =>
    (await jwtVerify(String(headers['notification-jwt']), keys, { issuer: world.issuer, audience: uri })).payload;
  const [one, two] = [await verify(first), await verify(second)];
  expect(one.jti).toBe(two.jti);
  expect(two['body_sha256']).toBe(createHash('sha256').update(second.text).digest('base64url'));

  const userinfo = await fetch(`${world.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${told['access_token']}` },
  });
  expect(userinfo.status).toBe(200);

  const id = String(one.jti);
  const shown = await until('the log', async () => {
    const answer = (await admin('notification.show', { id })) as Record<string, unknown>;
    return answer['deliveredAt'] === null ? undefined : answer;
  });
  expect(shown).toMatchObject({ outcome: 'tokens', deliveries: 2, tries: [{ status: 503 }, { status: 204 }] });
  expect(JSON.stringify(shown)).not.toContain(told['access_token']);
  await admin('notification.redeliver', { id });
  await until('a letter', () => letters.length === 3);
  expect((await verify(letters[2]!)).jti).toBe(id);
  expect(await admin('notification.list', { clientId: 'bank' })).toMatchObject({ notifications: [{ id }] });
});

test('a refusal is told in the words of the profile', async () => {
  await authorize(await sign());
  await alice.waitForScreen();
  await alice.cancel();
  await until('a letter', () => letters.length === 1);
  expect(JSON.parse(letters[0]!.text)).toMatchObject({
    error: 'authorization_error',
    error_description: 'Subscriber denied the request',
    correlation_id: 'c-1',
  });
});

test('a client that answers 4xx is not asked again', async () => {
  answers = [410];
  await authorize(await sign());
  await alice.waitForScreen();
  await alice.cancel();
  const found = await until('the log', async () => {
    const { notifications } = (await admin('notification.list', { limit: 1 })) as {
      notifications: Record<string, unknown>[];
    };
    return notifications[0]?.['lastStatus'] === 410 ? notifications[0] : undefined;
  });
  expect(found).toMatchObject({ deliveries: 1, deliveredAt: null, outcome: 'authorization_error' });
});

test('a request object is good once, and nobody else’s at all', async () => {
  const request = await sign({ login_hint: 'MSISDN:33639980003' });
  expect((await authorize(request)).status).toBe(200);
  expect((await authorize(request)).body).toMatchObject({
    error: 'invalid_request',
    error_description: expect.stringContaining('the request object was used before'),
  });
  const other = await post('/si-authorize', { client_id: 'shop', scope: 'openid mc_authn', request });
  expect(other.body['error']).toBe('unauthorized_client');
});

test('the hints of discovery ring the phone, a token only once; nobody’s PCR looks like a phone that is off', async () => {
  const discover = await post('/discovery/v1/operator', { msisdn: '+33639980001' }, { authorization: basic });
  const hinted = await authorize(await sign({ login_hint: String(discover.body['login_hint']) }));
  expect(hinted.status).toBe(200);
  await alice.waitForScreen();
  await alice.cancel();
  const nobody = await authorize(await sign({ login_hint: 'PCR:00000000-0000-8000-8000-000000000000' }));
  expect(Object.keys(nobody.body)).toEqual(Object.keys(hinted.body));
});

test('A02: a number of another operator gets the same answer, and no SMS', async () => {
  const { status, body } = await authorize(await sign({ login_hint: 'MSISDN:33612345678' }));
  expect(status).toBe(200);
  expect(body).toHaveProperty('auth_req_id');
  const grant = { grant_type: siGrant, auth_req_id: String(body['auth_req_id']) };
  const poll = await post('/token', grant, { authorization: basic });
  expect([poll.status, poll.body['error']]).toEqual([400, 'authorization_pending']);
  expect(await world.messagesTo('+33612345678')).toBe(0);
});

test('a client that may hear it is told at once who is unknown, and that the phone is busy (A02, X15)', async () => {
  const tell = async (login_hint: string) => {
    const request = await sign({ client_id: 'teller', login_hint });
    const { status, body } = await post('/si-authorize', { client_id: 'teller', scope: 'openid mc_authn', request });
    return { status, ...body };
  };
  const unknown = await tell('MSISDN:33612345678');
  expect(unknown).toMatchObject({ status: 400, error: 'unknown_user_id', correlation_id: 'c-1' });
  await authorize(await sign());
  await alice.waitForScreen();
  expect(await tell('MSISDN:33639980001')).toMatchObject({
    status: 400,
    error: 'authorization_error',
    error_description: expect.stringMatching(/^Previous authentication transaction is not finished/),
    correlation_id: 'c-1',
  });
  await alice.cancel();
});

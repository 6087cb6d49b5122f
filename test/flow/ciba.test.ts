// A customer without a browser (CIBA), over the real wires: her phone rings for a call centre, and what she answers is
// what the call centre gets.
import { createServer } from 'node:net';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { demoSecret } from '../../src/demo/clients.ts';
import { runSmoke } from '../load/smoke.ts';
import { type CibaParty, cibaGrant, cibaParty } from '../support/flow-ciba.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';
import { freePorts } from '../support/free-ports.ts';

let world: FlowWorld;
let alice: FlowPhone;
let callcentre: CibaParty;
let pingPort = 0;

beforeAll(async () => {
  [pingPort = 0] = await freePorts(1);
  world = await startFlowWorld({ environment: { OUTBOUND_ALLOW: `localhost:${pingPort}` } });
  alice = world.phone('+33639980001');
  callcentre = cibaParty(world.issuer, 'callcentre');
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

const journal = async () =>
  (await world.database.db.selectFrom('auditEvents').selectAll().execute()).map((one) => one.action);

test('a call centre asks, the phone shows who and why, the PIN is typed, and the tokens tell it (O12, O25, O34)', async () => {
  const { id, answer } = await callcentre.begin({
    login_hint: 'tel:+33639980001',
    binding_message: 'Dossier n° 42 : êtes-vous d’accord ?',
  });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ expires_in: 120, interval: 5 });
  expect(answer.headers.get('cache-control')).toBe('no-store');

  const screen = await alice.waitForScreen();
  expect(`${screen.title}\n${screen.text}`).toContain('Service clients');
  expect(screen.text).toContain('Dossier n° 42 : êtes-vous d’accord ?');
  expect(screen.referenceCode).toBe(answer.body['reference_code']);
  const waiting = callcentre.poll(id, { wait: 10 });
  await alice.pin('4071');
  const { status, body, headers } = await waiting;
  expect(status).toBe(200);
  expect(headers.get('preference-applied')).toBe('wait=10');
  expect(decodeJwt(String(body['id_token']))).toMatchObject({ acr: '3', amr: ['sc', 'pin', 'mfa', 'mca'] });
  expect((await callcentre.poll(id)).body['error']).toBe('invalid_grant');
});

test('an OK on the SIM is enough where acr 2 is asked for; openid-client polls by itself', async () => {
  const config = await world.configure('tester');
  const begun = await openid.initiateBackchannelAuthentication(config, {
    scope: 'openid',
    login_hint: 'alice@exemple.test',
    acr_values: '2',
  });
  expect((await alice.waitForScreen()).kind).toBe('confirm');
  await alice.ok();
  // Its own interval would make it wait five seconds before the first look.
  const tokens = await openid.pollBackchannelAuthenticationGrant(config, { ...begun, interval: 1 });
  expect(tokens.claims()).toMatchObject({ acr: '2', amr: ['sc', 'mca'] });
});

test('a number that answers by itself approves; an unknown one runs to its end and is told the same (O06)', async () => {
  const known = await callcentre.begin({ login_hint: 'MSISDN:33639982500' });
  const unknown = await callcentre.begin({ login_hint: 'MSISDN:33639989999' });
  expect(Object.keys(known.answer.body).sort()).toEqual(Object.keys(unknown.answer.body).sort());
  expect((await callcentre.poll(known.id, { wait: 10 })).status).toBe(200);
  expect((await callcentre.poll(unknown.id)).body['error']).toBe('authorization_pending');
  await world.advanceClock(130);
  expect((await callcentre.poll(unknown.id)).body['error']).toBe('expired_token');
});

test('"it was not me" is access_denied, and silences the call centre alone, not other clients (O35)', async () => {
  const { id } = await callcentre.begin({ login_hint: 'tel:+33639980001' });
  await alice.waitForScreen();
  await alice.fraud();
  expect((await callcentre.poll(id, { wait: 10 })).body['error']).toBe('access_denied');
  const before = await world.messagesTo(alice.msisdn);
  const silenced = await callcentre.begin({ login_hint: 'tel:+33639980001' });
  expect(await world.messagesTo(alice.msisdn)).toBe(before);
  await callcentre.cancel(silenced.id);
  const other = await cibaParty(world.issuer, 'tester').begin({ login_hint: 'tel:+33639980001' });
  await alice.waitForScreen();
  await alice.pin('4071');
  expect((await cibaParty(world.issuer, 'tester').poll(other.id, { wait: 10 })).status).toBe(200);
});

test('the call centre hangs up: the screen goes away, and a PIN after that gives nothing (O23)', async () => {
  const { id } = await callcentre.begin({ login_hint: 'tel:+33639980001' });
  await alice.waitForScreen();
  expect((await callcentre.cancel(id)).status).toBe(204);
  await until('the screen goes', async () => (await alice.screen()) === null);
  expect((await callcentre.poll(id)).body['error']).toBe('access_denied');
});

test('a token for the APIs of the operator is to be had at the exchange (O45)', async () => {
  const tester = cibaParty(world.issuer, 'tester');
  const resource = `${world.issuer}/api`;
  const { id } = await tester.begin({ login_hint: 'tel:+33639980001', scope: 'openid account.read', resource });
  await alice.waitForScreen();
  await alice.pin('4071');
  const { body } = await tester.poll(id, { wait: 10, resource });
  const me = await fetch(`${resource}/account/v1/me`, { headers: { authorization: `Bearer ${body['access_token']}` } });
  expect(me.status).toBe(200);
});

test('without the SMSC every number is told so, and it works again by itself (O16)', async () => {
  await world.simulator.smsc.pauseListening();
  world.simulator.smsc.disconnectAll();
  await until('the provider knows', () => !world.app.parts.channel.smsc.isBound());
  for (const number of ['+33639980001', '+33639989999']) {
    const { status, body } = await callcentre.ask({ login_hint: `tel:${number}` });
    expect([status, body['error']]).toEqual([503, 'temporarily_unavailable']);
  }
  await world.simulator.smsc.resumeListening();
  await until('the SMSC is back', () => world.app.parts.channel.smsc.isBound());
  expect((await callcentre.ask({ login_hint: 'tel:+33639980001' })).status).toBe(200);
});

test('a ping that its server does not take is tried again by a job, and undoes nothing (O30, X112)', async () => {
  let calls = 0;
  // Speaks no TLS: what calls it cannot be sure whom it has reached, and says nothing.
  const server = createServer((socket) => {
    calls++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(pingPort, '127.0.0.1', resolve));
  try {
    await world.app.parts.oidc.clients.seed([
      {
        client_id: 'pinged',
        client_name: 'Pinged',
        client_secret: demoSecret('pinged'),
        party: 'first',
        grant_types: [cibaGrant],
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: `https://localhost:${pingPort}/ping`,
      },
    ]);
    const pinged = cibaParty(world.issuer, 'pinged');
    const { id } = await pinged.begin({
      login_hint: 'tel:+33639980001',
      client_notification_token: 'a-token-that-the-client-made',
    });
    await alice.waitForScreen();
    await alice.pin('4071');
    await until('the ping is repeated', () => calls >= 2);
    expect((await pinged.poll(id)).status).toBe(200);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('the journal tells each step with its actor, and no log line shows an id or a token (O59)', async () => {
  const actions = await journal();
  for (const action of [
    'ciba.requested',
    'ciba.approved',
    'ciba.refused',
    'ciba.expired',
    'ciba.redeemed',
    'ciba.cancelled',
  ]) {
    expect(actions).toContain(action);
  }
  const lines = world.log.filter((line) => line.includes('/backchannel'));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/"route":"\/backchannel(\/:id)?"/);
});

test('the flows of the benchmark can be run, here and at the bare library', async () => {
  const simulatorUrl = world.simulator.url;
  const numbers = { approving: '+33639982500', waiting: '+33639982208' };
  const { comparisons, remarks, waiting } = await runSmoke({ issuer: world.issuer, simulatorUrl, ...numbers });
  expect(comparisons.map(({ id }) => id)).toEqual(['ciba', 'code', 'refresh', 'refresh-jwt', 'introspection', 'api']);
  for (const { sides } of comparisons) {
    expect(sides.map(({ side }) => side)).toEqual(['library', 'product']);
    for (const { requestsPerSecond } of sides) expect(requestsPerSecond.min).toBeGreaterThan(0);
  }
  expect(remarks).toHaveLength(2);
  expect(waiting.browsers).toBe(1);
});

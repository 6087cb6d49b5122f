// What the network tells the operator of phones: a fake operator listens.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createEventLog } from '../../../sim-simulator/event-log.ts';
import { newHandset, withCheckDigit } from '../../../sim-simulator/handset.ts';
import { tellNetworkEvents } from '../../../sim-simulator/network-events.ts';

interface Heard {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

let operator: Server;
let url: string;
let status = 200;
let heard: Heard[] = [];
let onHeard = () => {};

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

beforeAll(async () => {
  operator = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await readAll(request));
    heard.push({ path: request.url, authorization: request.headers.authorization, body });
    response.writeHead(status).end();
    onHeard();
  });
  await new Promise<void>((resolve) => operator.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(operator.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => operator.close(resolve)));
beforeEach(() => {
  status = 200;
  heard = [];
});

const number = '+33639980001';
const identity = { model: 'Exemple One', imei: '352099001761481' };

function network() {
  const events = createEventLog(() => new Date());
  const stop = tellNetworkEvents({ url, token: 't', events, phone: () => ({ identity: () => identity }) });
  const next = () => new Promise<void>((resolve) => (onHeard = resolve));
  return { events, stop, next };
}

test('B38 a SIM in another phone, a new SIM, a switch-on are told, with model and number, under the token', async () => {
  const { events, next, stop } = network();
  for (const [type, details] of [
    ['phone.moved', {}],
    ['phone.sim', {}],
    ['phone.power', { on: true }],
  ] as const) {
    const told = next();
    events.emit(type, { msisdn: number, ...details });
    await told;
  }
  stop();
  const one = { path: '/admin/line.handset', authorization: 'Bearer t', body: { number, ...identity } };
  expect(heard).toEqual([one, one, one]);
});

test('what the network cannot see is not told: a switch-off, a screen', async () => {
  const { events, next } = network();
  events.emit('phone.power', { msisdn: number, on: false });
  events.emit('phone.screen', { msisdn: number });
  const told = next();
  events.emit('phone.moved', { msisdn: number });
  await told;
  expect(heard).toHaveLength(1);
});

test('an operator that does not take it is an event, without the number of the phone', async () => {
  status = 503;
  const { events } = network();
  const failed = new Promise<object>((resolve) =>
    events.listen((event) => {
      if (event.type === 'network.untold') resolve(event);
    }),
  );
  events.emit('phone.moved', { msisdn: number });
  expect(await failed).toMatchObject({ reason: 'the operator answered 503' });
  expect(JSON.stringify(await failed)).not.toContain(identity.imei);
});

test('a new phone has a number of the tests’ own type with the right check digit', () => {
  expect(withCheckDigit('49015420323751')).toBe('490154203237518');
  const { imei, model } = newHandset((size) => Buffer.alloc(size, 7));
  expect(imei).toBe(withCheckDigit(imei.slice(0, 14)));
  expect([imei.slice(0, 8), model]).toEqual(['00101700', 'Test phone']);
});

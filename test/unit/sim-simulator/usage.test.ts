// What phones use: listed, given to the operator in batches, again until it answers, each record under one id.

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createEventLog } from '../../../sim-simulator/event-log.ts';
import { createUsageBook } from '../../../sim-simulator/usage.ts';
import { usageBatch } from '../../../src/customer/usage-events.ts';
import { createManualTimers } from './manual-timers.ts';
import { anExport, aSim } from './provider-end.ts';
import { aPlace, start } from './running.ts';

interface Got {
  readonly authorization: string | undefined;
  readonly body: { events: { eventId: string }[] };
}

/** An operator that answers as it is told, call by call. */
async function operator(answers: (number | ((ids: string[]) => object))[]) {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    textOf(request).then((text) => {
      got.push({ authorization: request.headers.authorization, body: JSON.parse(text) });
      const answer = answers.shift() ?? (() => ({ refused: [] }));
      const status = typeof answer === 'number' ? answer : 200;
      const ids = got.at(-1)!.body.events.map(({ eventId }) => eventId);
      const body = typeof answer === 'number' ? {} : answer(ids);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { got, url };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const now = () => new Date('2026-03-01T08:00:00Z');
const alice = '+33639980001';

function book(url?: string) {
  const events = createEventLog(now);
  const timers = createManualTimers();
  const network = url === undefined ? undefined : { url, token: 'secret-token' };
  const seen = (type: string) =>
    new Promise<void>((resolve) => {
      const end = events.listen((event) => {
        if (event.type !== type) return;
        end();
        // What follows in the same turn has happened then.
        setImmediate(resolve);
      });
    });
  return { ...createUsageBook({ network, now, randomBytes, timers, events }), timers, seen };
}

describe('the use of phones', () => {
  test('is only listed where no operator is named', () => {
    const { add, list, clear } = book();
    add(alice, { type: 'voice', quantity: 60, peer: '+33639980002' });
    expect(list()).toMatchObject([{ msisdn: alice, type: 'voice', quantity: 60, state: 'unsent' }]);
    expect(list('+33639980002')).toEqual([]);
    clear();
    expect(list()).toEqual([]);
  });

  test('B20 goes to the operator in one batch with the token, in the form that it takes', async () => {
    const { got, url } = await operator([]);
    const { add, list, timers, seen } = book(url);
    add(alice, { type: 'sms', quantity: 1, peer: '81234' });
    add(alice, { type: 'data', quantity: 5_000, abroad: 'ES' });
    const told = seen('usage.told');
    timers.advance(100);
    await told;
    expect(got).toHaveLength(1);
    expect(got[0]!.authorization).toBe('Bearer secret-token');
    expect(
      usageBatch
        .parse(got[0]!.body)
        .events.map(({ type }) => type)
        .sort(),
    ).toEqual(['data', 'sms']);
    expect(list().map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  });

  test('is given again, under the same id, until the operator answers', async () => {
    const { got, url } = await operator([503]);
    const { add, list, timers, seen } = book(url);
    const { eventId } = add(alice, { type: 'sms', quantity: 1 });
    const untold = seen('usage.untold');
    timers.advance(100);
    await untold;
    expect(list()[0]!.state).toBe('waiting');
    const told = seen('usage.told');
    timers.advance(1_000);
    await told;
    expect(got.map(({ body }) => body.events[0]!.eventId)).toEqual([eventId, eventId]);
    expect(list()[0]!.state).toBe('delivered');
  });

  test('that the operator refuses is not given again', async () => {
    const { got, url } = await operator([(ids) => ({ refused: [{ eventId: ids[0], reason: 'unknown_subject' }] })]);
    const { add, list, timers, seen } = book(url);
    add(alice, { type: 'sms', quantity: 1 });
    const told = seen('usage.told');
    timers.advance(100);
    await told;
    expect(list()[0]!.state).toBe('refused');
    timers.advance(60_000);
    expect(got).toHaveLength(1);
  });

  test('of a phone without coverage does not take place; else it is in the list of its number', async () => {
    const { api } = await start(await aPlace(anExport(aSim())));
    const path = `/v1/sims/${encodeURIComponent(alice)}/usage`;
    await api.patch(alice, { coverage: false });
    expect(await api.call('POST', path, { type: 'sms' })).toMatchObject({
      status: 409,
      body: { code: 'not_reachable' },
    });
    await api.patch(alice, { coverage: true });
    expect(await api.call('POST', path, { type: 'sms', peer: '81234' })).toMatchObject({
      ...{ status: 200, body: { type: 'sms', quantity: 1, peer: '81234', state: 'unsent' } },
    });
    expect((await api.get(path)).body).toHaveLength(1);
    expect((await api.get('/v1/usage')).body).toHaveLength(1);
    for (const wrong of [{ type: 'fax' }, { type: 'sms', peer: 'Bruno' }, { type: 'data', quantity: -1 }]) {
      expect((await api.call('POST', path, wrong)).status).toBe(422);
    }
  });
});

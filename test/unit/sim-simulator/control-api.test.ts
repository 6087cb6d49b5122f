// The control API over HTTP: every call and what it refuses.

import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import { FLAG, referenceCodeOf } from '../../../sim-simulator/applet-message.ts';
import { octetsOf } from './provider-end.ts';
import { aSimulator, NUMBER, other, SIM, sim, spare } from './ringing.ts';

describe('phones', () => {
  test('are listed as the interface names them, without PIN or key', async () => {
    const { api } = await aSimulator();
    const list = await api.get('/v1/sims');
    expect(list.body).toEqual([
      {
        msisdn: NUMBER,
        label: 'Alice',
        device: 'phone',
        ...{ model: 'Test phone', imei: expect.stringMatching(/^00101700\d{7}$/) },
        iccid: sim.iccid,
        power: true,
        poweredOnAt: null,
        coverage: true,
        unlocked: true,
        enrolled: true,
        triesLeft: 3,
        blocked: false,
        screen: null,
        behaviour: { mode: 'manual' },
      },
      expect.objectContaining({ msisdn: '+33639980002', power: false }),
    ]);
    for (const secret of ['4071', sim.keys.kic, sim.keys.kdev, sim.kpinPrivate ?? '']) {
      expect(JSON.stringify(list.body)).not.toContain(secret);
    }
  });

  test('are found with or without the plus sign, written as it is or as %2B', async () => {
    const { api } = await aSimulator();
    for (const path of [`/v1/sims/${NUMBER}`, SIM, `/v1/sims/${NUMBER.slice(1)}`]) {
      expect((await api.get(path)).body).toMatchObject({ msisdn: NUMBER });
    }
  });

  test.each(['33600000000', '%2B33600000000', '0639980001', 'abc', '%', '%E0%A4%A'])(
    'number %s is not in the fleet',
    async (number) => {
      const { api } = await aSimulator();
      const answer = await api.get(`/v1/sims/${number}`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_sim', status: 404 } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  test('a blocked and a new card say so', async () => {
    const { api, fleet } = await aSimulator();
    Object.assign(fleet.phone(NUMBER)?.card().state ?? {}, { tries: 0 });
    expect((await api.get(SIM)).body).toMatchObject({ enrolled: true, triesLeft: 0, blocked: true });
    await fleet.replace(NUMBER, spare.iccid);
    expect((await api.get(SIM)).body).toMatchObject({ enrolled: false, triesLeft: null, blocked: false });
  });
});

describe('keys', () => {
  test('answer each kind of screen; the answer is the phone after it', async () => {
    const { api, ring } = await aSimulator();
    await ring('a', { flags: FLAG.pin | FLAG.typeCode });
    const screen = await api.wait(NUMBER, 'for=screen');
    expect(screen.body).toMatchObject({ kind: 'code', referenceCode: null, seq: expect.any(Number) });
    const code = referenceCodeOf(octetsOf('a', 16));
    expect((await api.keys(NUMBER, { code })).body).toMatchObject({ msisdn: NUMBER, screen: { kind: 'pin' } });
    expect((await api.keys(NUMBER, { pin: '0000' })).body).toMatchObject({ triesLeft: 2, screen: { kind: 'pin' } });
    expect((await api.keys(NUMBER, { pin: '4071' })).body).toMatchObject({ triesLeft: 3, screen: null });
  });

  test.each([['cancel'], ['back'], ['fraud']])('%s ends the request', async (key) => {
    const { api, ring } = await aSimulator();
    await ring('a');
    await api.wait(NUMBER, 'for=screen');
    expect(await api.keys(NUMBER, { [key]: true })).toMatchObject({ status: 200, body: { screen: null } });
  });

  test('without a screen, or behind the lock, are 409 no_screen and count nothing (A24, X26)', async () => {
    const { api, ring, seen } = await aSimulator();
    expect(await api.keys(NUMBER, { ok: true })).toMatchObject({ status: 409, body: { code: 'no_screen' } });
    await api.patch(NUMBER, { unlocked: false });
    await ring('a');
    await seen('applet.request');
    expect(await api.wait(NUMBER, 'for=screen&timeout=0')).toMatchObject({ status: 204 });
    expect(await api.keys(NUMBER, { pin: '0000' })).toMatchObject({ status: 409, body: { code: 'no_screen' } });
    expect((await api.patch(NUMBER, { unlocked: true })).body).toMatchObject({
      triesLeft: 3,
      screen: { kind: 'text' },
    });
  });

  test('that a screen does not take are 409 wrong_key and change nothing', async () => {
    const { api, ring } = await aSimulator();
    await ring('a', { proof: 1, flags: 0 });
    const { body } = await api.wait(NUMBER, 'for=screen');
    expect(body).toMatchObject({ kind: 'confirm' });
    expect(await api.keys(NUMBER, { pin: '4071' })).toMatchObject({ status: 409, body: { code: 'wrong_key' } });
    expect((await api.get(SIM)).body).toMatchObject({ screen: body });
  });

  test.each([
    ['nothing', {}],
    ['two keys', { ok: true, cancel: true }],
    ['five digits', { pin: '40711' }],
    ['letters', { code: 'abcd' }],
    ['a number for a PIN', { pin: 4071 }],
    ['false', { ok: false }],
    ['an unknown key', { star: true }],
    ['no object', ['ok']],
  ])('with %s are 422, and the words do not repeat what was typed', async (_name, key) => {
    const { api } = await aSimulator();
    const answer = await api.keys(NUMBER, key);
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation', detail: expect.stringMatching(/\w+: /) } });
    expect(JSON.stringify(answer.body)).not.toMatch(/4071|abcd/);
  });
});

describe('wait', () => {
  test('answers when the screen comes, and with `after` only for the next one', async () => {
    const { api, ring } = await aSimulator();
    const waiting = api.wait(NUMBER, 'for=screen&timeout=10');
    await ring('a');
    const first = (await waiting).body as { seq: number };
    expect((await api.wait(NUMBER, 'for=screen')).body).toEqual(first);
    const next = api.wait(NUMBER, `for=screen&timeout=10&after=${first.seq}`);
    await api.keys(NUMBER, { ok: true });
    expect((await next).body).toMatchObject({ kind: 'pin' });
    expect(((await next).body as { seq: number }).seq).toBeGreaterThan(first.seq);
  });

  test('gives the newest SMS, and with `after` the oldest that was not seen', async () => {
    const { api, sms } = await aSimulator();
    const waiting = api.wait(NUMBER, 'for=sms&timeout=10');
    await sms('one');
    const one = (await waiting).body as { seq: number };
    expect(one).toMatchObject({ from: '12345', text: 'one' });
    await sms('two');
    expect((await api.wait(NUMBER, `for=sms&timeout=10&after=${one.seq}`)).body).toMatchObject({ text: 'two' });
    await sms('three');
    await api.wait(NUMBER, `for=sms&timeout=10&after=${one.seq + 100_000}&timeout=0`);
    expect((await api.get(`${SIM}/inbox`)).body).toMatchObject([{ text: 'three' }, { text: 'two' }, { text: 'one' }]);
    expect((await api.wait(NUMBER, 'for=sms')).body).toMatchObject({ text: 'three' });
    expect((await api.wait(NUMBER, `for=sms&after=${one.seq}`)).body).toMatchObject({ text: 'two' });
  });

  test('is 204 when nothing came in time', async () => {
    const { api } = await aSimulator();
    expect(await api.wait(NUMBER, 'for=screen&timeout=0')).toMatchObject({ status: 204, body: undefined });
    expect(await api.wait(NUMBER, 'for=sms&timeout=0')).toMatchObject({ status: 204 });
  });

  test.each(['for=call', 'timeout=121', 'timeout=-1', 'timeout=soon', 'after=x'])('%s is 422', async (query) => {
    const { api } = await aSimulator();
    expect(await api.wait(NUMBER, query)).toMatchObject({ status: 422, body: { code: 'validation' } });
  });
});

describe('changes', () => {
  test('switch power, coverage and lock, by true and false or on and off', async () => {
    const { api } = await aSimulator();
    expect((await api.patch(NUMBER, { power: false, coverage: 'off', unlocked: false })).body).toMatchObject({
      power: false,
      coverage: false,
      unlocked: false,
    });
    expect((await api.patch(NUMBER, { power: 'on', coverage: true })).body).toMatchObject({
      power: true,
      coverage: true,
    });
  });

  test('a behaviour takes its PIN and never gives it back', async () => {
    const { api, ring, esme, events } = await aSimulator();
    const changed = await api.patch(NUMBER, { behaviour: { mode: 'approve', pin: '4071', delayMs: 0 } });
    expect(changed.body).toMatchObject({ behaviour: { mode: 'approve', delayMs: 0 } });
    await ring('a');
    await esme.delivered();
    expect(JSON.stringify([changed.body, (await api.get('/v1/sims')).body, events])).not.toContain('4071');
  });

  test.each([
    ['nothing', {}],
    ['an unknown field', { battery: 5 }],
    ['another word', { power: 'maybe' }],
    ['an unknown behaviour', { behaviour: { mode: 'dance' } }],
    ['a PIN of three digits', { behaviour: { mode: 'approve', pin: '407' } }],
    ['a field of another behaviour', { behaviour: { mode: 'refuse', times: 2 } }],
  ])('of %s are 422', async (_name, change) => {
    const { api } = await aSimulator();
    expect(await api.patch(NUMBER, change)).toMatchObject({ status: 422, body: { code: 'validation' } });
  });

  test('replace puts a spare SIM in; its number answers with the other card', async () => {
    const { api, ring, seen } = await aSimulator();
    expect((await api.get('/v1/spares')).body).toEqual([{ iccid: spare.iccid, serial13: '1234567890123' }]);
    const replaced = await api.call('POST', `${SIM}/replace`, { iccid: spare.iccid });
    expect(replaced).toMatchObject({ status: 200, body: { iccid: spare.iccid, enrolled: false, label: 'Alice' } });
    await ring('for the old card');
    await seen('card.refused');
    expect((await api.get('/v1/spares')).body).toMatchObject([{ iccid: sim.iccid }]);
    expect((await api.call('POST', `${SIM}/replace`, { iccid: sim.iccid })).body).toMatchObject({ enrolled: true });
  });

  test.each([
    ['an ICCID of nobody', { iccid: '8933010000000009999' }, 404, 'unknown_sim'],
    ['a SIM in another phone', { iccid: other.iccid }, 409, 'sim_in_use'],
    ['no ICCID', {}, 422, 'validation'],
  ])('replace with %s', async (_name, body, status, code) => {
    const { api } = await aSimulator();
    expect(await api.call('POST', `${SIM}/replace`, body)).toMatchObject({ status, body: { code } });
  });

  test('move puts the SIM in another phone, with or without a name for it', async () => {
    const { api, sms } = await aSimulator();
    await sms('one');
    await api.wait(NUMBER, 'for=sms');
    expect((await api.call('POST', `${SIM}/move`)).body).toMatchObject({ iccid: sim.iccid, triesLeft: 3 });
    expect((await api.get(`${SIM}/inbox`)).body).toEqual([]);
    expect((await api.call('POST', `${SIM}/move`, { device: 'tablet' })).body).toMatchObject({ device: 'tablet' });
    const other = { model: 'Exemple Two', imei: '490154203237518' };
    expect((await api.call('POST', `${SIM}/move`, other)).body).toMatchObject({ ...other, device: 'tablet' });
    expect((await api.call('POST', `${SIM}/move`, { imei: '49015420323751' })).status).toBe(422);
  });
});

test('mail is served from the mail box and forgotten with a reset', async () => {
  const { api, smtpPort, seen } = await aSimulator();
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });
  await transport.sendMail({ from: 'a@exemple.test', to: 'alice@exemple.test', subject: 'Hello', text: 'one' });
  await seen('mail.received');
  expect((await api.get('/v1/mail?to=alice@exemple.test')).body).toMatchObject([{ subject: 'Hello' }]);
  expect((await api.get('/v1/mail?to=bruno@exemple.test')).body).toEqual([]);
  await api.call('POST', '/v1/reset');
  expect((await api.get('/v1/mail')).body).toEqual([]);
});

describe('events', () => {
  test('stream as they happen, from `Last-Event-ID` on, without PIN, key or text', async () => {
    const { httpPort, ring, sms, seen, api, events } = await aSimulator();
    await ring('a');
    await sms('the code is 938271');
    await seen('phone.screen');
    await seen('phone.sms');
    await api.keys(NUMBER, { pin: '4071' });
    await seen('smsc.answer');
    const gone = new AbortController();
    const stream = await fetch(`http://127.0.0.1:${httpPort}/v1/events`, {
      headers: { 'last-event-id': '0' },
      signal: gone.signal,
    });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    for await (const chunk of stream.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('smsc.answer"')) {
        break;
      }
    }
    gone.abort();
    const types = [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? '').type);
    expect(types).toEqual(
      expect.arrayContaining(['smsc.bound', 'phone.screen', 'phone.sms', 'phone.key', 'applet.answer']),
    );
    for (const secret of ['4071', '938271', sim.keys.kic, sim.keys.kid, sim.keys.kdev, sim.kpinPrivate ?? '']) {
      expect(text + JSON.stringify(events)).not.toContain(secret);
    }
  });

  test('each screen has the seq of its event', async () => {
    const { api, ring, events } = await aSimulator();
    await ring('a');
    const { seq } = (await api.wait(NUMBER, 'for=screen')).body as { seq: number };
    expect(events.find((event) => event.seq === seq)).toMatchObject({
      type: 'phone.screen',
      msisdn: NUMBER,
      kind: 'text',
    });
  });
});

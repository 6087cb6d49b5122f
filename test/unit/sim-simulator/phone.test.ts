// A phone without the rest: screen lock, power, inbox of ordinary SMS, and people who act by themselves.

import { describe, expect, test } from 'vitest';
import { encodeRequest, FLAG } from '../../../sim-simulator/applet-message.ts';
import { keyFor, wrongPin } from '../../../sim-simulator/behaviour.ts';
import { Card } from '../../../sim-simulator/card.ts';
import { newCardState } from '../../../sim-simulator/card-state.ts';
import { createEventLog } from '../../../sim-simulator/event-log.ts';
import type { Behaviour, SimExport } from '../../../sim-simulator/fleet-export.ts';
import { textToSeptets, textToUcs2 } from '../../../sim-simulator/gsm7.ts';
import { Phone } from '../../../sim-simulator/phone.ts';
import { createManualTimers } from './manual-timers.ts';
import {
  aNewSim,
  aRequest,
  aSim,
  authorised,
  octetsOf,
  openAnswer,
  provesItself,
  SHORT_CODE,
  sealed,
  TAR,
} from './provider-end.ts';

const MSISDN = '+33639980001';
const GSM7 = { protocolId: 0, dataCoding: 0, hasHeader: false };

function aPhone(sim: SimExport = aSim(), behaviour: Behaviour = { mode: 'manual' }) {
  const timers = createManualTimers();
  const events = createEventLog(timers.now);
  const sent: { from: string; destination: string; userData: Buffer }[] = [];
  let draws = 0;
  const makeCard = (each: SimExport) => {
    const state = newCardState(each);
    const randomBytes = (size: number) => octetsOf(`draw ${draws++}`, size);
    const report = events.emit;
    return new Card({ sim: each, tar: TAR, state, save: async () => undefined, timers, randomBytes, report });
  };
  const reachable: string[] = [];
  const network = {
    submit: (message: (typeof sent)[number]) => sent.push(message),
    reachable: (n: string) => reachable.push(n),
  };
  const deps = { msisdn: MSISDN, label: 'Alice', device: 'phone', now: timers.now, timers, emit: events.emit };
  const drawn = (size: number) => octetsOf('phone', size);
  const phone = new Phone({ ...deps, network, randomBytes: drawn }, makeCard(sim), { power: true, behaviour });
  let counter = 0;
  // A message that the card refuses changes nothing: when it is done, all steps before it are.
  const settled = async () => {
    for (let round = 0; round < 20; round += 1) {
      timers.advance(0);
      await phone.card().envelope({ elements: [], body: Buffer.alloc(0) }, 'nobody');
    }
  };
  return {
    phone,
    timers,
    events,
    sent,
    reachable,
    makeCard,
    settled,
    async ask(request: Parameters<typeof encodeRequest>[0] | Buffer) {
      counter += 1;
      const data = Buffer.isBuffer(request) ? request : encodeRequest(request);
      const userData = sealed(phone.card().sim, data, { counter });
      phone.receive({ from: SHORT_CODE, protocolId: 0x7f, dataCoding: 0xf6, hasHeader: true, userData });
      await settled();
      return data;
    },
    answer: () => openAnswer(phone.card().sim, sent.at(-1)?.userData ?? Buffer.alloc(0)),
    text: (text: string) =>
      phone.receive({ ...GSM7, from: SHORT_CODE, userData: Buffer.from(textToSeptets(text) ?? []) }),
  };
}

describe('a locked phone', () => {
  test('shows nothing and takes no key until it is unlocked; nothing is counted (X26)', async () => {
    const { phone, ask, answer } = aPhone();
    phone.setUnlocked(false);
    await ask(aRequest('a'));
    expect(phone.view()).toMatchObject({ unlocked: false, screen: null });
    expect(await phone.press({ kind: 'pin', digits: '0000' })).toBe('no_screen');
    phone.setUnlocked(true);
    expect(phone.view()).toMatchObject({ screen: { kind: 'text' }, triesLeft: 3 });
    await phone.press({ kind: 'pin', digits: '4071' });
    expect(answer()).toMatchObject({ result: 0, tries: 0x03 });
  });

  test('locking hides a screen, unlocking shows it again under a new seq', async () => {
    const { phone, ask } = aPhone();
    await ask(aRequest('a'));
    const first = phone.view().screen?.seq ?? 0;
    phone.setUnlocked(false);
    expect(phone.view().screen).toBeNull();
    phone.setUnlocked(true);
    expect(phone.view().screen?.seq).toBeGreaterThan(first);
  });

  test('the time of a request runs out behind the lock', async () => {
    const { phone, ask, answer, timers, settled } = aPhone();
    phone.setUnlocked(false);
    await ask(aRequest('a', { ttlSeconds: 20 }));
    timers.advance(20_000);
    await settled();
    expect(answer().result).toBe(2);
    phone.setUnlocked(true);
    expect(phone.view().screen).toBeNull();
  });
});

describe('power, coverage, another phone', () => {
  test('switching off ends the request without a word', async () => {
    const { phone, ask, sent, timers, settled } = aPhone();
    await ask(aRequest('a', { ttlSeconds: 20 }));
    await phone.setPower(false);
    expect(phone.view()).toMatchObject({ power: false, screen: null });
    expect(phone.isReachable()).toBe(false);
    timers.advance(60_000);
    await settled();
    expect(sent).toEqual([]);
  });

  test('an answer that found no coverage is lost with the power', async () => {
    const { phone, ask, sent } = aPhone();
    await ask(aRequest('a'));
    phone.setCoverage(false);
    await phone.press({ kind: 'pin', digits: '4071' });
    await phone.setPower(false);
    phone.setCoverage(true);
    await phone.setPower(true);
    expect(sent).toEqual([]);
  });

  test('it tells the network when it can be reached again, and only then', async () => {
    const { phone, reachable } = aPhone();
    phone.setCoverage(false);
    expect(phone.view().poweredOnAt).toBeNull();
    await phone.setPower(false);
    await phone.setPower(true);
    expect(phone.view().poweredOnAt).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(reachable).toEqual([]);
    phone.setCoverage(true);
    phone.setCoverage(true);
    expect(reachable).toEqual([MSISDN]);
  });

  test('in another phone the SIM keeps its tries and leaves the inbox behind (X40)', async () => {
    const { phone, ask, text } = aPhone();
    text('hello');
    await ask(aRequest('a'));
    await phone.press({ kind: 'pin', digits: '0000' });
    phone.setUnlocked(false);
    await phone.move({ device: 'new phone' });
    expect(phone.view()).toMatchObject({
      screen: null,
      triesLeft: 2,
      unlocked: true,
      device: 'new phone',
      label: 'Alice',
    });
    expect(phone.inbox()).toEqual([]);
  });

  test('another SIM in the phone: other card, same inbox, no open request', async () => {
    const { phone, ask, text, makeCard } = aPhone();
    text('hello');
    await ask(aRequest('a'));
    const next = aNewSim({ iccid: '8933010000000000025', msisdn: null });
    await phone.insert(makeCard(next));
    expect(phone.view()).toMatchObject({
      iccid: next.iccid,
      enrolled: false,
      triesLeft: null,
      blocked: false,
      screen: null,
    });
    expect(phone.inbox()).toHaveLength(1);
  });

  test('a card that was taken out says nothing more on the phone it left', async () => {
    const { phone, ask, makeCard, timers, settled, sent } = aPhone();
    const first = phone.card();
    await ask(aRequest('a', { ttlSeconds: 20 }));
    await phone.insert(makeCard(aSim({ iccid: '8933010000000000025', msisdn: null })));
    timers.advance(30_000);
    await settled();
    expect(await first.press({ kind: 'ok' })).toBe('no_screen');
    expect([sent, phone.view().screen]).toEqual([[], null]);
  });
});

describe('the inbox', () => {
  test('shows GSM-7, UCS-2 and Latin-1, newest first, with sender, time and seq', () => {
    const { phone, text } = aPhone();
    text('Code : 123456 €');
    phone.receive({
      ...GSM7,
      from: 'Orange',
      dataCoding: 8,
      userData: textToUcs2('Où êtes-vous ?') ?? Buffer.alloc(0),
    });
    phone.receive({ ...GSM7, from: 'x', dataCoding: 3, userData: Buffer.from('été', 'latin1') });
    const [third, second, first] = phone.inbox();
    expect(first).toMatchObject({ from: SHORT_CODE, text: 'Code : 123456 €', at: '2026-03-01T12:00:00.000Z' });
    expect(second).toMatchObject({ from: 'Orange', text: 'Où êtes-vous ?' });
    expect(third).toMatchObject({ text: 'été' });
    expect(third!.seq).toBeGreaterThan(second!.seq);
  });

  test('joins the parts of a long text', () => {
    const { phone } = aPhone();
    const part = (index: number, words: string) => ({
      ...GSM7,
      from: SHORT_CODE,
      hasHeader: true,
      userData: Buffer.concat([Buffer.of(5, 0, 3, 9, 2, index), Buffer.from(textToSeptets(words) ?? [])]),
    });
    phone.receive(part(2, 'the second'));
    expect(phone.inbox()).toEqual([]);
    phone.receive(part(1, 'the first and '));
    expect(phone.inbox()).toMatchObject([{ text: 'the first and the second' }]);
  });

  test('only counts binary content that is not for the card', () => {
    const { phone } = aPhone();
    phone.receive({ ...GSM7, from: 'x', dataCoding: 4, userData: Buffer.alloc(7) });
    phone.receive({ ...GSM7, from: 'x', dataCoding: 0xf6, userData: Buffer.alloc(3) });
    expect(phone.inbox()).toMatchObject([{ text: '[3 octets]' }, { text: '[7 octets]' }]);
  });

  test('keeps the last 200', () => {
    const { phone, text } = aPhone();
    for (let count = 0; count < 205; count += 1) {
      text(`${count}`);
    }
    expect(phone.inbox()).toHaveLength(200);
    expect(phone.inbox().at(-1)?.text).toBe('5');
  });

  test('its events carry no text', () => {
    const { text, events } = aPhone();
    text('your code is 938271');
    expect(JSON.stringify(events.since(0))).not.toContain('938271');
  });
});

describe('people who act by themselves', () => {
  test('approve after their delay, with the right reference code', async () => {
    const { ask, answer, timers, sent, settled, phone } = aPhone(aSim(), {
      mode: 'approve',
      pin: '4071',
      delayMs: 3000,
    });
    const data = await ask(aRequest('a', { flags: FLAG.pin | FLAG.typeCode }));
    expect(phone.view().screen?.kind).toBe('code');
    timers.advance(2999);
    await settled();
    expect(sent).toEqual([]);
    timers.advance(1);
    await settled();
    expect(answer()).toMatchObject({ octet0: 0x12, result: 0 });
    expect(provesItself(aSim(), data, answer().data)).toBe(true);
  });

  test.each([
    ['refuse', { mode: 'refuse' }, 1],
    ['fraud', { mode: 'fraud' }, 3],
    ['three wrong PINs', { mode: 'wrong-pin', times: 3 }, 4],
    ['approve, knowing their own PIN', { mode: 'approve' }, 0],
    ['two wrong PINs, then the right one', { mode: 'wrong-pin', times: 2, pin: '4071' }, 0],
  ] as [string, Behaviour, number][])('%s', async (_name, behaviour, result) => {
    const { ask, answer } = aPhone(aSim(), behaviour);
    await ask(aRequest('a'));
    expect(answer().result).toBe(result);
    await ask(aRequest('b'));
    expect(answer().result).toBe(result);
  });

  test('the wrong PIN is wrong even where the PIN is 0000', async () => {
    const { ask, answer } = aPhone(aSim({ pin: '0000' }), { mode: 'wrong-pin', times: 3 });
    await ask(aRequest('a'));
    expect(answer().result).toBe(4);
  });

  test('after its wrong PINs a person without a right one leaves the phone to others', async () => {
    const { ask, answer, phone } = aPhone(aSim(), { mode: 'wrong-pin', times: 2 });
    await ask(aRequest('a'));
    expect(phone.view()).toMatchObject({ triesLeft: 1, screen: { kind: 'pin' } });
    await phone.press({ kind: 'pin', digits: '4071' });
    expect(answer()).toMatchObject({ result: 0, tries: 0x23 });
  });

  test('a bad signature: all is right but the proof', async () => {
    const { ask, answer } = aPhone(aSim(), { mode: 'bad-signature', pin: '4071' });
    const data = await ask(aRequest('a'));
    expect(answer()).toMatchObject({ octet0: 0x12, result: 0, rsc: 0 });
    expect(provesItself(aSim(), data, answer().data)).toBe(false);
  });

  test('ignore does nothing until the time is over', async () => {
    const { ask, sent, phone } = aPhone(aSim(), { mode: 'ignore' });
    await ask(aRequest('a'));
    expect(phone.view().screen).not.toBeNull();
    expect(sent).toEqual([]);
  });

  test('choose a PIN when the card asks for one', async () => {
    const sim = aNewSim();
    const { ask, answer, phone } = aPhone(sim, { mode: 'approve', pin: '4826' });
    await ask(authorised(sim, aRequest('a', { op: 1, flags: FLAG.pin }), 1));
    expect(answer()).toMatchObject({ op: 0x81, result: 0 });
    expect(phone.view()).toMatchObject({ enrolled: true, triesLeft: 3 });
  });

  test('a new behaviour takes the screen that is up, and the old one stops', async () => {
    const { ask, answer, phone, timers, settled } = aPhone(aSim(), { mode: 'approve', pin: '4071', delayMs: 5000 });
    await ask(aRequest('a'));
    phone.setBehaviour({ mode: 'refuse', delayMs: 1000 });
    timers.advance(1000);
    await settled();
    expect(answer().result).toBe(1);
    timers.advance(10_000);
    await settled();
    expect(answer().counter).toBe(1);
  });

  test('a hand taken off the phone does not type later', async () => {
    const { ask, phone, timers, settled, sent } = aPhone(aSim(), { mode: 'approve', pin: '4071', delayMs: 5000 });
    await ask(aRequest('a'));
    phone.setBehaviour({ mode: 'manual' });
    timers.advance(10_000);
    await settled();
    expect(phone.view().screen?.kind).toBe('text');
    expect(sent).toEqual([]);
  });

  test('wait for the phone to be unlocked', async () => {
    const { ask, sent, phone, settled, answer } = aPhone(aSim(), { mode: 'refuse' });
    phone.setUnlocked(false);
    await ask(aRequest('a'));
    expect(sent).toEqual([]);
    phone.setUnlocked(true);
    await settled();
    expect(answer().result).toBe(1);
  });

  test('show no PIN to those who ask what they do', () => {
    const { phone } = aPhone(aSim(), { mode: 'wrong-pin', times: 2, pin: '4071' });
    expect(phone.view().behaviour).toEqual({ mode: 'wrong-pin', times: 2 });
  });

  test('have an answer to each kind of screen', () => {
    const screen = { title: '', text: '', referenceCode: null };
    const memory = { wrongPinsTyped: 0, ownPin: '4071' };
    expect(keyFor({ mode: 'approve' }, { ...screen, kind: 'confirm' }, memory)).toEqual({ kind: 'ok' });
    expect(keyFor({ mode: 'approve' }, { ...screen, kind: 'code' }, memory)).toBeUndefined();
    expect(keyFor({ mode: 'manual' }, { ...screen, kind: 'text' }, memory)).toBeUndefined();
    expect(wrongPin('0000')).toBe('1111');
  });
});

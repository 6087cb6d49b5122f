// A request is known by its challenge: repeats, other requests in between, and a card that is not who it says.

import { describe, expect, test } from 'vitest';
import { encodeRequest, referenceCodeOf } from '../../../sim-simulator/applet-message.ts';
import { aCard, CANCEL } from './card-in-hand.ts';
import { aRequest, aSim, octetsOf, provesItself } from './provider-end.ts';

describe('a request is known by its challenge', () => {
  test('repeated while it is open: shown once, answered once, under the newest packet counter', async () => {
    const card = aCard();
    await card.ask(aRequest('a'), { counter: 1 });
    const screens = card.screens.length;
    await card.ask(aRequest('a'), { counter: 2 });
    expect(card.screens).toHaveLength(screens);
    expect(card.sent).toHaveLength(0);
    await card.pin('4071');
    expect(card.sent).toHaveLength(1);
    expect(card.answer()).toMatchObject({ result: 0, packetCounter: 2 });
  });

  test('repeated after its end: the same octets again, under the new packet counter, nothing shown (X19, X29)', async () => {
    const card = aCard();
    await card.ask(aRequest('a'), { counter: 1 });
    await card.pin('4071');
    const first = card.answer();
    const screens = card.screens.length;
    await card.ask(aRequest('a'), { counter: 5 });
    expect(card.answer().data.equals(first.data)).toBe(true);
    expect([first.packetCounter, card.answer().packetCounter]).toEqual([1, 5]);
    expect(card.screens).toHaveLength(screens);
    expect(card.state.appletCounter).toBe(1);
  });

  test('the last four answers are kept, also over a restart, and an older request rings again', async () => {
    const card = aCard();
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await card.ask(aRequest(name));
      await card.press(CANCEL);
    }
    const restarted = aCard(card.sim, structuredClone(card.state));
    await restarted.ask(aRequest('b'));
    expect(restarted.answer()).toMatchObject({ result: 1, counter: 2 });
    expect(restarted.screens).toEqual([]);
    await restarted.ask(aRequest('a'));
    expect(restarted.screen()).not.toBeNull();
  });

  test('another one while the first is open is busy, and never approves the first (X15)', async () => {
    const card = aCard();
    const first = await card.ask(aRequest('a'));
    await card.ask(aRequest('b'));
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 7 });
    expect(card.screen()).toMatchObject({ referenceCode: referenceCodeOf(octetsOf('a', 16)) });
    await card.pin('4071');
    expect(provesItself(card.sim, first, card.answer().data)).toBe(true);
    expect(provesItself(card.sim, encodeRequest(aRequest('b')), card.answer().data)).toBe(false);
  });
});

test('a foreign key makes a signature that this SIM did not give (X21)', async () => {
  const other = aSim({ iccid: '8933010000000000025', msisdn: '+33639980002' });
  const card = aCard();
  card.card.signWith(other.kpinPrivate);
  const data = await card.ask(aRequest('a'));
  await card.pin('4071');
  expect(card.answer().octet0).toBe(0x12);
  expect(provesItself(card.sim, data, card.answer().data)).toBe(false);
});

// ENROL, PIN_RESET and PIN_CHANGE: how a PIN comes to be, what it changes on the card, and the proof of a new key.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aesCmac } from '../../../sim-simulator/aes-cmac.ts';
import { publicKeyOf } from '../../../sim-simulator/applet-answer.ts';
import { FLAG, OP } from '../../../sim-simulator/applet-message.ts';
import { aCard, CANCEL, FRAUD, OK } from './card-in-hand.ts';
import {
  aNewSim,
  aRequest,
  authorised,
  identityOf,
  type OpenedAnswer,
  provesItself,
  TAR,
  verifies,
} from './provider-end.ts';

type CardInHand = ReturnType<typeof aCard>;

const pin = (digits: string) => ({ kind: 'pin', digits }) as const;
const enrol = (name: string, changes = {}) =>
  aRequest(name, { op: OP.enrol, flags: FLAG.pin, pinRules: { mostTries: 3, policyBits: 0 }, ...changes });

// The check that the server makes of a new key: signed by it, over M and a MAC that only card and server can make.
function provesEnrolment(card: CardInHand, data: Buffer, answer: OpenedAnswer): boolean {
  const head = answer.data.subarray(0, 12);
  const key = answer.data.subarray(76);
  const message = Buffer.concat([
    Buffer.from('MIDE1'),
    identityOf(card.sim).iccid,
    Buffer.from(TAR, 'hex'),
    Buffer.of(card.sim.keyVersion),
    createHash('sha256').update(data).digest(),
    head,
    key,
  ]);
  const tag = aesCmac(Buffer.from(card.sim.keys.kdev, 'hex'), message);
  return verifies(key, Buffer.concat([message, tag]), answer.data.subarray(12, 76));
}

describe('ENROL', () => {
  test('consent, a new PIN twice, a key of its own; the number is used up with it', async () => {
    const card = aCard(aNewSim());
    const data = authorised(card.sim, enrol('a', { pinRules: { mostTries: 5, policyBits: 0 } }), 1);
    await card.ask(data);
    expect(card.screen()).toMatchObject({ kind: 'confirm' });
    await card.press(OK);
    expect(card.screen()).toMatchObject({ kind: 'new-pin' });
    await card.press(pin('4826'), pin('4826'));
    const answer = card.answer();
    expect(answer).toMatchObject({ octet0: 0x12, op: 0x81, result: 0, tries: 0x05 });
    expect(answer.data).toHaveLength(109);
    expect(provesEnrolment(card, data, answer)).toBe(true);
    expect(card.state).toMatchObject({ pin: '4826', tries: 5, mostTries: 5, adminNumber: 1 });
    expect(answer.data.subarray(76)).toEqual(publicKeyOf(card.state.kpin ?? ''));
  });

  test('PIN, key and answer reach the disk in one step', async () => {
    const card = aCard(aNewSim());
    await card.ask(authorised(card.sim, enrol('a'), 1));
    card.history.length = 0;
    await card.press(OK, pin('4826'), pin('4826'));
    expect(card.history).toMatchObject([{ pin: '4826', appletCounter: 1, adminNumber: 1 }, 'answer']);
  });

  test('weak or differing PINs are asked again; after three rounds 0A and still not enrolled (X45, X46)', async () => {
    const card = aCard(aNewSim());
    await card.ask(authorised(card.sim, enrol('a'), 1));
    await card.press(OK, pin('7777'));
    expect(card.screen()?.text).toContain('Too simple');
    await card.press(pin('4826'), pin('4827'));
    expect(card.screen()?.text).toContain('differ');
    await card.press(pin('0000'));
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 0x0a, tries: 0xff });
    expect(card.state).toMatchObject({ pin: null, kpin: null, adminNumber: 0 });
  });

  test.each([
    [1, '1234', true],
    [1, '9876', true],
    [1, '7890', true],
    [1, '1235', false],
    [2, '4747', true],
    [4, '1987', true],
    [4, '2004', true],
    [0, '1987', false],
    [0, '5555', true],
  ])('policy %i: %s refused is %s', async (policyBits, digits, refused) => {
    const card = aCard(aNewSim());
    await card.ask(authorised(card.sim, enrol('a', { pinRules: { mostTries: 3, policyBits } }), 1));
    await card.press(OK, pin(digits), pin(digits));
    expect(card.state.pin === null).toBe(refused);
  });

  test.each([
    ['cancel', CANCEL, 1],
    ['fraud', FRAUD, 3],
  ])('%s at the new PIN leaves the card as it was', async (_name, key, result) => {
    const card = aCard(aNewSim());
    await card.ask(authorised(card.sim, enrol('a'), 1));
    await card.press(OK, pin('4826'), key);
    expect(card.answer().result).toBe(result);
    expect(card.state.pin).toBeNull();
  });

  test('an enrolled card is not enrolled again', async () => {
    const card = aCard();
    await card.ask(authorised(card.sim, enrol('a'), 1));
    expect(card.answer().result).toBe(9);
    expect(card.state.pin).toBe('4071');
  });
});

describe('PIN_RESET', () => {
  const reset = (name: string) => aRequest(name, { op: OP.pinReset, flags: FLAG.pin });

  test('makes PIN and key anew, also on a blocked card', async () => {
    const card = aCard();
    Object.assign(card.state, { tries: 0, wrongPins: 3, restores: 5 });
    const data = authorised(card.sim, reset('a'), 9);
    await card.ask(data);
    await card.press(OK, pin('4826'), pin('4826'));
    expect(card.answer()).toMatchObject({ octet0: 0x12, op: 0x84, result: 0, tries: 0x03 });
    expect(provesEnrolment(card, data, card.answer())).toBe(true);
    expect(card.state).toMatchObject({ pin: '4826', restores: 0, adminNumber: 9 });
    expect(card.state.kpin).not.toBe(card.sim.kpinPrivate);
  });

  test('cancelled or timed out keeps the old PIN and key', async () => {
    const card = aCard();
    await card.ask(authorised(card.sim, reset('a'), 1));
    await card.press(OK, pin('4826'));
    card.timers.advance(120_000);
    await card.card.powerDown();
    expect(card.answer().result).toBe(2);
    expect(card.state).toMatchObject({ pin: '4071', kpin: card.sim.kpinPrivate, adminNumber: 0 });
  });

  test('on a card that is not enrolled: 05', async () => {
    const card = aCard(aNewSim());
    await card.ask(authorised(card.sim, reset('a'), 1));
    expect(card.answer().result).toBe(5);
  });
});

describe('PIN_CHANGE', () => {
  const change = (name: string) => aRequest(name, { op: OP.pinChange, flags: FLAG.pin });

  test('asks the old PIN first, keeps the key, and signs', async () => {
    const card = aCard();
    const data = await card.ask(change('a'));
    await card.press(OK, pin('0000'), pin('4071'), pin('4826'), pin('4826'));
    expect(card.answer()).toMatchObject({ octet0: 0x12, op: 0x89, result: 0, tries: 0x13 });
    expect(card.answer().data).toHaveLength(76);
    expect(provesItself(card.sim, data, card.answer().data)).toBe(true);
    expect(card.state).toMatchObject({ pin: '4826', kpin: card.sim.kpinPrivate });
  });

  test('the right old PIN is on disk before the new one is asked', async () => {
    const card = aCard();
    await card.ask(change('a'));
    await card.press(OK, pin('4071'));
    expect(card.history.at(-1)).toMatchObject({ tries: 3, wrongPins: 0 });
    await card.press(CANCEL);
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 1 });
    expect(card.state.pin).toBe('4071');
  });

  test('three wrong old PINs block', async () => {
    const card = aCard();
    await card.ask(change('a'));
    await card.press(OK, pin('0000'), pin('0000'), pin('0000'));
    expect(card.answer()).toMatchObject({ result: 4, tries: 0x30 });
  });
});

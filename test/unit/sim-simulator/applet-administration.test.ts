// STATUS, CANCEL, DISABLE, the restoring of tries, and the authority that administrative requests need.

import { describe, expect, test } from 'vitest';
import { publicKeyOf } from '../../../sim-simulator/applet-answer.ts';
import { encodeRequest, FLAG, OP } from '../../../sim-simulator/applet-message.ts';
import { aCard, OK } from './card-in-hand.ts';
import { aNewSim, aRequest, authorised, octetsOf, provesItself } from './provider-end.ts';

type CardInHand = ReturnType<typeof aCard>;

const pin = (digits: string) => ({ kind: 'pin', digits }) as const;
const status = (name: string, proof = 1) => aRequest(name, { op: OP.status, flags: 0, proof });
const enrol = (name: string, changes = {}) =>
  aRequest(name, { op: OP.enrol, flags: FLAG.pin, pinRules: { mostTries: 3, policyBits: 0 }, ...changes });

describe('STATUS', () => {
  test('enrolled: 00 with the public key under the MAC when proof 1 is asked', async () => {
    const card = aCard();
    const data = await card.ask(status('a'));
    const { data: answer } = card.answer();
    expect(answer).toHaveLength(61);
    expect(answer.subarray(28)).toEqual(publicKeyOf(card.sim.kpinPrivate ?? ''));
    expect(provesItself(card.sim, data, answer)).toBe(true);
  });

  test('without the key when proof 2 is asked', async () => {
    const card = aCard();
    await card.ask(status('a', 2));
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 0 });
    expect(card.answer().data).toHaveLength(28);
  });

  test('blocked 04, not enrolled 05, neither with a key', async () => {
    const blocked = aCard();
    blocked.state.tries = 0;
    await blocked.ask(status('a'));
    expect(blocked.answer()).toMatchObject({ result: 4 });
    expect(blocked.answer().data).toHaveLength(28);
    const empty = aCard(aNewSim());
    await empty.ask(status('a'));
    expect(empty.answer()).toMatchObject({ result: 5, tries: 0xff });
  });

  test('is answered while another request is on the screen, and leaves it there', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    await card.ask(status('b'));
    expect(card.answer().result).toBe(0);
    expect(card.screen()).not.toBeNull();
  });
});

describe('CANCEL', () => {
  const cancel = (target: string) =>
    aRequest(`cancel ${target}`, { op: OP.cancel, flags: 0, proof: 1, target: octetsOf(target, 16) });

  test('ends its target, which is not answered, and is answered itself (X28)', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    const data = await card.ask(cancel('a'));
    expect(card.screen()).toBeNull();
    expect(card.sent).toHaveLength(1);
    expect(card.answer()).toMatchObject({ op: 0x88, result: 0 });
    expect(provesItself(card.sim, data, card.answer().data)).toBe(true);
    card.timers.advance(600_000);
    await card.card.powerDown();
    expect(card.sent).toHaveLength(1);
  });

  test('of another request: 05, and the one on the screen stays', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    await card.ask(cancel('b'));
    expect(card.answer().result).toBe(5);
    expect(card.screen()).not.toBeNull();
  });
});

describe('authority', () => {
  test.each([OP.enrol, OP.pinReset, OP.disable])(
    'operation %i without it: 0B, nothing changed, nothing shown',
    async (op) => {
      const card = aCard(op === OP.enrol ? aNewSim() : undefined);
      const before = structuredClone(card.state);
      await card.ask(aRequest('a', { op, flags: 0, proof: 2 }));
      expect(card.answer()).toMatchObject({ octet0: 0x11, result: 0x0b });
      expect(card.screens).toEqual([]);
      expect({ ...card.state, packetCounter: 0, appletCounter: 0, answers: [] }).toEqual(before);
    },
  );

  test('a changed octet, another SIM’s authority or an old number: 0B', async () => {
    const card = aCard(aNewSim());
    card.state.adminNumber = 4;
    const good = authorised(card.sim, enrol('a'), 5);
    const changed = Buffer.from(good);
    changed[30] = changed.readUInt8(30) ^ 1;
    const foreign = authorised(aNewSim({ iccid: '8933010000000000025' }), enrol('b'), 5);
    for (const data of [changed, foreign, authorised(card.sim, enrol('c'), 4)]) {
      await card.ask(data);
      expect(card.answer().result).toBe(0x0b);
    }
    await card.ask(authorised(card.sim, enrol('d'), 5));
    expect(card.screen()).not.toBeNull();
  });
});

test('DISABLE destroys PIN and key at once; the card is not enrolled again', async () => {
  const card = aCard();
  const data = authorised(card.sim, aRequest('a', { op: OP.disable, flags: 0, proof: 1 }), 3);
  await card.ask(data);
  expect(card.answer()).toMatchObject({ octet0: 0x11, op: 0x85, result: 0, tries: 0xff });
  expect(provesItself(card.sim, data, card.answer().data)).toBe(true);
  expect(card.state).toMatchObject({ pin: null, kpin: null, adminNumber: 3 });
  await card.ask(status('b'));
  expect(card.answer().result).toBe(5);
});

describe('restoring tries', () => {
  const restoring = (name: string) => aRequest(name, { flags: FLAG.pin | FLAG.restoreTries });

  function aBlockedCard(): CardInHand {
    const card = aCard();
    Object.assign(card.state, { tries: 0, wrongPins: 3 });
    return card;
  }

  test('with authority a blocked card counts from the start again, and says what was wrong before', async () => {
    const card = aBlockedCard();
    await card.ask(authorised(card.sim, restoring('a'), 1));
    expect(card.history.at(-1)).toMatchObject({ tries: 3, restores: 1, adminNumber: 1 });
    await card.pin('4071');
    expect(card.answer()).toMatchObject({ result: 0, tries: 0x33 });
    expect(card.state).toMatchObject({ restores: 0, wrongPins: 0 });
  });

  test('without authority, or with a used number, the flag is ignored: 04', async () => {
    const card = aBlockedCard();
    card.state.adminNumber = 1;
    await card.ask(restoring('a'));
    expect(card.answer()).toMatchObject({ result: 4 });
    await card.ask(authorised(card.sim, restoring('b'), 1));
    expect(card.answer()).toMatchObject({ result: 4 });
    expect(card.state).toMatchObject({ tries: 0, adminNumber: 1 });
  });

  test('with tries left the flag changes nothing, not even the number', async () => {
    const card = aCard();
    card.state.tries = 1;
    await card.ask(authorised(card.sim, restoring('a'), 1));
    expect(card.state).toMatchObject({ tries: 1, adminNumber: 0 });
    expect(card.screen()).not.toBeNull();
  });

  test('after five restores without a right PIN only PIN_RESET helps', async () => {
    const card = aBlockedCard();
    for (let round = 1; round <= 6; round += 1) {
      await card.ask(authorised(card.sim, restoring(`round ${round}`), round));
      if (round <= 5) {
        await card.press(OK, pin('0000'), pin('0000'), pin('0000'));
      }
      expect(card.answer()).toMatchObject({ result: 4 });
    }
    expect(card.state).toMatchObject({ tries: 0, restores: 5, adminNumber: 5, wrongPins: 15 });
  });
});

test('ENABLE is not built: 09', async () => {
  const card = aCard();
  const data = encodeRequest(aRequest('a', { flags: 0, proof: 1 }));
  data[1] = 0x06;
  await card.ask(data);
  expect(card.answer()).toMatchObject({ op: 0x86, result: 9 });
});

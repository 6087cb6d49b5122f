// The card at its door: what it opens, what it refuses, and that it says nothing to those it cannot authenticate.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeRequest, OP } from '../../../sim-simulator/applet-message.ts';
import { createReassembly, parseUserData } from '../../../sim-simulator/user-data.ts';
import { aCard, OK } from './card-in-hand.ts';
import { aRequest, aSim, keysOf, octetsOf, SHORT_CODE, sealed, segments } from './provider-end.ts';

const data = encodeRequest(aRequest('door'));
const status = aRequest('status', { op: OP.status, flags: 0, proof: 1 });

function isSilent(card: ReturnType<typeof aCard>): void {
  expect(card.sent).toEqual([]);
  expect(card.screens).toEqual([]);
}

describe('the card is silent and shows nothing', () => {
  test.each([
    ['no security at all', 0x00],
    ['ciphering without integrity', 0x14],
    ['a checksum in place of a MAC', 0x15],
    ['the reserved signature', 0x17],
    ['a MAC without ciphering', 0x12],
    ['no counter', 0x06],
    ['a counter that nobody checks', 0x0e],
    ['reserved bits', 0x36],
  ])('below the minimum security level: %s', async (_name, spi1) => {
    const card = aCard();
    await card.ask(data, { spi1 });
    isSilent(card);
    expect(card.reports).toEqual([{ type: 'card.refused', details: { reason: 'security-level' } }]);
    expect(card.state.packetCounter).toBe(0);
  });

  test.each([
    ['another key set', { kicByte: 0x22, kidByte: 0x22 }],
    ['a mix of key sets', { kicByte: 0x12, kidByte: 0x22 }],
    ['triple DES', { kicByte: 0x15, kidByte: 0x15 }],
    ['no ciphering algorithm named', { kicByte: 0x10 }],
  ])('for %s', async (_name, sealing) => {
    const card = aCard();
    await card.ask(data, sealing);
    isSilent(card);
  });

  test.each([
    ['integrity key', { kic: keysOf(aSim()).kic, kid: octetsOf('wrong', 16) }],
    ['ciphering key', { kic: octetsOf('wrong', 16), kid: keysOf(aSim()).kid }],
  ])('for a wrong %s', async (_name, keys) => {
    const card = aCard();
    await card.ask(data, { counter: 9, keys });
    isSilent(card);
    expect(card.state.packetCounter).toBe(0);
  });

  test('for a replayed packet, and the first answer stays the only one (X20)', async () => {
    const card = aCard();
    const packet = sealed(card.sim, encodeRequest(status), { counter: 5 });
    await card.receive(packet);
    expect(card.sent).toHaveLength(1);
    await card.receive(packet);
    await card.ask(data, { counter: 4 });
    expect(card.sent).toHaveLength(1);
    expect(card.screens).toEqual([]);
    expect(card.state.packetCounter).toBe(5);
  });

  test('for "exactly one higher" when one was lost', async () => {
    const card = aCard();
    await card.ask(status, { spi1: 0x1e, counter: 2 });
    isSilent(card);
    await card.ask(status, { spi1: 0x1e, counter: 1 });
    expect(card.sent).toHaveLength(1);
  });

  test('for a message without the command packet element', async () => {
    const card = aCard();
    const packet = sealed(card.sim, data, { counter: 1 });
    await card.receive(Buffer.concat([Buffer.of(0x02, 0x71, 0x00), packet.subarray(3)]));
    isSilent(card);
  });

  test('for DATA too short to name a challenge, though the sender is known', async () => {
    const card = aCard();
    await card.ask(data.subarray(0, 20));
    isSilent(card);
    expect(card.state.packetCounter).toBe(1);
  });

  test('for every single changed bit of a packet', async () => {
    const card = aCard();
    const packet = sealed(card.sim, data, { counter: 1 });
    for (let bit = 0; bit < packet.length * 8; bit += 1) {
      const broken = Buffer.from(packet);
      broken[bit >> 3] = broken.readUInt8(bit >> 3) ^ (1 << (bit & 7));
      await card.receive(broken);
    }
    isSilent(card);
    expect(card.state.packetCounter).toBe(0);
  });
});

describe('the card answers a known sender', () => {
  test('an unknown applet: packet status 09 and no data', async () => {
    const card = aCard();
    await card.ask(data, { tar: 'b00011' });
    expect(card.answer()).toMatchObject({ rsc: 0x09, packetCounter: 1 });
    expect(card.answer().data).toHaveLength(0);
    expect(card.screens).toEqual([]);
  });

  test('a card without the applet says so, but only after the MAC was right', async () => {
    const card = aCard(aSim({ appletCapable: false }));
    await card.ask(data, { counter: 1, keys: { kic: octetsOf('wrong', 16), kid: octetsOf('wrong', 16) } });
    isSilent(card);
    await card.ask(data, { counter: 1 });
    expect(card.answer()).toMatchObject({ rsc: 0x09 });
  });

  test('the packet counter is on disk before the request is shown', async () => {
    const card = aCard();
    await card.ask(data, { counter: 77 });
    expect(card.history[0]).toMatchObject({ packetCounter: 77 });
    expect(card.screens).toHaveLength(1);
  });

  test('a card with key version 2 answers to key set 2 only', async () => {
    const card = aCard(aSim({ keyVersion: 2 }));
    await card.ask(status);
    isSilent(card);
    await card.ask(status, { kicByte: 0x22, kidByte: 0x22 });
    expect(card.answer().result).toBe(0);
  });
});

describe('a request in several short messages', () => {
  const long = encodeRequest(aRequest('long', { message: `Pay 40 euros to ${'a'.repeat(100)}` }));

  test.each([
    ['an 8-bit reference', {}],
    ['a 16-bit reference', { wide: true }],
    ['the command element first', { commandFirst: true }],
  ])('is joined with %s, in any order', async (_name, options) => {
    const card = aCard();
    const parts = segments(sealed(card.sim, long, { counter: 1 }), options);
    expect(parts).toHaveLength(2);
    const reassembly = createReassembly(() => new Date());
    const joined = parts.toReversed().map((part) => reassembly.add(SHORT_CODE, parseUserData(part)!));
    expect(joined[0]).toBeUndefined();
    await card.card.envelope(joined[1]!, SHORT_CODE);
    expect(card.screen()).toMatchObject({ text: `Pay 40 euros to ${'a'.repeat(100)}` });
  });

  test('segments of two senders are not mixed', () => {
    const reassembly = createReassembly(() => new Date());
    const [first, second] = segments(sealed(aSim(), long, { counter: 1 }));
    expect(reassembly.add('111', parseUserData(first!)!)).toBeUndefined();
    expect(reassembly.add('222', parseUserData(second!)!)).toBeUndefined();
    expect(reassembly.add('111', parseUserData(second!)!)).toBeDefined();
  });

  test('what never becomes whole is forgotten after 15 minutes, and at most 8 wait', () => {
    let now = new Date('2026-01-01T00:00:00Z');
    const reassembly = createReassembly(() => now);
    const [first, second] = segments(sealed(aSim(), long, { counter: 1 })).map((part) => parseUserData(part)!);
    reassembly.add('old', first!);
    now = new Date('2026-01-01T00:16:00Z');
    reassembly.add('other', first!);
    expect(reassembly.add('old', second!)).toBeUndefined();
    for (let sender = 0; sender < 9; sender += 1) {
      reassembly.add(`sender ${sender}`, first!);
    }
    expect(reassembly.add('other', second!)).toBeUndefined();
    expect(reassembly.add('sender 8', second!)).toBeDefined();
  });
});

describe('random input', () => {
  test('10,000 random byte strings crash nothing, ring nothing and are not answered', async () => {
    const card = aCard();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 160 }), async (octets) => {
        await card.receive(Buffer.from(octets));
        isSilent(card);
      }),
      { numRuns: 10_000 },
    );
  });

  test('10,000 random packets, half of them with the right keys, are answered only when all is right', async () => {
    const sim = aSim();
    const wrongKeys = { kic: octetsOf('a', 16), kid: octetsOf('b', 16) };
    const packets = fc.record({
      data: fc.uint8Array({ maxLength: 90 }),
      counter: fc.nat({ max: 40 }),
      spi1: fc.constantFrom(0x16, 0x16, 0x1e, 0x06, 0x12, 0x00),
      kicByte: fc.constantFrom(0x12, 0x12, 0x22),
      tar: fc.constantFrom('4d4944', '4d4944', '000000'),
      known: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(packets, async ({ data: random, known, ...sealing }) => {
        const card = aCard(sim);
        card.state.packetCounter = 20;
        const request = Buffer.from(random);
        await card.receive(sealed(sim, request, { ...sealing, keys: known ? keysOf(sim) : wrongKeys }));
        const strong = sealing.spi1 === 0x16 || (sealing.spi1 === 0x1e && sealing.counter === 21);
        const accepted = known && strong && sealing.kicByte === 0x12 && sealing.counter > 20;
        const answers = accepted && (sealing.tar !== '4d4944' || request.length >= 21);
        expect(card.state.packetCounter).toBe(accepted ? sealing.counter : 20);
        expect(card.sent.length + card.screens.length).toBe(answers ? 1 : 0);
      }),
      { numRuns: 10_000 },
    );
  });

  test('random requests with a right head are answered or shown, and random keys never break a dialogue', async () => {
    const requests = fc.record({
      op: fc.integer({ min: 0, max: 12 }),
      flags: fc.integer({ min: 0, max: 255 }),
      proof: fc.integer({ min: 0, max: 3 }),
      tlvs: fc.uint8Array({ maxLength: 40 }),
      keys: fc.array(fc.constantFrom('ok', 'pin', 'code', 'cancel', 'back', 'fraud'), { maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(requests, async ({ op, flags, proof, tlvs, keys }) => {
        const card = aCard();
        const head = Buffer.of(0x10 | proof, op, flags, 0, 60);
        await card.ask(Buffer.concat([head, octetsOf('x', 16), Buffer.from(tlvs)]));
        expect(card.sent.length + card.screens.length).toBe(1);
        for (const kind of keys) {
          await card.press(kind === 'pin' || kind === 'code' ? { kind, digits: '0000' } : { kind: kind as 'ok' });
        }
        expect(card.sent.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });
});

test('two steps never overlap: a key waits until the packet before it is done', async () => {
  const card = aCard();
  const asked = card.ask(data);
  const pressed = card.card.press(OK);
  await asked;
  expect(await pressed).toBe('taken');
});

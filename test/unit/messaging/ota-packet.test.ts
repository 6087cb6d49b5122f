// Secured packets: the vectors byte for byte, the order of the checks, and random packets and octets by the thousand.
import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aesCmac } from '../../../src/messaging/aes-cmac.ts';
import {
  buildCommandPacket,
  commandCapacity,
  defaultTar,
  parseResponsePacket,
  readResponseTar,
} from '../../../src/messaging/ota-packet.ts';
import { ota } from './vectors.ts';

const keys = {
  kic: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  kid: Buffer.from('101112131415161718191a1b1c1d1e1f', 'hex'),
};
const commands = ota.packets.filter((packet) => packet.kind === 'command');
const responses = ota.packets.filter((packet) => packet.kind === 'response');

/** A card's answer as the card would build it, with every field open to the test. */
function aResponse(
  change: Partial<Record<'udh' | 'tar' | 'data' | 'cc', Buffer>> & {
    rhl?: number;
    rpl?: number;
    counter?: number;
    rsc?: number;
    pcntr?: number;
    keys?: typeof keys;
    clear?: boolean;
  } = {},
): Buffer {
  const {
    udh = Buffer.from('027100', 'hex'),
    tar = defaultTar(),
    data = Buffer.from('a1b2c3', 'hex'),
    rsc = 0,
  } = change;
  const used = change.keys ?? keys;
  const padding = change.clear ? 0 : (16 - ((15 + data.length) % 16)) % 16;
  const head = Buffer.concat([Buffer.alloc(2), Buffer.of(change.rhl ?? 0x12), tar]);
  head.writeUInt16BE(change.rpl ?? 4 + 15 + data.length + padding, 0);
  const counter = Buffer.alloc(7);
  counter.writeUIntBE(change.counter ?? 0x0a01, 0, 5);
  counter[5] = change.pcntr ?? padding;
  counter[6] = rsc;
  const tail = Buffer.concat([data, Buffer.alloc(padding)]);
  const covered = Buffer.concat([Buffer.from('027100', 'hex'), head, counter, tail]);
  const body = Buffer.concat([counter, change.cc ?? aesCmac(used.kid, covered).subarray(0, 8), tail]);
  if (change.clear) return Buffer.concat([udh, head, body]);
  const cipher = createCipheriv('aes-128-cbc', used.kic, Buffer.alloc(16)).setAutoPadding(false);
  return Buffer.concat([udh, head, cipher.update(body), cipher.final()]);
}

describe('a command packet', () => {
  test.each(commands)('is that of the vector “$name”', (vector) => {
    const parts = buildCommandPacket({
      keys: { kic: vector.kic, kid: vector.kid },
      spi: vector.spi.readUInt16BE(0),
      kicByte: vector.kicByte[0]!,
      kidByte: vector.kidByte[0]!,
      tar: vector.tar,
      counter: vector.counter.readUIntBE(0, 5),
      data: vector.data,
      concatReference: 0,
    });
    expect(parts.map((part) => part.toString('hex'))).toEqual([`027000${vector.packet.toString('hex')}`]);
  });

  test('has SPI 1639, keys 12 12 and TAR 4D4944 unless said', () => {
    const [part] = buildCommandPacket({ keys, counter: 1n, data: Buffer.alloc(5), concatReference: 0 });
    expect(part!.subarray(0, 13).toString('hex')).toBe('02700000281516391212' + '4d4944');
  });

  test.each([
    [commandCapacity.oneSms, 1],
    [commandCapacity.oneSms + 1, 2],
    [commandCapacity.twoSms, 2],
    [commandCapacity.twoSms + 1, 3],
    [commandCapacity.threeSms, 3],
  ])('with %i octets of data takes %i SMS', (length, count) => {
    const parts = buildCommandPacket({ keys, counter: 7, data: Buffer.alloc(length, 1), concatReference: 0xab });
    expect(parts).toHaveLength(count);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(140);
  });

  test('is ciphered first and cut afterwards: the joined parts are the packet (O33)', () => {
    const data = Buffer.alloc(commandCapacity.twoSms, 3);
    const parts = buildCommandPacket({ keys, counter: 7, data, concatReference: 0xab });
    expect(parts[0]!.subarray(0, 8).toString('hex')).toBe('070003ab02017000');
    expect(parts[1]!.subarray(0, 6).toString('hex')).toBe('050003ab0202');
    const joined = Buffer.concat([parts[0]!.subarray(8), parts[1]!.subarray(6)]);
    expect(joined.readUInt16BE(0)).toBe(joined.length - 2);
    expect((joined.length - 10) % 16).toBe(0);
  });

  test('with a new counter has no block in common with the one before', () => {
    const build = (counter: number) =>
      buildCommandPacket({ keys, counter, data: Buffer.alloc(80), concatReference: 0 })[0]!.subarray(13);
    const blocks = (packet: Buffer) =>
      Array.from({ length: packet.length / 16 }, (_, i) => packet.toString('hex', i * 16, i * 16 + 16));
    const first = blocks(build(1));
    expect(blocks(build(2)).filter((block) => first.includes(block))).toEqual([]);
  });

  test.each([
    ['no integrity', { spi: 0x0039 }],
    ['a CRC only (RC)', { spi: 0x1539 }],
    ['ciphered without CC', { spi: 0x1439 }],
    ['DES', { kicByte: 0x11, kidByte: 0x11 }],
    ['two key sets', { kicByte: 0x12, kidByte: 0x22 }],
    ['a short TAR', { tar: Buffer.alloc(2) }],
    ['a counter of six octets', { counter: 0x100_0000_0000 }],
    ['a negative counter', { counter: -1n }],
    ['too much data', { data: Buffer.alloc(371) }],
    ['two SMS and no reference', { data: Buffer.alloc(200), concatReference: 256 }],
  ])('is refused with %s', (_, change) => {
    const packet = { keys, counter: 1, data: Buffer.alloc(1), concatReference: 0, ...change };
    expect(() => buildCommandPacket(packet)).toThrow(RangeError);
  });
});

describe('a response packet', () => {
  test.each(responses)('of the vector “$name” is read', (vector) => {
    const parsed = parseResponsePacket(vector.packet, {
      keys: { kic: vector.kic ?? keys.kic, kid: vector.kid },
      tar: vector.tar,
      ciphered: vector.ciphered,
    });
    expect(parsed).toEqual({
      kind: 'ok',
      tar: vector.tar,
      counter: vector.counter.readUIntBE(0, 5),
      rsc: vector.status[0],
      data: vector.data,
    });
  });

  test('with an error status and a right CC is read, status and all', () => {
    expect(parseResponsePacket(aResponse({ rsc: 0x02, data: Buffer.alloc(0) }), { keys })).toMatchObject({
      kind: 'ok',
      rsc: 2,
    });
  });

  test('of one SMS may carry 113 octets', () => {
    const packet = aResponse({ data: Buffer.alloc(113, 5) });
    expect(packet.length).toBeLessThanOrEqual(140);
    expect(parseResponsePacket(packet, { keys })).toMatchObject({ data: Buffer.alloc(113, 5) });
  });

  test.each([
    ['that is a command', 'not-a-response', { udh: Buffer.from('027000', 'hex') }],
    ['with a header longer than the message', 'not-a-response', { udh: Buffer.from('ff7100', 'hex') }],
    ['without CC (RHL 0A)', 'header-length', { rhl: 0x0a }],
    ['with a 4-octet CC', 'header-length', { rhl: 0x0e }],
    ['for another TAR', 'other-application', { tar: Buffer.from('4d4945', 'hex') }],
    ['in several parts', 'concatenated', { udh: Buffer.from('07000301020171' + '00', 'hex') }],
    [
      'in several parts with a 16-bit reference',
      'concatenated',
      { udh: Buffer.from('08' + '7100' + '080400010201', 'hex') },
    ],
    ['with a wrong length field', 'length', { rpl: 0x25 }],
    ['that is not ciphered', 'length', { clear: true }],
    ['with a broken CC', 'integrity', { cc: Buffer.alloc(8) }],
    ['of another SIM', 'integrity', { keys: { kic: keys.kic, kid: Buffer.alloc(16, 1) } }],
    ['ciphered with another key', 'integrity', { keys: { kic: Buffer.alloc(16, 1), kid: keys.kid } }],
    ['with more padding than a block', 'padding', { pcntr: 16 }],
    ['with more padding than data', 'padding', { data: Buffer.alloc(1), pcntr: 2 }],
  ])('%s is rejected: %s', (_, reason, change) => {
    expect(parseResponsePacket(aResponse(change), { keys })).toEqual({ kind: 'rejected', reason });
  });

  test('is rejected when anything at all is cut off or added', () => {
    const packet = aResponse();
    for (let length = 0; length < packet.length; length++) {
      expect(parseResponsePacket(packet.subarray(0, length), { keys }).kind).toBe('rejected');
    }
    expect(parseResponsePacket(Buffer.concat([packet, Buffer.alloc(16)]), { keys }).kind).toBe('rejected');
  });

  test('is rejected after any change of one bit', () => {
    const packet = aResponse();
    for (let bit = 0; bit < packet.length * 8; bit++) {
      const changed = Buffer.from(packet);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(parseResponsePacket(changed, { keys }).kind, `bit ${bit}`).toBe('rejected');
    }
  });

  test('checks in the order of the design: the application before the parts, the parts before the length', () => {
    const everythingWrong = aResponse({
      udh: Buffer.from('0700030102017100', 'hex'),
      tar: Buffer.alloc(3),
      rpl: 1,
      rhl: 0x0a,
    });
    expect(parseResponsePacket(everythingWrong, { keys })).toMatchObject({ reason: 'header-length' });
    const rest = { udh: Buffer.from('0700030102017100', 'hex'), rpl: 1 };
    expect(parseResponsePacket(aResponse({ ...rest, tar: Buffer.alloc(3) }), { keys })).toMatchObject({
      reason: 'other-application',
    });
    expect(parseResponsePacket(aResponse(rest), { keys })).toMatchObject({ reason: 'concatenated' });
  });

  test('tells its TAR in the clear', () => {
    expect(readResponseTar(aResponse())?.toString('hex')).toBe('4d4944');
    expect(readResponseTar(Buffer.from('027000', 'hex'))).toBeUndefined();
    expect(readResponseTar(Buffer.alloc(0))).toBeUndefined();
  });

  test('of 10,000 random packets with other keys none is accepted and none throws', () => {
    const octets = (length: number) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((o) => Buffer.from(o));
    const packet = fc.record({
      data: fc.uint8Array({ maxLength: 113 }).map((o) => Buffer.from(o)),
      kic: octets(16),
      kid: octets(16),
      rsc: fc.nat(255),
    });
    fc.assert(
      fc.property(packet, ({ data, kic, kid, rsc }) => {
        const sealed = aResponse({ data, rsc, keys: { kic, kid } });
        const own = parseResponsePacket(sealed, { keys: { kic, kid } });
        return own.kind === 'ok' && own.data.equals(data) && parseResponsePacket(sealed, { keys }).kind === 'rejected';
      }),
      { numRuns: 10_000 },
    );
  });

  test('of 10,000 random strings of octets none is accepted and none throws', () => {
    const start = aResponse().subarray(0, 9);
    const octets = fc.uint8Array({ maxLength: 140 }).map((o) => Buffer.from(o));
    const plausible = fc
      .uint8Array({ minLength: 1, maxLength: 8 })
      .map(({ length }) => length)
      .chain((blocks) =>
        fc.uint8Array({ minLength: blocks * 16, maxLength: blocks * 16 }).map((body) => {
          const packet = Buffer.concat([start, body]);
          packet.writeUInt16BE(packet.length - 5, 3);
          return packet;
        }),
      );
    fc.assert(
      fc.property(fc.oneof(octets, plausible), (random) => {
        readResponseTar(random);
        return parseResponsePacket(random, { keys }).kind === 'rejected';
      }),
      { numRuns: 10_000 },
    );
  });
});

// Deliveries of the SMSC: what is handed on, when it is answered, and what is refused.
import { once } from 'node:events';
import fc from 'fast-check';
import { PDU, type PduFields } from 'smpp';
import { afterEach, describe, expect, test } from 'vitest';
import { createFramer, readDeliverSm } from '../../../src/messaging/smpp-frame.ts';
import { type DeliveredMessage, readDelivery } from '../../../src/messaging/smsc-inbound.ts';
import { aClient, startTestSmsc } from './smsc-server.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const answer = Buffer.from(
  '027100002412' + '4d4944' + '7a76bcff9c73f0a9f6843230fec10578aedd8734606d74e759d9ff3d004eacb3',
  'hex',
);

function aDelivery(change: PduFields = {}): PDU {
  return new PDU('deliver_sm', {
    sequence_number: 77,
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: '33639980001',
    destination_addr: '12345',
    esm_class: 0x40,
    protocol_id: 0x7f,
    data_coding: 0xf6,
    short_message: answer,
    ...change,
  });
}

async function deliver(pdu: PDU | Buffer, onDeliver: (message: DeliveredMessage) => Promise<void>, seconds = 2) {
  const server = await startTestSmsc();
  const client = aClient(server.url, { onDeliver, responseTimeoutSeconds: seconds });
  cleanUps.push(
    () => server.close(),
    () => client.smsc.stop(),
  );
  await client.bound();
  const answered = once(server.events, 'deliver_sm_resp') as Promise<[PDU]>;
  server.current().socket.write(Buffer.isBuffer(pdu) ? pdu : pdu.toBuffer());
  return { answered: answered.then(([response]) => response), client };
}

function frameOf(octets: Buffer) {
  return createFramer().push(octets)![0]!;
}

describe('a delivery', () => {
  test('is handed on octet for octet, and answered only when it has been kept', async () => {
    const kept = Promise.withResolvers<void>();
    const received = Promise.withResolvers<DeliveredMessage>();
    let isKept = false;
    const { answered } = await deliver(aDelivery(), async (message) => {
      received.resolve(message);
      await kept.promise;
      isKept = true;
    });
    expect(await received.promise).toEqual({
      receivedAt: new Date('2026-01-02T03:04:05Z'),
      source: '+33639980001',
      destination: '12345',
      esmClass: 0x40,
      dataCoding: 0xf6,
      protocolId: 0x7f,
      body: answer,
    });
    kept.resolve();
    expect(await answered).toMatchObject({ command_status: 0, sequence_number: 77 });
    expect(isKept).toBe(true);
  });

  test('that could not be kept is answered 64, so that the SMSC repeats it', async () => {
    const { answered, client } = await deliver(aDelivery(), () =>
      Promise.reject(new Error('33639980001 database away')),
    );
    expect((await answered).command_status).toBe(0x64);
    expect(client.lines.join()).not.toContain('33639980001');
    expect(client.smsc.isBound()).toBe(true);
  });

  test('that throws before its first step is answered 64 as well', async () => {
    const { answered } = await deliver(aDelivery(), () => {
      throw new TypeError('bug');
    });
    expect((await answered).command_status).toBe(0x64);
  });

  test('that takes too long is answered 64', async () => {
    const { answered } = await deliver(aDelivery(), () => new Promise(() => {}), 0.1);
    expect((await answered).command_status).toBe(0x64);
  });

  test('with a body longer than the PDU is refused and not handed on', async () => {
    const octets = aDelivery().toBuffer();
    octets[octets.length - answer.length - 1] = answer.length + 1;
    let handedOn = 0;
    const { answered } = await deliver(octets, async () => void handedOn++);
    expect((await answered).command_status).toBe(0x01);
    expect(handedOn).toBe(0);
  });

  test('leaves no number and no body in the log', async () => {
    const { answered, client } = await deliver(aDelivery(), async () => {});
    await answered;
    expect(client.lines.join()).not.toMatch(/639980001|7a76bcff/);
    expect(client.lines.join()).toContain('027100' + '002412' + '4d4944');
  });
});

describe('reading a deliver_sm', () => {
  const read = (pdu: PDU) => readDelivery(frameOf(pdu.toBuffer()), new Date(0))!;

  test.each([0x00, 0x01, 0x03, 0x08, 0xf6])('keeps a binary body under data coding %i', (dataCoding) => {
    const body = Buffer.from(`027100${'ff00801b'.repeat(4)}`, 'hex');
    expect(read(aDelivery({ data_coding: dataCoding, short_message: body })).body.equals(body)).toBe(true);
  });

  test('takes message_payload where short_message is empty', () => {
    const pdu = aDelivery({ short_message: Buffer.alloc(0), message_payload: answer });
    expect(read(pdu).body.equals(answer)).toBe(true);
  });

  test.each([
    [1, '33639980001', '+33639980001'],
    [0, '33639980001', '+33639980001'],
    [0, '0639980001', '0639980001'],
    [2, '639980001', '639980001'],
    [1, '+33639980001', '+33639980001'],
    [5, 'Exemple', 'Exemple'],
    [0, '12345', '12345'],
  ])('with TON %i names the sender %s as %s', (ton, source, expected) => {
    expect(read(aDelivery({ source_addr_ton: ton, source_addr: source })).source).toBe(expected);
  });

  test('prefers the optional parameters of a receipt to its text', () => {
    const text = Buffer.from(
      'id:123 sub:001 dlvrd:001 submit date:2601020304 done date:2601020304 stat:EXPIRED err:000 text:',
    );
    const receipt = aDelivery({ esm_class: 0x04, data_coding: 0, short_message: text });
    expect(read(receipt).receipt).toEqual({ messageId: '123', state: 'expired' });
    const both = aDelivery({
      esm_class: 0x04,
      data_coding: 0,
      short_message: text,
      receipted_message_id: 'abc',
      message_state: 2,
    });
    expect(read(both).receipt).toEqual({ messageId: 'abc', state: 'delivered' });
    const nothing = aDelivery({ esm_class: 0x04, data_coding: 0, short_message: Buffer.from('?') });
    expect(read(nothing).receipt).toEqual({ messageId: '', state: 'unknown' });
  });

  test('does not take an answer for a receipt', () => {
    expect(read(aDelivery())).not.toHaveProperty('receipt');
  });

  test('refuses every shortened form', () => {
    const octets = aDelivery().toBuffer();
    for (let length = 16; length < octets.length; length++) {
      const cut = Buffer.from(octets.subarray(0, length));
      cut.writeUInt32BE(length, 0);
      expect(readDeliverSm(frameOf(cut)), `cut to ${length}`).toBeUndefined();
    }
  });

  test('survives 10,000 random bodies, and never reads past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (random) => {
        const pdu = Buffer.concat([Buffer.from('00000010000000050000000000000001', 'hex'), random]);
        pdu.writeUInt32BE(pdu.length, 0);
        const message = readDelivery(frameOf(pdu), new Date(0));
        return message === undefined || message.body.length <= random.length;
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('the framer', () => {
  test('finds the same PDUs however the stream is cut', () => {
    const stream = Buffer.concat([
      aDelivery().toBuffer(),
      new PDU('enquire_link').toBuffer(),
      aDelivery({ short_message: Buffer.alloc(0) }).toBuffer(),
    ]);
    const whole = createFramer().push(stream)!;
    expect(whole.map(({ commandId }) => commandId)).toEqual([5, 0x15, 5]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const framer = createFramer();
        const found = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          found.push(...framer.push(stream.subarray(at, at + size))!);
          at += size;
        }
        return !framer.isPartial() && Buffer.concat(found.map(({ octets }) => octets)).equals(stream);
      }),
    );
  });

  test('gives up on a length that no PDU has', () => {
    expect(createFramer().push(Buffer.from('0000000f', 'hex'))).toBeUndefined();
    expect(createFramer().push(Buffer.from('00010000', 'hex'))).toBeUndefined();
  });
});

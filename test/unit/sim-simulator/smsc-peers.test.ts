// Peers of the simulator's SMSC that misbehave, and the reader of what they send.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePdu } from '../../../sim-simulator/smpp-library.ts';
import { createFrameReader, readBind, readSubmit } from '../../../sim-simulator/smpp-pdu.ts';
import { bindEsme, connectEsme } from './esme.ts';
import { createManualTimers } from './manual-timers.ts';
import { anExport, aSim } from './provider-end.ts';
import { aPlace, start } from './running.ts';

async function aSimulator(options = {}) {
  return start(await aPlace(anExport(aSim())), options);
}

describe('peers that misbehave are cut off, and the others stay', () => {
  test.each([
    ['a length of 8', Buffer.from('00000008', 'hex')],
    ['a length of 4', Buffer.from('00000004', 'hex')],
    ['a huge length', Buffer.from('7fffffff00000004', 'hex')],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ])('%s', async (_name, octets) => {
    const simulator = await aSimulator();
    const good = await bindEsme(simulator.smppPort);
    const bad = await connectEsme(simulator.smppPort);
    bad.socket.write(octets);
    await bad.closed;
    expect((await good.request('enquire_link')).status).toBe(0);
  });

  test('who does not bind within 10 seconds, or does not answer enquire_link', async () => {
    const timers = createManualTimers();
    const simulator = await aSimulator({ timers, now: timers.now });
    const idle = await connectEsme(simulator.smppPort);
    await idle.request('enquire_link');
    timers.advance(10_000);
    await idle.closed;
    const deaf = await bindEsme(simulator.smppPort);
    deaf.socket.removeAllListeners('data');
    deaf.socket.resume();
    timers.advance(20_000);
    timers.advance(10_000);
    await deaf.closed;
  });

  test('an unknown command gets a generic_nack, a body cut short its status, and the session goes on', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    expect(await esme.request('query_sm', { message_id: '1' })).toMatchObject({ commandId: 0x8000_0000, status: 0x03 });
    const cut = encodePdu('submit_sm', { sequence_number: 900, destination_addr: '33639980001' }).subarray(0, 24);
    cut.writeUInt32BE(cut.length, 0);
    esme.socket.write(cut);
    expect((await esme.request('enquire_link')).status).toBe(0);
    expect(esme.frames).toMatchObject([{ commandId: 0x8000_0004, status: 0x02, sequence: 900 }]);
  });

  test('octets may come one at a time', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    const pdu = encodePdu('enquire_link', { sequence_number: 77 });
    const reader = createFrameReader();
    const frames = [...pdu].flatMap((octet) => reader.push(Buffer.of(octet)));
    expect(frames).toMatchObject([{ commandId: 0x15, sequence: 77 }]);
    for (const octet of pdu) {
      esme.socket.write(Buffer.of(octet));
    }
    expect((await esme.request('enquire_link')).status).toBe(0);
  });
});

test('a body whose lengths lie is no submit_sm', () => {
  const pdu = encodePdu('submit_sm', { destination_addr: '33639980001', short_message: Buffer.from('hello') });
  const body = pdu.subarray(16);
  expect(readSubmit(body)).toMatchObject({ destination: '33639980001', shortMessage: Buffer.from('hello') });
  for (let length = 0; length < body.length; length += 1) {
    expect(readSubmit(body.subarray(0, length))).toBeUndefined();
  }
  expect(readSubmit(Buffer.concat([body, Buffer.of(0x02, 0x0c, 0x00, 0x02, 0x01)]))).toBeUndefined();
  const longAddress = encodePdu('submit_sm', { destination_addr: '3'.repeat(21), short_message: Buffer.alloc(1) });
  expect(readSubmit(longAddress.subarray(16))).toBeUndefined();
});

test('10,000 random bodies are read without a crash, and never beyond their end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (octets) => {
      const body = Buffer.from(octets);
      const submit = readSubmit(body);
      expect(submit === undefined || submit.shortMessage.length <= body.length).toBe(true);
      const bind = readBind(body);
      expect(bind === undefined || bind.systemId.length < 16).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});

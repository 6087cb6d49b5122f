// The simulator's SMSC over a real socket: bind, submit, queue, receipts, answers.

import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { encodeRequest, OP } from '../../../sim-simulator/applet-message.ts';
import type { OutgoingMessage } from '../../../sim-simulator/outgoing-queue.ts';
import { bindEsme, connectEsme, DELIVER_SM, messageIdOf, submitToCard } from './esme.ts';
import { createManualTimers } from './manual-timers.ts';
import { anExport, aRequest, aSim, openAnswer, SHORT_CODE, sealed } from './provider-end.ts';
import { aPlace, start } from './running.ts';

const NUMBER = '+33639980001';
const sim = aSim();
const status = (name: string) => encodeRequest(aRequest(name, { op: OP.status, flags: 0, proof: 1 }));

async function aSimulator(options = {}) {
  return start(await aPlace(anExport(sim)), options);
}

describe('bind', () => {
  test.each([
    ['another system id', { system_id: 'stranger' }, 0x0f],
    ['another password', { password: 'wrong' }, 0x0e],
  ])('%s is refused and the connection ends', async (_name, changes, wanted) => {
    const simulator = await aSimulator();
    const esme = await connectEsme(simulator.smppPort);
    const bind = { system_id: 'provider', password: 'smppdemo', ...changes };
    expect((await esme.request('bind_transceiver', bind)).status).toBe(wanted);
    await esme.closed;
  });

  test('twice on one connection is ESME_RALYBND, and the first bind stays', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    expect((await esme.request('bind_transceiver', { system_id: 'provider', password: 'smppdemo' })).status).toBe(0x05);
    expect((await esme.request('enquire_link')).status).toBe(0);
  });

  test('the names that the flags give are the ones that count', async () => {
    const simulator = await aSimulator({ systemId: 'other', password: 'secret' });
    const esme = await bindEsme(simulator.smppPort, { system_id: 'other', password: 'secret' });
    expect((await esme.request('unbind')).status).toBe(0);
    await esme.closed;
  });

  test('before it, and on a bind that only receives, nothing can be submitted', async () => {
    const simulator = await aSimulator();
    const esme = await connectEsme(simulator.smppPort);
    expect((await submitToCard(esme, NUMBER, sealed(sim, status('a'), { counter: 1 }))).status).toBe(0x04);
    await esme.request('bind_receiver', { system_id: 'provider', password: 'smppdemo' });
    expect((await submitToCard(esme, NUMBER, sealed(sim, status('a'), { counter: 1 }))).status).toBe(0x04);
  });

  test('the npm client that real providers use understands this server', async () => {
    const simulator = await aSimulator();
    const smpp = createRequire(import.meta.url)('smpp');
    const session = smpp.connect({ url: `smpp://127.0.0.1:${simulator.smppPort}` });
    const bound = await new Promise<{ command_status: number; system_id: string; sc_interface_version: number }>(
      (resolve) => session.bind_transceiver({ system_id: 'provider', password: 'smppdemo' }, resolve),
    );
    expect(bound).toMatchObject({ command_status: 0, system_id: 'simulator', sc_interface_version: 0x34 });
    const received = new Promise<{ short_message: { udh: Buffer[]; message: Buffer } }>((resolve) => {
      session.on('deliver_sm', (pdu: { short_message: { udh: Buffer[]; message: Buffer }; response(): unknown }) => {
        session.send(pdu.response());
        resolve(pdu);
      });
    });
    session.submit_sm({
      source_addr: SHORT_CODE,
      destination_addr: NUMBER.slice(1),
      esm_class: 0x40,
      protocol_id: 0x7f,
      data_coding: 0xf6,
      short_message: sealed(sim, status('npm'), { counter: 1 }),
    });
    const { udh, message } = (await received).short_message;
    expect(udh).toEqual([Buffer.of(0x71, 0x00)]);
    expect(openAnswer(sim, Buffer.concat([Buffer.of(2, 0x71, 0), message])).result).toBe(0);
    session.destroy();
  });
});

describe('submit_sm is refused for', () => {
  test.each([
    ['an unknown number', { destination_addr: '33600000000' }, 0x0b],
    ['a number in national form', { destination_addr: '0639980001' }, 0x0b],
    ['141 octets', { short_message: Buffer.alloc(141, 2) }, 0x01],
    ['a header longer than the message', { short_message: Buffer.of(9, 0, 0) }, 0x01],
    ['161 characters', { esm_class: 0, data_coding: 0, short_message: Buffer.alloc(161, 0x41) }, 0x01],
    ['a validity that is no time', { validity_period: 'tomorrow' }, 0x62],
    ['a scheduled time', { schedule_delivery_time: '000000000100000R' }, 0x61],
    ['a message payload', { message_payload: Buffer.alloc(10) }, 0xc1],
    ['segmentation by TLV', { sar_msg_ref_num: 1 }, 0xc1],
  ])('%s', async (_name, changes, wanted) => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    const response = await submitToCard(esme, NUMBER, sealed(sim, status('a'), { counter: 1 }), changes);
    expect(response.status).toBe(wanted);
    expect((await esme.request('enquire_link')).status).toBe(0);
  });

  test('more than a hundred that wait for one phone', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    await simulator.fleet.phone(NUMBER)?.setPower(false);
    const responses = await Promise.all(
      Array.from({ length: 101 }, (_, at) => submitToCard(esme, NUMBER, sealed(sim, status('a'), { counter: at + 1 }))),
    );
    expect(responses.map((response) => response.status)).toEqual([...Array(100).fill(0), 0x14]);
  });
});

describe('a phone that cannot be reached', () => {
  test('gets its messages in order when power and coverage return (X27)', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    const phone = simulator.fleet.phone(NUMBER);
    await phone?.setPower(false);
    phone?.setCoverage(false);
    await submitToCard(esme, NUMBER, sealed(sim, status('a'), { counter: 1 }), { registered_delivery: 1 });
    await submitToCard(esme, NUMBER, sealed(sim, status('b'), { counter: 2 }));
    await phone?.setPower(true);
    expect(esme.frames).toEqual([]);
    phone?.setCoverage(true);
    const came = [await esme.delivered(), await esme.delivered(), await esme.delivered()];
    const answers = came.filter(({ esmClass }) => esmClass === 0x40);
    expect(answers.map(({ shortMessage }) => openAnswer(sim, shortMessage).packetCounter)).toEqual([1, 2]);
  });

  test('loses them when their validity ends, and the receipt says EXPIRED', async () => {
    const timers = createManualTimers();
    const simulator = await aSimulator({ timers, now: timers.now });
    const esme = await bindEsme(simulator.smppPort);
    await simulator.fleet.phone(NUMBER)?.setPower(false);
    const submitted = await submitToCard(esme, NUMBER, sealed(sim, status('a'), { counter: 1 }), {
      registered_delivery: 1,
      validity_period: '000000000130000R',
    });
    timers.advance(89_000);
    expect(esme.frames).toEqual([]);
    timers.advance(1100);
    const receipt = await esme.delivered();
    expect(receipt).toMatchObject({ esmClass: 0x04, source: NUMBER.slice(1), destination: SHORT_CODE });
    const text = receipt.shortMessage.toString();
    expect(text).toContain(`id:${messageIdOf(submitted)} sub:001 dlvrd:000 submit date:2603011200`);
    expect(text).toContain('stat:EXPIRED err:027');
    expect(receipt.tlvs.get(0x0427)).toEqual(Buffer.of(3));
    await simulator.fleet.phone(NUMBER)?.setPower(true);
    expect(simulator.fleet.phone(NUMBER)?.card().state.packetCounter).toBe(0);
  });

  test('an answer given without coverage goes out when it returns', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    const phone = simulator.fleet.phone(NUMBER);
    await submitToCard(esme, NUMBER, sealed(sim, encodeRequest(aRequest('a')), { counter: 1 }));
    await simulator.api.wait(NUMBER, 'for=screen');
    phone?.setCoverage(false);
    await simulator.api.keys(NUMBER, { pin: '4071' });
    expect(simulator.events.some(({ type }) => type === 'smsc.answer')).toBe(false);
    phone?.setCoverage(true);
    expect(openAnswer(sim, (await esme.delivered()).shortMessage).result).toBe(0);
  });
});

describe('receipts', () => {
  test.each([
    ['asked for always', 0x01, ['receipt', 'answer']],
    ['asked for failures only', 0x02, ['answer']],
    ['not asked for', 0x00, ['answer']],
  ])('%s', async (_name, registered, wanted) => {
    const simulator = await aSimulator();
    const kinds: string[] = [];
    simulator.smsc.onOutgoing((message) => {
      kinds.push(message.kind);
      return [message];
    });
    const esme = await bindEsme(simulator.smppPort);
    const submitted = await submitToCard(esme, NUMBER, sealed(sim, status('a'), { counter: 1 }), {
      registered_delivery: registered,
    });
    const came = [];
    for (const _each of wanted) {
      came.push(await esme.delivered());
    }
    expect(kinds.toSorted()).toEqual(wanted.toSorted());
    const receipt = came.find(({ esmClass }) => esmClass === 0x04);
    if (receipt !== undefined) {
      expect(receipt.shortMessage.toString()).toMatch(/stat:DELIVRD err:000 text:$/);
      expect(receipt.tlvs.get(0x001e)?.toString('latin1')).toBe(`${messageIdOf(submitted)}\0`);
      expect(receipt.tlvs.get(0x0427)).toEqual(Buffer.of(2));
      expect(receipt.tlvs.get(0x0423)).toEqual(Buffer.of(3, 0, 0));
    }
  });
});

describe('answers', () => {
  test('refused by the provider are sent again until one is taken', async () => {
    const timers = createManualTimers();
    const simulator = await aSimulator({ timers, now: timers.now });
    const esme = await bindEsme(simulator.smppPort);
    await submitToCard(esme, NUMBER, sealed(sim, status('a'), { counter: 1 }));
    timers.advance(0);
    const first = await esme.delivered(0x64);
    await simulator.seen('smsc.answer-repeated');
    timers.advance(500);
    const second = await esme.delivered(0);
    expect(second.shortMessage).toEqual(first.shortMessage);
    await simulator.seen('smsc.answer-delivered');
    timers.advance(60_000);
    expect(esme.frames.filter(({ commandId }) => commandId === DELIVER_SM)).toEqual([]);
  });

  test('without a response are sent again on another connection', async () => {
    const timers = createManualTimers();
    const simulator = await aSimulator({ timers, now: timers.now });
    const deaf = await bindEsme(simulator.smppPort);
    await submitToCard(deaf, NUMBER, sealed(sim, status('a'), { counter: 1 }));
    timers.advance(0);
    await simulator.seen('smsc.answer');
    const esme = await bindEsme(simulator.smppPort);
    deaf.close();
    await simulator.seen('smsc.answer-repeated');
    timers.advance(500);
    expect(openAnswer(sim, (await esme.delivered()).shortMessage).result).toBe(0);
  });

  test('wait while there is no link', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    await submitToCard(esme, NUMBER, sealed(sim, encodeRequest(aRequest('a')), { counter: 1 }));
    await simulator.api.wait(NUMBER, 'for=screen');
    await simulator.smsc.pauseListening();
    simulator.smsc.disconnectAll();
    await esme.closed;
    await expect(connectEsme(simulator.smppPort)).rejects.toThrow('ECONNREFUSED');
    await simulator.api.keys(NUMBER, { pin: '4071' });
    await simulator.smsc.resumeListening();
    const again = await bindEsme(simulator.smppPort);
    expect(openAnswer(sim, (await again.delivered()).shortMessage).result).toBe(0);
  });

  test('no more than ten are on their way to one connection', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    for (let counter = 1; counter <= 12; counter += 1) {
      await submitToCard(esme, NUMBER, sealed(sim, status(`${counter}`), { counter }));
    }
    await simulator.seen('smsc.answer', 12);
    await esme.request('enquire_link');
    expect(esme.frames.filter(({ commandId }) => commandId === DELIVER_SM)).toHaveLength(10);
    for (let counter = 1; counter <= 12; counter += 1) {
      expect(openAnswer(sim, (await esme.delivered()).shortMessage).packetCounter).toBe(counter);
    }
  });

  test('can be dropped, doubled, changed and held back by a test', async () => {
    const simulator = await aSimulator();
    const esme = await bindEsme(simulator.smppPort);
    const ask = (counter: number) => submitToCard(esme, NUMBER, sealed(sim, status(`${counter}`), { counter }));
    const drop = simulator.smsc.onOutgoing(() => []);
    await ask(1);
    await simulator.seen('smsc.answer', 1);
    drop();
    const double = simulator.smsc.onOutgoing((message) => [message, message]);
    await ask(2);
    expect((await esme.delivered()).shortMessage).toEqual((await esme.delivered()).shortMessage);
    double();
    let letGo: (messages: OutgoingMessage[]) => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      const hold = simulator.smsc.onOutgoing((message) => {
        hold();
        resolve();
        return new Promise((later) => {
          letGo = () => later([{ ...message, source: '33600000009' }]);
        });
      });
    });
    await ask(3);
    await held;
    await ask(4);
    expect(openAnswer(sim, (await esme.delivered()).shortMessage).packetCounter).toBe(4);
    letGo([]);
    const late = await esme.delivered();
    expect(late.source).toBe('33600000009');
    expect(openAnswer(sim, late.shortMessage).packetCounter).toBe(3);
  });
});

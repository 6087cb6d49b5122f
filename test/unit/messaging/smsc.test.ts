// The SMPP session against a real server of `smpp` on loopback: what goes out, and every way in which it can fail.
import { once } from 'node:events';
import type { PDU, Session } from 'smpp';
import { afterEach, describe, expect, test } from 'vitest';
import type { Smsc, SmscOptions } from '../../../src/messaging/smsc.ts';
import { aClient, aMessage, startTestSmsc, type TestSmsc } from './smsc-server.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function aServer(tls?: { key: string; cert: string }): Promise<TestSmsc> {
  const server = await startTestSmsc(tls);
  cleanUps.push(() => server.close());
  return server;
}

async function aBound(server: TestSmsc, change: Partial<SmscOptions> = {}): Promise<ReturnType<typeof aClient>> {
  const client = aClient(server.url, change);
  cleanUps.push(() => client.smsc.stop());
  await client.bound();
  return client;
}

const never = () => undefined;

describe('binding', () => {
  test('is as transceiver, version 3.4, with the credentials of the URL', async () => {
    const server = await aServer();
    const { smsc } = await aBound(server, { systemType: 'OTA' });
    expect(smsc.isBound()).toBe(true);
    expect(server.requests[0]).toMatchObject({
      command: 'bind_transceiver',
      system_id: 'provider',
      password: 'smppdemo',
      system_type: 'OTA',
      interface_version: 0x34,
    });
  });

  test('refused is tried again until it succeeds (ESME_RALYBND after a lost link)', async () => {
    const server = await aServer();
    server.answers.set('bind_transceiver', () => (server.requests.length < 3 ? 0x05 : 0));
    const { lines } = await aBound(server);
    expect(server.requests).toHaveLength(3);
    expect(lines.join()).not.toContain('smppdemo');
  });

  test('not answered is given up and tried again', async () => {
    const server = await aServer();
    server.answers.set('bind_transceiver', () => (server.requests.length < 2 ? undefined : 0));
    await aBound(server, { responseTimeoutSeconds: 0.05 });
    expect(server.sessions).toHaveLength(2);
  });

  test('waits for a server that is not there yet', async () => {
    const first = await startTestSmsc();
    await first.close();
    const { smsc, lines } = aClient(first.url);
    cleanUps.push(() => smsc.stop());
    smsc.start();
    await expect.poll(() => lines.join()).toContain('ECONNREFUSED');
    expect(smsc.isBound()).toBe(false);
    expect(await smsc.submit(aMessage())).toEqual({ kind: 'unreachable' });
  });
});

describe('submitting', () => {
  test('writes each field as an SMSC wants a secured packet, octet for octet', async () => {
    const server = await aServer();
    const { smsc } = await aBound(server);
    expect(await smsc.submit(aMessage())).toEqual({ kind: 'accepted', messageId: 'm2' });
    const pdu = server.requests[1]!;
    expect(pdu).toMatchObject({
      command: 'submit_sm',
      source_addr_ton: 0,
      source_addr_npi: 1,
      source_addr: '12345',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '33639980001',
      esm_class: 0x40,
      protocol_id: 0x7f,
      data_coding: 0xf6,
      registered_delivery: 1,
      priority_flag: 1,
      replace_if_present_flag: 0,
    });
    expect(pdu['short_message']).toEqual({
      udh: [Buffer.from('7000', 'hex')],
      message: Buffer.from('001815063912124d4944aabbccdd', 'hex'),
    });
  });

  test.each([
    [90, '000000000130000R'],
    [0.4, '000000000001000R'],
    [93_784.9, '000001020304000R'],
  ])('gives %d seconds of life as %s', async (validitySeconds, expected) => {
    const server = await aServer();
    const raw: string[] = [];
    const { smsc } = await aBound(server);
    server.current().socket.prependListener('data', (chunk: Buffer) => raw.push(chunk.toString('latin1')));
    await smsc.submit(aMessage({ validitySeconds }));
    expect(raw.join('')).toContain(expected);
  });

  test('keeps the octets of an ordinary text', async () => {
    const server = await aServer();
    const { smsc } = await aBound(server);
    await smsc.submit(aMessage({ body: Buffer.of(0x05, 0x00, 0x1b, 0x65), esmClass: 0, protocolId: 0, dataCoding: 0 }));
    expect(server.requests[1]).toMatchObject({ data_coding: 0, short_message: { message: 'é@€' } });
  });

  test('refuses a body that the radio cannot carry, and a message without life', async () => {
    const { smsc } = aClient('smpp://a:b@127.0.0.1:1');
    await expect(smsc.submit(aMessage({ body: Buffer.alloc(141) }))).rejects.toThrow(RangeError);
    await expect(smsc.submit(aMessage({ body: Buffer.alloc(161), dataCoding: 0 }))).rejects.toThrow(RangeError);
    await expect(smsc.submit(aMessage({ validitySeconds: 0 }))).rejects.toThrow(RangeError);
  });

  test.each([0x0b, 0x45, 0x65, 0x66, 0x104])('ends at once with permanent status %i', async (status) => {
    const server = await aServer();
    server.answers.set('submit_sm', () => status);
    const { smsc } = await aBound(server);
    expect(await smsc.submit(aMessage())).toEqual({ kind: 'refused', status });
    expect(server.requests.filter(({ command }) => command === 'submit_sm')).toHaveLength(1);
  });

  test.each([0x58, 0x14, 0x08, 0x64])('tries again after temporary status %i', async (status) => {
    const server = await aServer();
    server.answers.set('submit_sm', () => (server.requests.length < 4 ? status : 0));
    const { smsc } = await aBound(server);
    expect(await smsc.submit(aMessage())).toMatchObject({ kind: 'accepted' });
    expect(server.requests).toHaveLength(4);
  });

  test('stops trying when the life of the message ends', async () => {
    const server = await aServer();
    server.answers.set('submit_sm', () => 0x58);
    const { smsc } = await aBound(server);
    expect(await smsc.submit(aMessage({ validitySeconds: 0.1 }))).toEqual({ kind: 'refused', status: 0x58 });
  });

  test('stops trying when its caller gives up, and writes nothing for one who has', async () => {
    const server = await aServer();
    const caller = new AbortController();
    server.answers.set('submit_sm', () => {
      caller.abort();
      return 0x58;
    });
    const { smsc } = await aBound(server);
    expect(await smsc.submit(aMessage(), caller.signal)).toEqual({ kind: 'refused', status: 0x58 });
    expect(await smsc.submit(aMessage(), caller.signal)).toEqual({ kind: 'unreachable' });
    expect(server.requests).toHaveLength(2);
  });

  test('without an answer has an unknown outcome, and the place is free again', async () => {
    const server = await aServer();
    server.answers.set('submit_sm', () => (server.requests.length === 2 ? undefined : 0));
    const { smsc } = await aBound(server, { responseTimeoutSeconds: 0.05, window: 1 });
    expect(await smsc.submit(aMessage())).toEqual({ kind: 'unknown' });
    expect(await smsc.submit(aMessage())).toMatchObject({ kind: 'accepted' });
  });

  test('on a link that is lost before the answer has an unknown outcome', async () => {
    const server = await aServer();
    server.answers.set('submit_sm', (_, session) => {
      session.destroy();
      return undefined;
    });
    const { smsc } = await aBound(server);
    expect(await smsc.submit(aMessage())).toEqual({ kind: 'unknown' });
  });

  test('keeps to the window, in order, and tells who never got a place when the link is lost', async () => {
    const server = await aServer();
    server.answers.set('submit_sm', never);
    const { smsc } = await aBound(server, { window: 2, mostWaiting: 2 });
    const outcomes = [1, 2, 3, 4].map(() => smsc.submit(aMessage()));
    await expect.poll(() => server.requests.length).toBe(3);
    expect(await smsc.submit(aMessage())).toEqual({ kind: 'unreachable' });
    server.current().destroy();
    expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual([
      'unknown',
      'unknown',
      'unreachable',
      'unreachable',
    ]);
    expect(server.requests.filter(({ command }) => command === 'submit_sm')).toHaveLength(2);
  });

  test('lets the next one in when an answer comes', async () => {
    const server = await aServer();
    server.answers.set('submit_sm', never);
    const { smsc } = await aBound(server, { window: 1 });
    const first = smsc.submit(aMessage());
    const second = smsc.submit(aMessage());
    const [pdu] = (await once(server.events, 'submit_sm')) as [PDU];
    const next = once(server.events, 'submit_sm');
    server.answers.set('submit_sm', () => 0x45);
    server.current().send(pdu.response({ message_id: 'late' }));
    expect(await first).toEqual({ kind: 'accepted', messageId: 'late' });
    await next;
    expect(await second).toEqual({ kind: 'refused', status: 0x45 });
  });

  test('answered by a generic_nack is refused', async () => {
    const server = await aServer();
    server.answers.set('submit_sm', (pdu, session) => {
      session.socket.write(Buffer.from(`0000001080000000000000030000000${pdu.sequence_number}`, 'hex'));
      return undefined;
    });
    const { smsc } = await aBound(server);
    expect(await smsc.submit(aMessage())).toEqual({ kind: 'refused', status: 3 });
  });
});

describe('the link', () => {
  async function loses(
    server: TestSmsc,
    client: { smsc: Smsc; states: NodeJS.EventEmitter },
    act: (session: Session) => void,
  ) {
    const lost = once(client.states, 'lost');
    const back = once(client.states, 'bound');
    act(server.current());
    await lost;
    await back;
    expect(await client.smsc.submit(aMessage())).toMatchObject({ kind: 'accepted' });
  }

  test('comes back when the SMSC closes it', async () => {
    const server = await aServer();
    const client = await aBound(server);
    await loses(server, client, (session) => session.close());
  });

  test('comes back when the SMSC unbinds, and the unbind is answered', async () => {
    const server = await aServer();
    const client = await aBound(server);
    const answered = once(server.events, 'unbind_resp');
    await loses(server, client, (session) =>
      session.socket.write(Buffer.from('00000010000000060000000000000009', 'hex')),
    );
    await answered;
  });

  test.each([
    ['a length that is no PDU', '00000004'],
    ['a length far too large', '7fffffff00000005'],
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n').toString('hex')],
    ['an answer to another command', '00000010800000050000000000000001'],
  ])('is thrown away on %s, and comes back', async (name, garbage) => {
    const server = await aServer();
    if (name.startsWith('an answer')) server.answers.set('enquire_link', never);
    const client = await aBound(server, name.startsWith('an answer') ? { enquireLinkSeconds: 0.05 } : {});
    if (name.startsWith('an answer')) {
      const [pdu] = (await once(server.events, 'enquire_link')) as [PDU];
      server.answers.delete('enquire_link');
      await loses(server, client, (session) =>
        session.socket.write(
          Buffer.from(`00000010800000050000000000${pdu.sequence_number.toString(16).padStart(6, '0')}`, 'hex'),
        ),
      );
    } else {
      await loses(server, client, (session) => session.socket.write(Buffer.from(garbage, 'hex')));
    }
  });

  test('is thrown away when a PDU begins and does not end', async () => {
    const server = await aServer();
    const client = await aBound(server, { responseTimeoutSeconds: 0.1 });
    await loses(server, client, (session) => session.socket.write(Buffer.from('0000001000', 'hex')));
  });

  test('is thrown away when an enquire_link is not answered', async () => {
    const server = await aServer();
    server.answers.set('enquire_link', () => (server.sessions.length === 1 ? undefined : 0));
    const client = aClient(server.url, { enquireLinkSeconds: 0.05, responseTimeoutSeconds: 0.1 });
    cleanUps.push(() => client.smsc.stop());
    const lost = once(client.states, 'lost');
    await client.bound();
    await lost;
    await once(client.states, 'bound');
    expect(client.lines.join()).toContain('enquire_link not answered');
  });

  test('answers the enquire_link of the SMSC', async () => {
    const server = await aServer();
    await aBound(server);
    const answered = once(server.events, 'enquire_link_resp');
    server.current().socket.write(Buffer.from('00000010000000150000000000000007', 'hex'));
    expect(((await answered) as [PDU])[0].sequence_number).toBe(7);
  });

  test('answers a command that is not spoken with generic_nack', async () => {
    const server = await aServer();
    await aBound(server);
    const answered = once(server.events, 'generic_nack');
    server.current().socket.write(Buffer.from('00000010000001030000000000000008', 'hex'));
    expect(((await answered) as [PDU])[0]).toMatchObject({ sequence_number: 8, command_status: 3 });
  });

  test('shows neither password, nor whole number, nor text in its log', async () => {
    const server = await aServer();
    const { smsc, lines } = await aBound(server);
    await smsc.submit(aMessage());
    await smsc.submit(aMessage({ body: Buffer.from('Votre code 4071'), esmClass: 0, dataCoding: 0 }));
    const log = lines.join('');
    for (const secret of [
      'smppdemo',
      '33639980001',
      '639980001',
      'aabbccdd',
      '4071',
      Buffer.from('4071').toString('hex'),
    ]) {
      expect(log).not.toContain(secret);
    }
    expect(log).toContain('027000001815063912124d4944');
  });
});

describe('stopping', () => {
  test('waits for what is on its way, then unbinds', async () => {
    const server = await aServer();
    server.answers.set('submit_sm', never);
    const { smsc } = await aBound(server);
    const outcome = smsc.submit(aMessage());
    const [pdu] = (await once(server.events, 'submit_sm')) as [PDU];
    const stopped = smsc.stop();
    expect(await smsc.submit(aMessage())).toEqual({ kind: 'unreachable' });
    const heard = once(server.events, 'enquire_link_resp');
    server.current().socket.write(Buffer.from('00000010000000150000000000000007', 'hex'));
    await heard;
    expect(server.requests.at(-1)?.command).toBe('submit_sm');
    server.current().send(pdu.response({ message_id: 'x' }));
    expect(await outcome).toMatchObject({ kind: 'accepted' });
    await stopped;
    expect(smsc.isBound()).toBe(false);
    expect(server.requests.at(-1)?.command).toBe('unbind');
    expect(server.sessions).toHaveLength(1);
  });

  test('ends a wait for the SMSC, before and after a start, and may be repeated', async () => {
    const { smsc } = aClient('smpp://a:b@127.0.0.1:1', { reconnect: { firstSeconds: 100, mostSeconds: 100 } });
    await smsc.stop();
    const other = aClient('smpp://a:b@127.0.0.1:1', { reconnect: { firstSeconds: 100, mostSeconds: 100 } });
    other.smsc.start();
    await expect.poll(() => other.lines.length).toBeGreaterThan(0);
    await other.smsc.stop();
    await other.smsc.stop();
  });
});

// The address of the SMSC, TLS, and the window through which messages go out.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSendWindow } from '../../../src/messaging/send-window.ts';
import { parseSmscUrl, pause } from '../../../src/messaging/smsc-connection.ts';
import { aClient, aMessage, startTestSmsc } from './smsc-server.ts';

describe('the address of the SMSC', () => {
  test('is read from a URL, with the usual ports', () => {
    expect(parseSmscUrl('smpp://provider:smppdemo@smsc.example')).toEqual({
      host: 'smsc.example',
      port: 2775,
      secure: false,
      systemId: 'provider',
      password: 'smppdemo',
    });
    expect(parseSmscUrl('smpps://a:p%40ss@[::1]')).toMatchObject({
      host: '::1',
      port: 3550,
      secure: true,
      password: 'p@ss',
    });
    expect(parseSmscUrl('smpp://a:b@h:99').port).toBe(99);
  });

  test.each([
    '',
    'http://a:b@h',
    'smpp://',
    'smpp://a:too-long-password@h',
    'smpp://sixteen-letters-:x@h',
    'smpp://%zz:x@h',
  ])('is refused without showing it: %s', (url) => {
    let fault: unknown;
    try {
      parseSmscUrl(url);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(RangeError);
    expect(String(fault)).not.toContain('too-long-password');
  });
});

describe('an SMSC behind TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'smpps-'));
  const file = (name: string) => readFileSync(join(folder, name), 'utf8');
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(() => {
    const make = (name: string, altName: string) =>
      execFileSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
          ...['-subj', '/CN=smsc', '-addext', `subjectAltName=${altName}`],
          ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
        ],
        { stdio: 'ignore' },
      );
    make('right', 'IP:127.0.0.1');
    make('other', 'DNS:other.example');
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function aSecureClient(certificate: 'right' | 'other', trusted?: 'right' | 'other') {
    const server = await startTestSmsc({ key: file(`${certificate}.key`), cert: file(`${certificate}.crt`) });
    const client = aClient(server.url, trusted ? { certificateAuthority: file(`${trusted}.crt`) } : {});
    cleanUps.push(
      () => server.close(),
      () => client.smsc.stop(),
    );
    return { client, server };
  }

  test('is believed with the right chain and name', async () => {
    const { client } = await aSecureClient('right', 'right');
    const smsc = await client.bound();
    expect(await smsc.submit(aMessage())).toMatchObject({ kind: 'accepted' });
  });

  test.each([
    ['a chain that is not trusted', 'right', undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['the name of another', 'other', 'other', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const)('never hears the password with %s', async (_, certificate, trusted, cause) => {
    const { client, server } = await aSecureClient(certificate, trusted);
    client.smsc.start();
    await expect.poll(() => client.lines.join()).toContain(cause);
    expect(server.requests).toEqual([]);
  });
});

describe('the window', () => {
  const forever = new AbortController().signal;
  const at = { time: 0 };
  const now = () => new Date(at.time);

  test('lets in as many as it has places, in order', async () => {
    const window = createSendWindow({ size: 1, mostWaiting: 5, now });
    const order: number[] = [];
    const first = await window.enter(forever);
    const enter = async (number: number) => {
      const place = await window.enter(forever);
      order.push(number);
      return place;
    };
    const second = enter(2);
    const third = enter(3);
    first?.leave();
    first?.leave();
    (await second)?.leave();
    await third;
    expect(order).toEqual([2, 3]);
  });

  test('sends away who gives up, and who finds the line full', async () => {
    const window = createSendWindow({ size: 1, mostWaiting: 1, now });
    await window.enter(forever);
    const patience = new AbortController();
    const waiting = window.enter(patience.signal);
    expect(await window.enter(forever)).toBeUndefined();
    patience.abort();
    expect(await waiting).toBeUndefined();
    expect(await window.enter(AbortSignal.abort())).toBeUndefined();
  });

  test('with a rate lets a second’s worth in at once and the rest later', async () => {
    const window = createSendWindow({ size: 100, mostWaiting: 100, perSecond: 50, now });
    for (let n = 0; n < 50; n++) expect(await window.enter(forever)).toBeDefined();
    let isIn = false;
    const late = window.enter(forever).then((place) => {
      isIn = true;
      return place;
    });
    expect(isIn).toBe(false);
    at.time += 20;
    expect(await late).toBeDefined();
  });
});

test('a pause ends early when its signal does, and says so', async () => {
  expect(await pause(0.001, new AbortController().signal)).toBe(true);
  expect(await pause(1000, AbortSignal.abort())).toBe(false);
  expect(await pause(1000, AbortSignal.timeout(1))).toBe(false);
});

// decode, encode and vectors: what they explain, build and compare, on the published and the project's own vectors.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../../sim-simulator/cli-decode.ts';
import { explainSpi1, explainSpi2 } from '../../../sim-simulator/cli-explain.ts';
import { run } from './run-cli.ts';

type Packet = { name: string; kind: string; kic: string; kid: string; counter: string; data: string; packet: string };
const vectorFile = (name: string) => join(import.meta.dirname, '../../vectors', `${name}.json`);

let ota: { packets: Packet[] };
let applet: { requests: { name: string; data: string }[]; answers: { name: string; answer: string }[] };
let directory: string;

beforeAll(async () => {
  ota = JSON.parse(await readFile(vectorFile('ota'), 'utf8'));
  applet = JSON.parse(await readFile(vectorFile('applet'), 'utf8'));
  directory = await mkdtemp(join(tmpdir(), 'sim-codec-'));
});

afterAll(() => rm(directory, { recursive: true }));

const packet = (name: string) => ota.packets.find((each) => each.name.includes(name))!;
const request = (name: string) => applet.requests.find((each) => each.name.includes(name))!.data;
const answer = (name: string) => applet.answers.find((each) => each.name.includes(name))!.answer;
const keysOf = ({ kic, kid }: Packet) => ['--kic', kic, '--kid', kid];

async function writeExport(keys: { kic: string; kid: string }): Promise<string> {
  const file = join(directory, `export-${keys.kic.slice(0, 6)}.json`);
  const sim = (iccid: string, msisdn: string, own: { kic: string; kid: string }) => ({
    iccid,
    msisdn,
    keyVersion: 1,
    keys: { ...own, kdev: '22'.repeat(16), kadm: '33'.repeat(16) },
    appletCapable: true,
    pin: null,
    kpinPrivate: null,
  });
  const other = { kic: '44'.repeat(16), kid: '55'.repeat(16) };
  const sims = [sim('8933000000000000001', '+33639980002', other), sim('8933000000000000002', '+33639980001', keys)];
  await writeFile(file, JSON.stringify({ format: 'mid-sim-export/1', origin: 'test', tar: '4d4944', sims }));
  return file;
}

describe('decode', () => {
  test('opens a command packet with its keys and explains every field', async () => {
    const vector = packet('our security level');
    const { code, out } = await run(['decode', `027000${vector.packet}`, ...keysOf(vector)]);
    expect(code).toBe(0);
    for (const line of [
      /Command packet, provider to card/,
      /UDH IE 70 .*command packet/,
      /CPL +0028 +40 octets follow/,
      /CHL +15 +header of 21 octets, 8 of them/,
      /SPI1 +16 +CC \(MAC\), ciphered, counter must be higher/,
      /SPI2 +39 +proof of receipt always, with CC \(MAC\), ciphered, by SMS-SUBMIT/,
      /KIc +12 +key set 1, AES-CBC/,
      /KID +12 +key set 1, AES-CMAC/,
      /TAR +4d4901/,
      /CNTR +0000000a01 +2561/,
      /CC +ok/,
      /data +0102030405/,
    ]) {
      expect(out).toMatch(line);
    }
  });

  test('reads the packet without its user data header, with blanks in it', async () => {
    const vector = packet('our security level');
    const words = vector.packet.match(/../g)!;
    expect((await run(['decode', ...words, ...keysOf(vector)])).out).toMatch(/CC +ok/);
  });

  test.each(['answer of the same card', 'gsm0348 answer, CC only', 'our answer'])(
    'opens the response "%s"',
    async (name) => {
      const vector = packet(name);
      const { code, out } = await run([
        'decode',
        '--json',
        vector.packet,
        '--kic',
        vector.kic ?? vector.kid,
        '--kid',
        vector.kid,
      ]);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ kind: 'response', cc: 'ok', data: vector.data });
    },
  );

  test('says that the CC is bad under a wrong key, exit code 1, and shows what is in clear', async () => {
    const vector = packet('our security level');
    const { code, out, err } = await run(['decode', vector.packet, '--kic', vector.kic, '--kid', '00'.repeat(16)]);
    expect(code).toBe(1);
    expect(err).toContain('CC bad');
    expect(out).toMatch(/SPI1 +16/);
    expect(out).not.toContain('0102030405');
  });

  test('without keys explains the head and says that the CC is not checked, exit code 0', async () => {
    const { code, out } = await run(['decode', packet('our security level').packet]);
    expect(code).toBe(0);
    expect(out).toContain('CC not checked');
  });

  test('finds the SIM whose keys fit in an export file', async () => {
    const vector = packet('our security level');
    const file = await writeExport(vector);
    const { code, out } = await run(['decode', '--json', vector.packet, '--export-file', file]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ cc: 'ok', sim: '+33639980001' });
    expect((await run(['decode', vector.packet, '--export-file', file, '--sim', '06 39 98 00 02'])).code).toBe(1);
  });

  test('explains a request of the applet with its tags and its reference code', async () => {
    const { code, out } = await run(['decode', request('authenticate')]);
    expect(code).toBe(0);
    expect(out).toMatch(/op +02 +AUTHENTICATE/);
    expect(out).toMatch(/flags +03 +PIN needed, show the reference code/);
    expect(out).toMatch(/ttl +0078 +120 s/);
    expect(out).toMatch(/challenge .*reference code 6641/);
    expect(out).toMatch(/tag c1 .*service name "Exemple"/);
  });

  test.each([
    ['user cancelled', /result +01 +the user cancelled/],
    ['PIN blocked', /tries +30 +3 wrong since the last right one, 0 left/],
    ['OK clicked', /applet counter +00000004 +4/],
    ['approved with the PIN', /version, proof +12 +version 1, ECDSA signature by K_pin/],
    ['enrolled', /public key +0360fed4/],
  ])('explains the answer "%s"', async (name, line) => {
    const { code, out } = await run(['decode', answer(name)]);
    expect(code).toBe(0);
    expect(out).toMatch(line);
  });

  test.each([['zz'], ['012'], ['']])('refuses "%s" as no hexadecimal, exit code 2', async (word) => {
    expect((await run(['decode', word])).code).toBe(2);
  });

  test('octets of no known kind end with exit code 1', async () => {
    expect(await run(['decode', 'ffffffff'])).toMatchObject({ code: 1, out: '' });
  });

  test('keys in pairs only, of an AES length, and never shown in an error', async () => {
    const secret = 'c0ffee'.repeat(5);
    for (const words of [
      ['--kic', secret],
      ['--kic', secret, '--kid', secret],
      ['--kic', 'secret', '--kid', 'secret'],
    ]) {
      const { code, err } = await run(['decode', '00', ...words]);
      expect(code).toBe(2);
      expect(err).not.toContain(secret);
    }
  });

  test('an export file that is missing or broken is explained, without its content', async () => {
    const broken = join(directory, 'broken.json');
    await writeFile(broken, '{"keys":"c0ffee"');
    for (const file of [broken, join(directory, 'missing.json')]) {
      const { code, err } = await run(['decode', '00', '--export-file', file]);
      expect(code).toBe(2);
      expect(err).toContain(file);
      expect(err).not.toContain('c0ffee');
    }
  });

  test('never throws, whatever the octets', () => {
    const vector = packet('our security level');
    const keys = [{ kic: Buffer.from(vector.kic, 'hex'), kid: Buffer.from(vector.kid, 'hex') }];
    const heads = ['', '027000', '027100', '07000301020170', '050003010201', '12', '0028151639'];
    const octets = fc.tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 160 }));
    fc.assert(
      fc.property(octets, ([head, rest]) => {
        decode([Buffer.concat([Buffer.from(head, 'hex'), rest])], keys);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('the words for SPI', () => {
  test.each([
    [0x00, 'no integrity check, in clear, no counter'],
    [0x16, 'CC (MAC), ciphered, counter must be higher than the stored one'],
    [0x1e, 'CC (MAC), ciphered, counter must be exactly one higher'],
    [0x09, 'RC (checksum only), in clear, counter present, replays not refused'],
    [0xe0, 'no integrity check, in clear, no counter, reserved bits set'],
  ])('SPI1 %i is "%s"', (octet, words) => {
    expect(explainSpi1(octet)).toBe(words);
  });

  test.each([
    [0x00, 'no proof of receipt'],
    [0x39, 'proof of receipt always, with CC (MAC), ciphered, by SMS-SUBMIT'],
    [0x19, 'proof of receipt always, with CC (MAC), ciphered, in the delivery report'],
    [0x21, 'proof of receipt always, without check, in clear, by SMS-SUBMIT'],
    [0x02, 'proof of receipt on error only, without check, in clear, in the delivery report'],
  ])('SPI2 %i is "%s"', (octet, words) => {
    expect(explainSpi2(octet)).toBe(words);
  });
});

describe('encode', () => {
  const fixed = ['--challenge', '00112233445566778899aabbccddeeff'];

  test('builds the request of the vectors', async () => {
    const words = [
      '--op',
      'authenticate',
      '--flags',
      'pin,show-code',
      '--service',
      'Exemple',
      '--message',
      'Connexion à votre espace',
    ];
    const { code, out } = await run(['encode', ...words, ...fixed]);
    expect(code).toBe(0);
    expect(out.trim().slice(0, 42)).toBe(request('authenticate').slice(0, 42));
  });

  test('builds the packet of the vectors, ready for an SMS', async () => {
    const vector = packet('our security level');
    const words = ['--data', vector.data, '--counter', '2561', '--tar', '4d4901', ...keysOf(vector)];
    expect(await run(['encode', ...words])).toMatchObject({ code: 0, out: `027000${vector.packet}\n` });
  });

  test('cuts a long request into short messages of at most 140 octets that decode reads back', async () => {
    const keys = keysOf(packet('our security level'));
    const words = [
      '--op',
      'authorize',
      '--flags',
      'pin',
      '--service',
      'Exemple',
      '--message',
      'x'.repeat(150),
      ...fixed,
    ];
    const { out } = await run(['encode', ...words, '--counter', '7', ...keys]);
    const messages = out.trim().split('\n');
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(message.length / 2).toBeLessThanOrEqual(140);
    const decoded = await run(['decode', '--json', ...messages, ...keys]);
    expect(JSON.parse(decoded.out)).toMatchObject({ kind: 'command', cc: 'ok', referenceCode: '6641' });
    const upsideDown = await run(['decode', '--json', ...messages.toReversed(), ...keys]);
    expect(JSON.parse(upsideDown.out)).toMatchObject({ cc: 'ok' });
  });

  test('takes the keys of one SIM of an export file', async () => {
    const vector = packet('our security level');
    const file = await writeExport(vector);
    const words = ['--data', vector.data, '--counter', '2561', '--tar', '4d4901', '--export-file', file];
    expect((await run(['encode', ...words, '--sim', '0639980001'])).out).toBe(`027000${vector.packet}\n`);
    expect((await run(['encode', ...words])).code).toBe(2);
    expect((await run(['encode', ...words, '--sim', '0639980009'])).code).toBe(2);
  });

  test('takes another challenge each time when none is given', async () => {
    const words = ['encode', '--op', 'status'];
    expect((await run(words)).out).not.toBe((await run(words)).out);
  });

  test.each([
    [['--op', 'dance']],
    [[]],
    [['--op', 'authenticate', '--flags', 'fly']],
    [['--op', 'authenticate', '--ttl', '5']],
    [['--op', 'authenticate', '--challenge', '00']],
    [['--op', 'authenticate', '--message', '😀']],
    [['--data', '00', '--op', 'status']],
    [['--data', '00', '--counter', '-1']],
    [['--data', '00', '--counter', '1']],
  ])('%j is a mistake in usage', async (words) => {
    const { code, err } = await run(['encode', ...words]);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });
});

describe('vectors', () => {
  test('all cases of the two files are ok, one line each', async () => {
    const { code, out } = await run(['vectors', vectorFile('ota'), vectorFile('applet')]);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(35);
    expect(lines.every((line) => line.startsWith('ok'))).toBe(true);
  });

  test.each([
    ['aes_cmac', 'mac'],
    ['packets', 'data'],
    ['kdf', 'MID Kdev'],
    ['gsm7', 'packed'],
    ['ucs2', 'encoded'],
    ['referenceCodes', 'challenge'],
    ['requests', 'sha256'],
    ['answers', 'answer'],
  ])('a wrong octet in %s is found, exit code 1', async (section, field) => {
    for (const name of ['ota', 'applet']) {
      const content = JSON.parse(await readFile(vectorFile(name), 'utf8'));
      if (!content[section]) continue;
      const entry = content[section][0];
      entry[field] = entry[field].replace(/.$/, (digit: string) => (digit === '0' ? '1' : '0'));
      const file = join(directory, 'changed.json');
      await writeFile(file, JSON.stringify(content));
      const { code, out } = await run(['vectors', '--json', file]);
      expect(code).toBe(1);
      const failed = JSON.parse(out).cases.filter((each: { ok: boolean }) => !each.ok);
      expect(failed).toHaveLength(1);
    }
  });

  test('a file that is none of them is a mistake in usage', async () => {
    const other = join(directory, 'other.json');
    await writeFile(other, '{"name":"x"}');
    expect((await run(['vectors', other])).code).toBe(2);
    expect((await run(['vectors', join(directory, 'nowhere.json')])).code).toBe(2);
  });
});

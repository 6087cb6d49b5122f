// The search for secrets in logs: every spelling is found, and what only looks like one is not.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeFindings, findNeedles, type Needle } from '../../support/needles.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'needles-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const pin: Needle = { form: 'digits', what: 'PIN of Alice', value: '4071' };
const code: Needle = { form: 'digits', what: 'a sent code', value: '482913' };
const password: Needle = { form: 'text', what: 'password of Alice', value: 'alice-demo-password' };
const number: Needle = { form: 'number', what: 'number of Alice', value: '+33639980001' };
const key: Needle = { form: 'hex', what: 'a SIM key', value: '00112233445566778899aabbccddeeff' };
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

function spellingsIn(log: string, needle: Needle): string[] {
  writeFileSync(join(directory, 'provider.log'), log);
  return findNeedles(directory, [needle]).map(({ spelling }) => spelling);
}

test.each<[string, Needle, string]>([
  ['a PIN', pin, '{"msg":"got 4071"}'],
  ['a PIN as a value', pin, '{"x":4071}'],
  ['a PIN as hexadecimal octets', pin, 'data 34303731'],
  ['a PIN in base64', pin, `{"x":"${base64('4071')}"}`],
  ['a PIN in swapped nibbles', pin, 'octets 0417 end'],
  ['a code', code, 'code=482913&'],
  ['a code in swapped nibbles', code, 'pdu: 849231'],
  ['a password', password, 'x=alice-demo-password'],
  ['a password in hexadecimal', password, Buffer.from('alice-demo-password').toString('hex').toUpperCase()],
  ['a password in base64url', password, Buffer.from('alice-demo-password').toString('base64url')],
  ['a number', number, 'to +33639980001'],
  ['a number as it is dialled', number, 'to 0639980001'],
  ['a number in pairs', number, 'to 06 39 98 00 01'],
  ['a number in pairs with its country', number, 'to +33 6 39 98 00 01'],
  ['a number as SMS carry it', number, 'da=3336990800F1 x'],
  ['a key', key, 'k=00112233445566778899AABBCCDDEEFF'],
  ['a key in base64', key, base64(Buffer.from(key.value, 'hex'))],
])('%s is found', (_what, needle, log) => {
  expect(spellingsIn(log, needle).length).toBeGreaterThan(0);
});

test.each([0, 1, 2, 3, 4, 5])('a secret inside a longer base64 text is found with %i octets before it', (before) => {
  const log = base64(`${'x'.repeat(before)}alice-demo-password and more`);
  expect(spellingsIn(log, password)).toContain('base64, inside');
});

test('a basic authorization header is found', () => {
  const header = `Basic ${base64('portal:portal-demo-secret-32-characters-long')}`;
  const secret: Needle = { form: 'text', what: 'client secret', value: 'portal-demo-secret-32-characters-long' };
  expect(spellingsIn(header, secret)).not.toEqual([]);
});

test.each<[string, string]>([
  ['a longer number', 'id 140713'],
  ['an identifier', 'att_4071x'],
  ['a hash', 'f4071a'],
  ['a measurement', 'took 12.4071 ms, 4071.5 ms'],
  ['a masked number', '+33 6 39 98 ** 01'],
])('%s is no PIN', (_what, log) => {
  expect(spellingsIn(log, pin)).toEqual([]);
});

test('a masked number is not the number', () => {
  expect(spellingsIn('+33 6 39 98 ** 01', number)).toEqual([]);
});

test('a finding tells file, line, kind and spelling, and never the secret', () => {
  writeFileSync(join(directory, 'provider.log'), 'one\ntwo alice-demo-password\n');
  const findings = findNeedles(directory, [password]);
  expect(findings).toEqual([
    { file: join(directory, 'provider.log'), line: 2, what: 'password of Alice', spelling: 'as it is' },
  ]);
  expect(describeFindings(findings)).toBe(`${join(directory, 'provider.log')}:2: password of Alice (as it is)`);
});

test('every log in the directory is searched, at any depth, and nothing else', () => {
  mkdirSync(join(directory, 'portal'));
  writeFileSync(join(directory, 'portal', 'a.log'), password.value);
  writeFileSync(join(directory, 'b.log'), password.value);
  writeFileSync(join(directory, 'c.needles'), password.value);
  expect(findNeedles(directory, [password]).map(({ file }) => file)).toEqual([
    join(directory, 'b.log'),
    join(directory, 'portal', 'a.log'),
  ]);
});

test('every occurrence is found', () => {
  expect(spellingsIn('4071 4071\n4071', pin)).toHaveLength(3);
});

test('no directory and no logs are no findings', () => {
  expect(findNeedles(directory, [pin])).toEqual([]);
  expect(findNeedles(join(directory, 'nowhere'), [pin])).toEqual([]);
});

// The master key: sealed values open only in their place, rotate with the previous key, and indexes are stable.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createMasterKey, SealError } from '../../../src/ops/master-key.ts';

const current = Buffer.alloc(32, 1);
const previous = Buffer.alloc(32, 2);
const place = { table: 'sims', column: 'key', row: 'sim_1' };
const masterKey = createMasterKey({ current }, randomBytes);

test('what is sealed opens in its place', () => {
  expect(masterKey.open(place, masterKey.seal(place, 'value')).toString()).toBe('value');
  expect(masterKey.open(place, masterKey.seal(place, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
});

test('the same value is sealed differently each time and shows nothing of itself', () => {
  const sealed = masterKey.seal(place, 'value');
  expect(sealed).toMatch(/^v[0-9a-f]{8}\.[\w-]+$/);
  expect(sealed).not.toBe(masterKey.seal(place, 'value'));
});

test.each([
  ['table', { ...place, table: 'lines' }],
  ['column', { ...place, column: 'other' }],
  ['row', { ...place, row: 'sim_2' }],
])('it does not open in another %s', (_what, other) => {
  expect(() => masterKey.open(other, masterKey.seal(place, 'value'))).toThrow(SealError);
});

test('two places whose names join to the same text are two places', () => {
  const left = { table: 'a', column: 'bc', row: 'd' };
  const right = { table: 'ab', column: 'c', row: 'd' };
  expect(() => masterKey.open(right, masterKey.seal(left, 'value'))).toThrow(SealError);
});

test('every changed octet is noticed', () => {
  const sealed = masterKey.seal(place, 'value');
  const [version, text = ''] = sealed.split('.');
  const octets = Buffer.from(text, 'base64url');
  for (let at = 0; at < octets.length; at++) {
    const changed = Buffer.from(octets);
    changed[at]! ^= 1;
    expect(() => masterKey.open(place, `${version}.${changed.toString('base64url')}`)).toThrow(SealError);
  }
});

test.each(['', 'v1.abc', 'plain text', 'v00000000.AAAA', 'vffffffff'])('%j is not a sealed value', (text) => {
  expect(() => masterKey.open(place, text)).toThrow(SealError);
});

test('a value that is cut short does not open', () => {
  const sealed = masterKey.seal(place, 'value');
  expect(() => masterKey.open(place, sealed.slice(0, 30))).toThrow(SealError);
});

test('during a rotation old values open, are known as old, and new ones are sealed with the new key', () => {
  const old = createMasterKey({ current: previous }, randomBytes).seal(place, 'value');
  const both = createMasterKey({ current, previous }, randomBytes);
  expect(both.open(place, old).toString()).toBe('value');
  expect(both.isOld(old)).toBe(true);
  expect(both.isOld(both.seal(place, 'value'))).toBe(false);
  expect(() => masterKey.open(place, old)).toThrow(SealError);
});

test('an index is the same for the same identifier, and differs by kind, value and key', () => {
  const index = masterKey.index('msisdn', '+33639980001');
  expect(masterKey.index('msisdn', '+33639980001')).toEqual(index);
  expect(masterKey.index('email', '+33639980001')).not.toEqual(index);
  expect(masterKey.index('msisdn', '+33639980002')).not.toEqual(index);
  expect(createMasterKey({ current: previous }, randomBytes).index('msisdn', '+33639980001')).not.toEqual(index);
});

test('each purpose has a key of its own, none of them the master key', () => {
  const purposes = ['data', 'index', 'row', 'wrap-sim', 'cookies', 'pairwise', 'dpop'] as const;
  const keys = purposes.map((purpose) => masterKey.derive(purpose).toString('hex'));
  expect(new Set([...keys, current.toString('hex')]).size).toBe(purposes.length + 1);
  for (const key of keys) expect(key).toHaveLength(64);
});

test('a row MAC depends on every octet of the row', () => {
  expect(masterKey.rowMac(Buffer.from('ab'))).not.toEqual(masterKey.rowMac(Buffer.from('aa')));
  expect(masterKey.rowMac(Buffer.from('ab'))).toEqual(masterKey.rowMac(Buffer.from('ab')));
});

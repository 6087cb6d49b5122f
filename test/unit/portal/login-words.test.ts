// acr and amr in words, and what is hidden of numbers and addresses.
import { describe, expect, test } from 'vitest';
import { describeLogin, maskContact, maskEmail, maskNumber, meetsLevel } from '../../../src/portal/login-words.ts';

describe('how a person logged in is told from amr, then from acr', () => {
  test.each([
    ['3', ['sc', 'pin', 'mfa', 'mca'], 'phone-pin'],
    ['2', ['sc', 'mca'], 'phone-ok'],
    ['1', ['pwd'], 'password'],
    ['3', ['SIM_PIN'], 'phone-pin'],
    ['2', ['SIM_OK'], 'phone-ok'],
    ['1', ['UID_PWD'], 'password'],
    ['3', [], 'phone-pin'],
    ['2', [], 'phone-ok'],
    ['1', [], 'password'],
    ['eidas1', [], 'unknown'],
    [undefined, [], 'unknown'],
    [undefined, ['sc', 'pin'], 'phone-pin'],
    ['3', ['pwd'], 'password'],
  ] as const)('acr %s, amr %j: %s', (acr, amr, expected) => {
    expect(describeLogin({ acr, amr })).toBe(expected);
  });
});

describe('a level is met by itself and by higher ones', () => {
  test.each([
    ['3', '3', true],
    ['3', '2', true],
    ['2', '3', false],
    ['1', '2', false],
    [undefined, '1', false],
    ['eidas1', '2', false],
    ['', '0', false],
  ])('%s for %s: %s', (achieved, asked, expected) => {
    expect(meetsLevel(achieved, asked)).toBe(expected);
  });
});

describe('numbers keep their two last digits, the two before are hidden', () => {
  test.each([
    ['+33639980001', '+33 6 39 98 ** 01'],
    ['33639980001', '+33 6 39 98 ** 01'],
    ['+33 6 39 98 00 04', '+33 6 39 98 ** 04'],
    ['+23057001234', '+2305700**34'],
    ['12345', '**'],
  ])('%s → %s', (number, masked) => {
    expect(maskNumber(number)).toBe(masked);
  });
});

test.each([
  ['alice@exemple.test', 'a•••@exemple.test'],
  ['é@exemple.test', 'é•••@exemple.test'],
  ['@exemple.test', '•••'],
  ['nobody', '•••'],
])('an address keeps its first letter and its domain: %s', (address, masked) => {
  expect(maskEmail(address)).toBe(masked);
});

test.each([
  ['+33639980001', '+33 6 39 98 ** 01'],
  ['06 39 98 00 01', '063998**01'],
  ['alice@exemple.test', 'a•••@exemple.test'],
  ['2026-11-22', '2026-11-22'],
  ['Alice Martin', 'Alice Martin'],
  ['exemple', 'exemple'],
])('only whole numbers and addresses are masked: %s', (value, shown) => {
  expect(maskContact(value)).toBe(shown);
});

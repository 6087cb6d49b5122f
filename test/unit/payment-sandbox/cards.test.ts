// Cards as they are typed: what is read, and what is wrong with the others.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { passesLuhn, readCard, spacedNumber, testCards } from '../../../src/payment-sandbox/cards.ts';

const now = new Date('2026-11-22T12:00:00Z');
const good = { number: '4242 4242 4242 4242', expiry: '12/30', code: '123' };
const problemsOf = (changes: Partial<typeof good>) => {
  const read = readCard({ ...good, ...changes }, now);
  return read.kind === 'wrong' ? read.problems : {};
};

test('every test card is read, with spaces, hyphens or neither', () => {
  for (const card of testCards) {
    for (const number of [card.number, spacedNumber(card.number), card.number.replace(/(.{4})/g, '$1-')]) {
      expect(readCard({ ...good, number }, now)).toEqual({ kind: 'card', card });
    }
  }
});

test('a number with one wrong digit, or two that have changed places, fails its checksum (ISO/IEC 7812-1)', () => {
  fc.assert(
    fc.property(fc.constantFrom(...testCards), fc.nat(15), fc.integer({ min: 1, max: 9 }), ({ number }, at, by) => {
      const digit = (Number(number[at]) + by) % 10;
      expect(passesLuhn(number.slice(0, at) + digit + number.slice(at + 1))).toBe(false);
    }),
  );
});

test('what is wrong is told by field: form, checksum, a real card, a date that is past', () => {
  expect(problemsOf({ number: '1234' })).toEqual({ number: 'form' });
  expect(problemsOf({ number: '4242424242424241' })).toEqual({ number: 'checksum' });
  expect(problemsOf({ number: '4111111111111111' })).toEqual({ number: 'unknown' });
  expect(problemsOf({ expiry: '13/30' })).toEqual({ expiry: 'form' });
  expect(problemsOf({ expiry: '10/26' })).toEqual({ expiry: 'past' });
  expect(problemsOf({ code: '12a' })).toEqual({ code: 'form' });
  expect(problemsOf({ expiry: '11/26' })).toEqual({});
  expect(problemsOf({ expiry: ' 11 / 2026 ' })).toEqual({});
  expect(problemsOf({ number: '', expiry: '', code: '' })).toEqual({ number: 'form', expiry: 'form', code: 'form' });
});

// Local parts: which may be, which nobody gets, which are proposed.
import { describe, expect, test } from 'vitest';
import { isReserved, proposeNames, readLocalPart } from '../../../src/customer/mail-names.ts';

test('D14 a local part is read in any case, with or without its domain', () => {
  expect(readLocalPart(' Lea.Garcia ', 'exemple.test')).toBe('lea.garcia');
  expect(readLocalPart('LEA@EXEMPLE.TEST', 'exemple.test')).toBe('lea');
  expect(readLocalPart('lea@exemple.test.ailleurs.test', 'exemple.test')).toBeUndefined();
});

describe('X93 reserved are', () => {
  test.each(['postmaster', 'POSTMASTER', 'post.master', 'no_reply', 'abuse2', 'admin', 'Exemple', 'service-exemple'])(
    '%s',
    (local) => {
      expect(isReserved(local, 'exemple')).toBe(true);
    },
  );
  test.each(['lea.garcia', 'adminette', 'exemplaire', 'abusebanu'])('not %s', (local) => {
    expect(isReserved(local, 'exemple')).toBe(false);
  });
  test('by a short brand only where it is the whole name', () => {
    expect(isReserved('ileana', 'ile')).toBe(false);
    expect(isReserved('ile-support', 'ile')).toBe(true);
  });
});

describe('proposals', () => {
  test.each([
    ['Léa', 'Garcia', 'lea.garcia'],
    ['Jean-Noël', "L’Œuvre d'Art", 'jean-noel.loeuvre-dart'],
    ['Łukasz', 'Strauß', 'lukasz.strauss'],
    ['李', '小龙', 'boite'],
    ['Z', 'Ę', 'z.e'],
    ['A'.repeat(50), 'B'.repeat(50), 'a'.repeat(40)],
  ])('of %s %s are all valid and plenty, the best one first', (givenName, familyName, best) => {
    const names = proposeNames({ givenName, familyName });
    expect(names[0]).toBe(best);
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(readLocalPart(name, 'exemple.test')).toBe(name);
  });
});

// Bank account numbers: read in any spelling, refused when a digit is wrong, shown without telling them.
import { expect, test } from 'vitest';
import { endOfIban, maskIban, parseIban } from '../../../src/enrolment/iban.ts';

test.each([
  ['FR7630001007941234567890185', 'FR7630001007941234567890185'],
  ['fr76 3000 1007 9412 3456 7890 185', 'FR7630001007941234567890185'],
  ['DE89\u00a03704 0044 0532 0130 00', 'DE89370400440532013000'],
  ['NL91-ABNA-0417-1643-00', 'NL91ABNA0417164300'],
  ['MU17BOMM0101101030300200000MUR', 'MU17BOMM0101101030300200000MUR'],
])('%s is read', (typed, iban) => {
  expect(parseIban(typed)).toBe(iban);
});

test.each([
  ['a wrong digit', 'FR7630001007941234567890186'],
  ['two digits swapped', 'FR7630001007941234567891085'],
  ['too short', 'FR763000100794123456789018'],
  ['another country’s length', 'DE8937040044053201300000'],
  ['a country that is not served', 'BR1800360305000010009795493C1'],
  ['letters of another script', 'FR76３０００1007941234567890185'],
  ['nothing', ''],
  ['a very long text', 'F'.repeat(1_000)],
])('%s is refused', (_what, typed) => {
  expect(parseIban(typed)).toBeUndefined();
});

test('every single wrong digit is found', () => {
  const good = 'FR7630001007941234567890185';
  for (let place = 4; place < good.length; place++) {
    const wrong = `${good.slice(0, place)}${(Number(good[place]) + 1) % 10}${good.slice(place + 1)}`;
    expect([place, parseIban(wrong)]).toEqual([place, undefined]);
  }
});

test('is shown by country, check digits and end', () => {
  expect(maskIban('FR7630001007941234567890185')).toBe('FR76 •••• 0185');
  expect(endOfIban('FR7630001007941234567890185')).toBe('0185');
});

// Money adds up whatever the amounts: taxes by line, sums of random bills in EUR and MUR (E18, X105).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Charge, carriedOver, chargedLines, sumOfLines, taxTotals } from '../../../src/customer/bill-charges.ts';
import { addAmounts, amountText, decimalText, fromMoney, taxed, toMoney } from '../../../src/customer/money.ts';
import { brands } from './billing-world.ts';

const minor = fc.integer({ min: -10_000_000, max: 10_000_000 });
const rate = fc.integer({ min: 0, max: 3_000 });

test('a price and its tax add up, with the tax in it or on top', () => {
  fc.assert(
    fc.property(minor, rate, fc.boolean(), (amount, percent, includesTax) => {
      const { exclMinor, taxMinor, inclMinor } = taxed(amount, { rate: percent, includesTax });
      expect(exclMinor + taxMinor).toBe(inclMinor);
      expect(includesTax ? inclMinor : exclMinor).toBe(amount);
      // At most half a cent from the exact tax.
      const exact = includesTax ? (amount * percent) / (10_000 + percent) : (amount * percent) / 10_000;
      expect(Math.abs(taxMinor - exact)).toBeLessThanOrEqual(0.5 + 1e-6);
    }),
  );
});

test('half a cent is rounded up, and a credit takes back exactly what was charged', () => {
  expect(taxed(250, { rate: 2_000, includesTax: false })).toEqual({ exclMinor: 250, taxMinor: 50, inclMinor: 300 });
  expect(taxed(1_250, { rate: 550, includesTax: false }).taxMinor).toBe(69);
  expect(taxed(10, { rate: 1_500, includesTax: false }).taxMinor).toBe(2);
  expect(taxed(-10, { rate: 1_500, includesTax: false }).taxMinor).toBe(-2);
  expect(taxed(-3, { rate: 0, includesTax: true })).toEqual({ exclMinor: -3, taxMinor: 0, inclMinor: -3 });
});

const charge: fc.Arbitrary<Charge> = fc.record({
  kind: fc.constantFrom('subscription', 'option', 'deferred', 'out_of_bundle', 'credit'),
  label: fc.constant({ fr: 'Ligne', en: 'Line' }),
  minor,
  includesTax: fc.boolean(),
  taxCategory: fc.constantFrom('standard', 'reduced', 'exempt'),
});

describe.each(['exemple', 'ile'])('random bills of %s', (id) => {
  const { taxRates, currency } = brands.of(id);

  test('lines, taxes and sums are one and the same amount', () => {
    fc.assert(
      fc.property(fc.array(charge, { maxLength: 40 }), (charges) => {
        const lines = chargedLines(charges, taxRates);
        const sum = sumOfLines(lines);
        expect(sum.exclMinor + sum.taxMinor).toBe(sum.inclMinor);
        expect(sumOfLines(taxTotals(lines))).toEqual(sum);
        // What a reader of the file adds up is what the bill asks for.
        const written = lines.map(({ inclMinor }) => decimalText({ unit: currency, minor: inclMinor }));
        const added = addAmounts(
          currency,
          written.map((text) => fromMoney({ unit: currency, value: Number(text) })!),
        );
        expect(added.minor).toBe(sum.inclMinor);
      }),
    );
  });

  test('credit that is larger than the bill leaves nothing due and is carried over whole', () => {
    fc.assert(
      fc.property(fc.array(charge, { maxLength: 20 }), (charges) => {
        const before = sumOfLines(chargedLines(charges, taxRates)).inclMinor;
        const carry = carriedOver(chargedLines(charges, taxRates));
        const all = carry === undefined ? charges : [...charges, carry];
        expect(sumOfLines(chargedLines(all, taxRates)).inclMinor).toBe(Math.max(0, before));
        expect(carry?.minor ?? 0).toBe(Math.max(0, -before));
      }),
    );
  });
});

test('an amount goes out and comes back the same', () => {
  fc.assert(
    fc.property(minor, fc.constantFrom('EUR', 'MUR', 'JPY'), (amount, unit) => {
      expect(fromMoney(toMoney({ unit, minor: amount }))).toEqual({ unit, minor: amount === 0 ? 0 : amount });
    }),
  );
});

test('what is no amount of the currency is refused', () => {
  expect(fromMoney({ unit: 'EUR', value: 1.005 })).toBeUndefined();
  expect(fromMoney({ unit: 'JPY', value: 1.5 })).toBeUndefined();
  expect(fromMoney({ unit: 'eur', value: 1 })).toBeUndefined();
  expect(fromMoney({ unit: 'EUR', value: 1e18 })).toBeUndefined();
  expect(fromMoney({ unit: 'EUR', value: Number.NaN })).toBeUndefined();
  expect(() => addAmounts('EUR', [{ unit: 'MUR', minor: 1 }])).toThrow(RangeError);
});

test('digits are written without any loss', () => {
  expect(decimalText({ unit: 'EUR', minor: -5 })).toBe('-0.05');
  expect(decimalText({ unit: 'JPY', minor: 1_200 })).toBe('1200');
  expect(amountText({ unit: 'EUR', minor: 123_450 }, 'fr').replace(/[\u00a0\u202f]/g, ' ')).toBe('1 234,50 €');
  expect(amountText({ unit: 'MUR', minor: 123_450 }, 'en').replace(/\u00a0/g, ' ')).toBe('MUR 1,234.50');
});

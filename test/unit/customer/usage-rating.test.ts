// The pure parts of consumption: billing months, where an event belongs, plan before purse, gauges.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { billingPeriodAt, periodBefore } from '../../../src/customer/billing-period.ts';
import { catalogueOf, findOffer } from '../../../src/customer/catalogue.ts';
import type { CounterState } from '../../../src/customer/usage-rating.ts';
import {
  controlOf,
  emptyCounter,
  gaugeOf,
  hasLimitedData,
  leftOf,
  planOf,
  rateEvent,
} from '../../../src/customer/usage-rating.ts';
import { categoryOf, chargeOf, tariffOf } from '../../../src/customer/usage-tariff.ts';

const tariff = tariffOf('exemple')!;
const gigabyte = 1_000_000_000;
const planFor = (offerId: string | null, optionIds: string[] = []) =>
  planOf(findOffer(catalogueOf('exemple'), offerId), { tariff, optionIds });

describe('a billing month', () => {
  const timeZone = 'Europe/Paris';
  const at = (text: string) => ({ at: new Date(text), timeZone });

  test.each([
    ['2025-03-18T09:00:00Z', '2026-03-20T12:00:00Z', '2026-03-17T23:00:00Z', '2026-04-17T22:00:00Z'],
    ['2025-03-18T09:00:00Z', '2026-01-02T12:00:00Z', '2025-12-17T23:00:00Z', '2026-01-17T23:00:00Z'],
    // Of a month that is too short: the 28th.
    ['2025-01-31T12:00:00Z', '2026-02-28T00:00:00Z', '2026-02-27T23:00:00Z', '2026-03-27T23:00:00Z'],
  ])('of a contract of %s at %s is %s to %s', (startedAt, now, start, end) => {
    const period = billingPeriodAt({ startedAt: new Date(startedAt) }, at(now));
    expect([period.start.toISOString(), period.end.toISOString()]).toEqual([
      new Date(start).toISOString(),
      new Date(end).toISOString(),
    ]);
  });

  test('follows the one before without gap or overlap, and holds its moment', () => {
    const moments = fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(moments, moments, fc.constantFrom('Europe/Paris', 'Indian/Mauritius'), (startedAt, now, zone) => {
        const period = billingPeriodAt({ startedAt }, { at: now, timeZone: zone });
        expect(period.start <= now && now < period.end).toBe(true);
        expect(periodBefore({ startedAt }, { start: period.start, timeZone: zone }).end).toEqual(period.start);
        expect(billingPeriodAt({ startedAt }, { at: period.start, timeZone: zone })).toEqual(period);
      }),
    );
  });
});

describe('an event belongs', () => {
  test.each([
    [{ peer: '+33639981234' }, 'national'],
    [{ peer: '3900' }, 'national'],
    [{ peer: '81234' }, 'premium'],
    [{ peer: '+33899123456' }, 'premium'],
    [{ peer: '+441632960000' }, 'international'],
    [{ peer: '+441632960000', abroad: 'ES' }, 'roaming_europe'],
    [{ abroad: 'US' }, 'roaming_world'],
    [{}, 'national'],
  ])('%j to %s', (event, category) => {
    expect(categoryOf(tariff, event)).toBe(category);
  });

  test.each([
    ['sms', 'premium', 'premium_sms'],
    ['voice', 'premium', 'premium_calls'],
    ['mms', 'international', 'international'],
    ['data', 'roaming_world', 'roaming_data'],
    ['voice', 'roaming_europe', 'roaming_calls'],
    ['data', 'national', undefined],
  ] as const)('B22 %s of category %s to the switch %s', (type, category, control) => {
    expect(controlOf(type, category)).toBe(control);
  });
});

describe('rating', () => {
  const event = { type: 'data', category: 'national', direction: 'out', blocked: null } as const;

  test('each begun unit counts', () => {
    expect([0, 1, 60, 61].map((seconds) => chargeOf(seconds, { per: 60, minor: 35 }))).toEqual([0, 35, 35, 70]);
  });

  test('an event that goes beyond the plan is split', () => {
    const counter = { ...emptyCounter, used: 4.9 * gigabyte, included: 4.9 * gigabyte };
    const result = rateEvent({ ...event, quantity: 0.2 * gigabyte }, { plan: planFor('mobile-5'), tariff, counter });
    expect(result.included).toBeCloseTo(0.1 * gigabyte, -2);
    expect(result.chargeMinor).toBe(50);
  });

  test('options widen the plan: more data each month, use abroad', () => {
    expect(leftOf('data', planFor('mobile-40', ['opt-extra-20']), emptyCounter)).toBe(60 * gigabyte);
    const abroad = { ...event, category: 'roaming_europe', quantity: gigabyte } as const;
    const rate = (options: string[]) =>
      rateEvent(abroad, { plan: planFor('mobile-40', options), tariff, counter: emptyCounter });
    expect(rate([])).toMatchObject({ outside: true, included: 0, chargeMinor: 1_000 });
    expect(rate(['opt-europe'])).toMatchObject({ outside: false, included: gigabyte, chargeMinor: 0 });
  });

  test('a plan that nobody knows is unlimited, and has nothing to top up', () => {
    const plan = planFor(null);
    expect(rateEvent({ ...event, quantity: 1e12 }, { plan, tariff, counter: emptyCounter }).chargeMinor).toBe(0);
    expect([hasLimitedData(plan), hasLimitedData(planFor('mobile-5')), hasLimitedData(planFor('home-fibre'))]).toEqual([
      ...[false, true, false],
    ]);
  });

  test('B17 a gauge stays between 0 and 100 and says what is beyond it', () => {
    const amounts = fc.integer({ min: 0, max: 20 * gigabyte });
    fc.assert(
      fc.property(fc.array(amounts, { maxLength: 8 }), fc.constantFrom(0, gigabyte), (quantities, granted) => {
        const plan = planFor('mobile-5');
        let counter: CounterState = { ...emptyCounter, granted };
        for (const quantity of quantities)
          counter = rateEvent({ ...event, quantity }, { plan, tariff, counter }).counter;
        const gauge = gaugeOf('data', plan, counter);
        const sum = quantities.reduce((total, one) => total + one, 0);
        expect(gauge.used).toBe(sum);
        expect(gauge.overLimit).toBe(sum > 5 * gigabyte + granted);
        expect(gauge.percent).toBe(
          Math.min(100, Math.floor((Math.min(sum, gauge.allowance!) * 100) / gauge.allowance!)),
        );
      }),
    );
  });
});

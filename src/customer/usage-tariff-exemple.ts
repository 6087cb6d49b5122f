// Prices of use beyond the plan and top-ups of the brands `exemple` and `exemple-eco`. Fictional; data only.
import type { UsageTariff } from './usage-tariff.ts';

const megabyte = 1_000_000;
const gigabyte = 1_000_000_000;
const euros = (minor: number) => ({ unit: 'EUR', minor });

const unionCountries = 'AT BE BG CY CZ DE DK EE ES FI GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(
  ' ',
);

export const exempleTariff: UsageTariff = {
  unit: 'EUR',
  callingCode: '+33',
  premiumNumbers: /^\+338(?:1|2|9)\d+$/,
  premiumCodes: /^[3-8]\d{4}$/,
  europe: new Set(unionCountries),
  prices: {
    voice: {
      ...{ national: { per: 60, minor: 35 }, international: { per: 60, minor: 60 }, premium: { per: 60, minor: 80 } },
      ...{ roaming_europe: { per: 60, minor: 30 }, roaming_world: { per: 60, minor: 290 } },
    },
    sms: {
      ...{ national: { per: 1, minor: 12 }, international: { per: 1, minor: 30 }, premium: { per: 1, minor: 150 } },
      ...{ roaming_europe: { per: 1, minor: 10 }, roaming_world: { per: 1, minor: 50 } },
    },
    mms: {
      ...{ national: { per: 1, minor: 30 }, international: { per: 1, minor: 110 }, premium: { per: 1, minor: 150 } },
      ...{ roaming_europe: { per: 1, minor: 30 }, roaming_world: { per: 1, minor: 110 } },
    },
    data: {
      national: { per: 10 * megabyte, minor: 5 },
      ...{ roaming_europe: { per: megabyte, minor: 1 }, roaming_world: { per: megabyte, minor: 250 } },
    },
    fixed_voice: {
      ...{ national: { per: 60, minor: 5 }, international: { per: 60, minor: 25 }, premium: { per: 60, minor: 80 } },
    },
    internet: { national: { per: gigabyte, minor: 50 } },
  },
  covers: {
    'mobile-150': ['roaming_europe'],
    'open-200': ['roaming_europe'],
    'opt-europe': ['roaming_europe'],
    'opt-world': ['roaming_europe', 'roaming_world'],
  },
  monthlyBytes: { 'opt-extra-20': 20 * gigabyte },
  topUps: [
    {
      ...{ id: 'topup-1', bytes: gigabyte, price: euros(200) },
      name: { fr: 'Recharge 1 Go', en: 'Top-up of 1 GB' },
    },
    {
      ...{ id: 'topup-5', bytes: 5 * gigabyte, price: euros(500) },
      name: { fr: 'Recharge 5 Go', en: 'Top-up of 5 GB' },
    },
    {
      ...{ id: 'topup-20', bytes: 20 * gigabyte, price: euros(1000) },
      name: { fr: 'Recharge 20 Go', en: 'Top-up of 20 GB' },
    },
  ],
};

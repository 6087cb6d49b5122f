// Prices of use beyond the plan and top-ups of the brand `ile`, in Mauritian rupees. Fictional; data only.
import type { UsageTariff } from './usage-tariff.ts';

const megabyte = 1_000_000;
const gigabyte = 1_000_000_000;
const rupees = (minor: number) => ({ unit: 'MUR', minor });

export const ileTariff: UsageTariff = {
  unit: 'MUR',
  callingCode: '+230',
  premiumNumbers: /^\+23030\d+$/,
  premiumCodes: /^[67]\d{3,4}$/,
  // There is no roaming at home prices from an island.
  europe: new Set(),
  prices: {
    voice: {
      ...{ national: { per: 60, minor: 240 }, international: { per: 60, minor: 1200 } },
      ...{ premium: { per: 60, minor: 1500 }, roaming_world: { per: 60, minor: 6000 } },
    },
    sms: {
      ...{ national: { per: 1, minor: 60 }, international: { per: 1, minor: 300 } },
      ...{ premium: { per: 1, minor: 2000 }, roaming_world: { per: 1, minor: 900 } },
    },
    mms: {
      ...{ national: { per: 1, minor: 300 }, international: { per: 1, minor: 900 } },
      ...{ premium: { per: 1, minor: 2000 }, roaming_world: { per: 1, minor: 1800 } },
    },
    data: { national: { per: megabyte, minor: 20 }, roaming_world: { per: megabyte, minor: 4000 } },
    fixed_voice: { national: { per: 60, minor: 120 }, international: { per: 60, minor: 900 } },
    internet: { national: { per: gigabyte, minor: 1000 } },
  },
  covers: {},
  monthlyBytes: {},
  topUps: [
    {
      ...{ id: 'topup-1', bytes: gigabyte, price: rupees(4_900) },
      name: { fr: 'Recharge 1 Go', en: 'Top-up of 1 GB' },
    },
    {
      ...{ id: 'topup-10', bytes: 10 * gigabyte, price: rupees(29_900) },
      name: { fr: 'Recharge 10 Go', en: 'Top-up of 10 GB' },
    },
  ],
};

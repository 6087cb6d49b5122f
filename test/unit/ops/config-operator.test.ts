// What a deployment says about its brands: which have the service, and what the time is there.
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/ops/config.ts';
import { readTimeZones } from '../../../src/ops/config-operator.ts';

const serve = {
  ISSUER: 'https://id.example.com',
  DATABASE_URL: 'postgres://db.example.com/app',
  SMSC_URL: 'smpps://user:secret@smsc.example.com',
  SMTP_URL: 'smtps://mail.example.com',
  SMTP_FROM: 'noreply@example.com',
  NUMBERING_PLAN: 'exemple:208_99:+3363998',
  MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
};

test('A11: the service is on for the brand of the issuer, and for those that are named', () => {
  const brandsOf = (more: object) => loadConfig({ ...serve, ...more }, 'serve').operators.mobileConnectBrands;
  expect(brandsOf({})).toEqual(['exemple']);
  expect(brandsOf({ BRAND: 'ile' })).toEqual(['ile']);
  expect(brandsOf({ MOBILE_CONNECT_BRANDS: 'exemple, exemple-eco' })).toEqual(['exemple', 'exemple-eco']);
  expect(loadConfig({}, 'demo').operators.mobileConnectBrands).toEqual(['exemple', 'exemple-eco']);
});

test('a brand has the time zone that is named for it', () => {
  const zones = readTimeZones('ile=Indian/Mauritius, exemple-eco=Europe/Brussels')!;
  expect(['ile', 'exemple-eco', 'exemple'].map((brand) => zones.of(brand))).toEqual([
    'Indian/Mauritius',
    'Europe/Brussels',
    'Europe/Paris',
  ]);
});

test.each(['ile', 'ile=', 'ile=Nowhere/Land', '=Europe/Paris', 'Ile=Europe/Paris', 'ile=UTC=UTC'])(
  'time zones are not written %j',
  (text) => {
    expect(readTimeZones(text)).toBeUndefined();
  },
);

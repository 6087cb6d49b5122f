// The configuration: defaults by mode, all mistakes at once, never a value in a mistake.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ConfigError, configSections, dataDirectoryOf, loadConfig } from '../../../src/ops/config.ts';
import { sandboxPaymentSecret } from '../../../src/ops/config-payments.ts';
import type { Environment, Mode } from '../../../src/ops/config-values.ts';

const paymentSecret = 'a-secret-of-our-payment-provider-and-us';
const masterKey = Buffer.alloc(32, 7).toString('base64');

/** What production needs at least. */
const production: Environment = {
  ISSUER: 'https://id.example.com',
  DATABASE_URL: 'postgres://app@db.example.com/app',
  MASTER_KEY: masterKey,
  SMSC_URL: 'smpps://provider:secret12@smsc.example.com',
  SMTP_URL: 'smtps://mail.example.com',
  SMTP_FROM: 'no-reply@example.com',
  NUMBERING_PLAN: 'exemple:208_99:+3363998',
};

function mistakesOf(given: Environment, mode: Mode = 'serve', readFile?: (path: string) => string): string[] {
  try {
    loadConfig(given, mode, readFile);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map(({ variable }) => variable);
  }
}

test('the demo starts with nothing set: local issuer, sandbox, embedded database, its own SMSC', () => {
  const config = loadConfig({}, 'demo');
  expect(config.provider).toMatchObject({ issuer: 'http://localhost:3000', sandbox: true, brand: 'exemple' });
  expect(config.storage.databaseUrl).toBe('.data');
  expect(config.smsc.address).toEqual({
    tls: false,
    host: '127.0.0.1',
    port: 2775,
    systemId: 'provider',
    password: 'smppdemo',
  });
  expect(config.listeners.host).toBe('127.0.0.1');
  expect(config.listeners.trustedProxies).toEqual(['127.0.0.1', '::1']);
});

test('the numbers that no source prescribes have the defaults of the design', () => {
  const { attempts, locks, tokens, retention } = loadConfig({}, 'demo');
  expect(attempts).toMatchObject({ ttlSeconds: 120, finishSeconds: 60, resendSeconds: 20, resends: 2 });
  expect(attempts).toMatchObject({ sendLeaseSeconds: 10, maxSends: 3, confirmNewBrowser: 'compare' });
  expect(locks).toMatchObject({ maxWrongPins: 3, lockHours: 24, holdHours: 24, muteHours: 1 });
  expect(locks).toMatchObject({ pushBudget: 3, pushBudgetMinutes: 15 });
  expect(tokens).toMatchObject({ codeSeconds: 60, accessSeconds: 300, hubCodeSeconds: 30, hubAccessSeconds: 60 });
  expect(tokens.refreshGraceSeconds).toBe(30);
  expect(retention).toEqual({
    ...{ attemptDays: 90, inboundHours: 48, auditMonths: 13 },
    ...{ notificationMonths: 13, contactMonths: 13, feedbackMonths: 13 },
  });
});

test('other ports of the demo move the addresses that are made of them', () => {
  const config = loadConfig({ PORT: '4000', SMPP_PORT: '4775', SMTP_PORT: '4525' }, 'demo');
  expect(config.provider.issuer).toBe('http://localhost:4000');
  expect(config.smsc.address.port).toBe(4775);
  expect(config.mail.smtpUrl).toBe('smtp://127.0.0.1:4525');
});

test('production starts with what it needs, without sandbox, believing no proxy, on every address', () => {
  const config = loadConfig(production, 'serve');
  expect(config.provider.sandbox).toBe(false);
  expect(config.listeners).toMatchObject({
    host: undefined,
    trustedProxies: [],
    outboundAllow: [],
    opsHost: '127.0.0.1',
  });
  expect(config.smsc.address).toMatchObject({ tls: true, port: 3550 });
  expect(config.storage.masterKey).toEqual(Buffer.alloc(32, 7));
});

test('production lists everything that is missing at once', () => {
  expect(mistakesOf({})).toEqual(['ISSUER', 'SMSC_URL', 'SMTP_URL', 'SMTP_FROM', 'NUMBERING_PLAN', 'MASTER_KEY']);
});

test('every mistake is listed, with the form that is expected and without the value', () => {
  const given = {
    ...production,
    PORT: 'hunter2-port',
    ATTEMPT_TTL_SECONDS: '12.5',
    MASTER_KEY: 'hunter2-key',
    SMSC_URL: 'http://hunter2:hunter2@smsc',
    SANDBOX: 'hunter2',
    TRUSTED_PROXIES: '10.0.0.0/8,hunter2',
    ADMIN_TOKEN: 'hunter2 hunter2',
    DATABASE_URL: 'mysql://hunter2@db',
    LOG_LEVEL: 'hunter2',
  };
  const names = ['PORT', 'TRUSTED_PROXIES', 'SANDBOX', 'LOG_LEVEL', 'DATABASE_URL', 'MASTER_KEY', 'ADMIN_TOKEN'];
  expect(mistakesOf(given).sort()).toEqual([...names, 'SMSC_URL', 'ATTEMPT_TTL_SECONDS'].sort());
  const message = (() => {
    try {
      return String(loadConfig(given, 'serve'));
    } catch (error) {
      return String(error) + JSON.stringify(error);
    }
  })();
  expect(message).toContain('ATTEMPT_TTL_SECONDS: must be a whole number from 1 to 300 (seconds)');
  expect(message).not.toContain('hunter2');
});

test('a port that is spelled wrong is one mistake, not also one of the issuer made from it', () => {
  expect(mistakesOf({ PORT: '70000' }, 'demo')).toEqual(['PORT']);
});

test('an empty variable counts as missing', () => {
  expect(loadConfig({ PORT: '' }, 'demo').listeners.port).toBe(3000);
  expect(mistakesOf({ ...production, ISSUER: '' })).toEqual(['ISSUER']);
});

test.each([
  ['plain http that is not this machine', { ISSUER: 'http://id.example.com' }, ['ISSUER']],
  ['plain http at an address that is not this machine', { ISSUER: 'http://192.0.2.1' }, ['ISSUER']],
  ['an issuer with a path', { ISSUER: 'https://id.example.com/op' }, ['ISSUER']],
  ['an issuer with a query', { ISSUER: 'https://id.example.com/?a=b' }, ['ISSUER']],
  ['an issuer with user and password', { ISSUER: 'https://a:b@id.example.com' }, ['ISSUER']],
  ['the sandbox on a public issuer', { SANDBOX: 'true' }, ['SANDBOX']],
  ['a host that only looks local', { ISSUER: 'http://localhost.example.com' }, ['ISSUER']],
  ['plain SMPP to another machine', { SMSC_URL: 'smpp://a:b@smsc.example.com' }, ['SMSC_URL']],
  ['an SMPP password longer than the protocol allows', { SMSC_URL: 'smpps://a:123456789@h' }, ['SMSC_URL']],
  ['a master key of 31 octets', { MASTER_KEY: Buffer.alloc(31).toString('base64') }, ['MASTER_KEY']],
  ['an admin token that can be guessed', { ADMIN_TOKEN: 'short' }, ['ADMIN_TOKEN']],
  ['attempts that are never sent', { ATTEMPT_TTL_SECONDS: '10' }, ['LEAST_LIFE_SECONDS']],
  [
    'certificates in a header that nobody is believed of',
    { MTLS_CERTIFICATE_HEADER: 'x-client-certificate' },
    ['MTLS_CERTIFICATE_HEADER'],
  ],
  ['a word on certificates without certificates', { MTLS_VERIFIED_HEADER: 'x-v' }, ['MTLS_CERTIFICATE_HEADER']],
  ['certificates in a header that has another use', { MTLS_CERTIFICATE_HEADER: 'cookie' }, ['MTLS_CERTIFICATE_HEADER']],
  ['an mTLS address with a path', { MTLS_URL: 'https://mtls.example.com/x' }, ['MTLS_URL']],
  [
    'a payment provider over plain http',
    { PAYMENT_PROVIDER_URL: 'http://pay.example.com', PAYMENT_PROVIDER_SECRET: paymentSecret },
    ['PAYMENT_PROVIDER_URL'],
  ],
  [
    'the payment secret that everybody knows',
    { PAYMENT_PROVIDER_URL: 'https://pay.example.com', PAYMENT_PROVIDER_SECRET: sandboxPaymentSecret },
    ['PAYMENT_PROVIDER_SECRET'],
  ],
  [
    'a payment provider whose messages nobody could check',
    { PAYMENT_PROVIDER_URL: 'https://pay.example.com' },
    ['PAYMENT_PROVIDER_SECRET'],
  ],
  ['a proxy prefix that is too long', { TRUSTED_PROXIES: '10.0.0.0/33' }, ['TRUSTED_PROXIES']],
])('production refuses %s', (_what, changed, expected) => {
  expect(mistakesOf({ ...production, ...changed })).toEqual(expected);
});

test.each([
  ['plain SMPP through a VPN', { SMSC_URL: 'smpp://a:b@smsc.example.com', SMSC_PLAINTEXT: 'vpn' }],
  ['plain SMPP on this machine', { SMSC_URL: 'smpp://a:b@127.0.0.1' }],
  ['a loopback issuer over http', { ISSUER: 'http://[::1]:3000' }],
  [
    'certificates behind a proxy',
    {
      ...{ TRUSTED_PROXIES: '10.0.0.1', MTLS_CERTIFICATE_HEADER: 'client-cert', MTLS_VERIFIED_HEADER: 'x-verified' },
      MTLS_URL: 'https://mtls.example.com',
    },
  ],
  ['a payment provider', { PAYMENT_PROVIDER_URL: 'https://pay.example.com', PAYMENT_PROVIDER_SECRET: paymentSecret }],
  [
    'a payment provider on this machine',
    { PAYMENT_PROVIDER_URL: 'http://127.0.0.1:3005', PAYMENT_PROVIDER_SECRET: paymentSecret },
  ],
  ['proxies by prefix', { TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32,' }],
])('production accepts %s', (_what, changed) => {
  expect(mistakesOf({ ...production, ...changed })).toEqual([]);
});

test('the sandbox is refused in the demo too when its issuer is public', () => {
  expect(mistakesOf({ ISSUER: 'https://id.example.com' }, 'demo')).toEqual(['SANDBOX']);
});

test('the master key may come from a file, outside the data directory, and not from two places', () => {
  const { MASTER_KEY: _unset, ...rest } = production;
  const withFile = { ...rest, DATABASE_URL: '/var/lib/app', MASTER_KEY_FILE: '/run/secrets/key' };
  const readFile = () => `${masterKey}\n`;
  expect(loadConfig(withFile, 'serve', readFile).storage.masterKey).toEqual(Buffer.alloc(32, 7));
  const inside = { ...withFile, MASTER_KEY_FILE: '/var/lib/app/keys/../key' };
  expect(mistakesOf(inside, 'serve', readFile)).toEqual(['MASTER_KEY_FILE']);
  expect(mistakesOf({ ...withFile, MASTER_KEY: masterKey }, 'serve', readFile)).toEqual(['MASTER_KEY_FILE']);
  expect(mistakesOf({ ...withFile, MASTER_KEY_FILE: '/nowhere/key' })).toEqual(['MASTER_KEY_FILE']);
});

test('the authority of the SMSC’s certificate must be there to be read, and its system type short', () => {
  const noCertificate = fileURLToPath(import.meta.url);
  expect(mistakesOf({ SMSC_CA_FILE: '/nowhere/authority.pem' })).toContain('SMSC_CA_FILE');
  expect(mistakesOf({ SMSC_CA_FILE: noCertificate })).toContain('SMSC_CA_FILE');
  expect(mistakesOf({ SMSC_SYSTEM_TYPE: 'thirteen-long' })).toContain('SMSC_SYSTEM_TYPE');
  expect(loadConfig({ SMSC_SYSTEM_TYPE: 'OTA' }, 'demo').smsc).toMatchObject({ systemType: 'OTA' });
});

test('the command line needs neither SMSC nor master key', () => {
  expect(mistakesOf({ DATABASE_URL: 'postgres://db.example.com/app' }, 'tool')).toEqual([]);
});

test('nothing can change the configuration afterwards', () => {
  const config = loadConfig({}, 'demo');
  expect(Object.isFrozen(config)).toBe(true);
  for (const section of Object.values(config)) expect(Object.isFrozen(section)).toBe(true);
});

test('files are kept in the directory of the embedded database, else in .data', () => {
  const directory = (url: string) => dataDirectoryOf(loadConfig({ DATABASE_URL: url }, 'demo'));
  expect(directory('/srv/data')).toBe('/srv/data');
  expect(directory('memory:')).toBe('.data');
  expect(directory('postgres://localhost/app')).toBe('.data');
});

test('no two variables have the same name, and each says what it means', () => {
  const all = Object.values(configSections).flatMap((section) => Object.values(section));
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { name, about, expected } of all) {
    expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
    expect(about).toMatch(/^[A-Z].*\.$/);
    expect(expected.length).toBeGreaterThan(3);
  }
});

test('docs/config.md has every variable', () => {
  const docs = readFileSync(new URL('../../../docs/config.md', import.meta.url), 'utf8');
  for (const section of Object.values(configSections)) {
    for (const { name } of Object.values(section)) expect(docs).toContain(`| \`${name}\` |`);
  }
});

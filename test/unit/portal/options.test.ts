// Flags of the command line and options of callers: defaults, checks, and no secret in a message.
import { describe, expect, test } from 'vitest';
import { OptionsError, parseCommandLine, parsePortalOptions, usage } from '../../../src/portal/options.ts';

test('without flags the portal is the one of the demo', () => {
  expect(parseCommandLine([])).toEqual({
    issuer: 'http://localhost:3000',
    host: '127.0.0.1',
    port: 3001,
    clientSecrets: {
      portal: 'portal-demo-secret-32-characters-long',
      ile: 'portal-demo-secret-32-characters-long',
      shop: 'shop-demo-secret-32-characters-long',
      hub: 'hub-demo-secret-32-characters-long',
      callcentre: 'callcentre-demo-secret-32-characters-long',
    },
  });
});

test('every flag reaches its option, and slashes at the end of addresses do not matter', () => {
  const flags = {
    '--issuer': 'https://id.exemple.test/ile/',
    '--host': '0.0.0.0',
    '--port': '0',
    '--base-url': 'https://www.exemple.test/',
    '--sim-url': 'http://localhost:3002/',
    '--client-secret-portal': 'portal-secret-0123456789',
    '--client-secret-ile': 'ile-secret-0123456789',
    '--client-secret-shop': 'shop-secret-0123456789',
    '--client-secret-hub': 'hub-secret-0123456789-0123456789',
    '--client-secret-callcentre': 'callcentre-secret-0123456789',
  };
  expect(parseCommandLine(Object.entries(flags).flat())).toEqual({
    issuer: 'https://id.exemple.test/ile',
    host: '0.0.0.0',
    port: 0,
    baseUrl: 'https://www.exemple.test',
    simUrl: 'http://localhost:3002',
    clientSecrets: {
      portal: 'portal-secret-0123456789',
      ile: 'ile-secret-0123456789',
      shop: 'shop-secret-0123456789',
      hub: 'hub-secret-0123456789-0123456789',
      callcentre: 'callcentre-secret-0123456789',
    },
  });
});

test('--help asks for the usage text, which names every flag', () => {
  expect(parseCommandLine(['--help'])).toBe('help');
  for (const flag of [
    'issuer',
    'port',
    'host',
    'base-url',
    'sim-url',
    'client-secret-hub',
    'client-secret-callcentre',
  ]) {
    expect(usage).toContain(`--${flag}`);
  }
});

describe('a wrong flag is refused by its name', () => {
  test.each([
    [['--issuer', 'http://id.exemple.test'], '--issuer: must be https'],
    [['--issuer', 'ftp://localhost'], '--issuer: must be an http or https URL'],
    [['--issuer', 'nonsense'], '--issuer'],
    [['--port', '70000'], '--port'],
    [['--port', 'many'], '--port'],
    [['--base-url', 'https://www.exemple.test/portal'], '--base-url: must have no path'],
    [['--sim-url', 'javascript:alert(1)'], '--sim-url'],
    [['--client-secret-shop', 'short'], '--client-secret-shop'],
    [['--client-secret-hub', 'x'.repeat(31)], '--client-secret-hub'],
    [['--colour', 'blue'], '--colour'],
    [['extra'], 'extra'],
  ])('%j', (argv, message) => {
    expect(() => parseCommandLine(argv)).toThrow(OptionsError);
    expect(() => parseCommandLine(argv)).toThrow(message);
  });
});

test('all mistakes are told at once, and no secret is repeated', () => {
  const parse = () => parsePortalOptions({ port: -1, issuer: 'x', clientSecrets: { portal: 'my-secret' } });
  expect(parse).toThrow(/--issuer[\s\S]*--port[\s\S]*--client-secret-portal/);
  expect(parse).not.toThrow(/my-secret/);
});

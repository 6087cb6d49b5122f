// The mail domains of brands, as they are written.
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/ops/config.ts';
import { readMailDomains } from '../../../src/ops/config-mailboxes.ts';

describe('MAIL_DOMAINS', () => {
  test('names a domain for each brand that has mailboxes', () => {
    const domains = readMailDomains('exemple=exemple.test, ile=mail.ile.example,');
    expect([domains?.of('exemple'), domains?.of('ile'), domains?.of('eco')]).toEqual([
      ...['exemple.test', 'mail.ile.example'],
      undefined,
    ]);
    expect(readMailDomains(',')?.of('exemple')).toBeUndefined();
  });

  test.each(['exemple', 'exemple=', '=exemple.test', 'exemple=exemple', 'Exemple=exemple.test', 'a=b.test c=d.test'])(
    'is not %j',
    (text) => {
      expect(readMailDomains(text)).toBeUndefined();
    },
  );

  test('is exemple.test in the demo unless it is named', () => {
    expect(loadConfig({}, 'demo').mailboxes.domains.of('exemple')).toBe('exemple.test');
    expect(loadConfig({}, 'tool').mailboxes.domains.of('exemple')).toBe('exemple.test');
    const production = { MAIL_DOMAINS: 'exemple=exemple.org', BRAND: 'exemple' };
    expect(loadConfig(production, 'demo').mailboxes.domains.of('exemple')).toBe('exemple.org');
  });
});

// Which paths a login or a language switch may lead to.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOwnPath } from '../../../src/portal/own-path.ts';

const base = 'http://localhost:3001';

describe('a path of the portal is taken', () => {
  test.each([
    ['/', '/'],
    ['/profile', '/profile'],
    ['/profile?tab=1&x=%2F', '/profile?tab=1&x=%2F'],
    ['/a/../profile', '/profile'],
    ['/profile#part', '/profile'],
    ['/login?next=http://evil.test', '/login?next=http://evil.test'],
  ])('%s', (path, expected) => {
    expect(parseOwnPath(path, base)).toBe(expected);
  });
});

describe('what could lead to another host is refused', () => {
  test.each([
    'http://evil.test/',
    'https:evil.test',
    '//evil.test/profile',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    '/.//evil.test',
    '/a/..//evil.test',
    'javascript:alert(1)',
    'profile',
    '@evil.test',
    '',
    ' /profile',
    `/${'a'.repeat(600)}`,
  ])('%j', (path) => {
    expect(parseOwnPath(path, base)).toBeUndefined();
  });

  test.each([[undefined], [['/a', '/b']], [{}], [7]])('not a string: %j', (path) => {
    expect(parseOwnPath(path, base)).toBeUndefined();
  });
});

test('whatever comes in, what comes out resolves to the portal itself', () => {
  const alphabet = fc.constantFrom('/', '\\', '.', '@', ':', '\t', '%', '#', '?', 'a', 'evil.test', ' ', '\u00a0');
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 12 }), (parts) => {
      const path = parseOwnPath(`/${parts.join('')}`, base);
      if (path !== undefined) expect(new URL(path, base).origin).toBe(base);
    }),
    { numRuns: 2_000 },
  );
});

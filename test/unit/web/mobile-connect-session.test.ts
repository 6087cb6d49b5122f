// Where the login of the service’s own pages may lead back to: its own pages, and nowhere else.
import { expect, test } from 'vitest';
import { safeReturnPath } from '../../../src/web/mobile-connect-session.ts';

test.each([
  '/mobile-connect',
  '/mobile-connect/activate',
  '/mobile-connect/activate/enr_AbC-123_x',
  '/mobile-connect/lost',
])('%s may be gone back to after the login', (path) => {
  expect(safeReturnPath(path)).toBe(path);
});

test.each([
  'https://evil.example/mobile-connect',
  '//evil.example/mobile-connect',
  '/mobile-connect//evil.example',
  '/mobile-connect/..',
  '/mobile-connect/../auth',
  '/mobile-connect?x=1',
  '/mobile-connect/activate\r\nSet-Cookie: a=b',
  '/interaction/abc',
  '',
  undefined,
  ['/mobile-connect'],
])('%j leads to the page of the service instead', (wish) => {
  expect(safeReturnPath(wish)).toBe('/mobile-connect/service');
});

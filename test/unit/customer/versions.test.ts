// Versions for If-Match: equal for equal content, another one for any change.
import { expect, test } from 'vitest';
import { isVersion, versionOf } from '../../../src/customer/versions.ts';

test('depends on the content, not on the order of members or on what is not there', () => {
  expect(versionOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(versionOf({ b: [{ d: 3, c: 2 }], a: 1, e: undefined }));
  expect(versionOf({ a: [1, 2] })).not.toBe(versionOf({ a: [2, 1] }));
  expect(versionOf({ at: new Date(0) })).not.toBe(versionOf({ at: new Date(1) }));
});

test('If-Match names it among others, or any; a weak one never matches', () => {
  const version = versionOf('x');
  for (const fits of [undefined, '*', `"${version}"`, `"old", "${version}"`])
    expect(isVersion(fits, version)).toBe(true);
  for (const not of ['"old"', `W/"${version}"`, version, '']) expect(isVersion(not, version)).toBe(false);
});

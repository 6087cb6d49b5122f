// What a new account password may be.
import { describe, expect, test } from 'vitest';
import { longestPassword } from '../../../src/authentication/password.ts';
import { passwordFault } from '../../../src/authentication/password-policy.ts';

const about = ['Léa', 'Garcia', 'lea.garcia@exemple.test'];

describe('a new password', () => {
  test.each([
    'correct horse battery',
    'ines-demo-password',
    'Été à la mer',
    '🦊🐻🐼🦁🐯🐨🐸🐵🦄🐝',
    'garcia is not enough here',
    `${'a'.repeat(longestPassword - 4)}bcde`,
  ])('may be %j', (password) => {
    expect(passwordFault(password, about)).toBeUndefined();
  });

  test.each([
    ['too-short', ''],
    ['too-short', 'abcdefgh9'],
    ['too-short', '🦊🐻🐼🦁🐯🐨🐸🐵🦄'],
    ['too-long', `${'a'.repeat(longestPassword - 3)}bcde`],
    ['too-simple', 'aaaaaaaaaaaa'],
    ['too-simple', '1212121212'],
    ['too-simple', '1234567890'],
    ['too-simple', '9876543210'],
    ['too-simple', 'azertyuiop'],
    ['too-simple', 'abcdefghijkl'],
    ['too-common', 'Password2026!'],
    ['too-common', 'motdepasse1'],
    ['too-common', 'Bienvenue2026'],
    ['about-you', 'lea.garcia'],
    ['about-you', 'LEA.GARCIA12'],
    ['about-you', 'garciagarcia!'],
    ['about-you', 'lea.garcia@exemple.test'],
  ] as const)('is %s: %j', (fault, password) => {
    expect(passwordFault(password, about)).toBe(fault);
  });
});

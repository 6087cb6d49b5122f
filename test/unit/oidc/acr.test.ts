// Levels in the words of relying parties (mission 4.1).
import { describe, expect, test } from 'vitest';
import type { Proofing } from '../../../src/authentication/civil-identity.ts';
import { type Level, levels } from '../../../src/authentication/levels.ts';
import {
  acrFor,
  acrOf,
  acrValuesUpTo,
  amrOf,
  type LevelRules,
  levelOfAcr,
  levelOfAmr,
  parseLevel,
  requirementOf,
} from '../../../src/oidc/acr.ts';

const lenient: LevelRules = { vocabulary: 'loa', strict: false, floor: 'pwd' };
const strict: LevelRules = { ...lenient, strict: true };
const hub: LevelRules = { vocabulary: 'eidas', strict: true, floor: 'pwd' };

const asking = (rules: LevelRules, acrValues: string | undefined, claims?: unknown) =>
  requirementOf(rules, { acrValues, claims: claims === undefined ? undefined : JSON.stringify(claims) });
const acrClaim = (acr: unknown) => ({ id_token: { acr } });

describe('names', () => {
  test.each([
    ['loa', 'pwd', '1'],
    ['loa', 'sim-ok', '2'],
    ['loa', 'sim-pin', '3'],
    ['eidas', 'pwd', undefined],
    ['eidas', 'sim-ok', undefined],
    ['eidas', 'sim-pin', 'eidas1'],
  ] as const)('in %s, %s is %s', (vocabulary, level, name) => {
    expect(acrOf(vocabulary, level)).toBe(name);
    if (name !== undefined) expect(levelOfAcr(vocabulary, name)).toBe(level);
  });

  test('of one vocabulary mean nothing in the other', () => {
    expect(levelOfAcr('eidas', '3')).toBeUndefined();
    expect(levelOfAcr('loa', 'eidas1')).toBeUndefined();
    expect(acrValuesUpTo()).toEqual(['1', '2', '3', 'eidas1', 'eidas2']);
    expect(acrValuesUpTo('pwd')).toEqual(['1']);
  });

  test('amr tells the level in both kinds and back', () => {
    expect(amrOf('rfc8176', 'sim-pin')).toEqual(['sc', 'pin', 'mfa', 'mca']);
    expect(amrOf('mobile-connect', 'sim-ok')).toEqual(['SIM_OK']);
    for (const level of levels) {
      expect(levelOfAmr(amrOf('rfc8176', level))).toBe(level);
      expect(levelOfAmr(amrOf('mobile-connect', level))).toBe(level);
    }
    expect(levelOfAmr(undefined)).toBeUndefined();
    expect(levelOfAmr(['pin'])).toBeUndefined();
  });

  test('a stored level is one of three words', () => {
    expect([parseLevel('sim-ok'), parseLevel('3'), parseLevel(undefined)]).toEqual(['sim-ok', undefined, undefined]);
  });
});

describe('a request', () => {
  test('that asks for nothing tries the SIM and takes the password', () => {
    expect(asking(lenient, undefined)).toEqual({
      kind: 'possible',
      requested: [],
      asked: 'pwd',
      least: 'pwd',
      wanted: 'sim-pin',
      proofing: 'none',
    });
  });

  test.each<[string, LevelRules, string | undefined, { asked: Level; least: Level; wanted: Level }]>([
    ['lenient 3', lenient, '3', { asked: 'sim-pin', least: 'pwd', wanted: 'sim-pin' }],
    ['lenient 3 1', lenient, '3 1', { asked: 'pwd', least: 'pwd', wanted: 'sim-pin' }],
    ['lenient 2 3: the order is the preference', lenient, '2 3', { asked: 'sim-ok', least: 'pwd', wanted: 'sim-ok' }],
    ['lenient, unknown values only', lenient, 'urn:x', { asked: 'pwd', least: 'pwd', wanted: 'sim-pin' }],
    ['strict 3', strict, '3', { asked: 'sim-pin', least: 'sim-pin', wanted: 'sim-pin' }],
    ['strict 3 2', strict, '3 2', { asked: 'sim-ok', least: 'sim-ok', wanted: 'sim-pin' }],
    ['strict, nothing asked', strict, undefined, { asked: 'pwd', least: 'pwd', wanted: 'sim-pin' }],
    [
      'a hub that asks nothing needs a level with a name',
      hub,
      undefined,
      { asked: 'sim-pin', least: 'sim-pin', wanted: 'sim-pin' },
    ],
    [
      'Mobile Connect never takes a password',
      { ...strict, floor: 'sim-ok' },
      '1',
      { asked: 'sim-ok', least: 'sim-ok', wanted: 'sim-ok' },
    ],
  ])('%s', (_name, rules, values, expected) => {
    expect(asking(rules, values)).toMatchObject({ kind: 'possible', ...expected });
  });

  test('is impossible when it insists on values nobody knows', () => {
    expect(asking(strict, 'urn:x')).toEqual({ kind: 'impossible' });
    expect(asking(hub, '3')).toEqual({ kind: 'impossible' });
    expect(asking(hub, 'eidas3')).toEqual({ kind: 'impossible' });
    expect(asking(lenient, undefined, acrClaim({ essential: true, values: ['urn:x'] }))).toEqual({
      kind: 'impossible',
    });
  });

  test('insists by an essential claim, with one value or several', () => {
    expect(asking(lenient, undefined, acrClaim({ essential: true, value: '3' }))).toMatchObject({ least: 'sim-pin' });
    expect(asking(lenient, undefined, acrClaim({ essential: true, values: ['3', '2'] }))).toMatchObject({
      least: 'sim-ok',
      wanted: 'sim-pin',
    });
    expect(asking(lenient, undefined, acrClaim({ values: ['3'] }))).toMatchObject({ least: 'pwd', asked: 'sim-pin' });
  });

  test.each<[LevelRules, string | undefined, string]>([
    [hub, undefined, 'eidas1'],
    [hub, 'eidas1', 'eidas1'],
    [hub, 'eidas2', 'eidas2'],
    [hub, 'eidas2 eidas1', 'eidas1'],
    [hub, 'eidas3 eidas2', 'eidas2'],
    [strict, '3', 'none'],
    [{ ...lenient, vocabulary: 'eidas' }, 'eidas2', 'none'],
  ])('%j that asks for %s wants a person proofed to %s (F04)', (rules, values, proofing) => {
    expect(asking(rules, values)).toMatchObject({ proofing });
  });

  test('is read from the claims parameter before acr_values, which may be a default', () => {
    expect(asking(strict, '1', acrClaim({ values: ['3'] }))).toMatchObject({ requested: ['3'], least: 'sim-pin' });
    expect(asking(strict, '2', acrClaim({ essential: true }))).toMatchObject({ requested: ['2'], least: 'sim-ok' });
    expect(asking(strict, '2', acrClaim(null))).toMatchObject({ requested: ['2'] });
    expect(asking(strict, '2', { userinfo: { name: null } })).toMatchObject({ requested: ['2'] });
  });
});

describe('the acr of a token', () => {
  test.each<[Level, string[], string]>([
    ['pwd', [], '1'],
    ['sim-pin', [], '3'],
    ['sim-pin', ['2'], '2'],
    ['sim-pin', ['2', '3'], '3'],
    ['sim-ok', ['3', '1'], '1'],
    ['pwd', ['3'], '1'],
    ['sim-ok', ['urn:x'], '2'],
  ])('achieved %s, asked for %j: %s', (achieved, requested, expected) => {
    expect(acrFor(achieved, 'loa', requested)).toBe(expected);
  });

  test('never says more than was achieved', () => {
    for (const achieved of levels) {
      for (const requested of [[], ['1'], ['2'], ['3'], ['3', '2', '1']]) {
        const said = levelOfAcr('loa', acrFor(achieved, 'loa', requested)!)!;
        expect(levels.indexOf(said)).toBeLessThanOrEqual(levels.indexOf(achieved));
      }
    }
  });

  test('is left out where the vocabulary has no name', () => {
    expect(acrFor('sim-ok', 'eidas', ['eidas1'])).toBeUndefined();
  });

  test.each<[Level, Proofing, string[], string | undefined]>([
    ['sim-pin', 'eidas1', ['eidas1'], 'eidas1'],
    ['sim-pin', 'eidas1', ['eidas2'], 'eidas1'],
    ['sim-pin', 'eidas2', ['eidas1'], 'eidas1'],
    ['sim-pin', 'eidas2', ['eidas2'], 'eidas2'],
    ['sim-pin', 'eidas2', [], 'eidas2'],
    ['sim-pin', 'none', ['eidas1'], undefined],
    ['sim-ok', 'eidas2', ['eidas1'], undefined],
  ])('is the lower of %s and proofing %s, asked for %j: %s (F04)', (level, proofing, requested, expected) => {
    expect(acrFor({ level, proofing }, 'eidas', requested)).toBe(expected);
  });
});

// Brands by configuration: what is built in, what a file adds, and how its mistakes are told.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exactPaths } from '../../../src/oidc/mount.ts';
import { ConfigError, loadConfig } from '../../../src/ops/config.ts';

const serve = {
  ISSUER: 'https://id.example.com',
  DATABASE_URL: 'postgres://db.example.com/app',
  SMSC_URL: 'smpps://user:secret@smsc.example.com',
  SMTP_URL: 'smtps://mail.example.com',
  SMTP_FROM: 'noreply@example.com',
  NUMBERING_PLAN: 'exemple:208_99:+3363998',
  MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
};

const lune = {
  id: 'lune',
  name: 'Lune Mobile',
  issuerPath: '/lune',
  currency: 'CHF',
  country: 'CH',
  locale: 'fr-CH',
  timeZone: 'Europe/Zurich',
  helpline: '1414',
  identifierKinds: ['email'],
  taxRates: { standard: 810, reduced: 260 },
  numbering: { mccMnc: '228_99', prefixes: ['+4179999'] },
  colours: { light: '#6a1b6a', dark: '#e3a6e3', accent: '#ffd166' },
};

const withFile = (content: unknown, more: object = {}, mode: 'demo' | 'serve' = 'demo') =>
  loadConfig({ ...(mode === 'serve' ? serve : {}), BRANDS_FILE: '/brands.json', ...more }, mode, () =>
    typeof content === 'string' ? content : JSON.stringify(content),
  );

function mistakesOf(load: () => unknown) {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map(({ variable, expected }) => `${variable}: ${expected}`);
    throw error;
  }
  return [];
}

describe('the brands that come along', () => {
  test('E01: the demo has two brands at one issuer and an operator with an issuer of its own', () => {
    const { brands } = loadConfig({}, 'demo');
    expect(brands.issuers.map(({ path, brands: ids }) => [path, ids.map(({ id }) => id)])).toEqual([
      ['', ['exemple', 'exemple-eco']],
      ['/ile', ['ile']],
    ]);
    expect(brands.of('ile')).toMatchObject({ currency: 'MUR', country: 'MU', helpline: '8900', mobileConnect: false });
    expect(brands.issuerOf('exemple-eco').main.id).toBe('exemple');
    expect(brands.issuerOf('ile').serves('exemple')).toBe(false);
    expect(() => brands.of('lune')).toThrow('there is no brand lune');
    expect(brands.find('lune')).toBeUndefined();
  });

  test('A11: a production server has the brand that is named and no other', () => {
    const idsOf = (more: object) => loadConfig({ ...serve, ...more }, 'serve').brands.all.map(({ id }) => id);
    expect(idsOf({})).toEqual(['exemple']);
    expect(idsOf({ BRANDS: 'exemple-eco, ile' })).toEqual(['exemple', 'exemple-eco', 'ile']);
    expect(idsOf({ BRAND: 'ile' })).toEqual(['ile']);
    expect(loadConfig({ ...serve, BRAND: 'ile' }, 'serve').brands.of('ile').issuerPath).toBe('');
  });

  test('a brand’s own numbers are in the plan, unless the plan names the brand itself', () => {
    const { operators } = loadConfig({}, 'demo');
    expect(operators.plan.operatorOf('+23059998001')).toMatchObject({ id: 'ile', country: 'MU', currency: 'MUR' });
    const named = loadConfig({ NUMBERING_PLAN: 'exemple:208_99:+3363998,ile:617_98:+2305998' }, 'demo').operators;
    expect(named.plan.operatorOf('+23059998001')).toBeUndefined();
    expect(named.plan.operatorOf('+23059988001')?.mccMnc).toBe('617_98');
  });
});

describe('a file of brands', () => {
  test('adds a brand with everything that differs', () => {
    const { brands, operators } = withFile([lune], {}, 'serve');
    expect(brands.all.map(({ id }) => id)).toEqual(['exemple', 'lune']);
    expect(brands.of('lune')).toEqual({
      ...lune,
      languages: ['fr', 'en'],
      mobileConnect: false,
      taxRates: { standard: 810, reduced: 260, exempt: 0 },
    });
    expect(operators.plan.operatorOf('+41799990001')?.id).toBe('lune');
  });

  test('replaces a brand that is built in', () => {
    expect(withFile([{ ...lune, id: 'ile', issuerPath: '/ile' }]).brands.of('ile').name).toBe('Lune Mobile');
  });

  test.each([
    ['not JSON', '{', 'BRANDS_FILE: must be a readable file with JSON'],
    ['no list', {}, 'BRANDS_FILE: must be a list of brands'],
    ['a brand twice', [lune, lune], 'BRANDS_FILE: brand lune must be there once'],
    ['no id', [{ ...lune, id: undefined }], 'BRANDS_FILE: brand 1, field id: needed'],
    ['an odd id', [{ ...lune, id: 'Lune!' }], 'BRANDS_FILE: brand 1, field id: must be lower-case letters'],
    [
      'no currency',
      [lune, { ...lune, id: 'b', currency: undefined }],
      'BRANDS_FILE: brand 2 (b), field currency: needed',
    ],
    [
      'an unknown currency',
      [{ ...lune, currency: 'LUN' }],
      'brand 1 (lune), field currency: must be a currency of ISO 4217',
    ],
    ['an unknown country', [{ ...lune, country: 'XX' }], 'brand 1 (lune), field country: must be a country'],
    ['another language', [{ ...lune, locale: 'de-CH' }], 'field locale: must be a language and a region'],
    ['an unknown time zone', [{ ...lune, timeZone: 'Moon/Sea' }], 'field timeZone: must be a time zone'],
    [
      'a path that is ours',
      [{ ...lune, issuerPath: '/api' }],
      'field issuerPath: must not be a path that the provider',
    ],
    ['a deep path', [{ ...lune, issuerPath: '/a/b' }], 'field issuerPath: must be empty, or a slash'],
    ['a helpline of letters', [{ ...lune, helpline: 'call me' }], 'field helpline: must be digits'],
    ['no way to log in', [{ ...lune, identifierKinds: [] }], 'field identifierKinds: must name one or more'],
    ['an odd way to log in', [{ ...lune, identifierKinds: ['fax'] }], 'field identifierKinds.0: must be email'],
    ['a broken tax', [{ ...lune, taxRates: { standard: 8.1 } }], 'field taxRates.standard: must be a whole number'],
    ['a negative tax', [{ ...lune, taxRates: { standard: -1 } }], 'field taxRates.standard: must be 0 or more'],
    ['a field too much', [{ ...lune, slogan: 'x' }], 'brand 1 (lune), field slogan: there is no such field'],
    ['no colour', [{ ...lune, colours: { ...lune.colours, accent: 'red' } }], 'field colours.accent: must be a colour'],
    [
      'a pale colour',
      [{ ...lune, colours: { ...lune.colours, light: '#cccccc' } }],
      'field colours.light: must stand out from a light page by 4.5 to 1',
    ],
    [
      'a murky colour',
      [{ ...lune, colours: { ...lune.colours, dark: '#6a1b6a' } }],
      'field colours.dark: must stand out from a dark page by 4.5 to 1',
    ],
    [
      'another currency at one issuer',
      [{ ...lune, issuerPath: '' }],
      'brand lune, field issuerPath: must not be the issuer of exemple',
    ],
    [
      'numbers of another',
      [{ ...lune, numbering: { mccMnc: '228_99', prefixes: ['+3363998'] } }],
      'brand lune, field numbering: must not claim what another brand or NUMBERING_PLAN has',
    ],
  ])('with %s stops the start, and says where', (_what, content, expected) => {
    const mistakes = mistakesOf(() => withFile(content));
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(expected);
  });

  test('may take no path that is one of the root issuer’s own', () => {
    const web = new URL('../../../src/web/', import.meta.url);
    const sources = readdirSync(web).map((name) => readFileSync(new URL(name, web), 'utf8'));
    const ofPages = sources.flatMap((text) => [
      ...text.matchAll(/[bB]asePath\}\/([a-z][\w-]*)|^ *return \{[^\n]*`\/([a-z]+)\//gm),
    ]);
    const words = new Set([
      ...ofPages.map(([, page, file]) => page ?? file ?? ''),
      ...[...exactPaths].map((path) => path.split('/')[1] ?? ''),
    ]);
    for (const known of ['account', 'register', 'static', 'token']) expect(words).toContain(known);
    for (const word of words) {
      if (!/^[a-z]/.test(word)) continue;
      const mistakes = mistakesOf(() => withFile([{ ...lune, issuerPath: `/${word}` }]));
      expect(mistakes, word).toEqual([expect.stringContaining('must not be a path that the provider itself uses')]);
    }
  });

  test('that cannot be read stops the start, as does a brand that nobody knows', () => {
    const missing = mistakesOf(() => loadConfig({ BRANDS_FILE: '/nowhere/brands.json' }, 'demo'));
    expect(missing).toEqual(['BRANDS_FILE: must be a readable file with JSON']);
    const expected = 'must name brands that are built in or stand in BRANDS_FILE';
    expect(mistakesOf(() => loadConfig({ BRANDS: 'lune' }, 'demo'))).toEqual([`BRANDS: ${expected}`]);
    expect(mistakesOf(() => loadConfig({ BRAND: 'lune' }, 'demo'))).toEqual([`BRAND: ${expected}`]);
  });
});

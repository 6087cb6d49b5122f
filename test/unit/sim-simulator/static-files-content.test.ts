// The files of the web phone: same texts in both languages, nothing inline that the content security policy would
// stop, and how numbers and events are written.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../../sim-simulator/web-phone');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const load = (name: string) => import(join(folder, name));
const names = readdirSync(folder);

type Texts = Record<'en' | 'fr', Record<string, string>>;
const { texts } = (await load('texts.js')) as { texts: Texts };
const { formatNumber, searchable, eventTextKey, eventDetails } = await load('format.js');

describe('the texts', () => {
  test('are the same set in French and English, none empty', () => {
    expect(Object.keys(texts.fr)).toEqual(Object.keys(texts.en));
    for (const text of [...Object.values(texts.fr), ...Object.values(texts.en)]) expect(text.trim()).not.toBe('');
  });

  test('have the same places to fill in both languages', () => {
    const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const [key, text] of Object.entries(texts.en)) expect(places(texts.fr[key]!), key).toEqual(places(text));
  });

  test('hold every key that a page or a script asks for', () => {
    const asked = names
      .filter((name) => /\.(html|js)$/.test(name) && name !== 'texts.js')
      .flatMap((name) => [...read(name).matchAll(/(?:data-(?:text|label)="|\btext\(')([\w.-]+)["']/g)])
      .map((match) => match[1]!);
    expect(asked.length).toBeGreaterThan(30);
    for (const key of asked) expect(Object.keys(texts.en)).toContain(key);
  });

  test('name every behaviour', () => {
    for (const mode of ['manual', 'approve', 'refuse', 'fraud', 'ignore', 'wrong-pin', 'bad-signature']) {
      expect(texts.en).toHaveProperty([`behaviour.${mode}`]);
    }
  });
});

describe('the pages', () => {
  test.each(['index.html', 'phone.html'])('%s has nothing inline and loads only files that are there', (name) => {
    const page = read(name);
    expect(page).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:/);
    const loaded = [...page.matchAll(/(?:src|href)="\/web-phone\/([^"]+)"/g)].map((match) => match[1]!);
    expect(loaded.length).toBeGreaterThan(2);
    for (const file of loaded) expect(names).toContain(file);
    expect(page).not.toMatch(/https?:/);
    expect(page).toContain('TEST SIM');
  });

  test('phone.html has each key once', () => {
    const keys = [...read('phone.html').matchAll(/data-key="([^"]+)"/g)].map((match) => match[1]);
    expect(keys.sort()).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      'back',
      'cancel',
      'erase',
      'fraud',
      'ok',
    ]);
  });

  test('no script builds HTML from text or keeps a PIN', () => {
    for (const name of names.filter((each) => each.endsWith('.js'))) {
      expect(read(name), name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
      expect(read(name), name).not.toMatch(/Storage\.setItem\([^)]*(pin|typed)/i);
    }
  });
});

describe('how things are written', () => {
  test.each([
    ['+33639980001', '06 39 98 00 01'],
    ['+23052512345', '+23052512345'],
  ])('the number %s as %s', (msisdn, written) => {
    expect(formatNumber(msisdn)).toBe(written);
  });

  test.each(['0639', '06 39', '06.39', '+33 6 39', '0033639'])('a search for "%s" finds a French number', (query) => {
    expect(searchable('06 39 98 00 01')).toContain(searchable(query));
  });

  test.each([
    [{ type: 'phone.screen', kind: 'pin' }, 'event.screen.pin'],
    [{ type: 'phone.key', key: 'fraud' }, 'event.key.fraud'],
    [{ type: 'phone.power', on: false }, 'event.power.false'],
    [{ type: 'applet.answer', result: 4 }, 'event.result.4'],
    [{ type: 'smsc.delivered' }, 'event.smsc.delivered'],
  ])('the event %j has words in both languages', (event, key) => {
    expect(eventTextKey(event)).toBe(key);
    expect(texts.en).toHaveProperty([key]);
  });

  test('the details of an event name its type and what it carries', () => {
    const event = { seq: 1, at: 'x', type: 'smsc.submitted', msisdn: '+33639980001', octets: 93, reason: '' };
    expect(eventDetails(event)).toBe('smsc.submitted · octets 93');
  });
});

// The page behind the link that contests a proxy: looking changes nothing, the button ends it, once.
import { describe, expect, test } from 'vitest';
import { Browser, textOf } from './browser.ts';
import { startScripted } from './scripted-login.ts';

const token = `prx_one.${'a'.repeat(43)}`;
const path = `/proxy-contests/${token}`;

function world() {
  const contested: string[] = [];
  const since = new Date('2026-11-22T12:05:00Z');
  const scripted = startScripted({
    contests: {
      find: async (given) =>
        given === token && contested.length === 0
          ? { kind: 'MOBILE', line: '+33 6 39 98 ** 04', proxy: 'E*** <b>M***', since }
          : undefined,
      contest: async (given) => given === token && contested.push(given) === 1,
    },
  });
  return { ...scripted, contested };
}

describe('the page of the link', () => {
  test.each([
    ['fr', 'gère par procuration votre contrat mobile', '22 novembre 2026', 'Mettre fin à la procuration'],
    ['en', 'manages your mobile contract by proxy', '22 November 2026', 'End the proxy'],
  ])('c14 in %s shows who manages what since when, and changes nothing', async (language, ...words) => {
    const { app, contested } = world();
    const page = await new Browser(app, { language }).get(path);
    expect(page.status).toBe(200);
    for (const word of words) expect(textOf(page.text)).toContain(word);
    expect(page.text).toContain('E*** &lt;b&gt;M***');
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    expect(contested).toEqual([]);
  });

  test('ends the proxy by its button, and then asks to log in and change the password', async () => {
    const { app, contested } = world();
    const browser = new Browser(app);
    const sent = await browser.submit(path, {});
    expect([sent.status, sent.headers['location']]).toEqual([303, '/proxy-contests/done']);
    expect(contested).toEqual([token]);
    expect(textOf((await browser.get('/proxy-contests/done')).text)).toContain('changez votre mot de passe');
    expect((await browser.get(path)).status).toBe(410);
  });

  test('is gone for any other token, and does nothing for another site', async () => {
    const { app, contested } = world();
    const browser = new Browser(app);
    expect((await browser.get('/proxy-contests/prx_other.x')).status).toBe(410);
    expect((await browser.post(path, { csrf: 'x' })).status).toBe(403);
    expect((await browser.post(path, {})).status).toBe(403);
    expect(contested).toEqual([]);
  });

  test('leaves its token in no line of the log', async () => {
    const { app, log } = world();
    const browser = new Browser(app);
    await browser.submit(path, {});
    await browser.get(path);
    expect(log.join('\n')).toContain('/proxy-contests/:token');
    expect(log.join('\n')).not.toContain(token);
  });
});

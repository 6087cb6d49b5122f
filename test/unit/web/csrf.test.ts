// Posted forms: only our own, from this browser, for this interaction; small, urlencoded, with plain fields.
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { Browser, csrfOf, setCookies, textOf } from './browser.ts';
import { interactionCookie, startScripted } from './scripted-login.ts';

const page = '/interaction/uid-1';
const form = { identifier: '0639980001' };

describe('a form is refused and nothing is done', () => {
  test.each([
    ['without the csrf field', {}],
    ['with an empty one', { csrf: '' }],
    ['with a made-up one', { csrf: 'A'.repeat(43) }],
  ])('%s', async (_name, fields) => {
    const { app, signIn } = startScripted();
    const browser = new Browser(app);
    await browser.get(page);
    const response = await browser.post(page, { ...form, ...fields });
    expect(response.status).toBe(403);
    expect(textOf(response.text)).toContain('nous n’avons rien fait');
    expect(response.text).toContain(`href="${page}"`);
    expect(signIn.calls).toEqual([]);
  });

  test('with the field of another browser (O55)', async () => {
    const { app, signIn } = startScripted();
    const [mine, theirs] = [new Browser(app), new Browser(app)];
    await mine.get(page);
    const csrf = csrfOf((await theirs.get(page)).text);
    expect((await mine.post(page, { ...form, csrf })).status).toBe(403);
    expect(signIn.calls).toEqual([]);
  });

  test('with the field of another interaction of this browser', async () => {
    const { app, interactions, signIn } = startScripted();
    const browser = new Browser(app);
    const csrf = csrfOf((await browser.get(page)).text);
    interactions.current = { ...interactions.current, uid: 'uid-2' };
    expect((await browser.post('/interaction/uid-2', { ...form, csrf })).status).toBe(403);
    expect(signIn.calls).toEqual([]);
  });

  test('when the cookie is missing', async () => {
    const { app } = startScripted();
    const browser = new Browser(app);
    const csrf = csrfOf((await browser.get(page)).text);
    browser.cookies.delete('provider_csrf');
    expect((await browser.post(page, { ...form, csrf })).status).toBe(403);
  });

  test.each(['cross-site', 'same-site'])('when the browser says that it was sent %s', async (site) => {
    const { app, signIn } = startScripted();
    const browser = new Browser(app);
    const csrf = csrfOf((await browser.get(page)).text);
    expect((await browser.post(page, { ...form, csrf }, { 'Sec-Fetch-Site': site })).status).toBe(403);
    expect(signIn.calls).toEqual([]);
  });
});

test('a form of our own page is taken, twice if need be', async () => {
  const { app, signIn } = startScripted();
  const browser = new Browser(app);
  const csrf = csrfOf((await browser.get(page)).text);
  await browser.post(page, { ...form, csrf }, { 'Sec-Fetch-Site': 'same-origin' });
  await browser.post(page, { ...form, csrf });
  expect(signIn.calls).toHaveLength(2);
});

describe('a body', () => {
  test('over 16 kB is refused with 413', async () => {
    const { app, signIn } = startScripted();
    const response = await new Browser(app).post(page, { identifier: 'x'.repeat(17_000) });
    expect(response.status).toBe(413);
    expect(response.headers['connection']).toBe('close');
    expect(signIn.calls).toEqual([]);
  });

  test.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    'of type %s is refused',
    async (type) => {
      const { app } = startScripted();
      const request = supertest(app.callback()).post(page).set({ 'Content-Type': type, Cookie: interactionCookie });
      expect((await request.send('{}')).status).toBe(415);
    },
  );

  test.each([
    ['a repeated field', 'identifier=a&identifier=b'],
    ['a nested field', 'identifier[x]=a'],
    ['a field of more than 1024 characters', `password=${'x'.repeat(1025)}`],
  ])('with %s is refused with 400', async (_name, body) => {
    const { app, signIn } = startScripted();
    const browser = new Browser(app);
    const csrf = csrfOf((await browser.get(page)).text);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const request = supertest(app.callback()).post(page).type('form').set({ Cookie: cookie });
    expect((await request.send(`${body}&csrf=${csrf}`)).status).toBe(400);
    expect(signIn.calls).toEqual([]);
  });
});

describe('cookies', () => {
  const linesAt = async (issuer: string, headers: Record<string, string> = {}) => {
    const { app } = startScripted({ trustedProxies: ['127.0.0.1'] }, { issuer: new URL(issuer) });
    return setCookies(await new Browser(app).get(page, headers));
  };

  test('are closed to scripts and to other sites', async () => {
    const lines = await linesAt('http://localhost:3000');
    expect(lines.map((line) => line.split('=')[0]).sort()).toEqual(['provider_csrf', 'provider_device']);
    for (const line of lines) expect(line).toMatch(/path=\/;.*samesite=lax; httponly$/);
  });

  test('E16: are secure and bound to the host over https (O55)', async () => {
    const lines = await linesAt('https://login.exemple.fr', { 'X-Forwarded-Proto': 'https' });
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^__Host-provider_.*; samesite=lax; secure; httponly$/);
  });

  test('the device lives long, the guard of forms as long as the browser is open', async () => {
    const lines = await linesAt('http://localhost:3000');
    expect(lines.find((line) => line.startsWith('provider_device'))).toContain('expires=');
    expect(lines.find((line) => line.startsWith('provider_csrf'))).not.toContain('expires=');
  });

  test('that are no values of ours are replaced', async () => {
    const { app, signIn } = startScripted();
    const browser = new Browser(app);
    browser.cookies.set('provider_device', 'x');
    await browser.get(page);
    expect(signIn.requests[0]?.device).toBeUndefined();
    expect(browser.cookies.get('provider_device')).toMatch(/^[\w-]{32}$/);
  });
});

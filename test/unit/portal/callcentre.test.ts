// The call centre: an agent asks, reads the code out and sees what became of it, with and without a script.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Portal, startPortal } from '../../../src/portal/app.ts';
import type { PortalEvent } from '../../../src/portal/report.ts';
import { type Browser, createBrowser, csrfOf, wordsOf } from './browser.ts';
import { type FakeCiba, startFakeCiba } from './fake-ciba.ts';

let ciba: FakeCiba;
let portal: Portal;
let agent: Browser;
const events: PortalEvent[] = [];
beforeEach(async () => {
  events.length = 0;
  ciba = await startFakeCiba();
  portal = await startPortal({ issuer: ciba.issuer, port: 0 }, { report: (event) => events.push(event) });
  agent = createBrowser(portal.url, { 'accept-language': 'en' });
});
afterEach(async () => {
  await portal.stop();
  await ciba.stop();
});

const caller = { number: '06 39 98 00 01', reason: 'Change of address' };

async function act(what: 'ask' | 'cancel' | 'new', fields: Record<string, string> = {}, browser = agent) {
  const csrf = csrfOf(await browser.get('/callcentre'));
  const answer = await browser.post(`/callcentre/${what}`, { ...fields, csrf });
  expect([answer.status, answer.location]).toEqual([303, `${portal.url}/callcentre`]);
  return await browser.get('/callcentre');
}

/** Asks for the state until it is no longer pending, as the page's script does. */
async function settled(browser = agent): Promise<string> {
  for (;;) {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${portal.url}/callcentre/state`, { headers: { cookie, prefer: 'wait=10' } });
    const { status } = (await answer.json()) as { status: string };
    if (status !== 'pending') return status;
  }
}

describe('an agent', () => {
  test('asks by CIBA with the number as a hint and the reason as the text on the phone', async () => {
    const page = await act('ask', caller);
    expect(Object.fromEntries(ciba.asked[0]!)).toMatchObject({
      scope: 'openid profile',
      login_hint: 'tel:0639980001',
      binding_message: 'Change of address',
      acr_values: '2',
    });
    expect(page.body).toContain('data-status="pending"');
    expect(page.body).toContain('data-reference-code="4821"');
    expect(page.body).toContain('<noscript><meta http-equiv="refresh" content="3">');
    expect(wordsOf(page)).toContain('+33 6 39 98 ** 01');
    expect(page.body).not.toContain('0639980001');
  });

  test('sees who has confirmed, how and when, and begins anew', async () => {
    await act('ask', caller);
    ciba.decide('approve');
    expect(await settled()).toBe('approved');
    const page = await agent.get('/callcentre');
    expect(page.body).toContain('data-status="approved"');
    for (const words of ['Alice Martin', 'acc-alice', 'the SIM card (OK)', 'acr 2'])
      expect(wordsOf(page)).toContain(words);
    expect(page.body).not.toContain('http-equiv="refresh"');
    expect(page.body).not.toContain('the-access-token');
    expect(ciba.preferences).toEqual(['wait=25']);
    expect((await act('new')).body).toContain('name="number"');
    expect((await act('ask', caller)).body).toContain('data-status="pending"');
    expect(ciba.asked).toHaveLength(2);
  });

  test.each([
    ['access_denied', 'refused', 'The caller has refused'],
    ['expired_token', 'unanswered', 'No answer'],
    ['invalid_grant', 'lost', 'The answer was lost'],
  ] as const)('is told of %s as %s', async (decision, status, words) => {
    await act('ask', caller);
    ciba.decide(decision);
    expect(await settled()).toBe(status);
    expect(wordsOf(await agent.get('/callcentre'))).toContain(words);
  });

  test('takes the request back', async () => {
    await act('ask', caller);
    expect((await act('cancel')).body).toContain('data-status="cancelled"');
    expect(ciba.cancelled).toEqual(['/backchannel/request-1']);
    ciba.decide('approve');
    expect(await settled()).toBe('cancelled');
  });

  test('does not ring twice by clicking twice', async () => {
    await act('ask', caller);
    await act('ask', caller);
    expect(ciba.asked).toHaveLength(1);
  });

  test('loses nothing when the provider drops a poll', async () => {
    await act('ask', caller);
    while (ciba.preferences.length === 0) await agent.get('/callcentre');
    ciba.dropPolls();
    ciba.decide('approve');
    expect(await settled()).toBe('approved');
    expect(ciba.preferences.length).toBeGreaterThan(1);
  });
});

describe('what cannot be asked', () => {
  test.each([
    [400, 'invalid_binding_message', 'reason', 'A phone cannot show all of this reason'],
    [400, 'invalid_request', 'number', 'no readable mobile number'],
    [429, 'slow_down', 'limited', 'Too many requests'],
    [503, 'temporarily_unavailable', 'unavailable', 'Phones cannot be reached'],
    [403, 'access_denied', 'refused', 'refuses this request'],
  ])('%i %s is told in words, and keeps what was typed', async (status, error, problem, words) => {
    ciba.refuse(status, error);
    const page = await act('ask', caller);
    expect(page.body).toContain(`data-problem="${problem}"`);
    expect(wordsOf(page)).toContain(words);
    expect(page.body).toContain('value="06 39 98 00 01"');
    expect(events).toEqual([expect.objectContaining({ event: 'call-not-started', problem })]);
  });

  test('a number or reason that is none rings nobody', async () => {
    expect((await act('ask', { ...caller, number: 'call me' })).body).toContain('data-problem="number"');
    expect((await act('ask', { ...caller, reason: '  ' })).body).toContain('data-problem="reason"');
    expect(ciba.asked).toEqual([]);
  });

  test('a provider that does not answer is told as such', async () => {
    await ciba.stop();
    expect((await act('ask', caller)).body).toContain('data-problem="unreachable"');
  });
});

describe('the page', () => {
  test('is an agent’s own: another browser sees nothing of it', async () => {
    await act('ask', caller);
    const other = createBrowser(portal.url);
    expect((await other.get('/callcentre')).body).not.toContain('data-reference-code');
    expect(await settled(other)).toBe('none');
  });

  test('takes forms of its own only', async () => {
    await agent.get('/callcentre');
    for (const fields of [{ ...caller }, { ...caller, csrf: 'x'.repeat(43) }]) {
      expect((await agent.post('/callcentre/ask', fields)).status).toBe(403);
    }
    expect((await createBrowser(portal.url).post('/callcentre/ask', caller)).status).toBe(403);
    expect(ciba.asked).toEqual([]);
  });

  test('says in both languages that it has no login, and alone may run its script', async () => {
    expect(wordsOf(await agent.get('/callcentre'))).toContain('this page has no login for agents');
    const french = await createBrowser(portal.url, { 'accept-language': 'fr' }).get('/callcentre');
    expect(wordsOf(french)).toContain('n’a pas de connexion pour les conseillers');
    expect(french.headers.get('content-security-policy')).toContain("script-src 'self';connect-src 'self'");
    expect((await agent.get('/')).headers.get('content-security-policy')).not.toContain('script-src');
  });

  test('lets the portal stop while somebody waits', async () => {
    await act('ask', caller);
    const waiting = settled().catch(() => 'gone');
    await portal.stop();
    expect(['pending', 'gone']).toContain(await Promise.race([waiting, Promise.resolve('pending')]));
    portal = await startPortal({ issuer: ciba.issuer, port: 0 });
  });
});

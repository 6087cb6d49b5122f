// The way in without the phone, what the customer hears of it, and a SIM that serves two accounts.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { answerWithPin, loginWithPassword, loginWithPin, openLogin, ring } from '../support/flow-login.ts';
import { codeFromMail, replacePassword, visitFlow } from '../support/flow-password.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { offeredLines, openService } from '../support/flow-service.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let ines: FlowPhone;
const password = 'ines-demo-password';

beforeAll(async () => {
  world = await startFlowWorld();
  ines = world.phone('+33639980009');
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

/** Messages to customers that were ordered so far: they are created in the transaction of their cause. */
async function orderedMessages(): Promise<number> {
  const { rows } = await world.database.executeSql(
    "select count(*)::int as jobs from pgboss.job where name in ('sms', 'email')",
  );
  return Number(rows[0]?.['jobs']);
}

describe('a login with the password', () => {
  test.each(['ines@exemple.test', '06 39 98 00 09', 'INES@Exemple.test'])(
    'with %s says that it was the password (A39)',
    async (identifier) => {
      const { done } = await loginWithPassword(world, { identifier, password });
      expect(done.claims).toMatchObject({ acr: '1', amr: ['pwd'] });
    },
  );

  test('is told by exactly one SMS to the enrolled line (A40)', async () => {
    const ordered = await orderedMessages();
    const before = await ines.inbox();
    await loginWithPassword(world, {
      identifier: 'ines@exemple.test',
      password,
      browser: world.browser({ headers: { 'user-agent': firefoxOnLinux } }),
    });
    expect(await orderedMessages()).toBe(ordered + 1);
    const sms = await ines.waitForSms({ after: before[0]?.seq ?? 0 });
    expect(sms.text).toMatch(/^Connexion à votre compte avec le mot de passe le .+ : Banc d’essai, Firefox/);
    expect(sms.text).not.toMatch(/https?:|www\./);
    expect(await ines.inbox()).toHaveLength(before.length + 1);
  });

  test('is told by e-mail instead when the line is suspended: the phone may be in a thief’s hands (A40, X62)', async () => {
    await setLineStatus('suspended');
    const before = await ines.inbox();
    const { done } = await loginWithPassword(world, { identifier: 'ines@exemple.test', password });
    expect(done.claims.acr).toBe('1');
    const [mail] = await until('the e-mail comes', async () => {
      const mails = await world.mail('ines@exemple.test');
      return mails.length > 0 && mails;
    });
    expect(mail?.subject).toBe('Connexion à votre compte avec le mot de passe');
    expect(mail?.text).toContain('Banc d’essai');
    expect(await ines.inbox()).toEqual(before);
    await setLineStatus('active');
  });

  test('that fails is told to nobody, and the page does not say what was wrong', async () => {
    const ordered = await orderedMessages();
    const pages = [];
    for (const identifier of ['ines@exemple.test', 'nobody@exemple.test']) {
      const login = await openLogin(world);
      await login.submit({ identifier, choice: 'password' });
      const page = await login.password('not-the-password');
      expect(page.status).toBe(422);
      pages.push(page.text.match(/id="problem"[^>]*>([^<]+)/)?.[1]?.trim());
      expect(page.text).not.toContain('not-the-password');
    }
    expect(pages[0]).toMatch(/\w/);
    expect(pages[0]).toBe(pages[1]);
    expect(await orderedMessages()).toBe(ordered);
  });

  test('may be chosen while the phone rings: its screen goes away, and a late PIN changes nothing', async () => {
    const login = await ring(world, ines.msisdn);
    await ines.waitForScreen();
    await login.choose('password');
    await until('the screen goes away', async () => (await ines.screen()) === null);
    await login.password(password);
    expect((await login.finish()).claims.acr).toBe('1');
  });

  test('may be given up for the phone', async () => {
    const login = await openLogin(world);
    await login.submit({ identifier: ines.msisdn, choice: 'password' });
    expect(login.page.text).toContain('type="password"');
    await login.choose('sim');
    await answerWithPin(ines, login, '6027');
    expect(await login.settled()).toBe('approved');
    expect((await login.finish()).claims.acr).toBe('3');
  });

  test('is refused after ten wrong ones for a while, for the right one too (O56)', async () => {
    const login = await openLogin(world);
    await login.submit({ identifier: 'jean@exemple.test', choice: 'password' });
    for (let n = 0; n < 10; n++) await login.password('wrong');
    await login.password('jean-demo-password');
    expect(login.page.status).toBe(429);
    expect(Number(login.page.headers.get('retry-after'))).toBeGreaterThan(0);
    const other = await loginWithPassword(world, { identifier: 'ines@exemple.test', password });
    expect(other.done.claims.acr).toBe('1');
  });

  test('works for somebody without any phone', async () => {
    const ordered = await orderedMessages();
    const login = { identifier: 'gisele@exemple.test', password: 'gisele-demo-password' };
    const { done } = await loginWithPassword(world, login);
    expect(done.claims.acr).toBe('1');
    expect(await orderedMessages()).toBe(ordered);
  });
});

describe('a SIM that serves two accounts', () => {
  const accountsOn = (text: string) =>
    [...text.matchAll(/name="choice" value="(acc_[\w-]+)"[^>]*>([^<]+)</g)].map(([, id = '', label = '']) => ({
      id,
      label: label.trim(),
    }));

  test('asks which one after the PIN, and logs in to that one (A13, X118)', async () => {
    const hugo = world.phone('+33639980008');
    const subjects = new Set<string>();
    for (const label of ['Hugo Petit, personnel', 'Hugo Petit, professionnel']) {
      const login = await ring(world, hugo.msisdn);
      await answerWithPin(hugo, login, '1593');
      expect(await login.settled()).toBe('approved');
      await login.reload();
      const accounts = accountsOn(login.page.text);
      expect(accounts.map((one) => one.label)).toEqual(['Hugo Petit, personnel', 'Hugo Petit, professionnel']);
      await login.choose(accounts.find((one) => one.label === label)?.id ?? '');
      const { claims } = await login.finish();
      expect(claims.acr).toBe('3');
      subjects.add(claims.sub);
      await world.nextDay();
    }
    expect(subjects.size).toBe(2);
  });

  test('opens no account but its own', async () => {
    const hugo = world.phone('+33639980008');
    const { done } = await loginWithPassword(world, { identifier: 'ines@exemple.test', password });
    const login = await ring(world, hugo.msisdn);
    await answerWithPin(hugo, login, '1593');
    await login.settled();
    await login.reload();
    await login.choose(done.claims.sub);
    expect(login.page.status).toBe(422);
    expect(login.page.stoppedAt).toBeUndefined();
    expect(accountsOn(login.page.text)).toHaveLength(2);
  });

  test('shows its accounts to nobody before the PIN', async () => {
    const login = await ring(world, '+33639980008');
    expect(login.page.text).not.toContain('Hugo');
    expect(accountsOn(login.page.text)).toEqual([]);
  });
});

const firefoxOnLinux = 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0';

async function setLineStatus(status: 'active' | 'suspended'): Promise<void> {
  const line = world.database.db.updateTable('lines').set({ status });
  await line.where('msisdn', '=', ines.msisdn as never).execute();
}

describe('a forgotten password', () => {
  const resetPath = () => `${world.issuer}/account/password-reset`;

  test('is replaced from the login’s own page, which it comes back to; what was open is closed (B06 to B09, X63)', async () => {
    const emma = world.phone('+33639980005');
    const identifier = 'emma@exemple.test';
    const before = await loginWithPassword(world, { identifier, password: 'emma-demo-password' });
    const silent = async () => (await openLogin(world, { browser: before.browser, prompt: 'none' })).answer();
    expect((await silent()).code).toBe(true);
    const login = await openLogin(world);
    await login.submit({ identifier, choice: 'password' });
    const link = /href="([^"]*\/account\/password-reset\?[^"]*)"/.exec(login.page.text)?.[1] ?? '';
    const visit = await visitFlow(login.browser, new URL(link, world.issuer));
    const inbox = (await emma.inbox()).length;
    await replacePassword(world, visit, { identifier, password: 'corbeau violet agrafe', phone: emma });
    expect(visit.page.text).toContain('Votre nouveau mot de passe est enregistré');
    expect(await silent()).toMatchObject({ error: 'login_required', code: false });
    const back = /class="button" href="([^"]+)"/.exec(visit.page.text)?.[1] ?? '';
    await visit.open(new URL(back, world.issuer));
    expect(visit.page.url.href).toBe(login.page.url.href);
    expect((await login.password('emma-demo-password')).status).toBe(422);
    await login.password('corbeau violet agrafe');
    expect((await login.finish()).claims).toMatchObject({ acr: '1' });
    // One for the reset, one for the login; the code came before them.
    await until('both are told', async () => (await emma.inbox()).length >= inbox + 3);
    const told = (await emma.inbox()).map(({ text }) => text.slice(0, 20));
    expect(told.filter((text) => text.startsWith('Mot de passe de'))).toHaveLength(1);
    const mails = await until('the e-mail', async () => {
      const all = await world.mail(identifier);
      return all.length > 0 && all;
    });
    expect(mails.map(({ subject }) => subject)).toContain('Le mot de passe de votre compte a été changé');
    expect((await loginWithPin(world, { phone: emma, pin: '8264' })).done.claims).toBeDefined();
  });

  test('shows no channel before the check, and the same pages for whom nobody knows (B06, B07, X08)', async () => {
    const titles = [];
    for (const identifier of ['emma@exemple.test', '06 39 98 99 99']) {
      const visit = await visitFlow(world.browser(), resetPath());
      await visit.submit({ identifier });
      expect(visit.page.text).not.toContain('***');
      await visit.submit({ answer: 'WRONG' });
      expect(visit.page.status).toBe(422);
      await visit.passRobot();
      const masked = /\w\*\*\*@…/.test(visit.page.text);
      await visit.submit({ channel: 'email' });
      const sent = visit.page.status;
      await visit.submit({ code: '000000' });
      titles.push([masked, sent, visit.page.status, /<h1>([^<]+)/.exec(visit.page.text)?.[1]]);
    }
    expect(titles[0]).toEqual([true, 200, 422, 'Tapez le code reçu']);
    expect(titles[1]).toEqual(titles[0]);
  });

  test('that a code to a SIM has set does not enrol that SIM; a code by e-mail lifts it (decisions 11)', async () => {
    const bruno = world.phone('+33639980002');
    const identifier = 'bruno@exemple.test';
    const activate = async (secret: string) => {
      const visit = await openService(world, { path: '/activate', identifier, password: secret });
      return await visit.submit({ line: offeredLines(visit.page)[0] ?? '' });
    };
    const visit = await visitFlow(world.browser(), resetPath());
    await replacePassword(world, visit, { identifier, password: 'trombone ardoise lilas', phone: bruno });
    const refused = await activate('trombone ardoise lilas');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('avec un code envoyé à cette carte SIM');
    const again = await visitFlow(world.browser(), resetPath());
    const mailbox = identifier;
    await replacePassword(world, again, { identifier, password: 'moulin crayon fougère', mailbox });
    expect((await activate('moulin crayon fougère')).url.pathname).toMatch(/\/mobile-connect\/activate\/enr_/);
  });
});

describe('an account without a contract', () => {
  test('is opened with a code by e-mail and logs in; a known address hears of its account instead (C06, C07)', async () => {
    const openOne = async (email: string) => {
      const visit = await visitFlow(world.browser(), `${world.issuer}/account/new`);
      await visit.submit({ givenName: 'Léa', familyName: 'Roche', email });
      await visit.passRobot();
      return visit;
    };
    const visit = await openOne('lea.roche@exemple.test');
    const emailCode = await codeFromMail(world, 'lea.roche@exemple.test', /ouvrir un compte/);
    await visit.submit({ emailCode });
    const version = /name="version" value="([^"]+)"/.exec(visit.page.text)?.[1] ?? '';
    const secret = 'girafe tabouret nuage';
    await visit.submit({ password: secret, confirmation: secret, version, accept: 'yes' });
    expect(visit.page.text).toContain('Votre compte est ouvert');
    const { done } = await loginWithPassword(world, { identifier: 'lea.roche@exemple.test', password: secret });
    expect(done.claims).toMatchObject({ acr: '1' });
    const known = await openOne('gisele@exemple.test');
    expect(known.page.text).toContain('Tapez ce que vous avez reçu');
    const [mail] = await until('the e-mail', async () => {
      const all = await world.mail('gisele@exemple.test');
      return all.length > 0 && all;
    });
    expect(mail?.subject).toBe('Vous avez déjà un compte');
  });
});

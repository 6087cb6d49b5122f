// The login pages over HTTP: what each step shows, which fields it has, what each form does.
import { describe, expect, test } from 'vitest';
import type { SignInView } from '../../../src/authentication/sign-in-types.ts';
import { createTexts } from '../../../src/i18n.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { allScopes, claimsByScope } from '../../../src/oidc/scopes.ts';
import { Browser, buttonsOf, csrfOf, fieldsOf, textOf } from './browser.ts';
import { account, phoneView, ScriptedInteractions, startScripted } from './scripted-login.ts';

const page = '/interaction/uid-1';
const passwordView: SignInView = { step: 'password', identifierShown: 'a***@exemple.test', simOffered: true };
const chooserView: SignInView = {
  step: 'choose-account',
  accounts: [
    { id: 'acc_h1' as AccountId, label: 'Hugo' },
    { id: 'acc_h2' as AccountId, label: 'Hugo <pro>' },
  ],
};

function open(view: SignInView, details: ConstructorParameters<typeof ScriptedInteractions>[0] = {}) {
  const interactions = new ScriptedInteractions(details);
  const scripted = startScripted({}, { interactions });
  scripted.signIn.show(view);
  return { ...scripted, interactions };
}

const steps: readonly (readonly [string, SignInView, string, string])[] = [
  ['identifier', { step: 'identify' }, 'Connectez-vous', 'Log in'],
  ['waiting', phoneView(), 'Regardez votre téléphone', 'Look at your phone'],
  ['refused', phoneView({ status: 'refused' }), 'La demande a été refusée', 'The request was refused'],
  ['expired', phoneView({ status: 'expired' }), 'La demande est restée sans réponse', 'The request was not answered'],
  [
    'unavailable',
    phoneView({ status: 'unavailable' }),
    'Votre téléphone est injoignable',
    'Your phone cannot be reached',
  ],
  ['password', passwordView, 'Tapez votre mot de passe', 'Type your password'],
  ['account chooser', chooserView, 'Choisissez un compte', 'Choose an account'],
];

describe.each(steps)('the %s page', (_name, view, french, english) => {
  test.each([
    ['fr', french],
    ['en', english],
  ])('speaks %s in title, heading and language attribute', async (language, heading) => {
    const { app } = open(view);
    const response = await new Browser(app, { language }).get(page);
    expect(response.status).toBe(200);
    expect(response.headers['content-language']).toBe(language);
    expect(response.text).toContain(`<html lang="${language}"`);
    expect(response.text).toMatch(new RegExp(`<title>${heading}`));
    expect(response.text).toMatch(new RegExp(`<h1>${heading}`));
  });

  test('has a csrf field in every form, no inline script or style, and is kept out of caches (O55)', async () => {
    const { app } = open(view);
    const response = await new Browser(app).get(page);
    const forms = response.text.split('<form').slice(1);
    expect(forms.length).toBeGreaterThan(0);
    for (const form of forms)
      expect(form).toMatch(/^ method="post"[^>]*>\s*<input type="hidden" name="csrf" value="[\w-]{43}">/);
    expect(response.text).not.toMatch(/ style=|<style| on\w+="|<script(?![^>]* src=)/);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  test('A31: has no field for a PIN', async () => {
    const { app } = open(view);
    const { text } = await new Browser(app).get(page);
    for (const name of fieldsOf(text)) expect(['csrf', 'identifier', 'password']).toContain(name);
  });
});

describe('the identifier form', () => {
  const start = () => open({ step: 'identify' });

  test('A06: offers the phone first and the password beside it, whoever asks', async () => {
    const { app } = start();
    const { text } = await new Browser(app).get(page);
    expect(fieldsOf(text)).toEqual(['csrf', 'identifier']);
    expect(buttonsOf(text)).toEqual(['choice=password', 'choice=cancel']);
    expect(textOf(text)).toContain('pour continuer vers Portail & Boutique');
  });

  test('A39: does not offer the password where it cannot be enough', async () => {
    const { app } = open({ step: 'identify' }, { least: 'sim-pin' });
    const { text } = await new Browser(app).get(page);
    expect(buttonsOf(text)).toEqual(['choice=cancel']);
  });

  test('gives what was typed to the sign-in and goes back to the page', async () => {
    const { app, signIn } = start();
    const response = await new Browser(app).submit(page, { identifier: '06 39 98 00 01' });
    expect(signIn.calls).toEqual([['identify', '06 39 98 00 01']]);
    expect([response.status, response.headers['location']]).toEqual([303, page]);
  });

  test('A07: says in words what is wrong with a number and keeps what was typed', async () => {
    const { app, signIn } = start();
    signIn.answers.identify = { kind: 'malformed' };
    const response = await new Browser(app).submit(page, { identifier: '06 39 <98>' });
    expect(response.status).toBe(422);
    expect(textOf(response.text)).toContain('ni un numéro de mobile ni une adresse e-mail');
    expect(response.text).toContain('value="06 39 &lt;98&gt;"');
    expect(response.text).toMatch(/role="alert" tabindex="-1" autofocus/);
    expect(response.text).toMatch(/aria-describedby="problem identifier-hint" aria-invalid="true"/);
    expect(response.text).toContain('<title>À corriger');
  });

  test('asks for an identifier when there is none', async () => {
    const { app, signIn } = start();
    const response = await new Browser(app, { language: 'en' }).submit(page, { identifier: '  ' });
    expect(response.status).toBe(422);
    expect(textOf(response.text)).toContain('Type your mobile number or your e-mail address.');
    expect(signIn.calls).toEqual([]);
  });

  test('says how long to wait after too many attempts', async () => {
    const { app, signIn } = start();
    signIn.answers.identify = { kind: 'limited', retryAfterSeconds: 125 };
    const response = await new Browser(app).submit(page, { identifier: '0639980001' });
    expect([response.status, response.headers['retry-after']]).toEqual([429, '125']);
    expect(textOf(response.text)).toContain('Attendez 3 min');
  });

  test('leads back to a client that may hear why nobody is rung (O06)', async () => {
    const { app, signIn, interactions } = start();
    const browser = new Browser(app);
    signIn.answers.identify = { kind: 'not-rung', because: 'unknown' };
    const { status, headers } = await browser.submit(page, { identifier: '0639980001' });
    expect([status, headers['location']]).toEqual([303, 'http://localhost:3000/auth/uid-1']);
    expect(interactions.calls).toEqual([['abortNotRung', 'unknown']]);
    signIn.answers.useSim = { kind: 'not-rung', because: 'busy' };
    await browser.submit(page, { choice: 'sim' });
    expect(interactions.calls.at(-1)).toEqual(['abortNotRung', 'busy']);
  });

  test('tells the sign-in what the client may hear', async () => {
    const { app, signIn, interactions } = start();
    const client = { ...interactions.current.client, revealEnrolment: true };
    interactions.current = { ...interactions.current, client };
    await new Browser(app).submit(page, { identifier: '0639980001' });
    expect(signIn.requests.at(-1)?.client.revealEnrolment).toBe(true);
  });

  test('with "use my password" wishes for it before naming the account, so that the phone stays quiet', async () => {
    const { app, signIn } = start();
    await new Browser(app).submit(page, { identifier: 'alice@exemple.test', choice: 'password' });
    expect(signIn.calls).toEqual([['usePassword'], ['identify', 'alice@exemple.test']]);
  });

  test('forgets that wish when the identifier was no good', async () => {
    const { app, signIn } = start();
    signIn.answers.identify = { kind: 'malformed' };
    const response = await new Browser(app).submit(page, { identifier: '12', choice: 'password' });
    expect(response.status).toBe(422);
    expect(signIn.calls.at(-1)).toEqual(['startOver']);
  });

  test('is filled in from a login_hint, and opening it rings no phone', async () => {
    const prefilled = async (loginHint: string) => {
      const { app, signIn } = open({ step: 'identify' }, { loginHint });
      const { text } = await new Browser(app).get(page);
      expect(signIn.calls).toEqual([]);
      return /id="identifier"[^>]* value="([^"]*)"/.exec(text)?.[1];
    };
    expect(await prefilled('+33639980001')).toBe('+33639980001');
    expect(await prefilled('tel:06 39 98 00 01')).toBe('06 39 98 00 01');
    expect(await prefilled('MSISDN:33639980001')).toBe('+33639980001');
    expect(await prefilled('alice@exemple.test')).toBe('alice@exemple.test');
    expect(await prefilled('"><script>')).toBe('');
    expect(await prefilled('PCR:abc')).toBe('');
  });
});

describe('the first page of a hint that its bearer cannot read', () => {
  const hiddenHint = { identifier: '+33639980001', shown: '+33 6 39 98 ** 01' };

  test('shows the number masked and nowhere in clear, and rings no phone', async () => {
    const { app, signIn } = open({ step: 'identify' }, { hiddenHint });
    const { text } = await new Browser(app).get(page);
    expect(text).toContain('+33 6 39 98 ** 01');
    expect(text).not.toContain('39980001');
    expect(text).not.toMatch(/id="identifier"[^>]* required/);
    expect(signIn.calls).toEqual([]);
  });

  test('takes an empty field for that number, and a typed one for itself', async () => {
    const { app, signIn } = open({ step: 'identify' }, { hiddenHint });
    const browser = new Browser(app);
    await browser.submit(page, { identifier: '' });
    expect(signIn.calls.at(-1)).toEqual(['identify', '+33639980001']);
    await browser.submit(page, { identifier: '06 39 98 00 04' });
    expect(signIn.calls.at(-1)).toEqual(['identify', '06 39 98 00 04']);
  });
});

describe('the waiting page', () => {
  test('A32: shows the reference code and the state where scripts and people find them', async () => {
    const { app } = open(phoneView());
    const { text } = await new Browser(app).get(page);
    expect(text).toContain('data-reference-code="4821"');
    expect(/data-reference-code="4821">(.*?)<\/p>/.exec(text)?.[1]?.replace(/<[^>]+>/g, '')).toBe('4821');
    expect(text).toContain('data-status="pending"');
    expect(text).toContain(`data-status-path="${page}/status"`);
    expect(text).toContain('+33 6 39 98 ** 01');
    expect(textOf(text)).toContain('Vérifiez que le téléphone affiche ce même code.');
    expect(textOf(text)).toContain('1:58');
  });

  test('asks to type the code on the phone when the sign-in says so', async () => {
    const { app } = open(phoneView({ confirmation: 'type' }));
    const { text } = await new Browser(app, { language: 'en' }).get(page);
    expect(textOf(text)).toContain('Type this code on your phone');
    expect(textOf(text)).not.toContain('Check that the phone shows');
  });

  test.each([
    ['sim-pin', 'tapez ensuite votre code mobile connect'],
    ['sim-ok', 'répondez ensuite ok'],
  ] as const)('says what the phone will ask for at %s', async (wanted, words) => {
    const { app } = open(phoneView(), { wanted });
    expect(textOf((await new Browser(app).get(page)).text).toLowerCase()).toContain(words);
  });

  test('A30: refreshes itself without JavaScript while the phone is asked, and no longer', async () => {
    const refreshOf = async (status: 'pending' | 'refused') => {
      const { app } = open(phoneView({ status }));
      return (await new Browser(app).get(page)).text.includes('<noscript><meta http-equiv="refresh" content="3">');
    };
    expect(await refreshOf('pending')).toBe(true);
    expect(await refreshOf('refused')).toBe(false);
  });

  test('offers resend, password, another number and the way back', async () => {
    const { app } = open(phoneView());
    const { text } = await new Browser(app).get(page);
    expect(buttonsOf(text)).toEqual([
      'choice=continue',
      'choice=resend',
      'choice=password',
      'choice=restart',
      'choice=cancel',
    ]);
    expect(text).toMatch(/data-continue hidden/);
  });

  test('shows from when on the request may be sent again', async () => {
    const { app } = open(phoneView({ resend: { left: 1, inSeconds: 14 } }));
    const { text } = await new Browser(app).get(page);
    expect(text).toMatch(/value="resend"[^>]* disabled data-enable-in="14"/);
    expect(textOf(text)).toContain('Possible dans 14 s');
  });

  test.each(['refused', 'expired', 'unavailable'] as const)('leads on when the request was %s', async (status) => {
    const { app } = open(phoneView({ status }));
    const { text } = await new Browser(app).get(page);
    expect(text).toContain(`data-status="${status}"`);
    expect(text).not.toContain('data-reference-code');
    expect(buttonsOf(text)).toEqual([
      'choice=continue',
      'choice=sim',
      'choice=password',
      'choice=restart',
      'choice=cancel',
    ]);
  });

  test('does not offer the password when the sign-in says that it is no use', async () => {
    const { app } = open(phoneView({ passwordOffered: false }));
    expect(buttonsOf((await new Browser(app).get(page)).text)).not.toContain('choice=password');
  });

  test('links to the web phones in a sandbox only', async () => {
    const link = 'http://localhost:3002/';
    const interactions = new ScriptedInteractions();
    const sandbox = startScripted({}, { interactions, links: { simPhone: link } });
    sandbox.signIn.show(phoneView());
    expect((await new Browser(sandbox.app).get(page)).text).toContain(`href="${link}"`);
    const { app } = open(phoneView());
    expect((await new Browser(app).get(page)).text).not.toContain('3002');
  });

  test('goes on by itself once the phone has approved, with what was proved', async () => {
    const { app, interactions } = open(phoneView({ status: 'approved' }));
    const response = await new Browser(app).get(page);
    expect([response.status, response.headers['location']]).toEqual([303, 'http://localhost:3000/auth/uid-1']);
    expect(interactions.calls).toEqual([
      ['finishLogin', { accountId: account, level: 'sim-pin', authTime: 1_772_359_200 }],
    ]);
  });

  test('is not ended by a HEAD request', async () => {
    const { app, signIn } = open(phoneView({ status: 'approved' }));
    expect((await new Browser(app).head(page)).status).toBe(200);
    expect(signIn.calls).toEqual([]);
  });

  test('offers the button when there is nothing to hand over yet', async () => {
    const { app, signIn, interactions } = open(phoneView({ status: 'approved' }));
    signIn.answers.finish = { kind: 'not-ready' };
    const response = await new Browser(app).get(page);
    expect(response.status).toBe(200);
    expect(response.text).toMatch(/data-continue>/);
    expect(interactions.calls).toEqual([]);
  });
});

describe('a choice', () => {
  test('"continue" hands the login over', async () => {
    const { app, signIn, interactions } = open(phoneView());
    const browser = new Browser(app);
    const { text } = await browser.get(page);
    signIn.show(phoneView({ status: 'approved' }));
    const response = await browser.post(page, { choice: 'continue', csrf: csrfOf(text) });
    expect(response.status).toBe(303);
    expect(interactions.calls[0]?.[0]).toBe('finishLogin');
  });

  test('"continue" before the phone has answered shows the page again', async () => {
    const { app, signIn, interactions } = open(phoneView());
    signIn.answers.finish = { kind: 'not-ready' };
    const response = await new Browser(app).submit(page, { choice: 'continue' });
    expect([response.status, response.headers['location']]).toEqual([303, page]);
    expect(interactions.calls).toEqual([]);
  });

  test('"cancel" ends the attempt, then takes the person back to the relying party', async () => {
    const { app, signIn, interactions } = open(phoneView());
    const response = await new Browser(app).submit(page, { choice: 'cancel' });
    expect(signIn.calls).toEqual([['cancel']]);
    expect(interactions.calls).toEqual([['abort', 'access_denied']]);
    expect(response.headers['location']).toBe('http://localhost:3000/auth/uid-1');
  });

  test.each([
    ['resend', 'resend'],
    ['password', 'usePassword'],
    ['sim', 'useSim'],
    ['restart', 'startOver'],
  ])('"%s" is one step of the sign-in, and back to the page', async (choice, call) => {
    const { app, signIn } = open(phoneView());
    const response = await new Browser(app).submit(page, { choice });
    expect(signIn.calls).toEqual([[call]]);
    expect([response.status, response.headers['location']]).toEqual([303, page]);
  });

  test('"resend" says how long to wait, or that there is no more', async () => {
    const { app, signIn } = open(phoneView());
    signIn.answers.resend = { kind: 'too-soon', inSeconds: 12 };
    const early = await new Browser(app).submit(page, { choice: 'resend' });
    expect([early.status, early.headers['retry-after']]).toEqual([429, '12']);
    expect(textOf(early.text)).toContain('Attendez 12 s avant');
    expect(early.text).toContain('data-reference-code="4821"');
    signIn.answers.resend = { kind: 'no-more' };
    expect((await new Browser(app).submit(page, { choice: 'resend' })).status).toBe(422);
  });

  test('"password" is refused where the password is not enough', async () => {
    const { app, signIn } = open(phoneView(), { least: 'sim-ok' });
    const response = await new Browser(app).submit(page, { choice: 'password' });
    expect(response.status).toBe(422);
    expect(signIn.calls).toEqual([]);
  });

  test('of an account is one of those offered, then the login is handed over', async () => {
    const { app, signIn, interactions } = open(chooserView);
    const { text } = await new Browser(app).get(page);
    expect(buttonsOf(text)).toEqual(['choice=acc_h1', 'choice=acc_h2', 'choice=cancel']);
    expect(text).toContain('Hugo &lt;pro&gt;');
    const response = await new Browser(app).submit(page, { choice: 'acc_h2' });
    expect(signIn.calls).toEqual([['chooseAccount', 'acc_h2'], ['finish']]);
    expect(response.status).toBe(303);
    expect(interactions.calls[0]?.[0]).toBe('finishLogin');
  });

  test('of an account that was not offered is refused', async () => {
    const { app, signIn } = open(chooserView);
    const response = await new Browser(app).submit(page, { choice: 'acc_someone_else' });
    expect(response.status).toBe(422);
    expect(signIn.calls).toEqual([]);
  });

  test('that means nothing is refused in words', async () => {
    const { app } = open({ step: 'identify' });
    const response = await new Browser(app).submit(page, { choice: 'dance' });
    expect(response.status).toBe(422);
    expect(textOf(response.text)).toContain('Ce choix n’est pas possible ici.');
  });
});

describe('the password form', () => {
  test('shows whose account it is, and lets a password manager fill in', async () => {
    const { app } = open(passwordView);
    const { text } = await new Browser(app).get(page);
    expect(text).toMatch(/name="password" type="password" autocomplete="current-password"/);
    expect(text).toContain('a***@exemple.test');
    expect(buttonsOf(text)).toEqual(['choice=sim', 'choice=restart', 'choice=cancel']);
  });

  test('hands the login over when the password is right', async () => {
    const { app, signIn, interactions } = open(passwordView);
    await new Browser(app).submit(page, { password: ' alice-demo ' });
    expect(signIn.calls).toEqual([['checkPassword', ' alice-demo '], ['finish']]);
    expect(interactions.calls[0]?.[0]).toBe('finishLogin');
  });

  test('says the same for a wrong password and an unknown account, and never shows the password again', async () => {
    const { app, signIn } = open(passwordView);
    signIn.answers.checkPassword = { kind: 'wrong' };
    const response = await new Browser(app).submit(page, { password: 'not-this-one' });
    expect(response.status).toBe(422);
    expect(textOf(response.text)).toContain('ne vont pas ensemble');
    expect(response.text).not.toContain('not-this-one');
  });

  test('asks for a password when there is none, says the limit, and goes back when none was asked', async () => {
    const { app, signIn } = open(passwordView);
    expect((await new Browser(app).submit(page, { password: '' })).status).toBe(422);
    expect(signIn.calls).toEqual([]);
    signIn.answers.checkPassword = { kind: 'limited', retryAfterSeconds: 60 };
    expect((await new Browser(app).submit(page, { password: 'x' })).headers['retry-after']).toBe('60');
    signIn.answers.checkPassword = { kind: 'not-asked' };
    expect((await new Browser(app).submit(page, { password: 'x' })).headers['location']).toBe(page);
  });
});

describe('A31: a field "pin"', () => {
  test('is ignored by every form and reaches neither the sign-in nor the log', async () => {
    const { app, signIn, log } = open(phoneView());
    signIn.answers.finish = { kind: 'not-ready' };
    const response = await new Browser(app).submit(page, { pin: '4071-secret', choice: 'continue' });
    expect(response.status).toBe(303);
    expect(JSON.stringify(signIn.calls)).not.toContain('4071-secret');
    expect(log.join('')).not.toContain('4071-secret');
  });
});

describe('the consent page', () => {
  const consenting = {
    prompt: 'consent',
    client: {
      id: 'shop',
      name: 'La <Boutique>',
      brand: 'exemple',
      party: 'third',
      logoUri: 'https://cdn.boutique.example/logo.png',
      policyUri: 'https://boutique.example/policy',
      allowPasswordFallback: false,
      confirmation: undefined,
    },
    consent: {
      accountId: account,
      accountName: 'Alice Martin',
      scopes: ['openid', 'email', 'usage.read', 'unheard.of'],
      claims: ['birthdate'],
    },
  } as const;

  test.each([
    ['fr', 'La &lt;Boutique> demande votre accord', 'voir votre adresse e-mail', 'lire votre consommation'],
    ['en', 'La &lt;Boutique> asks for your consent', 'see your e-mail address', 'read your usage'],
  ])('says in %s who asks and for what, in words', async (language, heading, ...grants) => {
    const { app } = open({ step: 'identify' }, consenting);
    const { text } = await new Browser(app, { language }).get(page);
    expect(text.replaceAll('&gt;', '>')).toContain(`<h1>${heading}</h1>`);
    for (const grant of [...grants, 'unheard.of']) expect(text).toContain(`<li>${grant}</li>`);
    expect(text).not.toContain('<li>openid');
    expect(text).toContain('href="https://boutique.example/policy"');
    expect(buttonsOf(text)).toEqual(['decision=allow', 'decision=deny']);
  });

  test('says a thing once, though a scope and a claim ask for it', async () => {
    const consent = { ...consenting.consent, scopes: ['openid', 'email'], claims: ['email'] };
    const { app } = open({ step: 'identify' }, { ...consenting, consent });
    const { text } = await new Browser(app).get(page);
    expect(text.match(/voir votre adresse e-mail/g)).toHaveLength(1);
  });

  test('says so when only the login itself is asked for', async () => {
    const { app } = open(
      { step: 'identify' },
      { ...consenting, consent: { ...consenting.consent, scopes: ['openid'], claims: [] } },
    );
    const { text } = await new Browser(app).get(page);
    expect(text).not.toContain('class="grants"');
    expect(textOf(text)).toContain('saura seulement que c’est bien vous');
  });

  test('has words for every scope and claim that there is', () => {
    const texts = createTexts();
    const claims = Object.entries(claimsByScope).flatMap(([scope, names]) => (scope === 'openid' ? [] : names));
    const keys = [
      ...allScopes.filter((scope) => scope !== 'openid').map((scope) => `scope.${scope.replaceAll('.', '_')}`),
      ...claims.map((claim) => `claim.${claim}`),
    ];
    expect(keys.filter((key) => !texts.has(key))).toEqual([]);
  });

  test('lets the browser load the logo of this client, and nothing else from elsewhere', async () => {
    const { app } = open({ step: 'identify' }, consenting);
    const response = await new Browser(app).get(page);
    expect(response.text).toContain('src="https://cdn.boutique.example/logo.png" alt=""');
    expect(response.headers['content-security-policy']).toContain("img-src 'self' data: https://cdn.boutique.example;");
    expect(response.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  test('drops links that are no web addresses', async () => {
    const client = { ...consenting.client, logoUri: 'javascript:alert(1)', policyUri: 'javascript:alert(1)' };
    const { app } = open({ step: 'identify' }, { ...consenting, client });
    expect((await new Browser(app).get(page)).text).not.toContain('javascript:');
  });

  test.each(['allow', 'deny'])('gives the decision "%s" to the provider', async (decision) => {
    const { app, interactions } = open({ step: 'identify' }, consenting);
    expect((await new Browser(app).submit(page, { decision })).status).toBe(303);
    expect(interactions.calls).toEqual([['finishConsent', decision]]);
  });

  test('asks again when nothing was decided, and can be cancelled', async () => {
    const { app, interactions } = open({ step: 'identify' }, consenting);
    const response = await new Browser(app).submit(page, { decision: 'maybe' });
    expect(response.status).toBe(422);
    expect(interactions.calls).toEqual([]);
    await new Browser(app).submit(page, { choice: 'cancel' });
    expect(interactions.calls).toEqual([['abort', 'access_denied']]);
  });

  test('takes no login form', async () => {
    const { app, signIn } = open({ step: 'identify' }, consenting);
    expect((await new Browser(app).submit(page, { identifier: '0639980001' })).status).toBe(422);
    expect(signIn.calls).toEqual([]);
  });
});

describe('X30: an interaction of another browser', () => {
  test('shows and does nothing, in words and without detail', async () => {
    const { app, signIn, interactions } = open(phoneView({ status: 'approved' }));
    const response = await new Browser(app, { begun: false }).get(page);
    expect(response.status).toBe(400);
    expect(textOf(response.text)).toContain('commencée dans un autre navigateur');
    expect(response.text).not.toContain('4821');
    expect([signIn.calls, interactions.calls]).toEqual([[], []]);
  });

  test('is not this browser’s own interaction under another name', async () => {
    const { app } = open(phoneView());
    expect((await new Browser(app).get('/interaction/uid-2')).status).toBe(400);
  });
});

test('the sign-in learns who asks, from where and with which browser', async () => {
  const { app, signIn } = open({ step: 'identify' }, { uiLocales: ['en-GB', 'fr'] });
  const userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const browser = new Browser(app, { headers: { 'User-Agent': userAgent } });
  await browser.get(page);
  expect(signIn.requests[0]).toMatchObject({
    uid: 'uid-1',
    issuer: 'http://localhost:3000',
    brand: 'exemple',
    client: { id: 'portal', name: 'Portail & Boutique', allowPasswordFallback: true },
    least: 'pwd',
    wanted: 'sim-pin',
    locale: 'en',
    address: '127.0.0.1',
    device: undefined,
    deviceLabel: 'Firefox, Windows',
  });
  await browser.get(page);
  expect(signIn.requests.at(-1)?.device).toBe(browser.cookies.get('provider_device'));
  expect(signIn.requests.at(-1)?.device).toMatch(/^[\w-]{32}$/);
});

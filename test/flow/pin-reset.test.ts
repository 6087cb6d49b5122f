// A forgotten PIN over the real wires: pages, SMS, phone, e-mail, and what the new PIN is worth afterwards.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { referenceCodeOn, statusOn } from '../support/browser.ts';
import { answerWithPin, loginWithPin, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { choosePin, codeFromSms, newestSms, openReset, resetUpToPhone } from '../support/flow-reset.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';
import { noteNeedles } from '../support/log-directory.ts';
import { readPublishedApis } from '../support/published-routes.ts';

let world: FlowWorld;
let alice: FlowPhone;

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
});
afterAll(() => world?.stop());

test('a forgotten PIN: number, check, SMS, new PIN on the phone, e-mail, login with it (A44 to A48)', async () => {
  const before = await newestSms(alice);
  const reset = await openReset(world, '06 39 98 00 01', { lang: 'fr' });
  expect(reset.page.text).toContain('Une vérification');
  expect(await newestSms(alice)).toBe(before);
  await reset.passRobot();
  expect(reset.page.text).toContain('+33 6 39 98 ** 01');
  const code = await codeFromSms(alice, before);
  await reset.submit({ code });
  expect(statusOn(reset.page)).toBe('pending');
  await choosePin(alice, { referenceCode: reset.referenceCode, pin: '9024' });
  expect(await reset.settled()).toBe('done');
  await reset.reload();
  expect(statusOn(reset.page)).toBe('done');
  expect(await alice.state()).toMatchObject({ triesLeft: 3, screen: null });
  const { done } = await loginWithPin(world, { phone: alice, pin: '9024' });
  expect(done.claims.acr).toBeDefined();
  await until('the e-mail is there', async () => (await world.mail('alice@exemple.test')).length > 0);
  expect(await world.mail('alice@exemple.test')).toEqual([
    expect.objectContaining({ subject: 'Votre code Mobile Connect a été changé' }),
  ]);
});

test('for a day the new PIN is worth less than a PIN: nobody is told more, and a strict request is refused (decisions 11)', async () => {
  const { done } = await loginWithPin(world, { phone: alice, pin: '9024', acr_values: '3' });
  expect(done.claims).toMatchObject({ acr: '2' });
  const strict = await ring(world, alice.msisdn, { claims: { id_token: { acr: { essential: true, value: '3' } } } });
  await answerWithPin(alice, strict, '9024');
  expect(await strict.settled()).toBe('approved');
  await strict.reload();
  expect(strict.answer()).toMatchObject({ error: 'unmet_authentication_requirements', code: false });
  await world.nextDay();
  expect((await loginWithPin(world, { phone: alice, pin: '9024', acr_values: '3' })).done.claims.acr).toBe('3');
});

test('the account password in the flow makes the new PIN count at once (decisions 11)', async () => {
  const reset = await resetUpToPhone(world, alice, { password: 'alice-demo-password' });
  await choosePin(alice, { referenceCode: reset.referenceCode, pin: '5179' });
  expect(await reset.settled()).toBe('done');
  expect((await loginWithPin(world, { phone: alice, pin: '5179', acr_values: '3' })).done.claims.acr).toBe('3');
});

test('the old PIN stays until the new one is signed, a refusal changes nothing, and the identical digits stay out (A48)', async () => {
  await world.nextDay();
  const reset = await resetUpToPhone(world, alice);
  await alice.waitForScreen();
  const next = await alice.code(referenceCodeOn(reset.page) ?? '');
  if (next?.kind === 'confirm') await alice.ok();
  await alice.pin('7777');
  expect((await alice.screen())?.kind).toBe('new-pin');
  await alice.cancel();
  expect(await reset.settled()).toBe('refused');
  await world.nextDay();
  const { done } = await loginWithPin(world, { phone: alice, pin: '5179' });
  expect(done.claims.acr).toBe('3');
});

test('a new PIN that the phone reports after its time is taken for what it is, and worth no more than an SMS (A48, X17)', async () => {
  const late = world.phone('+33639980004');
  const reset = await resetUpToPhone(world, late, { password: 'david-demo-password' });
  await world.advanceClock(200);
  await choosePin(late, { referenceCode: reset.referenceCode, pin: '6048' });
  await until('the reset is done', async () => statusOn(await reset.reload()) === 'done' || undefined);
  const { done } = await loginWithPin(world, { phone: late, pin: '6048', acr_values: '3' });
  expect(done.claims).toMatchObject({ acr: '2' });
  await world.nextDay();
});

test('a code by e-mail does what the password does; the page and the mail say so (decisions 11)', async () => {
  const david = world.phone('+33639980004');
  const before = await newestSms(david);
  const reset = await openReset(world, david.msisdn, { lang: 'en' });
  await reset.passRobot();
  const code = await codeFromSms(david, before);
  expect(reset.page.text).not.toContain('name="emailCode"');
  await reset.submit({ choice: 'email' });
  expect(reset.page.text).toContain('name="emailCode"');
  const subject = /^(Votre code par e-mail|Your e-mail code)/;
  const mail = await until('the e-mail', async () =>
    (await world.mail('david@exemple.test')).find((one) => subject.test(one.subject)),
  );
  const emailCode = /\b\d{6}\b/.exec(mail.text)?.[0] ?? '';
  noteNeedles({ form: 'text', what: 'code by e-mail', value: emailCode });
  await reset.submit({ code, emailCode });
  await choosePin(david, { referenceCode: reset.referenceCode, pin: '5179' });
  expect(await reset.settled()).toBe('done');
  expect((await loginWithPin(world, { phone: david, pin: '5179', acr_values: '3' })).done.claims.acr).toBe('3');
  await world.nextDay();
});

test('a code for a new PIN needs a right answer first, and a wrong one brings another check (A46)', async () => {
  const david = world.phone('+33639980004');
  const before = await newestSms(david);
  const reset = await openReset(world, david.msisdn);
  const first = pictureOn(reset.page.text);
  await reset.submit({ answer: 'WRONG' });
  expect(reset.page.status).toBe(422);
  const second = pictureOn(reset.page.text);
  expect(second).not.toBe(first);
  await reset.submit({ answer: '' });
  expect(pictureOn(reset.page.text)).not.toBe(second);
  expect(await newestSms(david)).toBe(before);
  await world.advanceClock(301);
  const answer = reset.answer;
  await reset.submit({ answer });
  expect(reset.page.status).toBe(422);
  await reset.passRobot();
  expect(await codeFromSms(david, before)).toMatch(/^\d{6}$/);
});

test('three wrong codes void the code, another one opens the phone, a used one opens nothing (A47, X64, X66)', async () => {
  const ines = world.phone('+33639980009');
  const before = await newestSms(ines);
  const reset = await openReset(world, ines.msisdn);
  await reset.passRobot();
  const first = await codeFromSms(ines, before);
  for (const wrong of ['000000', '１２３４５６', `${first}0`, '111111', '222222']) {
    await reset.submit({ code: wrong === first ? '333333' : wrong });
    expect(reset.page.status).toBe(422);
  }
  const refused = await reset.submit({ code: first });
  expect(refused.status).toBe(422);
  const sent = await newestSms(ines);
  await reset.submit({ choice: 'resend' });
  const second = await codeFromSms(ines, sent);
  await reset.submit({ code: ` ${second.slice(0, 3)} ${second.slice(3)}` });
  expect(statusOn(reset.page)).toBe('pending');
  await ines.waitForScreen();
  await ines.cancel();
  expect(await reset.settled()).toBe('refused');
  const other = await openReset(world, ines.msisdn);
  await other.passRobot();
  await other.submit({ code: second });
  expect(other.page.status).toBe(422);
});

test('the budget of a number is three codes an hour, however it is spelt (A47, X06, X68)', async () => {
  const emma = world.phone('+33639980005');
  for (const spelling of ['0639980005', '06 39 98 00 05', '+33639980005']) {
    const reset = await openReset(world, spelling);
    await reset.passRobot();
    expect(reset.page.status).toBe(200);
  }
  const fourth = await openReset(world, '0033639980005');
  await fourth.passRobot();
  expect(fourth.page.status).toBe(429);
  expect(fourth.page.headers.get('retry-after')).toMatch(/^\d+$/);
  expect((await emma.inbox()).filter(({ text }) => /^\d{6}/.test(text))).toHaveLength(3);
});

test('a flow goes on in no other browser (A47, X65)', async () => {
  const reset = await openReset(world, '0639980008');
  const stranger = world.browser();
  const page = await stranger.open(reset.page.url);
  expect(page.url.pathname).toBe('/mobile-connect/reset');
});

function pictureOn(text: string): string {
  return /data:image\/svg\+xml;base64,[\w+/=]+/.exec(text)?.[0] ?? '';
}

test('the API walks the same way, without a token, for every number alike (A45, A47)', async () => {
  await world.nextDay();
  const hugo = world.phone('+33639980008');
  const before = await newestSms(hugo);
  const { check } = await readPublishedApis(world.issuer);
  const walk = async (msisdn: string) => {
    const browser = world.browser({ headers: { accept: 'application/json', 'content-type': 'application/json' } });
    const base = `${world.issuer}/api/mc/v1/pin-resets`;
    const post = async (path: string, body: object) => {
      const url = `${base}${path}`;
      const response = await browser.request(url, { method: 'POST', body: JSON.stringify(body) });
      const answer = (await response.json()) as ApiReset;
      const contentType = response.headers.get('content-type');
      check({ method: 'POST', url, status: response.status, contentType, body: answer });
      return { status: response.status, body: answer };
    };
    const begun = await post('', { msisdn });
    const [a, b] = begun.body.challenge?.sum ?? [0, 0];
    const passed = await post(`/${begun.body.flowId}/challenge`, { answer: String(a + b) });
    const wrong = await post(`/${begun.body.flowId}/code`, { code: 'nonsense' });
    return { begun, passed, wrong, post, base, browser };
  };
  const real = await walk(hugo.msisdn);
  const unknown = await walk('+33639989999');
  for (const { begun, passed, wrong } of [real, unknown]) {
    expect(begun).toMatchObject({ status: 202, body: { step: 'challenge', state: 'pending' } });
    expect(passed).toMatchObject({ status: 202, body: { step: 'code', state: 'pending' } });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'validation', fields: [{ problem: 'code_invalid' }] } });
  }
  const code = await codeFromSms(hugo, before);
  const { body } = await real.post(`/${real.begun.body.flowId}/code`, { code });
  expect(body).toMatchObject({ step: 'phone', state: 'pending', referenceCode: expect.stringMatching(/^\d{4}$/) });
  const stranger = await fetch(`${real.base}/${real.begun.body.flowId}`);
  expect(stranger.status).toBe(404);
  await hugo.waitForScreen();
  await hugo.cancel();
  const own = () => real.browser.request(`${real.base}/${real.begun.body.flowId}`);
  await until('the refusal has arrived', async () => ((await (await own()).json()) as ApiReset).state === 'failed');
});

interface ApiReset {
  readonly flowId: string;
  readonly step: string;
  readonly state: string;
  readonly challenge?: { readonly sum: readonly [number, number] };
}

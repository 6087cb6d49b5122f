// Three wrong PINs: the service is locked for a day, whoever asks; the password stays, and the same PIN comes back.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerWithPin, loginWithPassword, openLogin, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

const hour = 3_600;
let world: FlowWorld;
let emma: FlowPhone;

beforeAll(async () => {
  world = await startFlowWorld();
  emma = world.phone('+33639980005');
});
afterAll(() => world?.stop());

/** Types a wrong PIN three times on the screen that is up. */
async function blockPin(phone: FlowPhone): Promise<number> {
  const { seq } = await phone.waitForScreen();
  for (const wrong of ['0000', '1111', '2222']) await phone.pin(wrong);
  return seq;
}

/** The lock as it is recorded, measured from the answer that brought it. */
async function recordedLock(): Promise<{ locked: boolean; lastsHours: number | undefined }> {
  const { db } = world.database;
  const enrolment = await db
    .selectFrom('enrolments')
    .innerJoin('lines', 'lines.id', 'enrolments.lineId')
    .select('enrolments.lockedUntil')
    .where('lines.msisdn', '=', emma.msisdn as never)
    .executeTakeFirstOrThrow();
  const blocked = await db
    .selectFrom('attempts')
    .select('receivedAt')
    .where('state', '=', 'blocked')
    .orderBy('receivedAt', 'desc')
    .executeTakeFirst();
  const until = enrolment.lockedUntil;
  const from = blocked?.receivedAt;
  return {
    locked: until !== null,
    lastsHours: until && from ? (until.getTime() - from.getTime()) / 3_600_000 : undefined,
  };
}

test('three wrong PINs block the card, lock the service for 24 h and are told to the customer (A49, A51)', async () => {
  const login = await ring(world, emma.msisdn);
  const seen = await blockPin(emma);
  expect(await login.settled()).toBe('refused');
  await login.reload();
  expect(login.shownStatus).toBe('refused');
  expect(await emma.state()).toMatchObject({ triesLeft: 0, blocked: true, screen: null });
  expect(await recordedLock()).toEqual({ locked: true, lastsHours: 24 });
  expect((await emma.waitForSms({ after: seen })).text).toMatch(/^Trop de codes erronés : Mobile Connect est bloqué/);
});

test('while it is locked no client rings the phone, and the page looks as always (A52)', async () => {
  const sent = await world.messagesTo(emma.msisdn);
  for (const client of ['tester', 'app']) {
    const redirect = client === 'app' ? { redirectUri: 'http://127.0.0.1:9876/callback' } : {};
    const login = await ring(world, emma.msisdn, { client, ...redirect });
    expect(login.shownStatus).toBe('pending');
    expect(login.referenceCode).toMatch(/^\d{4}$/);
    await login.choose('cancel');
  }
  expect(await world.messagesTo(emma.msisdn)).toBe(sent);
});

test('while it is locked the password opens the account, and says that it was the password (A39, A50, X42)', async () => {
  const before = (await emma.inbox())[0]?.seq ?? 0;
  const { done } = await loginWithPassword(world, { identifier: emma.msisdn, password: 'emma-demo-password' });
  expect(done.claims).toMatchObject({ acr: '1', amr: ['pwd'] });
  expect((await emma.waitForSms({ after: before })).text).toMatch(/^Connexion à votre compte avec le mot de passe/);
});

test('while it is locked a strict request gets no token, by no way (A52)', async () => {
  const login = await openLogin(world, {
    claims: { id_token: { acr: { essential: true, value: '3' } } },
  });
  await login.submit({ identifier: emma.msisdn, choice: 'password' });
  expect(login.page.status).toBe(422);
  await login.choose('cancel');
  expect(login.answer()).toMatchObject({ error: 'access_denied', code: false });
});

test('half a minute before its end the lock still holds (X35)', async () => {
  await world.advanceClock(24 * hour - 30);
  const sent = await world.messagesTo(emma.msisdn);
  const login = await ring(world, emma.msisdn);
  expect(await world.messagesTo(emma.msisdn)).toBe(sent);
  await login.choose('cancel');
});

test('after 24 h the same PIN works again, and the card has all its tries (A51)', async () => {
  await world.advanceClock(hour);
  const login = await ring(world, emma.msisdn);
  await answerWithPin(emma, login, '8264');
  expect(await login.settled()).toBe('approved');
  expect((await login.finish()).claims.acr).toBe('3');
  expect(await emma.state()).toMatchObject({ triesLeft: 3, blocked: false });
});

test('wrong PINs add up over logins and clients; a right one takes them back (X33, X34)', async () => {
  await world.nextDay();
  const first = await ring(world, emma.msisdn);
  await emma.waitForScreen();
  await emma.pin('0000');
  await emma.pin('1111');
  await emma.cancel();
  expect(await first.settled()).toBe('refused');
  expect((await emma.state()).triesLeft).toBe(1);

  await world.nextDay();
  const second = await ring(world, emma.msisdn);
  await answerWithPin(emma, second, '8264');
  expect(await second.settled()).toBe('approved');
  expect((await emma.state()).triesLeft).toBe(3);

  await world.nextDay();
  const third = await ring(world, emma.msisdn);
  await emma.waitForScreen();
  await emma.pin('0000');
  await emma.pin('1111');
  await emma.cancel();
  await third.settled();
  await world.nextDay();
  const app = { client: 'app', redirectUri: 'http://127.0.0.1:9876/callback' };
  const fourth = await ring(world, emma.msisdn, app);
  await emma.waitForScreen();
  await emma.pin('2222');
  expect(await fourth.settled()).toBe('refused');
  expect(await emma.state()).toMatchObject({ triesLeft: 0, blocked: true });
});

test('switching the phone off does not give tries back (X40)', async () => {
  await emma.power(false);
  await emma.power(true);
  expect(await emma.state()).toMatchObject({ triesLeft: 0, blocked: true });
});

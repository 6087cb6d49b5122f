// Several browsers, one phone: who may ring it, what is shown where, and that nobody completes another's login.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { answerWithPin, openLogin, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let david: FlowPhone;
const pin = '7391';

beforeAll(async () => {
  world = await startFlowWorld();
  david = world.phone('+33639980004');
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

describe('two logins at once on one number', () => {
  test('show different codes, and the approval completes the first one only (X15, O34)', async () => {
    const mine = await ring(world, david.msisdn, { browser: world.browser({ address: '192.0.2.1' }) });
    const screen = await david.waitForScreen();
    const other = await ring(world, david.msisdn, { browser: world.browser({ address: '203.0.113.9' }) });
    expect([mine.shownStatus, other.shownStatus]).toEqual(['pending', 'pending']);
    expect(other.referenceCode).toMatch(/^\d{4}$/);
    expect(other.referenceCode).not.toBe(mine.referenceCode);
    expect(screen.referenceCode).toBe(mine.referenceCode);

    await david.pin(pin);
    expect(await mine.settled()).toBe('approved');
    expect(await other.status()).toBe('pending');
    await mine.finish();
    await other.reload();
    expect(other.shownStatus).toBe('pending');
    await world.advanceClock(121);
    expect(await other.status()).toBe('expired');
  });

  test('ring the phone once', async () => {
    const before = await world.messagesTo(david.msisdn);
    await ring(world, david.msisdn);
    await ring(world, david.msisdn);
    expect(await world.messagesTo(david.msisdn)).toBe(before + 1);
  });

  test('begun in one and the same browser: the newer one takes the place of the older (decision 005)', async () => {
    const browser = world.browser();
    const older = await ring(world, david.msisdn, { browser });
    const { seq } = await david.waitForScreen();
    const newer = await ring(world, david.msisdn, { browser });
    const screen = await david.waitForScreen({ after: seq });
    expect(screen.kind).toBe('code');
    await david.code(newer.referenceCode ?? '');
    await david.pin(pin);
    expect(await newer.settled()).toBe('approved');
    expect((await newer.finish()).claims.acr).toBe('3');
    expect(older.referenceCode).not.toBe(newer.referenceCode);
  });

  test('are no way to hold the owner up: a browser that the phone has approved before goes first (decision 9)', async () => {
    const own = world.browser({ address: '192.0.2.1' });
    const first = await ring(world, david.msisdn, { browser: own });
    await answerWithPin(david, first, pin);
    await first.settled();
    await first.finish();
    const { seq } = (await david.inbox())[0] ?? { seq: 0 };

    const stranger = await ring(world, david.msisdn, { browser: world.browser({ address: '203.0.113.9' }) });
    const theirs = await david.waitForScreen({ after: seq });
    const mine = await ring(world, david.msisdn, { browser: own, prompt: 'login' });
    const screen = await david.waitForScreen({ after: theirs.seq });
    expect(screen.kind).toBe('code');
    await david.code(mine.referenceCode ?? '');
    await david.pin(pin);
    expect(await mine.settled()).toBe('approved');
    expect(await stranger.status()).not.toBe('approved');
  });
});

describe('cancelling in the browser', () => {
  test('while the PIN is typed takes the screen away, and the login ends', async () => {
    const login = await ring(world, david.msisdn);
    await david.waitForScreen();
    await david.ok();
    await login.choose('cancel');
    expect(login.answer()).toMatchObject({ error: 'access_denied', code: false });
    await until('the screen goes away', async () => (await david.screen()) === null);
  });

  test('is final: a right PIN that comes later changes nothing (X28)', async () => {
    const login = await ring(world, david.msisdn);
    await david.waitForScreen();
    // The request to take the screen away is lost, as it may be: nothing depends on it.
    await david.ok();
    await world.simulator.smsc.pauseListening();
    world.simulator.smsc.disconnectAll();
    await until('the SMSC is away', () => !world.app.parts.channel.smsc.isBound());
    await login.choose('cancel');
    const before = await approvedAttempts();
    await david.pin(pin);
    await world.simulator.smsc.resumeListening();
    await until('the late answer is judged', () =>
      world.log.some((line) => line.includes('"attempt.answered"') && line.includes('"counted":false')),
    );
    expect(await approvedAttempts()).toBe(before);
    expect(login.answer()).toMatchObject({ error: 'access_denied', code: false });
  });

  test('goes back to the relying party, and a new login may begin at once', async () => {
    const browser = world.browser();
    const login = await ring(world, david.msisdn, { browser });
    const { seq } = await david.waitForScreen();
    await login.choose('cancel');
    const again = await ring(world, david.msisdn, { browser });
    const screen = await david.waitForScreen({ after: seq });
    expect(screen.kind).toBe('code');
    await david.code(again.referenceCode ?? '');
    await david.pin(pin);
    expect(await again.settled()).toBe('approved');
  });
});

describe('the address of the waiting page', () => {
  test('is worth nothing in another browser: no code is shown there, nothing can be completed (X30)', async () => {
    const mine = await ring(world, david.msisdn);
    const stranger = world.browser();
    const seen = await stranger.open(mine.page.url);
    expect(seen.status).toBe(400);
    expect(seen.text).not.toContain('data-reference-code');
    expect(seen.text).not.toContain(`>${mine.referenceCode}<`);
    await answerWithPin(david, mine, pin);
    await mine.settled();

    const late = await stranger.open(mine.page.url);
    expect(late.stoppedAt).toBeUndefined();
    const posted = await stranger.submit({ ...seen, url: mine.page.url }, { choice: 'continue' });
    expect(posted.stoppedAt).toBeUndefined();
    const polled = await stranger.request(`${mine.page.url}/status`);
    expect(polled.status).toBe(400);
    expect((await mine.finish()).claims.acr).toBe('3');
  });

  test('is worth nothing either in a browser with a login of its own', async () => {
    const mine = await ring(world, david.msisdn);
    const other = await openLogin(world);
    const seen = await other.browser.open(mine.page.url);
    expect(seen.status).toBe(400);
    expect(seen.text).not.toContain('data-reference-code');
  });

  test('completes the login once: the page that is opened again gives no second code (X110)', async () => {
    const login = await ring(world, david.msisdn);
    const address = login.page.url;
    await answerWithPin(david, login, pin);
    await login.settled();
    await login.finish();
    const again = await login.browser.open(address);
    expect(again.status).toBe(400);
    expect(again.stoppedAt).toBeUndefined();
  });
});

test('an approval is used once, however often the page asks for it at the same moment', async () => {
  const login = await ring(world, david.msisdn);
  await answerWithPin(david, login, pin);
  await login.settled();
  const pages = await Promise.all(Array.from({ length: 8 }, () => login.browser.open(login.page.url)));
  const codes = pages.map(({ stoppedAt }) => stoppedAt?.searchParams.get('code')).filter((code) => code != null);
  expect(codes).toHaveLength(1);
  expect(pages.filter(({ status }) => status >= 500)).toEqual([]);
});

describe('sending the request again', () => {
  test('uses a new packet counter, and the phone shows the same code once (X29)', async () => {
    const login = await ring(world, david.msisdn);
    const screen = await david.waitForScreen();
    const shown = screensOf(david.msisdn);
    const firstCounter = await packetCounter();
    const sent = await world.messagesTo(david.msisdn);
    await login.choose('resend');
    expect(login.page.status).toBe(429);
    await world.advanceClock(20);
    await login.choose('resend');
    expect(login.shownStatus).toBe('pending');
    expect(login.referenceCode).toBe(screen.referenceCode);
    await until('it is sent again', async () => (await world.messagesTo(david.msisdn)) === sent + 1);
    await until('the counter is kept', async () => (await packetCounter()) > firstCounter);
    expect(screensOf(david.msisdn)).toBe(shown);
    expect((await david.screen())?.seq).toBe(screen.seq);
    await david.pin(pin);
    expect(await login.settled()).toBe('approved');
  });

  test('after the answer was lost brings it again, octet for octet, and the login goes on', async () => {
    let lost = 0;
    const stop = world.simulator.smsc.onOutgoing((message) => {
      if (message.kind !== 'answer' || lost > 0) return [message];
      lost += 1;
      return [];
    });
    const login = await ring(world, david.msisdn);
    await answerWithPin(david, login, pin);
    expect(lost).toBe(1);
    expect(await login.status()).toBe('pending');
    await world.advanceClock(20);
    await login.choose('resend');
    expect(await login.settled()).toBe('approved');
    stop();
    await login.finish();
    expect(await david.screen()).toBeNull();
  });

  test('is possible twice, and then no more', async () => {
    const login = await ring(world, david.msisdn);
    await world.advanceClock(20);
    await login.choose('resend');
    await world.advanceClock(20);
    await login.choose('resend');
    expect(login.page.status).toBe(200);
    await world.advanceClock(20);
    await login.choose('resend');
    expect(login.page.status).toBe(422);
    expect(login.shownStatus).toBe('pending');
  });
});

function screensOf(msisdn: string): number {
  return world.events.filter((event) => event.type === 'phone.screen' && event.msisdn === msisdn).length;
}

/** The counter of the packet that was sent last. */
async function packetCounter(): Promise<number> {
  const { db } = world.database;
  const row = await db
    .selectFrom('sims')
    .innerJoin('lines', 'lines.id', 'sims.lineId')
    .select('packetCounter')
    .where('msisdn', '=', david.msisdn as never)
    .executeTakeFirstOrThrow();
  return row.packetCounter;
}

async function approvedAttempts(): Promise<number> {
  const rows = await world.database.db.selectFrom('attempts').select('id').where('state', '=', 'approved').execute();
  return rows.length;
}

// A page never tells whether a number exists, is enrolled, is locked: the same status, headers and body for all (X01).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBrowser, type Page } from '../support/browser.ts';
import { type Login, openLogin } from '../support/flow-login.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

const hour = 3_600_000;

/** Who is asked for, and why nobody may tell them apart. */
const people = {
  'an active number that does not answer': '+33639980001',
  'a number that nobody has': '+33639989999',
  'a number of another operator': '+33612345678',
  'a number abroad': '+447911123456',
  'an inactive number': '+33639980002',
  'a number with an incompatible SIM': '+33639980003',
  'a number that is no telephone': '+33639980010',
  'a locked number': '+33639980004',
  'a number whose new SIM has to wait': '+33639980005',
  'a suspended line': '+33639980006',
  'an e-mail address with a phone': 'ines@exemple.test',
} as const;

type Who = keyof typeof people;

interface Seen {
  readonly start: Page;
  readonly waiting: Page;
  readonly status: { code: number; headers: Record<string, string>; body: unknown };
  readonly expired: Page;
}

let world: FlowWorld;
const seen = new Map<Who, Seen>();
const rung = new Map<Who, number>();

beforeAll(async () => {
  world = await startFlowWorld();
  await arrange();
  const logins = new Map<Who, { login: Login; waiting: Page; start: Page; status: Seen['status'] }>();
  for (const who of Object.keys(people) as Who[]) {
    const login = await openLogin(world, { browser: createBrowser() });
    const start = login.page;
    const identifier = people[who];
    const waiting = identifier.includes('@') ? await viaPhone(login, identifier) : await login.identify(identifier);
    logins.set(who, { login, start, waiting, status: await statusOf(login) });
    rung.set(who, identifier.includes('@') ? 0 : await world.messagesTo(identifier));
  }
  await world.advanceClock(121);
  for (const [who, { login, ...pages }] of logins) seen.set(who, { ...pages, expired: await login.reload() });
});
afterAll(() => world?.stop());

/** An e-mail address is asked for the password first; who has a phone may take it instead. */
async function viaPhone(login: Login, identifier: string): Promise<Page> {
  await login.identify(identifier);
  return await login.choose('sim');
}

/** Puts the lines into the states that the demo world does not begin with. */
async function arrange(): Promise<void> {
  const { db } = world.database;
  const enrolmentOf = async (msisdn: string) => {
    const line = await db
      .selectFrom('lines')
      .select('id')
      .where('msisdn', '=', msisdn as never)
      .executeTakeFirstOrThrow();
    return line.id;
  };
  const tomorrow = new Date(Date.now() + 20 * hour);
  const locked = await enrolmentOf(people['a locked number']);
  await db.updateTable('enrolments').set({ lockedUntil: tomorrow }).where('lineId', '=', locked).execute();
  const held = await enrolmentOf(people['a number whose new SIM has to wait']);
  await db.updateTable('enrolments').set({ holdUntil: tomorrow }).where('lineId', '=', held).execute();
  const suspended = await enrolmentOf(people['a suspended line']);
  await db.updateTable('lines').set({ status: 'suspended' }).where('id', '=', suspended).execute();
}

async function statusOf(login: Login): Promise<Seen['status']> {
  const response = await login.browser.request(`${login.page.url}/status`, { headers: { accept: 'application/json' } });
  return { code: response.status, headers: comparable(response.headers), body: await response.json() };
}

/** What differs from one login to the next anyway, for one and the same person too. */
function comparable(headers: Headers): Record<string, string> {
  const names = [...headers.entries()].filter(
    ([name]) => !['date', 'set-cookie', 'content-length', 'x-request-id'].includes(name),
  );
  return Object.fromEntries(names);
}

/** The page with what is this login's own replaced by its kind: codes, ids, the number as it was typed. */
function shapeOf({ text, url }: Page): string {
  return text
    .replaceAll(url.pathname, '/interaction/UID')
    .replaceAll(/name="csrf" value="[\w-]{43}"/g, 'name="csrf" value="CSRF"')
    .replaceAll(/data-reference-code="\d{4}"/g, 'data-reference-code="DIGITS"')
    .replaceAll(/(?:<span>\d<\/span>){4}/g, '<span>DIGITS</span>')
    .replaceAll(/data-seconds-left="\d+"/g, 'data-seconds-left="SECONDS"')
    .replaceAll(/data-enable-in="\d+"/g, 'data-enable-in="SECONDS"')
    .replaceAll(/>\d:\d\d</g, '>CLOCK<')
    .replaceAll(/\d+\s?s(?=<\/p>)/g, 'SECONDS s')
    .replaceAll(/(<strong class="nowrap">)[^<]+/g, '$1WHO');
}

const others = (Object.keys(people) as Who[]).slice(1);
const reference = (): Seen => seen.get('an active number that does not answer')!;

describe.each(others)('%s', (who) => {
  test('gets the same waiting page as an active number (X01, O56)', () => {
    const mine = seen.get(who)!.waiting;
    const theirs = reference().waiting;
    expect(mine.status).toBe(200);
    expect(mine.status).toBe(theirs.status);
    expect(comparable(mine.headers)).toEqual(comparable(theirs.headers));
    expect(shapeOf(mine)).toBe(shapeOf(theirs));
  });

  test('has the same status to poll', () => {
    expect(seen.get(who)!.status).toEqual(reference().status);
    expect(seen.get(who)!.status).toMatchObject({ code: 200, body: { status: 'pending' } });
  });

  test('ends in the same page when the time is up (X01)', () => {
    const mine = seen.get(who)!.expired;
    const theirs = reference().expired;
    expect(mine.status).toBe(theirs.status);
    expect(comparable(mine.headers)).toEqual(comparable(theirs.headers));
    expect(shapeOf(mine)).toBe(shapeOf(theirs));
    expect(mine.text).toContain('data-status="expired"');
  });
});

test('cookies are the same in number and name for everybody', () => {
  const names = [...seen.values()].map(({ waiting }) =>
    waiting.headers
      .getSetCookie()
      .map((line) => line.replace(/=.*/, ''))
      .sort(),
  );
  expect(new Set(names.map((one) => one.join())).size).toBe(1);
});

test('only the active number is rung (X01, A10)', () => {
  const loud = [...rung].filter(([, count]) => count > 0).map(([who]) => who);
  expect(loud).toEqual(['an active number that does not answer']);
  expect(rung.get('an active number that does not answer')).toBe(1);
});

test('each gets an attempt of its own: the same row, the sending left out (decision 18)', async () => {
  const rows = await world.database.db.selectFrom('attempts').select(['simId', 'requestSha256', 'holdsSlot']).execute();
  expect(rows).toHaveLength(Object.keys(people).length);
  expect(rows.every(({ requestSha256, holdsSlot }) => requestSha256.length === 32 && holdsSlot)).toBe(true);
  // The active one and the one behind the e-mail address.
  expect(rows.filter(({ simId }) => simId !== null)).toHaveLength(2);
});

// What every chapter of the browser tests stands on: one demo and one Chromium for all, the people of the demo, and
// the few moves that make up a login.
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type Chromium, expectAccessible, startChromium, type Visitor } from './browser-chromium.ts';
import { type BrowserDemo, startBrowserDemo } from './browser-demo.ts';

export interface Stage {
  readonly demo: BrowserDemo;
  /** A browser of somebody whom nobody has seen before. */
  visitor(options?: BrowserContextOptions): Promise<Visitor>;
  /** Complaints that belong to what this test does. */
  forgive(complaint: RegExp): void;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly msisdn: string;
  /** The number as people write it. */
  readonly typed: string;
  readonly pin: string;
  readonly password: string;
}

function person(name: string, number: number, pin: string): Person {
  const end = String(number).padStart(2, '0');
  const low = name.toLowerCase();
  return {
    name,
    email: `${low}@exemple.test`,
    msisdn: `+336399800${end}`,
    typed: `06 39 98 00 ${end}`,
    pin,
    password: `${low}-demo-password`,
  };
}

export const alice = person('Alice', 1, '4071');
export const david = person('David', 4, '7391');
export const emma = person('Emma', 5, '8264');
export const farid = person('Farid', 6, '5208');
export const hugo = person('Hugo', 8, '1593');
export const ines = person('Ines', 9, '6027');

// Longer than a refusal, a mute or an unanswered request weighs on a number.
const oblivionSeconds = 61 * 60;

/** Starts demo and Chromium before the first test and stops both after the last one. */
export function openStage(): Stage {
  let demo: BrowserDemo | undefined;
  let browser: Chromium | undefined;
  beforeAll(async () => {
    [demo, browser] = await Promise.all([startBrowserDemo(), startChromium()]);
  });
  // No test feels what another one refused or left unanswered.
  beforeEach(() => demo?.advanceClock(oblivionSeconds), 10_000);
  afterEach(() => browser?.endVisits());
  afterAll(async () => {
    await browser?.close();
    const end = await demo?.stop();
    expect(end, 'npm start ends as it should').toEqual({ code: 0, left: [], printedLater: [] });
  });
  return {
    get demo() {
      if (demo === undefined) throw new Error('the demo is not up');
      return demo;
    },
    visitor: (options) => opened(browser).visitor(options),
    forgive: (complaint) => opened(browser).forgive(complaint),
  };
}

function opened(browser: Chromium | undefined): Chromium {
  if (browser === undefined) throw new Error('Chromium is not up');
  return browser;
}

/** From the portal's home page to the page of the provider that asks for the number. */
export async function openLogin({ demo }: Stage, page: Page, language: 'fr' | 'en' = 'fr'): Promise<void> {
  await page.goto(demo.at.portal);
  if (language === 'en') await page.getByRole('navigation').getByRole('link', { name: 'English' }).click();
  const words = language === 'en' ? 'Log in' : 'Se connecter';
  await page.getByRole('main').getByText(words, { exact: true }).click();
  await page.waitForURL(`${demo.at.issuer}/interaction/**`);
}

/** Types who one is and goes on. */
export async function giveIdentifier(page: Page, typed: string): Promise<void> {
  await page.locator('input[name="identifier"]').fill(typed);
  await page.locator('input[name="identifier"]').press('Enter');
}

/** From the portal's home page to the page that waits for the phone; gives the reference code on it. */
export async function ring(stage: Stage, page: Page, { typed }: Person): Promise<string> {
  await openLogin(stage, page);
  await giveIdentifier(page, typed);
  await page.locator('[data-status="pending"]').waitFor();
  return referenceCode(page);
}

/** The four digits that a page of the provider shows. */
export async function referenceCode(page: Page): Promise<string> {
  return (await page.locator('[data-reference-code]').getAttribute('data-reference-code')) ?? '';
}

/** Opens the web phone of somebody in a tab of its own and waits for the request. */
export async function openPhone({ demo }: Stage, visitor: Visitor, { msisdn }: Person): Promise<Page> {
  const tab = await visitor.newTab();
  await tab.goto(`${demo.at.simulator}/phone/${msisdn}`);
  await tab.locator('#sheet').waitFor();
  return tab;
}

/** Types digits on the keys of the web phone, one by one, and ends with OK. */
export async function typeDigits(tab: Page, digits: string): Promise<void> {
  for (const digit of digits) await tab.locator(`[data-key="${digit}"]`).click();
  await tab.locator('[data-key="ok"]').click();
}

/** Says yes on the phone without looking at it. */
export async function approve({ demo }: Stage, { msisdn, pin }: Person): Promise<void> {
  const phone = demo.phone(msisdn);
  await phone.waitForScreen();
  await phone.pin(pin);
}

/** The same where OK is enough. */
export async function confirm({ demo }: Stage, { msisdn }: Person): Promise<void> {
  const phone = demo.phone(msisdn);
  await phone.waitForScreen();
  await phone.ok();
}

/** Checks the page as it is, and again in English; it stays English. */
export async function expectAccessibleInBoth(page: Page): Promise<void> {
  await expectAccessible(page);
  await page.getByRole('link', { name: 'English' }).click();
  await page.locator('html[lang="en"]').waitFor();
  await expectAccessible(page);
}

/** The text of the first heading. */
export async function heading(page: Page): Promise<string> {
  return (await page.getByRole('heading', { level: 1 }).innerText()).replaceAll(/\s+/g, ' ').trim();
}

/** Waits for the page with this first heading. */
export async function untilHeading(page: Page, words: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: words }).waitFor();
}

/** Presses Tab until the focus is where it should be, as somebody without a mouse does. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    if (await isFocused(target)) return;
  }
  throw new Error('the focus never came there');
}

/** Whether the focus is on it. */
export async function isFocused(target: Locator): Promise<boolean> {
  return (await target.and(target.page().locator(':focus')).count()) === 1;
}

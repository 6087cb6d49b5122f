// A forgotten PIN as a person goes through it: the pages of the reset, the SMS, the phone.
import { type Browser, type Page, referenceCodeOn, statusOn } from './browser.ts';
import type { FlowPhone } from './flow-phone.ts';
import type { FlowWorld } from './flow-world.ts';
import { noteNeedles } from './log-directory.ts';

export interface Reset {
  readonly browser: Browser;
  readonly page: Page;
  submit(fields: Record<string, string>): Promise<Page>;
  reload(): Promise<Page>;
  /** The right answer to the sum that the page asks in words. */
  readonly answer: string;
  /** The digits that the page shows. */
  readonly referenceCode: string;
  /** Answers the robot check rightly. */
  passRobot(): Promise<Page>;
  /** Waits as the page does, then shows the page anew; the status on it. */
  settled(): Promise<string>;
}

/** Gives the number on the first page of the reset. */
export async function openReset(
  world: FlowWorld,
  number: string,
  { browser = world.browser(), lang }: { browser?: Browser; lang?: 'fr' | 'en' } = {},
): Promise<Reset> {
  let page = await browser.open(`${world.issuer}/mobile-connect/reset${lang === undefined ? '' : `?lang=${lang}`}`);
  const submit = async (fields: Record<string, string>): Promise<Page> => {
    page = await browser.submit(page, fields);
    return page;
  };
  await submit({ number });
  return {
    browser,
    get page() {
      return page;
    },
    submit,
    async reload() {
      page = await browser.open(page.url);
      return page;
    },
    get answer() {
      return sumOn(page);
    },
    get referenceCode() {
      return referenceCodeOn(page) ?? '';
    },
    passRobot: () => submit({ answer: sumOn(page) }),
    async settled() {
      const response = await browser.request(`${page.url.origin}${page.url.pathname}/status`, {
        headers: { accept: 'application/json', prefer: 'wait=10' },
      });
      const { status } = (await response.json()) as { status: string };
      if (status === 'pending') throw new Error('nothing happened in 10 s');
      page = await browser.open(page.url);
      return statusOn(page) ?? '';
    },
  };
}

/** The code of the next SMS; remembered as a needle for the search through the logs. */
export async function codeFromSms(phone: FlowPhone, after: number): Promise<string> {
  const { text } = await phone.waitForSms({ after });
  const code = /\b\d{6}\b/.exec(text)?.[0];
  if (code === undefined) throw new Error('there is no code in the SMS');
  noteNeedles({ form: 'text', what: 'code by SMS', value: code });
  return code;
}

/** The sequence number of the newest SMS. */
export async function newestSms(phone: FlowPhone): Promise<number> {
  return Math.max(0, ...(await phone.inbox()).map(({ seq }) => seq));
}

/** Everything up to the request on the phone. */
export async function resetUpToPhone(
  world: FlowWorld,
  phone: FlowPhone,
  more: { password?: string; browser?: Browser } = {},
): Promise<Reset> {
  const before = await newestSms(phone);
  const reset = await openReset(world, phone.msisdn, more.browser === undefined ? {} : { browser: more.browser });
  await reset.passRobot();
  const code = await codeFromSms(phone, before);
  await reset.submit({ code, ...(more.password === undefined ? {} : { password: more.password }) });
  if (statusOn(reset.page) !== 'pending') throw new Error(`the phone was not asked: ${reset.page.status}`);
  return reset;
}

/** What the person does on the phone: types the reference code of the page, then the new PIN twice. */
export async function choosePin(
  phone: FlowPhone,
  { referenceCode, pin }: { referenceCode: string; pin: string },
): Promise<void> {
  await phone.waitForScreen();
  for (let steps = 0; steps < 8; steps++) {
    const screen = await phone.screen();
    if (screen === null) return;
    if (screen.kind === 'code') await phone.code(referenceCode);
    else if (screen.kind === 'new-pin' || screen.kind === 'pin') await phone.pin(pin);
    else await phone.ok();
  }
}

const words: Readonly<Record<string, number>> = Object.fromEntries(
  [
    'un deux trois quatre cinq six sept huit neuf dix onze douze',
    'one two three four five six seven eight nine ten eleven twelve',
  ].flatMap((line) => line.split(' ').map((word, index) => [word, index + 1])),
);

function sumOn({ text }: Page): string {
  return sumIn(text);
}

/** The answer to the sum that a page asks in words. */
export function sumIn(text: string): string {
  const [, a = '', b = ''] = /(?:Combien font|How much is) (\p{L}+) plus (\p{L}+)/u.exec(text) ?? [];
  return String((words[a] ?? 0) + (words[b] ?? 0));
}

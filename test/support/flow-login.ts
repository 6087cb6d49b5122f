// One login as a person goes through it in a browser: the pages of the provider, up to the relying party's callback.
import { type Browser, type Page, referenceCodeOn, statusOn } from './browser.ts';
import type { FlowPhone } from './flow-phone.ts';
import { answerOn, type BegunLogin, type FinishedLogin, type LoginWish } from './flow-relying-party.ts';
import type { FlowWorld } from './flow-world.ts';

/** What a login needs of its world. */
export type LoginPlace = Pick<FlowWorld, 'browser' | 'startLogin' | 'exchange'>;

export interface Login {
  readonly begun: BegunLogin;
  readonly browser: Browser;
  /** The page that the browser shows now. */
  readonly page: Page;
  /** The reference code on it. */
  readonly referenceCode: string | undefined;
  /** The status that it shows. */
  readonly shownStatus: string | undefined;
  submit(fields: Record<string, string>): Promise<Page>;
  identify(identifier: string): Promise<Page>;
  choose(choice: string): Promise<Page>;
  password(password: string): Promise<Page>;
  /** The page anew, as without JavaScript; an approved login goes on by it. */
  reload(): Promise<Page>;
  /** `GET …/status`; `wait` in seconds as a long poll. */
  status(wait?: number): Promise<string>;
  /** The first status that is not `pending`. Throws when none comes in time. */
  settled(): Promise<string>;
  /** Goes back to the relying party and exchanges the code. */
  finish(extra?: Record<string, string>): Promise<FinishedLogin>;
  /** What the relying party is told. */
  answer(): ReturnType<typeof answerOn>;
}

/** Sends a browser to the provider; `browser` is a new one if none is given. */
export async function openLogin(
  world: LoginPlace,
  { browser = world.browser(), ...wish }: LoginWish & { browser?: Browser } = {},
): Promise<Login> {
  const begun = await world.startLogin(wish);
  let page = await browser.open(begun.url);
  const show = async (next: Promise<Page>): Promise<Page> => {
    page = await next;
    return page;
  };
  const submit = (fields: Record<string, string>) => show(browser.submit(page, fields));
  const status = async (wait = 0): Promise<string> => {
    const headers = { accept: 'application/json', ...(wait === 0 ? {} : { prefer: `wait=${wait}` }) };
    const response = await browser.request(`${page.url.origin}${page.url.pathname}/status`, { headers });
    if (!response.ok) throw new Error(`the status could not be read (${response.status})`);
    return ((await response.json()) as { status: string }).status;
  };
  return {
    begun,
    browser,
    get page() {
      return page;
    },
    get referenceCode() {
      return referenceCodeOn(page);
    },
    get shownStatus() {
      return statusOn(page);
    },
    submit,
    identify: (identifier) => submit({ identifier }),
    choose: (choice) => submit({ choice }),
    password: (password) => submit({ password }),
    reload: () => show(browser.open(page.url)),
    status,
    async settled() {
      const settled = await status(10);
      if (settled === 'pending') throw new Error('nothing happened in 10 s');
      return settled;
    },
    async finish(extra) {
      if (page.stoppedAt === undefined) await show(browser.open(page.url));
      return await world.exchange(begun, page, extra);
    },
    answer: () => answerOn(page),
  };
}

/** A login on a number, up to the page that waits for the phone. */
export async function ring(
  world: LoginPlace,
  identifier: string,
  wish: LoginWish & { browser?: Browser } = {},
): Promise<Login> {
  const login = await openLogin(world, wish);
  await login.identify(identifier);
  if (login.shownStatus === undefined) throw new Error(`no waiting page: ${login.page.status}`);
  return login;
}

/** A whole login with the PIN on the phone. */
export async function loginWithPin(
  world: LoginPlace,
  { phone, pin, ...wish }: LoginWish & { browser?: Browser; phone: FlowPhone; pin: string },
): Promise<Login & { readonly done: FinishedLogin }> {
  const login = await ring(world, phone.msisdn, wish);
  await answerWithPin(phone, login, pin);
  await login.settled();
  const done = await login.finish();
  return Object.assign(login, { done });
}

/** What the person with the phone does: compares or types the code, then types the PIN. */
export async function answerWithPin(phone: FlowPhone, login: Pick<Login, 'referenceCode'>, pin: string): Promise<void> {
  const screen = await phone.waitForScreen();
  if (screen.kind === 'code') await phone.code(login.referenceCode ?? '');
  else if (screen.referenceCode !== login.referenceCode) throw new Error('the phone shows another code');
  await phone.pin(pin);
}

/** A whole login with the password, up to the relying party. */
export async function loginWithPassword(
  world: LoginPlace,
  { identifier, password, ...wish }: LoginWish & { browser?: Browser; identifier: string; password: string },
): Promise<Login & { readonly done: FinishedLogin }> {
  const login = await openLogin(world, wish);
  await login.submit({ identifier, choice: 'password' });
  await login.password(password);
  const done = await login.finish();
  return Object.assign(login, { done });
}

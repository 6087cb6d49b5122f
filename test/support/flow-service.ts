// The pages below `/mobile-connect` as a person goes through them: log in, activate, confirm on the phone.
import { type Browser, type Page, referenceCodeOn } from './browser.ts';
import type { FlowPhone } from './flow-phone.ts';
import { until } from './flow-until.ts';
import type { FlowWorld } from './flow-world.ts';

export interface ServiceVisit {
  readonly browser: Browser;
  /** The page that the browser shows now. */
  readonly page: Page;
  /** Opens a page below `/mobile-connect`. */
  open(path: string): Promise<Page>;
  submit(fields: Record<string, string>): Promise<Page>;
  /** Loads the page again until it is no longer the one that waits. */
  settle(): Promise<Page>;
}

/** A browser on these pages. */
export function visitService(world: FlowWorld, browser: Browser = world.browser()): ServiceVisit {
  let page: Page | undefined;
  const show = async (next: Promise<Page>): Promise<Page> => {
    page = await next;
    return page;
  };
  const now = (): Page => {
    if (page === undefined) throw new Error('no page is open');
    return page;
  };
  const submit = (fields: Record<string, string>) => show(browser.submit(now(), fields));
  return {
    browser,
    get page() {
      return now();
    },
    open: (path) => show(browser.open(`${world.issuer}/mobile-connect${path}`)),
    submit,
    async settle() {
      return await until('the page has news', async () => {
        const next = await show(browser.open(now().url));
        return /data-status="pending"/.test(next.text) ? undefined : next;
      });
    },
  };
}

/** Logs in and ends on the page that was asked for. */
export async function openService(
  world: FlowWorld,
  { path, identifier, password, browser }: { path: string; identifier: string; password: string; browser?: Browser },
): Promise<ServiceVisit> {
  const visit = visitService(world, browser);
  await visit.open(path);
  const next = new URL(visit.page.url).searchParams.get('next') ?? '';
  await visit.submit({ identifier, password, next });
  return visit;
}

/** The step that an activation's page shows. */
export function stepOn(page: Page): string | undefined {
  return /data-step="([a-z_]+)"/.exec(page.text)?.[1];
}

/** The lines on the page that offers them, by id. */
export function offeredLines(page: Page): string[] {
  return [...page.text.matchAll(/name="line" value="([^"]+)"/g)].map(([, id = '']) => id);
}

/** Up to the page that asks for the PIN on the phone. */
export async function activateUpToPin(
  world: FlowWorld,
  { identifier, password }: { identifier: string; password: string },
): Promise<ServiceVisit> {
  const visit = await openService(world, { path: '/activate', identifier, password });
  await visit.submit({ line: offeredLines(visit.page)[0] ?? '' });
  const version = /name="version" value="([^"]+)"/.exec(visit.page.text)?.[1] ?? '';
  await visit.submit({ choice: 'accept', accept: 'yes', version });
  await visit.settle();
  if (stepOn(visit.page) === 'installed') await visit.submit({ choice: 'pin' });
  return visit;
}

/** Types the reference code and then a new PIN, twice. */
export async function createPin(phone: FlowPhone, visit: ServiceVisit, pin: string): Promise<void> {
  await phone.waitForScreen();
  await phone.code(referenceCodeOn(visit.page) ?? '');
  await phone.pin(pin);
  await phone.pin(pin);
}

/** A whole activation, to its last page. */
export async function activate(
  world: FlowWorld,
  who: { identifier: string; password: string; phone: FlowPhone; pin: string },
): Promise<ServiceVisit> {
  const visit = await activateUpToPin(world, who);
  await createPin(who.phone, visit, who.pin);
  await visit.settle();
  await visit.submit({ choice: 'confirm' });
  return visit;
}

/** Types the code of the page and the PIN: what confirms a change. */
export async function confirmOnPhone(phone: FlowPhone, visit: ServiceVisit, pin: string): Promise<void> {
  await phone.waitForScreen();
  await phone.code(referenceCodeOn(visit.page) ?? '');
  await phone.pin(pin);
}

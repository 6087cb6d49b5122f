// One Chromium for all browser tests, a context of its own for each visitor, and a watch on everything that pages
// complain about: scripts that fail, resources that the policy blocks, files that are not there.
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessibilityProblems } from './browser-axe.ts';
import { chromiumPath } from './services.ts';

export interface Visitor {
  readonly context: BrowserContext;
  /** The first tab. */
  readonly page: Page;
  newTab(): Promise<Page>;
}

export interface Chromium {
  /** Somebody at a desktop who reads French, unless said otherwise. */
  visitor(options?: BrowserContextOptions): Promise<Visitor>;
  /** Complaints that this one matches do not count until the visits end. */
  forgive(complaint: RegExp): void;
  /** Ends all visits; fails with what their pages complained about. */
  endVisits(): Promise<void>;
  close(): Promise<void>;
}

export const desktop = { width: 1200, height: 800 };
export const phone = { width: 360, height: 740 };

// Each window of a Chromium with a face draws its tool bar as pages of its own, for twice the cost of ours; nobody sees
// it here. The last list that is given counts, so what Playwright turns off is named again.
const disabledFeatures = [
  ...['InitialWebUI', 'WebUIReloadButton', 'WebUIBackForwardButton', 'WebUIHomeButton', 'WebUIToolbar'],
  ...['WebUILocationBar', 'WebUISplitTabsButton', 'WebUIOmniboxPopup', 'WebUIOmniboxFullPopup', 'WebUIOmniboxAimPopup'],
  ...['PreloadTopChromeWebUI', 'PreloadTopChromeWebUILessNavigations'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...[
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
  ],
  ...['AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'AimEnabled'],
  'PreconnectToSearch',
];

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${disabledFeatures.join(',')}`,
];

/** Starts the machine's Chromium, without watching over its pages. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('there is no Chromium');
  return await chromium.launch({ executablePath, args });
}

/** Starts the machine's Chromium for visitors. */
export async function startChromium(): Promise<Chromium> {
  const browser = await launchChromium();
  const complaints: string[] = [];
  const forgiven: RegExp[] = [];
  return {
    visitor: (options = {}) => visit(browser, { options, complaints }),
    forgive: (complaint) => void forgiven.push(complaint),
    async endVisits() {
      await Promise.all(browser.contexts().map((context) => context.close()));
      const pardons = forgiven.splice(0);
      const left = complaints.splice(0).filter((complaint) => !pardons.some((pardon) => pardon.test(complaint)));
      expect(left).toEqual([]);
    },
    close: () => browser.close(),
  };
}

async function visit(
  browser: Browser,
  { options, complaints }: { options: BrowserContextOptions; complaints: string[] },
): Promise<Visitor> {
  const context = await browser.newContext({ locale: 'fr-FR', viewport: desktop, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(10_000);
  context.on('page', (page) => listen(page, complaints));
  return { context, page: await context.newPage(), newTab: () => context.newPage() };
}

function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    // A page with an error status is written to the console too; which pages those may be, the tests say.
    const isPage = /the server responded with a status of/.test(message.text());
    if (!isPage) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('response', (response) => {
    const kind = response.request().resourceType();
    if (kind !== 'document' && response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Leaving a page ends what it was waiting for.
    if (why !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${why}`);
  });
}

/** Fails with every rule of WCAG 2.2 AA, and every good habit that axe knows of, that the page breaks. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await accessibilityProblems(page), `axe at ${page.url()}`).toEqual([]);
}

/** Fails when the page is wider than its window. */
export async function expectNoSideways(page: Page): Promise<void> {
  const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  expect(wide, `${page.url()} is wider than the window`).toBeLessThanOrEqual(0);
}

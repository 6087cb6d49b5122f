// Composition of the portal: options → relying parties → one HTTP server. The only file that knows all parts.

import { createServer, type Server } from 'node:http';
import { bodyParser } from '@koa/bodyparser';
import { Router } from '@koa/router';
import Koa, { type Context } from 'koa';
import { createAccountApi } from './account-api.ts';
import { addAccountPages } from './account-pages.ts';
import { type Area, createArea } from './area.ts';
import { loadAssets } from './assets.ts';
import { addAttachPages } from './attach-pages.ts';
import { addBillPages } from './bill-pages.ts';
import { addCallCentrePages } from './callcentre.ts';
import { createCallCentreClient } from './callcentre-client.ts';
import { addContractPages } from './contract-pages.ts';
import { createCustomerApi } from './customer-api.ts';
import { addCustomerAreaPages, customerAreaParty } from './customer-area.ts';
import { addDiagnosticPages, addDiagnosticState } from './diagnostic-pages.ts';
import { addHandsetPages } from './handset-pages.ts';
import { addContactPages, addHelpPages, addShopFinderPages } from './help-pages.ts';
import { addHomePage } from './home.ts';
import { addHubPages, createHubPasses, hubParty } from './hub.ts';
import { createKeptForms } from './kept-forms.ts';
import { addLinePages } from './line-pages.ts';
import { addMailboxPages } from './mailbox-pages.ts';
import { addNotificationPages, countUnread } from './notification-pages.ts';
import { addOfferPages } from './offer-pages.ts';
import { createOidcClient, type OidcClientOptions } from './oidc-client.ts';
import { createOpenApi } from './open-api.ts';
import { type Operator, operators } from './operators.ts';
import { type PortalOptions, type PortalSettings, parsePortalOptions } from './options.ts';
import { createPages, homeOf, languageSwitch, type Pages, siteOf } from './pages.ts';
import { addPasswordPages } from './password-pages.ts';
import { addPaymentPages } from './payment-pages.ts';
import { addLoginRoutes } from './relying-party.ts';
import type { Report } from './report.ts';
import { neverStored, securityHeaders } from './security.ts';
import { createSessions } from './session.ts';
import { addShopPages, shopParty } from './shop.ts';
import { loadTexts } from './texts.ts';
import { createTokenKeeper } from './tokens.ts';
import { addUsagePages } from './usage-pages.ts';

export interface PortalDeps {
  readonly now?: () => Date;
  /** Receives one event for everything that went wrong or ended by itself; silent by default. */
  readonly report?: Report;
}

export interface Portal {
  /** How browsers reach it, without a slash at the end. */
  readonly url: string;
  /** The port it listens on. */
  readonly port: number;
  stop(): Promise<void>;
}

const views = new URL('../../views/portal/', import.meta.url);

/**
 * Starts the portal; the provider need not be up.
 *
 * @throws OptionsError on wrong options, and the system's error when the port is taken.
 */
export async function startPortal(options: PortalOptions = {}, deps: PortalDeps = {}): Promise<Portal> {
  const settings = parsePortalOptions(options);
  const server = createServer();
  const port = await listen(server, settings);
  const baseUrl = settings.baseUrl ?? `http://localhost:${port}`;
  const { now = () => new Date(), report = () => undefined } = deps;
  const closing = new AbortController();
  try {
    server.on('request', createApp({ ...settings, baseUrl }, { now, report, closing: closing.signal }).callback());
  } catch (error) {
    await close(server);
    throw error;
  }
  const stop = (): Promise<void> => {
    // Whoever waits for an answer is told now.
    closing.abort();
    return close(server);
  };
  return { url: baseUrl, port, stop };
}

type Deps = Required<PortalDeps> & { readonly closing: AbortSignal };

function createApp(settings: PortalSettings & { baseUrl: string }, { now, report, closing }: Deps): Koa {
  const assets = loadAssets(views);
  const pages = createPages({ views, texts: loadTexts(new URL('texts/', views)), assets });
  const app = new Koa();
  app.use(securityHeaders(settings));
  app.use(neverStored);
  app.use(assets.serve);
  app.use(languageSwitch(settings));
  app.use(failurePage(pages, report));
  app.use(bodyParser({ enableTypes: ['form'], formLimit: '16kb' }));
  const parts = { now, report, pages, closing };
  const areas = operators.flatMap((operator) => createAreaRouters(operator, { settings, parts }));
  for (const router of [...areas, createRouter(settings, parts)]) app.use(router.routes());
  return app;
}

function createRouter(settings: PortalSettings & { baseUrl: string }, parts: Deps & { pages: Pages }): Router {
  const { baseUrl, issuer, clientSecrets } = settings;
  const { now, pages, report } = parts;
  const router = new Router();
  const secure = baseUrl.startsWith('https:');
  type Ways = Pick<OidcClientOptions, 'authentication' | 'pkce'>;
  const clientOf = (clientId: keyof typeof clientSecrets, path: string, ways: Ways = {}) => ({
    client: createOidcClient({
      issuer,
      clientId,
      clientSecret: clientSecrets[clientId],
      redirectUri: `${baseUrl}${path}`,
      ...ways,
      now,
    }),
    sessions: createSessions({ name: clientId, secure, now }),
  });

  const shop = { ...clientOf('shop', '/shop/callback'), pages };
  const loginDeps = { baseUrl, now, pages, report };
  addLoginRoutes(router, shopParty(shop), loginDeps);
  addShopPages(router, shop);
  const asHub = clientOf('hub', '/hub/callback', { authentication: 'post', pkce: false });
  const hub = { ...asHub, pages, baseUrl, secret: clientSecrets.hub, passes: createHubPasses({ secure, now }) };
  addLoginRoutes(router, hubParty(hub), loginDeps);
  addHubPages(router, hub);
  const asCallCentre = { issuer, clientId: 'callcentre', clientSecret: clientSecrets.callcentre, now };
  addCallCentrePages(router, { ...parts, client: createCallCentreClient(asCallCentre), secure });
  return router;
}

interface AreaParts {
  readonly settings: PortalSettings & { baseUrl: string };
  readonly parts: Deps & { pages: Pages };
}

/** The customer area of one operator: a relying party of its own, at its own issuer, under its own paths. */
function createAreaRouters(operator: Operator, { settings, parts }: AreaParts): Router[] {
  const { baseUrl, simUrl, clientSecrets } = settings;
  const { base, site } = operator;
  const { now } = parts;
  const issuer = settings.issuer + base;
  const secret = site === 'ile' ? clientSecrets.ile : clientSecrets.portal;
  const as = { clientId: 'portal', clientSecret: secret, redirectUri: `${baseUrl}${base}/callback` };
  const client = createOidcClient({ issuer, ...as, now });
  // Sent below its own paths only.
  const secure = baseUrl.startsWith('https:');
  const sessions = createSessions({ name: site, ...(base === '' ? {} : { path: base }), secure, now });
  const keeper = createTokenKeeper({ client, now });
  const accountApi = createAccountApi({ issuer });
  const customerArea = { ...parts, operator, issuer, client, sessions, baseUrl, simUrl, accountApi, keeper };
  const logins = new Router();
  addLoginRoutes(logins, customerAreaParty(customerArea), { ...parts, baseUrl });
  const router = new Router(base === '' ? {} : { prefix: base });
  addCustomerAreaPages(router, customerArea);
  const api = createCustomerApi({ issuer, keeper });
  const area = createArea(router, { ...customerArea, api, kept: createKeptForms({ now }), countUnread });
  addPaymentPages(area, { areaUrl: baseUrl + base });
  addBillPages(area);
  addNotificationPages(area);
  addPasswordPages(area);
  addHelpPages(router, { ...customerArea, openApi: createOpenApi({ issuer }) });
  addHomePage(router, { ...customerArea, api });
  if (site === 'portal') {
    addContractAreaPages(area);
    addUsagePages(area, { areaUrl: baseUrl + base });
    addHandsetPages(area, { areaUrl: baseUrl + base });
    addDiagnosticState(router, { ...customerArea, api });
  }
  return [logins, router];
}

/** What only an operator has whose customers keep contracts, lines and mailboxes in their accounts. */
function addContractAreaPages(area: Area): void {
  addAttachPages(area);
  addContractPages(area);
  addLinePages(area);
  addOfferPages(area);
  addContactPages(area);
  addShopFinderPages(area);
  addMailboxPages(area);
  addAccountPages(area);
  addDiagnosticPages(area);
}

/** Turns what no page has caught into a page: unknown addresses, unreadable forms, and our own mistakes. */
function failurePage(pages: Pages, report: Report) {
  return async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    const site = siteOf(ctx.path);
    const action = { href: homeOf(site), text: 'action.home' } as const;
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) {
        pages.showMessage(ctx, { site, key: 'not-found', status: 404, action });
      }
    } catch (error) {
      const status = statusOf(error);
      if (status === 500) report({ event: 'request-failed', site, error });
      const key = status === 500 ? 'failure' : 'unreadable';
      pages.showMessage(ctx, { site, key, status, action });
    }
  };
}

/** The body parser says 4xx for forms that it cannot read; all else is ours. */
function statusOf(error: unknown): number {
  const status: unknown = error instanceof Error ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

function listen(server: Server, { host, port }: PortalSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Lets answers that are being written finish; connections that only wait are closed. */
function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}

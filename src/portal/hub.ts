// A federation hub in small, on the same host for the demo: client `hub` with the four public services behind it. It
// asks as such hubs do (no PKCE, prompt=login, one eidas level) and hands each service a pseudonym, nothing else.

import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { createServicePasses, type ServicePass, type ServicePasses } from './hub-passes.ts';
import { createPseudonyms, isWholeIdentity } from './hub-pseudonyms.ts';
import { describeLogin } from './login-words.ts';
import type { OidcClient } from './oidc-client.ts';
import type { Pages } from './pages.ts';
import { personOf, type RelyingParty, redirect } from './relying-party.ts';
import { type Session, type Sessions, sameSecret } from './session.ts';

/** The services, in the order of the page. Texts: `hub.service.<id>`. */
export const hubServices = ['taxes', 'health', 'town-hall', 'library'] as const;
type ServiceId = (typeof hubServices)[number];

export interface HubDeps {
  readonly client: OidcClient;
  readonly sessions: Sessions;
  readonly passes: Readonly<Record<ServiceId, ServicePasses>>;
  readonly pages: Pages;
  readonly baseUrl: string;
  /** The pseudonyms are made with a key that follows from it. */
  readonly secret: string;
}

/** Sessions for each of the services. */
export function createHubPasses(options: { secure: boolean; now: () => Date }): Record<ServiceId, ServicePasses> {
  const of = (service: ServiceId) => createServicePasses(service, options);
  return { taxes: of('taxes'), health: of('health'), 'town-hall': of('town-hall'), library: of('library') };
}

const level = 'eidas1';

const hubParameters = { scope: 'openid profile email birth', acr_values: level, prompt: 'login' } as const;

/** The hub as a relying party of the operator. */
export function hubParty({ client, sessions, passes, baseUrl }: HubDeps): RelyingParty {
  return {
    site: 'hub',
    prefix: '/hub',
    landing: '/hub',
    client,
    sessions,
    requiredAcr: level,
    accepts: ({ claims }) => isWholeIdentity(claims),
    authorizationParameters: () => hubParameters,
    async afterLogout(ctx, { idToken }) {
      for (const service of hubServices) passes[service].end(ctx);
      const back = { post_logout_redirect_uri: `${baseUrl}/hub`, state: 'signed-out' };
      return (await client.logoutUrl({ id_token_hint: idToken, ...back })).href;
    },
  };
}

/** Adds the hub's page and those of its services. */
export function addHubPages(router: Router, deps: HubDeps): void {
  const pseudonymOf = createPseudonyms(deps.secret);
  router.get('/hub', (ctx) => showHub(ctx, deps));
  router.get('/hub/enter/:service', (ctx) => {
    const service = serviceOf(ctx);
    if (service === undefined) return;
    const session = deps.sessions.find(ctx);
    if (session === undefined) {
      redirect(ctx, `/hub/login?${new URLSearchParams({ returnTo: ctx.path })}`);
      return;
    }
    deps.passes[service].begin(ctx, { pseudonym: pseudonymOf(session.claims, service), acr: session.login.acr ?? '' });
    redirect(ctx, `/hub/services/${service}`);
  });
  router.get('/hub/services/:service', (ctx) => {
    const service = serviceOf(ctx);
    if (service === undefined) return;
    showService(ctx, deps.pages, { service, pass: deps.passes[service].find(ctx) });
  });
  router.post('/hub/services/:service/leave', (ctx) => {
    const service = serviceOf(ctx);
    if (service === undefined) return;
    const body: unknown = ctx.request.body;
    const given: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'csrf') : undefined;
    const pass = deps.passes[service].find(ctx);
    if (pass !== undefined && sameSecret(pass.csrf, given)) deps.passes[service].end(ctx);
    redirect(ctx, `/hub/services/${service}`);
  });
}

// Another address than those of the services has no page.
function serviceOf(ctx: Context & { readonly params?: Readonly<Record<string, string>> }): ServiceId | undefined {
  return hubServices.find((service) => service === ctx.params?.['service']);
}

function showHub(ctx: Context, { pages, sessions }: HubDeps): void {
  const session = sessions.find(ctx);
  const notice = ctx.query['state'] === 'signed-out' ? 'notice.hub-signed-out' : undefined;
  pages.show(ctx, {
    site: 'hub',
    view: 'hub',
    title: 'hub.title',
    person: session && personOf(session),
    data: { notice, services: hubServices, login: session && loginOf(session) },
  });
}

function loginOf({ login }: Session) {
  return { method: describeLogin(login), acr: login.acr };
}

// Drawn from the pass alone: what is not in it cannot be on the page.
function showService(
  ctx: Context,
  pages: Pages,
  { service, pass }: { service: ServiceId; pass: ServicePass | undefined },
): void {
  pages.show(ctx, { site: 'hub', view: 'hub-service', title: `hub.service.${service}`, data: { service, pass } });
}

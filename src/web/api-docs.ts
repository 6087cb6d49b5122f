// `/api/docs`: the published document of the APIs as a page; and what a client must know of them before it has a token
// (RFC 9728), beside the issuer's other well-known documents.
import Router from '@koa/router';
import { type ApiGroup, readApiGroups } from './api-docs-view.ts';
import { developerLinks } from './developers-nav.ts';
import { localeOf, type Pages, showPage } from './render.ts';
import { limitRequests } from './security.ts';
import type { Site, WebLimits, WebState } from './web-types.ts';

/** What is published of the APIs of an issuer; `app-apis.ts` makes both. */
export interface ApiDocuments {
  /** OpenAPI 3.1. */
  readonly openApi: Readonly<Record<string, unknown>>;
  /** RFC 9728. */
  readonly protectedResource: Readonly<Record<string, unknown>>;
}

export interface ApiDocsDeps {
  readonly site: Site;
  readonly pages: Pages;
  readonly limits: WebLimits;
  readonly documents: ApiDocuments;
}

const wellKnown = '/.well-known/oauth-protected-resource';

/** The page and the document of one issuer. */
export function createApiDocs({ site, pages, limits, documents }: ApiDocsDeps): Router<WebState> {
  const { basePath } = site;
  const router = new Router<WebState>();
  // Made at the first visit: it changes only with the program.
  let groups: readonly ApiGroup[] | undefined;
  router.get(`${basePath}/api/docs`, limitRequests(limits), (ctx) => {
    groups ??= readApiGroups(documents.openApi);
    ctx.set('Cache-Control', 'no-cache');
    showPage(ctx, pages, {
      view: 'api-docs',
      title: pages.texts.t(localeOf(ctx), 'apiDocs.title'),
      data: {
        groups,
        document: `${basePath}/api/openapi.json`,
        resource: `${wellKnown}${basePath}/api`,
        links: developerLinks(site, 'api'),
        styles: ['developers.css'],
      },
    });
  });
  // RFC 9728 puts the well-known part first; the other forms are for those who look for the issuer's documents.
  const addresses = [`${wellKnown}${basePath}/api`, `${basePath}${wellKnown}`, `${basePath}${wellKnown}/api`];
  for (const address of new Set(addresses)) {
    router.get(address, (ctx) => {
      ctx.set('Cache-Control', 'public, max-age=300');
      ctx.body = documents.protectedResource;
    });
  }
  return router;
}

// The front page of an issuer: says what this address is, for whoever comes here by hand.
import { localeOf, type Pages, showPage } from './render.ts';
import type { WebMiddleware } from './web-types.ts';

/** Answers GET at the root of each issuer. */
export function showHome(pages: Pages): WebMiddleware {
  return (ctx, next) => {
    const { site } = ctx.state;
    const here = ctx.path === `${site.basePath}/` || (site.basePath !== '' && ctx.path === site.basePath);
    if (!here || !['GET', 'HEAD'].includes(ctx.method)) return next();
    showPage(ctx, pages, {
      view: 'home',
      title: pages.texts.t(localeOf(ctx), 'home.title', { brand: site.brand.name }),
      data: {
        discovery: `${site.basePath}/.well-known/openid-configuration`,
        developers: site.hasDevelopers ? `${site.basePath}/developers` : undefined,
        apiDocs: site.hasApi ? `${site.basePath}/api/docs` : undefined,
        portal: site.portal,
        simPhone: site.simPhone,
      },
    });
    return undefined;
  };
}

// `/mobile-connect`: the service's own pages, with a look and a session of their own (decisions 27). Never cached.
import Router from '@koa/router';
import { addActivationPages } from './mobile-connect-activate.ts';
import { addLoginPages } from './mobile-connect-login.ts';
import { addressOf, type MobileConnectPagesDeps } from './mobile-connect-page.ts';
import { addServicePages } from './mobile-connect-service.ts';
import { forbidCaching, limitRequests } from './security.ts';
import type { WebState } from './web-types.ts';

/** The pages of one issuer, below its path. */
export function createMobileConnectPages(deps: MobileConnectPagesDeps): Router<WebState> {
  const router = new Router<WebState>();
  router.use(addressOf(deps.site), forbidCaching());
  const limited = limitRequests(deps.limits);
  router.use(addressOf(deps.site), (ctx, next) => (ctx.path.endsWith('/status') ? next() : limited(ctx, next)));
  addLoginPages(router, deps);
  addServicePages(router, deps);
  addActivationPages(router, deps);
  return router;
}

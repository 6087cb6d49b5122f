// `/proxy-contests/<token>`: the page behind the link that tells a holder of a new proxy. GET shows it, POST ends the
// proxy; programs that follow links in mail end nothing. The token is in the address only, which no log keeps.
import Router from '@koa/router';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Csrf } from './csrf.ts';
import { readBody } from './forms.ts';
import { momentWords } from './moments.ts';
import { localeOf, type Pages, showPage } from './render.ts';
import { forbidCaching, limitRequests } from './security.ts';
import type { Site, WebContext, WebLimits, WebState } from './web-types.ts';

/** The use cases behind it. */
export interface ProxyContests {
  find(token: string): Promise<
    | {
        readonly kind: 'MOBILE' | 'INTERNET' | 'FIXE' | 'OPEN';
        /** Masked number, or empty. */
        readonly line: string;
        /** Masked. */
        readonly proxy: string;
        readonly since: Date;
      }
    | undefined
  >;
  contest(token: string): Promise<boolean>;
}

export interface ContestPagesDeps {
  readonly site: Site;
  readonly contests: ProxyContests;
  readonly pages: Pages;
  readonly csrf: Csrf;
  readonly limits: WebLimits;
}

const formSchema = z.object({ csrf: z.string().max(1024).optional() });
const scope = 'proxy-contest';

/** The pages of one issuer, below its path. */
export function createContestPages(deps: ContestPagesDeps): Router<WebState> {
  const { site, contests, pages, csrf } = deps;
  const base = `${site.basePath}/proxy-contests`;
  const limited = limitRequests(deps.limits);
  const router = new Router<WebState>();

  router.get(`${base}/done`, forbidCaching(), limited, (ctx) => {
    const title = pages.texts.t(localeOf(ctx), 'contest.done.title');
    showPage(ctx, pages, { view: 'contest-done', title, data: { heading: title, portal: site.portal } });
  });

  router.get(`${base}/:token`, forbidCaching(), limited, async (ctx) => {
    const found = await contests.find(tokenOf(ctx));
    if (found === undefined) throw new AppError('link_gone');
    const locale = localeOf(ctx);
    const title = pages.texts.t(locale, 'contest.title');
    const since = momentWords({ texts: pages.texts, locale, timeZone: site.timeZone }, found.since);
    showPage(ctx, pages, {
      ...{ view: 'contest', title },
      data: { ...found, heading: title, since, csrf: csrf.token(ctx, scope) },
    });
  });

  router.post(`${base}/:token`, forbidCaching(), limited, readBody(), async (ctx) => {
    const form = formSchema.safeParse(ctx.request.body);
    if (!form.success) throw new AppError('malformed', { detail: 'form: csrf' });
    csrf.check(ctx, scope, form.data.csrf);
    if (!(await contests.contest(tokenOf(ctx)))) throw new AppError('link_gone');
    ctx.status = 303;
    ctx.set('Location', `${base}/done`);
  });
  return router;
}

function tokenOf({ params }: WebContext & { params: Record<string, string> }): string {
  return params['token'] ?? '';
}

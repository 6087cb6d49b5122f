// Renders the portal's pages: view + texts + layout. Views get ready values and contain no rule.

import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Context } from 'koa';
import type { Assets } from './assets.ts';
import { exemple, type Operator, operatorOf } from './operators.ts';
import { parseOwnPath } from './own-path.ts';
import { createTranslate, isLocale, type Locale, locales, type Texts } from './texts.ts';

/** Which site a page belongs to: an operator's customer area, the web shop of somebody else, or a federation hub. */
export type Site = 'portal' | 'ile' | 'shop' | 'hub' | 'callcentre';

export interface Page {
  readonly site: Site;
  /** Below views/portal. */
  readonly view: string;
  /** Key of the title. */
  readonly title: string;
  readonly status?: number;
  /** The person at this site, if logged in: her name and the token that the logout form sends back. */
  readonly person?: { readonly name: string; readonly csrf: string } | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A page that explains something and offers one way on. */
export interface Message {
  readonly site: Site;
  /** `<key>.title` and `<key>.text` are its words. */
  readonly key: string;
  readonly status: number;
  /** Where the button leads, and the key of its words. */
  readonly action: { readonly href: string; readonly text: string };
  readonly person?: Page['person'];
}

export interface Pages {
  show(ctx: Context, page: Page): void;
  showMessage(ctx: Context, message: Message): void;
}

/** First page of a site. */
export function homeOf(site: Site): string {
  return site === 'portal' ? '/' : `/${site}`;
}

/** Creates the renderer; views are compiled on first use and kept. */
export function createPages({ views, texts, assets }: { views: URL; texts: Texts; assets: Assets }): Pages {
  const eta = new Eta({ views: fileURLToPath(views), cache: true });

  function show(ctx: Context, { site, view, title, status = 200, person, data = {} }: Page): void {
    const locale = localeOf(ctx);
    const operator = operatorOf(site);
    // Other sites of the demo write as the first operator does.
    const { base, regions, timeZone } = operator ?? exemple;
    ctx.status = status;
    ctx.type = 'html';
    ctx.vary('Accept-Language');
    ctx.set('Content-Language', locale);
    ctx.body = eta.render(`./${view}`, {
      ...data,
      t: createTranslate(texts, locale),
      has: (key: string) => key in texts[locale],
      asset: assets.url,
      locale,
      site,
      title,
      person,
      operator,
      // Every own address of a customer area's view begins with it; numbers and dates are written with the other two.
      ...{ base, region: regions[locale], timeZone },
      home: homeOf(site),
      sections: operator === undefined || person === undefined ? [] : shownSections(operator, ctx.path),
      // A page that answers a form or a one-time address cannot be asked for again in another language.
      otherLocales: locales
        .filter((other) => other !== locale)
        .map((other) => ({
          locale: other,
          href: ctx.method === 'GET' && status === 200 ? hereIn(ctx, other) : `${homeOf(site)}?lang=${other}`,
        })),
    });
  }

  return {
    show,
    showMessage(ctx, { site, key, status, action, person }) {
      show(ctx, { site, view: 'message', title: `${key}.title`, status, person, data: { key, action } });
    },
  };
}

/** The same page in another language, with what it was asked; what is told once is not told again. */
function hereIn({ path, querystring }: Context, locale: Locale): string {
  const query = new URLSearchParams(querystring);
  for (const once of ['lang', 'kept', 'done', 'notice', 'state']) query.delete(once);
  query.set('lang', locale);
  return `${path}?${query}`;
}

/** The sections with full addresses; the page belongs to the innermost one that it is below. */
function shownSections({ base, sections }: Operator, path: string) {
  const here = sections
    .filter(({ href }) => isBelow(path, base + href))
    .sort((a, b) => b.href.length - a.href.length)[0];
  return sections.map((one) => ({ href: base + one.href, text: one.text, isHere: one === here }));
}

function isBelow(path: string, section: string): boolean {
  return path === section || path.startsWith(`${section}/`);
}

/** The language of a request: the one chosen, else the best that the browser asks for, else the site's own. */
export function localeOf(ctx: Context): Locale {
  const chosen = ctx.cookies.get('lang');
  if (isLocale(chosen)) return chosen;
  const { language } = operatorOf(siteOf(ctx.path)) ?? exemple;
  // The first is the answer to whoever takes any.
  const best = ctx.acceptsLanguages([language, ...locales.filter((one) => one !== language)]);
  return isLocale(best) ? best : language;
}

const besides: readonly Site[] = ['ile', 'shop', 'hub', 'callcentre'];

/** Whose page an address is. */
export function siteOf(path: string): Site {
  const [, first] = path.split('/');
  return besides.find((site) => site === first) ?? 'portal';
}

/** `?lang=en` on any page keeps the choice in a cookie and shows the same page without the parameter. */
export function languageSwitch({ baseUrl }: { baseUrl: string }) {
  const cookie = { maxAge: 365 * 24 * 60 * 60 * 1000, sameSite: 'lax', path: '/', httpOnly: true } as const;
  const secure = baseUrl.startsWith('https:');
  return async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    const asked = ctx.query['lang'];
    if (ctx.method !== 'GET' || !isLocale(asked)) {
      await next();
      return;
    }
    ctx.cookies.secure = secure;
    ctx.cookies.set('lang', asked, { ...cookie, secure });
    const query = new URLSearchParams(ctx.querystring);
    query.delete('lang');
    const rest = query.size === 0 ? '' : `?${query}`;
    ctx.status = 303;
    ctx.redirect(parseOwnPath(`${ctx.path}${rest}`, baseUrl) ?? '/');
  };
}

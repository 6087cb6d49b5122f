// The language of a request: the switch on the page, `ui_locales`, the cookie, Accept-Language, then the brand's own.
import { chooseLocale, type Locale, locales } from '../i18n.ts';
import { findChosenLocale, keepChosenLocale } from './cookies.ts';
import type { WebContext, WebMiddleware } from './web-types.ts';

/** The language for this request. `uid` and `uiLocales` are known on the pages of an interaction. */
export function readLocale(
  ctx: WebContext,
  { uid, uiLocales }: { uid?: string | undefined; uiLocales?: readonly string[] | undefined } = {},
): Locale {
  const chosen = findChosenLocale(ctx);
  return chooseLocale({
    here: chosen !== undefined && uid !== undefined && chosen.uid === uid ? chosen.locale : undefined,
    uiLocales,
    before: chosen?.locale,
    accepted: ctx.acceptsLanguages(),
    otherwise: ctx.state.site.brand.languages[0],
  });
}

/**
 * `GET …?lang=en` is the language switch: it keeps the choice and sends the browser to the same address without it.
 * On the page of an interaction the choice beats `ui_locales`, elsewhere (and later) it does not.
 */
export function switchLanguage(): WebMiddleware {
  return (ctx, next) => {
    const wished = ctx.method === 'GET' ? locales.find((one) => one === ctx.query['lang']) : undefined;
    if (wished === undefined) return next();
    const { basePath, issuer } = ctx.state.site;
    const uid = /^\/interaction\/([\w-]{1,64})$/.exec(ctx.path.slice(basePath.length))?.[1];
    keepChosenLocale(ctx, { locale: wished, uid });
    ctx.status = 303;
    // Absolute, so that a path that begins with two slashes cannot lead elsewhere.
    ctx.set('Location', `${issuer.origin}${ctx.path}${queryAfterSwitch(ctx, wished)}`);
    return undefined;
  };
}

export interface LanguageLink {
  readonly locale: Locale;
  readonly name: string;
  readonly href: string;
  readonly current: boolean;
}

const names: Readonly<Record<Locale, string>> = { fr: 'Français', en: 'English' };

/** The switch on every page: each language by its own name. */
export function languageLinks(ctx: WebContext, current: Locale): LanguageLink[] {
  return locales.map((locale) => ({
    locale,
    name: names[locale],
    href: queryWith(ctx, locale),
    current: locale === current,
  }));
}

function queryWith(ctx: WebContext, lang: Locale): string {
  const query = new URLSearchParams(ctx.querystring);
  query.set('lang', lang);
  return `?${query}`;
}

// The relying party's wish in the same address would win over the person's.
function queryAfterSwitch(ctx: WebContext, wished: Locale): string {
  const query = new URLSearchParams(ctx.querystring);
  query.delete('lang');
  if (query.has('ui_locales')) query.set('ui_locales', wished);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

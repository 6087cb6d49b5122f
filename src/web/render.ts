// Views (Eta, everything escaped) in one layout, with language, brand and title. Knows no rule of the login.
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Locale, Texts } from '../i18n.ts';
import type { Brand } from '../ops/brands.ts';
import { brandSheet } from './brand-sheet.ts';
import { type LanguageLink, languageLinks, readLocale } from './locale.ts';
import { type Assets, loadAssets } from './static.ts';
import type { WebContext } from './web-types.ts';

/** What the layout needs; `data` is for the view. */
interface PageContent {
  readonly view: string;
  readonly title: string;
  readonly locale: Locale;
  readonly brand: Brand;
  readonly languages: readonly LanguageLink[];
  /** Reload by the browser itself, for those without JavaScript. */
  readonly refreshSeconds?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Views, texts and files of the pages; one object for the pages and for the provider's own pages. */
export interface Pages {
  readonly texts: Texts;
  readonly assets: Assets;
  render(page: PageContent): string;
}

/** Reads templates on first use and files now. */
export function createPages({ texts }: { texts: Texts }): Pages {
  const eta = new Eta({ views: fileURLToPath(new URL('../../views/', import.meta.url)), cache: true });
  const assets = loadAssets();
  return {
    texts,
    assets,
    render(page) {
      const t = (key: string, params?: Readonly<Record<string, string | number>>) => texts.t(page.locale, key, params);
      return eta.render(`./pages/${page.view}`, {
        ...page,
        asset: assets.path,
        brandSheet: brandSheet(page.brand).path,
        t,
      });
    },
  };
}

export interface Shown {
  readonly view: string;
  /** A finished text. */
  readonly title: string;
  readonly status?: number;
  readonly brand?: Brand;
  readonly refreshSeconds?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Answers with a page in the language of the request. */
export function showPage(ctx: WebContext, pages: Pages, { status = 200, brand, ...shown }: Shown): void {
  const locale = localeOf(ctx);
  const html = pages.render({
    ...shown,
    locale,
    brand: brand ?? ctx.state.site.brand,
    languages: languageLinks(ctx, locale),
  });
  ctx.status = status;
  ctx.type = 'html';
  ctx.set('Content-Language', locale);
  ctx.vary('Accept-Language');
  ctx.body = html;
}

/** The language that a page has settled on, else the one that the request asks for. */
export function localeOf(ctx: WebContext): Locale {
  ctx.state.locale ??= readLocale(ctx);
  return ctx.state.locale;
}

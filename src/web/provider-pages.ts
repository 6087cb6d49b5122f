// The pages that the oidc provider shows itself: logout and its own errors. The provider gets these functions by
// injection; they know nothing of its insides but the few fields named here.
import type { Locale } from '../i18n.ts';
import type { Brand } from '../ops/brands.ts';
import { isOutage, toAppError } from '../ops/outages.ts';
import { showError, tracePlace } from './error-pages.ts';
import { readLocale } from './locale.ts';
import { localeOf, type Pages, showPage } from './render.ts';
import { toSite } from './sites.ts';
import { goBackToHub } from './way-back.ts';
import type { WebContext } from './web-types.ts';

/** What the library hands over: its Koa context. */
type ProviderContext = WebContext & {
  readonly oidc?: {
    readonly client?: { readonly clientId: string; readonly clientName?: string | undefined } | undefined;
    readonly params?: Readonly<Record<string, unknown>> | undefined;
  };
};

export interface ProviderPages {
  /** `features.rpInitiatedLogout.logoutSource`; `form` is the library's own hidden form. */
  logoutSource(ctx: ProviderContext, form: string): Promise<void>;
  /** `features.rpInitiatedLogout.postLogoutSuccessSource`. */
  postLogoutSuccessSource(ctx: ProviderContext): Promise<void>;
  /** `renderError`, status already set. The library asks for it at `/auth` whatever the request accepts. */
  renderError(ctx: ProviderContext, out: OidcError, error: unknown): Promise<void>;
}

interface OidcError {
  readonly error: string;
  readonly error_description?: string | undefined;
}

/** For a Provider of this issuer and brand; works in the web app and in a Provider that runs by itself. */
export function createProviderPages({
  pages,
  issuer,
  brand,
}: {
  pages: Pages;
  issuer: URL;
  brand: Brand;
}): ProviderPages {
  const site = toSite({ issuer, brand });
  const prepare = (ctx: ProviderContext): Locale => {
    ctx.state.site ??= site;
    ctx.state.trace ??= '';
    ctx.state.locale ??= localeOfParams(ctx);
    ctx.set('Cache-Control', 'no-store');
    return localeOf(ctx);
  };
  return {
    async logoutSource(ctx, form) {
      const title = pages.texts.t(prepare(ctx), 'logout.title');
      showPage(ctx, pages, { view: 'logout', title, data: { form, client: clientName(ctx) } });
    },
    async postLogoutSuccessSource(ctx) {
      const title = pages.texts.t(prepare(ctx), 'loggedOut.title');
      showPage(ctx, pages, { view: 'logged-out', title, data: { client: clientName(ctx) } });
    },
    async renderError(ctx, out, error) {
      const locale = prepare(ctx);
      if (isOutage(error)) return showError(ctx, pages, toAppError(error));
      // A login of a hub whose interaction is over: the library knows no address any more.
      if (codeOf(out, ctx.status) === 'interaction_lost' && goBackToHub(ctx, 'access_denied')) return;
      ctx.vary('Accept');
      if (ctx.accepts('json', 'html') !== 'html') {
        ctx.body = out;
        return;
      }
      const code = codeOf(out, ctx.status);
      showPage(ctx, pages, {
        view: 'error',
        title: pages.texts.t(locale, `errorTitle.${code}`),
        status: ctx.status,
        data: {
          code,
          message: pages.texts.t(locale, `error.${code}`),
          ...tracePlace(ctx),
          retryHref: undefined,
          oauth: code === 'internal' ? undefined : out,
          client: clientName(ctx),
        },
      });
    },
  };
}

// A lost interaction is the one error of the library that a person causes; most others are the relying party's.
function codeOf({ error, error_description: description = '' }: OidcError, status: number): string {
  if (status >= 500) return 'internal';
  if (status === 404) return 'not_found';
  if (error === 'temporarily_unavailable') return 'temporarily_unavailable';
  if (description.includes('session')) return 'interaction_lost';
  return 'relying_party';
}

function clientName(ctx: ProviderContext): string | undefined {
  const client = ctx.oidc?.client;
  return client === undefined ? undefined : (client.clientName ?? client.clientId);
}

function localeOfParams(ctx: ProviderContext): Locale {
  const wish = ctx.oidc?.params?.['ui_locales'];
  if (typeof wish !== 'string') return localeOf(ctx);
  return readLocale(ctx, { uiLocales: wish.split(' ') });
}

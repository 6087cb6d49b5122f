// What the parts of the browser pages share: the sites that they serve and what a request knows of itself.
import type Koa from 'koa';
import type { Middleware, ParameterizedContext } from 'koa';
import type { PasswordResets } from '../authentication/password-reset-types.ts';
import type { SignIn } from '../authentication/sign-in-types.ts';
import type { LineDesk } from '../enrolment/line-desk-types.ts';
import type { OpenAccounts } from '../enrolment/open-account-types.ts';
import type { Registrations } from '../enrolment/registration-types.ts';
import type { PinResets } from '../enrolment/reset-pin-types.ts';
import type { Locale } from '../i18n.ts';
import type { Interactions } from '../oidc/interaction-types.ts';
import type { Brand } from '../ops/brands.ts';
import type { ApiDocuments } from './api-docs.ts';
import type { ProxyContests } from './contest-pages.ts';
import type { DeveloperTools } from './developers-types.ts';
import type { MobileConnectUseCases } from './mobile-connect-page.ts';

/** One issuer: its pages are below the path of its URL, `` or `/ile`. */
export interface WebIssuer extends WebUseCases {
  readonly issuer: URL;
  /** Name, look, language and time of its pages. */
  readonly brand: Brand;
  readonly interactions: Interactions;
  /** The oidc provider, a Koa app; a middleware that forwards to the current one lets keys rotate. */
  readonly provider: Koa | Middleware;
  /** Answers `/api/…` (seen without the issuer's own prefix) and its own errors. */
  readonly api?: Middleware | undefined;
  /** What is published of it: the page of the document, and its metadata. */
  readonly apiDocuments?: ApiDocuments | undefined;
  /** The pages for developers; without it there are none. */
  readonly developers?: DeveloperTools | undefined;
  readonly links?: SiteLinks | undefined;
}

/** What the pages of an issuer do. */
export interface WebUseCases {
  readonly signIn: SignIn;
  /** A forgotten PIN; without it there are no pages for it. */
  readonly resets?: PinResets | undefined;
  /** A forgotten password; without it there are no pages for it. */
  readonly passwordResets?: PasswordResets | undefined;
  /** Accounts that people open for themselves; without it there are no pages for them. */
  readonly openAccounts?: OpenAccounts | undefined;
  /** Registration with an Account ID; without it there are no pages for it. */
  readonly registrations?: Registrations | undefined;
  /** The link that contests a proxy; without it there is no page for it. */
  readonly contests?: ProxyContests | undefined;
  /** The service's own pages; without it there are none, and no login asks a phone. */
  readonly mobileConnect?: MobileConnectUseCases | undefined;
  /** A customer's lines: lost, found, a new SIM. Shown beside those pages. */
  readonly lines?: LineDesk | undefined;
}

/** Addresses elsewhere that pages link to. */
export interface SiteLinks {
  /** Where customers find help. */
  readonly support?: string | undefined;
  /** Sandbox only: the demo portal and the web phones. */
  readonly portal?: string | undefined;
  readonly simPhone?: string | undefined;
}

/** A WebIssuer with what follows from it. */
export interface Site {
  readonly issuer: URL;
  readonly basePath: string;
  readonly brand: Brand;
  readonly timeZone: string;
  readonly secure: boolean;
  readonly portal: string | undefined;
  readonly simPhone: string | undefined;
  /** Where customers find help; shown where a federation hub demands it. */
  readonly support: string | undefined;
  readonly hasApi: boolean;
  readonly hasDevelopers: boolean;
  /** The sandbox: whoever meets an error here may well be a developer. */
  readonly helpsDevelopers: boolean;
}

/** `ctx.state` of every request. */
export interface WebState {
  /** Random and printable: in the log, in `X-Request-Id` and on error pages. */
  trace: string;
  /** The browser's address, freed of untrusted headers and of IPv4-mapped IPv6. */
  address: string;
  /** The client's TLS certificate as a trusted proxy handed it on, and whether the proxy checked its chain. */
  clientCertificate?: { readonly text: string; readonly verified: boolean };
  site: Site;
  /** Set as soon as a page knows better than cookie and Accept-Language. */
  locale?: Locale;
}

export type WebContext = ParameterizedContext<WebState>;
export type WebMiddleware = Middleware<WebState>;

/** Limits of requests per address; resolves to the seconds to wait, or undefined. */
export interface WebLimits {
  take(kind: 'page' | 'form', key: string): Promise<number | undefined>;
}

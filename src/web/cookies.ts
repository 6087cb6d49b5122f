// Our cookies beside the provider's own: which form guard, which language, which browser, which customer. All opaque,
// none readable by scripts. Over https their names carry `__Host-`, so that no sibling host can plant them.
import type { Locale } from '../i18n.ts';
import { locales } from '../i18n.ts';
import type { WebContext } from './web-types.ts';

type OpaqueName = 'csrf' | 'device' | 'customer';
type CookieName = OpaqueName | 'locale';

const yearMs = 365 * 24 * 3_600_000;
// Browsers cap at 400 days; a session cookie has no life of its own.
const lives: Readonly<Record<CookieName, number | undefined>> = {
  csrf: undefined,
  device: yearMs,
  customer: undefined,
  locale: yearMs,
};
const opaque = /^[A-Za-z0-9_-]{22,64}$/;

/** An opaque random value kept in the browser under this name; undefined if there is none or it is no value of ours. */
export function findOpaqueCookie(ctx: WebContext, name: OpaqueName): string | undefined {
  const value = ctx.cookies.get(siteCookieName(ctx, name), { signed: false });
  return value !== undefined && opaque.test(value) ? value : undefined;
}

/** The same, made (128 bits or more) and sent if there is none yet. */
export function ensureOpaqueCookie(
  ctx: WebContext,
  name: 'csrf' | 'device',
  randomBytes: (size: number) => Buffer,
): string {
  const known = findOpaqueCookie(ctx, name);
  if (known !== undefined) return known;
  const value = randomBytes(24).toString('base64url');
  setCookie(ctx, name, value);
  return value;
}

/** Sends an opaque value that was made elsewhere. */
export function setOpaqueCookie(ctx: WebContext, name: 'customer', value: string): void {
  setCookie(ctx, name, value);
}

/** Takes it away from the browser. */
export function clearOpaqueCookie(ctx: WebContext, name: 'customer'): void {
  setCookie(ctx, name, null);
}

export interface ChosenLocale {
  readonly locale: Locale;
  /** The interaction on whose page it was chosen; undefined elsewhere. */
  readonly uid: string | undefined;
}

/** The language that the person chose in this browser, if ever. */
export function findChosenLocale(ctx: WebContext): ChosenLocale | undefined {
  const [text, uid] = (ctx.cookies.get(siteCookieName(ctx, 'locale'), { signed: false }) ?? '').split('~');
  const locale = locales.find((one) => one === text);
  return locale === undefined ? undefined : { locale, uid };
}

/** Keeps the language that the person has just chosen, and for which interaction. */
export function keepChosenLocale(ctx: WebContext, { locale, uid }: ChosenLocale): void {
  setCookie(ctx, 'locale', uid === undefined ? locale : `${locale}~${uid}`);
}

function setCookie(ctx: WebContext, name: CookieName, value: string | null): void {
  const maxAge = lives[name];
  ctx.cookies.set(siteCookieName(ctx, name), value, {
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.state.site.secure,
    path: '/',
    signed: false,
    overwrite: true,
    ...(maxAge === undefined ? {} : { maxAge }),
  });
}

/** A name that no other issuer of this host has: `provider_csrf`, below the root `provider_ile_csrf` (decisions 35). */
export function siteCookieName(ctx: WebContext, name: string): string {
  const { secure, basePath } = ctx.state.site;
  return `${secure ? '__Host-' : ''}provider${basePath.replace('/', '_')}_${name}`;
}

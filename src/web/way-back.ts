// The way back to a federation hub when its login cannot be ended as usual: the interaction is over, or a fault of ours
// broke it. The hub's own address waits in a signed cookie of the browser, for the interaction that it belongs to.
import type { AppError } from '../errors.ts';
import { withTrace } from '../oidc/trace.ts';
import { siteCookieName } from './cookies.ts';
import type { WebContext } from './web-types.ts';

const mostCharacters = 3_000;

/** Remembers where the hub of this interaction wants its errors. */
export function keepWayBack(ctx: WebContext, { uid, wayBack }: { uid: string; wayBack: string }): void {
  const value = Buffer.from(JSON.stringify([uid, wayBack])).toString('base64url');
  // A browser keeps 4 kB; a longer address is simply not remembered.
  if (value.length > mostCharacters) return;
  const { secure } = ctx.state.site;
  const rules = { httpOnly: true, sameSite: 'lax', secure, path: '/', signed: true, overwrite: true } as const;
  ctx.cookies.set(nameOf(ctx), value, rules);
}

/** The OAuth error that a hub hears instead of the page for this error; undefined if the page is the better answer. */
export function errorForHub({ code }: AppError): string | undefined {
  if (code === 'internal') return 'server_error';
  if (code === 'temporarily_unavailable') return code;
  return code === 'interaction_lost' ? 'access_denied' : undefined;
}

/** Sends the browser back with an OAuth error. False if it is not in the login of a hub. */
export function goBackToHub(ctx: WebContext, error: string): boolean {
  const uid = /\/(?:interaction|auth)\/([\w-]+)$/.exec(ctx.path)?.[1];
  const [known, wayBack] = readCookie(ctx);
  if (uid === undefined || uid !== known || wayBack === undefined) return false;
  const url = new URL(wayBack);
  url.searchParams.set('error', error);
  if (ctx.state.trace !== '') url.searchParams.set('error_description', withTrace(undefined, ctx.state.trace));
  ctx.set('Cache-Control', 'no-store');
  ctx.status = 303;
  ctx.redirect(url.href);
  return true;
}

// The signature says that we wrote it, in this very form.
function readCookie(ctx: WebContext): string[] {
  const value = ctx.cookies.get(nameOf(ctx), { signed: true });
  if (value === undefined) return [];
  const parts: unknown = JSON.parse(Buffer.from(value, 'base64url').toString());
  return Array.isArray(parts) ? parts.map(String) : [];
}

function nameOf(ctx: WebContext): string {
  return siteCookieName(ctx, 'way_back');
}

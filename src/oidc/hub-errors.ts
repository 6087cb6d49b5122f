// Faults of our own in the middle of a hub's login: the library would show a page, but a hub wants every error back
// with its state, so that the person can choose another way in (docs/federation.md).
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { settingsOf } from './profiles.ts';
import { traceOf, withTrace } from './trace.ts';

/** Sends the browser back to the hub. False if there is no hub, or no address of its own to go back to. */
export function returnFaultToHub(ctx: KoaContextWithOIDC, out: ErrorOut): boolean {
  const { client, params } = ctx.oidc ?? {};
  const address = params?.['redirect_uri'];
  if (ctx.status < 500 || client === undefined || !settingsOf(client).isHub) return false;
  if (typeof address !== 'string' || !client.redirectUriAllowed(address)) return false;
  const url = new URL(address);
  for (const [name, value] of Object.entries(out)) {
    if (typeof value === 'string') url.searchParams.set(name, value);
  }
  const trace = traceOf(ctx);
  if (trace !== undefined) url.searchParams.set('error_description', withTrace(out.error_description, trace));
  ctx.status = 303;
  ctx.redirect(url.href);
  return true;
}

/** Where a login page of a hub leads when there is no interaction left to end: an address that takes an `error`. */
export function wayBackToHub(params: Readonly<Record<string, unknown>>, issuer: string): string | undefined {
  const { redirect_uri: address, state, response_mode: mode } = params;
  if (typeof address !== 'string' || (mode !== undefined && mode !== 'query')) return undefined;
  const url = new URL(address);
  if (typeof state === 'string') url.searchParams.set('state', state);
  url.searchParams.set('iss', issuer);
  return url.href;
}

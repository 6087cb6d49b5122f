// Logout at the wish of a federation hub (OpenID Connect RP-Initiated Logout 1.0): a good id_token_hint says enough, so
// nobody is asked anything. The library has checked signature, audience and address; expired hints count.
import type Koa from 'koa';
import type { Client, KoaContextWithOIDC, OIDCContext, Provider } from 'oidc-provider';
import type { Log } from '../ops/log.ts';
import { settingsOf } from './profiles.ts';

export interface HintedLogoutDeps {
  readonly issuer: string;
  readonly subjectOf: (client: Client, accountId: string) => string;
  readonly log: Log;
}

/** Middleware that turns the library's question into the logout itself, where the hint is about who is logged in. */
export function createHintedLogout(provider: Provider, deps: HintedLogoutDeps): Koa.Middleware {
  const { issuer, subjectOf } = deps;
  return async (ctx, next) => {
    await next();
    if (ctx.path !== '/session/end' || ctx.status !== 200) return;
    const { oidc } = ctx as KoaContextWithOIDC;
    if (!isAboutThisSession(oidc, subjectOf)) return;
    await endSession(oidc, deps);
    const cookie = { path: '/', httpOnly: true, sameSite: 'lax', secure: issuer.startsWith('https:') } as const;
    ctx.cookies.set(provider.cookieName('session'), null, { ...cookie, signed: true, overwrite: true });
    provider.emit('end_session.success', ctx as KoaContextWithOIDC);
    ctx.body = '';
    ctx.status = 303;
    ctx.redirect(wayBackOf(oidc) ?? `${issuer}/session/end/success?client_id=${oidc.client?.clientId}`);
  };
}

// Without anybody logged in there is nothing to ask either.
function isAboutThisSession(
  { client, session, entities }: OIDCContext,
  subjectOf: HintedLogoutDeps['subjectOf'],
): boolean {
  if (client === undefined || !settingsOf(client).isHub || entities.IdTokenHint === undefined) return false;
  const accountId = session?.accountId;
  return accountId === undefined || entities.IdTokenHint.payload['sub'] === subjectOf(client, accountId);
}

/** What the library does after a yes: other relying parties are told, grants and the session go. */
async function endSession({ session, provider }: OIDCContext, { log }: HintedLogoutDeps): Promise<void> {
  if (session === undefined) return;
  const { accountId, authorizations = {} } = session;
  for (const [clientId, { grantId, persistsLogout, sid }] of Object.entries(authorizations)) {
    const client = await provider.Client.find(clientId);
    if (client?.backchannelLogoutUri !== undefined && accountId !== undefined) {
      await tellLogout(client, accountId, sid).catch((error: unknown) => {
        log.warn({ clientId, err: error }, 'a logout token was not taken');
      });
    }
    if (grantId !== undefined && !persistsLogout) await provider.Grant.adapter.destroy(grantId);
  }
  await session.destroy();
}

/** Tells a relying party. The types do not know it; library-changes.ts hands what it posts to a job. */
export async function tellLogout(client: Client, accountId: string, sid: string | undefined): Promise<void> {
  const tell: unknown = Reflect.get(client, 'backchannelLogout');
  if (typeof tell !== 'function') throw new Error('the library has no backchannelLogout');
  await Reflect.apply(tell, client, [accountId, sid]);
}

function wayBackOf({ params }: OIDCContext): string | undefined {
  const address = params?.['post_logout_redirect_uri'];
  if (typeof address !== 'string') return undefined;
  const url = new URL(address);
  if (typeof params?.['state'] === 'string') url.searchParams.set('state', params['state']);
  return url.href;
}

// What is different at the endpoints when a federation hub calls: its access token opens userinfo once, and its logout
// needs no question (logout-hints.ts).
import type Koa from 'koa';
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { createHintedLogout, type HintedLogoutDeps } from './logout-hints.ts';
import { settingsOf } from './profiles.ts';

/** Adds both to an instance of the library. */
export function serveHubs(provider: Provider, deps: HintedLogoutDeps): void {
  provider.use(spendAccessToken);
  provider.use(createHintedLogout(provider, deps));
}

// After the answer is made, so that a fault on our side does not cost the hub its token.
const spendAccessToken: Koa.Middleware = async (ctx, next) => {
  await next();
  if (ctx.path !== '/userinfo' || ctx.status !== 200) return;
  const { client, entities, provider } = contextOf(ctx).oidc;
  const token = entities.AccessToken;
  if (client === undefined || token === undefined || !settingsOf(client).isHub) return;
  try {
    // Of two calls at once one wins.
    await provider.AccessToken.adapter.consume(token.jti);
  } catch (error) {
    if (!(error instanceof errors.InvalidGrant)) throw error;
    refuseSpent(ctx);
  }
  await token.destroy();
};

function refuseSpent(ctx: Koa.Context): void {
  const description = 'the access token was used before';
  ctx.status = 401;
  ctx.set('WWW-Authenticate', `Bearer error="invalid_token", error_description="${description}"`);
  ctx.body = { error: 'invalid_token', error_description: description };
}

// Below a route of the library its context is there.
function contextOf(ctx: Koa.Context): KoaContextWithOIDC {
  return ctx as KoaContextWithOIDC;
}

// What the library tells of itself: refusals and faults to the log, business events to whoever audits them.
import type Koa from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Log } from '../ops/log.ts';
import type { RefusedRequest } from './refusals.ts';
import { traceOf } from './trace.ts';

/** A business event of the provider, for the audit journal. Holds no token. */
export interface ProviderEvent {
  readonly name:
    | 'authorization.granted'
    | 'tokens.issued'
    | 'grant.revoked'
    | 'session.ended'
    | 'client.registered'
    | 'client.updated'
    | 'client.removed';
  readonly clientId: string | undefined;
  readonly accountId: string | undefined;
}

const business = [
  ['authorization.success', 'authorization.granted'],
  ['grant.success', 'tokens.issued'],
  ['grant.revoked', 'grant.revoked'],
  ['end_session.success', 'session.ended'],
  ['registration_create.success', 'client.registered'],
  ['registration_update.success', 'client.updated'],
  ['registration_delete.success', 'client.removed'],
] as const;

const refusals = [
  'authorization.error',
  'grant.error',
  'pushed_authorization_request.error',
  'backchannel_authentication.error',
  'introspection.error',
  'revocation.error',
  'userinfo.error',
  'end_session.error',
  'end_session_confirm.error',
  'registration_create.error',
  'registration_read.error',
  'registration_update.error',
  'registration_delete.error',
] as const;

type Refusal = Error & { error?: unknown; error_detail?: unknown };
type Listener = (...args: never[]) => void;

export interface Listeners {
  readonly onEvent?: ((event: ProviderEvent) => void) | undefined;
  /** A request was refused; for the developer who asks why. */
  readonly onRefusal?: ((request: RefusedRequest) => void) | undefined;
}

/** Listens to one instance of the library. */
export function listen(provider: Provider, log: Log, { onEvent, onRefusal }: Listeners): void {
  // The library types each event by hand; these lists go through the emitter beneath.
  const on = (event: string, listener: Listener) => Reflect.apply(provider.on, provider, [event, listener]);
  for (const [event, name] of business) {
    on(event, (ctx: KoaContextWithOIDC) => onEvent?.({ name, ...partiesOf(ctx) }));
  }
  for (const event of refusals) {
    on(event, (ctx: KoaContextWithOIDC, error: Refusal) => {
      const { clientId } = partiesOf(ctx);
      const trace = traceOf(ctx);
      const word = error.error ?? error.name;
      log.info({ trace, event, clientId, error: word, detail: error.error_detail }, 'request refused');
      onRefusal?.(refusedRequest(ctx, error));
    });
  }
  on('server_error', (ctx: KoaContextWithOIDC, error: Error) => {
    log.error({ trace: traceOf(ctx), err: error, route: ctx.oidc?.route }, 'the provider failed');
    onRefusal?.(refusedRequest(ctx, Object.assign(new Error('server_error'), { error: 'server_error' })));
  });
  on('backchannel.error', (ctx: KoaContextWithOIDC, error: Error, client: { clientId: string }) => {
    log.warn({ trace: traceOf(ctx), clientId: client.clientId, error: error.name }, 'a logout token was not taken');
  });
  on('error', (error: Error) => log.error({ err: error }, 'the provider failed'));
}

/** What middleware of ours refuses beside the library's endpoints, which tell of their refusals by events. */
export function noteOwnRefusals({ onRefusal }: Listeners): Koa.Middleware {
  return async (ctx, next) => {
    await next();
    const { body, state } = ctx;
    if (ctx.status < 400 || 'oidc' in ctx || !isOauthError(body)) return;
    const address: unknown = state['address'];
    onRefusal?.({
      trace: traceOf(ctx) ?? '',
      endpoint: `${ctx.method} ${ctx.path.replace(/^(\/[a-z-]+)\/.+$/, '$1/:id')}`,
      clientId: undefined,
      address: typeof address === 'string' ? address : undefined,
      error: { name: 'OAuthError', message: body.error, ...body },
    });
  };
}

function isOauthError(body: unknown): body is { readonly error: string } {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string';
}

function refusedRequest(ctx: KoaContextWithOIDC, error: Refusal): RefusedRequest {
  const address: unknown = ctx.state['address'];
  return {
    trace: traceOf(ctx) ?? '',
    endpoint: ctx.oidc.route,
    clientId: ctx.oidc.client?.clientId,
    address: typeof address === 'string' ? address : undefined,
    error,
  };
}

function partiesOf({ oidc }: KoaContextWithOIDC): Pick<ProviderEvent, 'clientId' | 'accountId'> {
  return { clientId: oidc.client?.clientId, accountId: oidc.account?.accountId ?? oidc.session?.accountId };
}

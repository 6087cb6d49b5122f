// What the library tells of itself: refusals and faults to the log, business events to whoever audits them.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Log } from '../ops/log.ts';

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

/** Listens to one instance of the library. */
export function listen(provider: Provider, log: Log, onEvent: ((event: ProviderEvent) => void) | undefined): void {
  // The library types each event by hand; these lists go through the emitter beneath.
  const on = (event: string, listener: Listener) => Reflect.apply(provider.on, provider, [event, listener]);
  for (const [event, name] of business) {
    on(event, (ctx: KoaContextWithOIDC) => onEvent?.({ name, ...partiesOf(ctx) }));
  }
  for (const event of refusals) {
    on(event, (ctx: KoaContextWithOIDC, error: Refusal) => {
      const { clientId } = partiesOf(ctx);
      log.info({ event, clientId, error: error.error ?? error.name, detail: error.error_detail }, 'request refused');
    });
  }
  on('server_error', (ctx: KoaContextWithOIDC, error: Error) => {
    log.error({ err: error, route: ctx.oidc?.route }, 'the provider failed');
  });
  on('backchannel.error', (_ctx: KoaContextWithOIDC, error: Error, client: { clientId: string }) => {
    log.warn({ clientId: client.clientId, error: error.name }, 'a logout token was not taken');
  });
  on('error', (error: Error) => log.error({ err: error }, 'the provider failed'));
}

function partiesOf({ oidc }: KoaContextWithOIDC): Pick<ProviderEvent, 'clientId' | 'accountId'> {
  return { clientId: oidc.client?.clientId, accountId: oidc.account?.accountId ?? oidc.session?.accountId };
}

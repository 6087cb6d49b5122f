// Pings (CIBA Core 10.2): the library hands one over where it would post it, a job delivers it (decisions 41).
import type { Provider } from 'oidc-provider';
import { type OutboundFetch, OutboundRefused } from './outbound.ts';

/** What a client is told: that its request has a result, never which. */
export interface PingDelivery {
  readonly clientId: string;
  readonly uri: string;
  readonly requestId: string;
  /** The client's own, from its request. */
  readonly notificationToken: string;
}

/** Lets the library enqueue where it would post once and forget. */
export function enqueuePings(provider: Provider, enqueue: (ping: PingDelivery) => Promise<void>): void {
  Reflect.set(provider.Client.prototype, 'backchannelPing', async function ping(this: object, request: Pinged) {
    const uri: unknown = Reflect.get(this, 'backchannelClientNotificationEndpoint');
    const notificationToken = request.params?.['client_notification_token'];
    if (typeof uri !== 'string' || typeof notificationToken !== 'string') throw new Error('a ping to nobody');
    const clientId = String(Reflect.get(this, 'clientId'));
    await enqueue({ clientId, uri, requestId: request.jti, notificationToken });
  });
}

type Pinged = InstanceType<Provider['BackchannelAuthenticationRequest']>;

/** `again`: the client may get it later; `never`: it does not want it, or may not be called there. */
export type PingOutcome = 'taken' | 'again' | 'never';

/** Posts a ping with the guards of all outbound requests; follows no redirect. Throws for a broken connection. */
export async function postPing(outbound: OutboundFetch, ping: PingDelivery): Promise<PingOutcome> {
  const response = await outbound(ping.uri, {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: `Bearer ${ping.notificationToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ auth_req_id: ping.requestId }),
  }).catch((cause: unknown) => {
    if (cause instanceof OutboundRefused) return undefined;
    throw cause;
  });
  if (response === undefined) return 'never';
  await response.body?.cancel();
  if (response.ok) return 'taken';
  return response.status >= 500 ? 'again' : 'never';
}

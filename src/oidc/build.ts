// Builds one instance of the library from the keys of this moment. Rotation builds another and lets this one go.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import type { Provider } from 'oidc-provider';
import type { Log } from '../ops/log.ts';
import type { Database } from '../storage/database.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';
import { createAccessTokenReader, createAccessTokenVerifier, type VerifyAccessToken } from './access-tokens.ts';
import type { Ciba } from './ciba.ts';
import { buildConfiguration, type ConfigurationDeps } from './configuration.ts';
import { createProofs } from './dpop.ts';
import { nameNoTypeOfNothing } from './empty-answers.ts';
import { answerUnmatched, createPostToGet } from './endpoint-middleware.ts';
import { type Listeners, listen, noteOwnRefusals } from './events.ts';
import { serveHubs } from './hub-endpoints.ts';
import { introspectJwts } from './introspection.ts';
import type { LoadedKeys } from './keys.ts';
import {
  cacheClients,
  detectReplaysAtomically,
  fixAddresses,
  type LogoutDelivery,
  markLogouts,
  speakClientsVocabulary,
} from './library-changes.ts';
import { MobileConnectProvider, serveMobileConnect } from './mobile-connect.ts';
import { completeDiscovery } from './modern-oauth.ts';
import { createStateSharing } from './mount.ts';
import { type DiscoveryParts, serveDiscovery } from './operator-discovery-mount.ts';
import type { OutboundFetch } from './outbound.ts';
import { installServerInitiated, type ServerInitiatedDeps } from './server-initiated.ts';
import { noteSessionUses } from './sessions.ts';
import { createStaticDocuments } from './static-documents.ts';
import { traceErrors } from './trace.ts';

export interface BuildDeps extends Omit<ConfigurationDeps, 'fetch' | 'ciba'> {
  readonly ephemeral: EphemeralStore;
  readonly outbound: OutboundFetch;
  readonly enqueueLogout: ((delivery: LogoutDelivery) => Promise<void>) | undefined;
  readonly database: Pick<Database, 'db'>;
  readonly deviceOf?: ((userAgent: string) => string) | undefined;
  readonly onEvent: Listeners['onEvent'];
  readonly onRefusal: Listeners['onRefusal'];
  readonly ciba: Ciba | undefined;
  readonly serverInitiated: ServerInitiatedDeps | undefined;
  readonly states: WeakMap<IncomingMessage, Koa.DefaultState>;
  readonly discovery: DiscoveryParts;
  readonly log: Log;
}

/** One instance of the library with all that belongs to it. */
export interface BuiltProvider {
  readonly provider: Provider;
  readonly keys: LoadedKeys;
  readonly verifyAccessToken: VerifyAccessToken;
  forgetClients(): void;
}

/** Builds it. */
export function buildProvider(deps: BuildDeps): BuiltProvider {
  const { issuer, now, keys } = deps;
  const proofs = createProofs({ ...deps, nonceSecret: deps.dpopSecret });
  const marks = new AsyncLocalStorage<string>();
  const configuration = buildConfiguration({ ...deps, fetch: fetchOrEnqueue(deps, marks) });
  const provider = new MobileConnectProvider(issuer, configuration);
  // The mount has put the issuer's scheme and host in their place; nobody else can.
  provider.proxy = true;
  speakClientsVocabulary(provider);
  fixAddresses(provider);
  detectReplaysAtomically(provider, deps);
  markLogouts(provider, marks);
  const cache = cacheClients(provider, now);
  listen(provider, deps.log, deps);
  provider.use(createStateSharing(deps.states));
  provider.use(traceErrors);
  provider.use(noteOwnRefusals(deps));
  const { deviceOf } = deps;
  if (deviceOf !== undefined) provider.use(noteSessionUses({ ...deps, deviceOf }));
  serveHubs(provider, deps);
  provider.use(answerUnmatched);
  provider.use(nameNoTypeOfNothing);
  provider.use(createStaticDocuments());
  provider.use(completeDiscovery(issuer, deps.mutualTls));
  serveMobileConnect(provider);
  for (const middleware of deps.ciba?.install(provider) ?? []) provider.use(middleware);
  if (deps.serverInitiated !== undefined) provider.use(installServerInitiated(provider, deps.serverInitiated));
  provider.use(createPostToGet(issuer));
  serveDiscovery(provider, deps);
  introspectJwts(provider, { ...deps, read: createAccessTokenReader({ issuer, now }, keys.publicSet) });
  return {
    provider,
    keys,
    verifyAccessToken: createAccessTokenVerifier({ issuer, now, proofs }, keys.publicSet),
    forgetClients: cache.forget,
  };
}

function fetchOrEnqueue({ outbound, enqueueLogout }: BuildDeps, marks: AsyncLocalStorage<string>): OutboundFetch {
  return async (uri, options) => {
    const clientId = marks.getStore();
    if (clientId === undefined || enqueueLogout === undefined) return await outbound(uri, options);
    const token = options.body instanceof URLSearchParams ? options.body.get('logout_token') : null;
    if (token === null) throw new Error('a logout without a token');
    await enqueueLogout({ clientId, uri, token });
    return new Response(null, { status: 204 });
  };
}

/** Posts a logout token. Throws if the relying party did not take it. */
export async function postLogout(outbound: OutboundFetch, { uri, token }: LogoutDelivery): Promise<void> {
  const response = await outbound(uri, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: token }),
  });
  await response.body?.cancel();
  if (response.status !== 200 && response.status !== 204) throw new Error(`logout answered with ${response.status}`);
}

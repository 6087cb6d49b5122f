// Mobile Connect, server-initiated: `/si-authorize` as another door to the requests without a browser (CIBA). The
// signed request authenticates the client; verified, it goes on to the library's endpoint as a request of CIBA.
import { Readable } from 'node:stream';
import type Koa from 'koa';
import type { Client, Provider } from 'oidc-provider';
import { z } from 'zod';
import { composeMessage } from '../authentication/request-message.ts';
import { newId } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { insertNotification } from '../storage/client-notifications.ts';
import type { Database, Tx } from '../storage/database.ts';
import { hashId } from './adapter.ts';
import { readBounded } from './bounded-body.ts';
import { cibaGrant } from './ciba-metadata.ts';
import { readFields, refuse } from './client-authentication.ts';
import type { OutboundFetch } from './outbound.ts';
import { settingsOf } from './profiles.ts';
import { askInside } from './server-initiated-dispatch.ts';
import { siGrant, siProfile, urisOf } from './server-initiated-metadata.ts';
import { recipients, sealNotification } from './server-initiated-notification.ts';
import {
  pollingType,
  readSiRequest,
  type SiClient,
  type SiRequest,
  SiRequestError,
} from './server-initiated-request.ts';

/** What the composition root gives. */
export interface ServerInitiatedParts {
  /** Creates the job that delivers a notification, in the transaction that writes it. */
  readonly enqueueNotification: (tx: Tx, id: string) => Promise<void>;
}

export interface ServerInitiatedDeps extends ServerInitiatedParts {
  readonly issuer: string;
  readonly database: Pick<Database, 'transaction'>;
  readonly masterKey: Pick<MasterKey, 'seal'>;
  readonly outbound: OutboundFetch;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
}

/** Adds it to an instance of the library, after CIBA. Gives the middleware for its endpoint. */
export function installServerInitiated(provider: Provider, deps: ServerInitiatedDeps): Koa.Middleware {
  notifyInsteadOfPing(provider, deps);
  nameRecipients(provider);
  acceptGrantName(provider);
  const keySets = createKeySets(deps);
  return async (ctx, next) => {
    if (ctx.path !== '/si-authorize' || ctx.method !== 'POST') return await next();
    ctx.set('Cache-Control', 'no-store');
    try {
      await authorize(provider, ctx, { ...deps, keySets });
    } catch (cause) {
      if (!(cause instanceof SiRequestError)) throw cause;
      refuse(ctx, { status: 400, error: cause.error, description: cause.message });
    }
  };
}

interface Endpoint extends ServerInitiatedDeps {
  readonly keySets: KeySets;
}

async function authorize(provider: Provider, ctx: Koa.Context, deps: Endpoint): Promise<void> {
  const fields = await readFields(ctx);
  if (fields === undefined) throw new SiRequestError('the body must be a form or a flat JSON object of at most 16 KB');
  const one = (name: string) => single(fields, name);
  const client = await findClient(provider, one('client_id'));
  const outer = { clientId: client.clientId, scope: one('scope') ?? '', responseType: one('response_type') };
  const object = one('request');
  if (object === undefined) throw new SiRequestError('MANDATORY parameter request is missing');
  const keys = await deps.keySets(client);
  const about = { outer, client: { ...siClientOf(client), keys }, issuer: deps.issuer, now: deps.now() };
  const { request, uniqueness } = await readSiRequest(object, about);
  if (!(await provider.ReplayDetection.unique(`si ${client.clientId}`, uniqueness.id, uniqueness.until))) {
    throw new SiRequestError('the request object was used before');
  }
  const answer = await askInside(provider, { path: '/backchannel', client, fields: cibaFieldsOf(request, deps) });
  ctx.status = answer.status;
  if (answer.retryAfter !== undefined) ctx.set('Retry-After', answer.retryAfter);
  ctx.body = answerOf(answer, request);
}

function single(fields: URLSearchParams, name: string): string | undefined {
  const values = fields.getAll(name);
  if (values.length > 1) throw new SiRequestError(`${name} must not be repeated`);
  return values[0] === '' ? undefined : values[0];
}

async function findClient(provider: Provider, clientId: string | undefined): Promise<Client> {
  if (clientId === undefined) throw new SiRequestError('MANDATORY parameter client_id is missing');
  const client = await provider.Client.find(clientId);
  if (client !== undefined && settingsOf(client).profile === siProfile) return client;
  throw new SiRequestError('The client is not allowed to make MC service requests', 'unauthorized_client');
}

function siClientOf(client: Client): Omit<SiClient, 'keys'> {
  const alg = client['requestObjectSigningAlg'];
  return {
    clientId: client.clientId,
    clientName: client.clientName,
    notificationUris: urisOf(client),
    signingAlg: typeof alg === 'string' ? alg : undefined,
  };
}

function cibaFieldsOf(request: SiRequest, { randomBytes }: ServerInitiatedDeps) {
  const isPolling = request.response_type === pollingType;
  return {
    scope: request.scope,
    nonce: request.nonce,
    login_hint: request.login_hint,
    acr_values: request.acr_values,
    correlation_id: request.correlation_id,
    // One line: the SIM has no others.
    binding_message: composeMessage({ bindingMessage: request.binding_message, context: request.context })?.replaceAll(
      '\n',
      ' ',
    ),
    notification_uri: isPolling ? undefined : request.notification_uri,
    // The library wants one of every client that may be notified; nobody uses this one.
    client_notification_token: request.client_notification_token ?? randomBytes(16).toString('base64url'),
  };
}

function answerOf(answer: { status: number; body: Readonly<Record<string, unknown>> }, request: SiRequest) {
  const { interval, ...rest } = answer.body;
  const correlation = request.correlation_id === undefined ? {} : { correlation_id: request.correlation_id };
  const polling = answer.status === 200 && request.response_type === pollingType ? { interval } : {};
  return { ...rest, ...polling, ...correlation };
}

// A request that names an address is told of there; one that polls is not told at all.
function notifyInsteadOfPing(provider: Provider, deps: ServerInitiatedDeps): void {
  const { prototype } = provider.Client;
  const ping: unknown = Reflect.get(prototype, 'backchannelPing');
  if (typeof ping !== 'function') throw new Error('the library has no backchannelPing');
  Reflect.set(prototype, 'backchannelPing', async function notify(this: Client, request: Pinged) {
    if (settingsOf(this).profile !== siProfile) return await Reflect.apply(ping, this, [request]);
    const params = asyncParams.safeParse(request.params);
    // The registration may have changed since.
    if (!params.success || !urisOf(this).includes(params.data.notification_uri)) return;
    await writeNotification(deps, { client: this, requestId: request.jti, params: params.data });
  });
}

type Pinged = InstanceType<Provider['BackchannelAuthenticationRequest']>;

const asyncParams = z.object({
  notification_uri: z.string(),
  client_notification_token: z.string(),
  correlation_id: z.string().optional(),
});

async function writeNotification(
  deps: ServerInitiatedDeps,
  about: { client: Client; requestId: string; params: z.infer<typeof asyncParams> },
): Promise<void> {
  const { client, requestId, params } = about;
  const id = newId('ntf', deps.randomBytes);
  await deps.database.transaction(async (tx) => {
    const isNew = await insertNotification(tx, {
      id,
      issuer: deps.issuer,
      clientId: client.clientId,
      requestHash: hashId(requestId),
      correlationId: params.correlation_id ?? null,
      uri: params.notification_uri,
      bodySealed: sealNotification(deps.masterKey, id, { token: params.client_notification_token, requestId }),
    });
    if (isNew) await deps.enqueueNotification(tx, id);
  });
}

interface IdTokenParts {
  set(name: string, value: unknown): void;
}

/** ID tokens that are sent to an address say so: `recipient` (mobile-connect.md 1.7). */
function nameRecipients(provider: Provider): void {
  const prototype: object = provider.IdToken.prototype;
  const issue: unknown = Reflect.get(prototype, 'issue');
  if (typeof issue !== 'function') throw new Error('the library has no ID tokens');
  Reflect.set(prototype, 'issue', async function named(this: IdTokenParts, ...args: unknown[]) {
    const uri = recipients.getStore();
    if (uri !== undefined) this.set('recipient', uri);
    return await Reflect.apply(issue, this, args);
  });
}

/** The grant by its name in Mobile Connect: the same as that of CIBA, for a client that has authenticated already. */
function acceptGrantName(provider: Provider): void {
  provider.registerGrantType(
    siGrant,
    async (ctx) => {
      const { client, params } = ctx.oidc;
      if (client === undefined) throw new Error('a grant without a client');
      const id = params?.['auth_req_id'];
      const fields = { grant_type: cibaGrant, auth_req_id: typeof id === 'string' ? id : undefined };
      const answer = await askInside(provider, {
        path: '/token',
        client,
        fields,
        prefer: ctx.get('prefer') || undefined,
      });
      ctx.status = answer.status;
      ctx.body = answer.body;
    },
    ['auth_req_id'],
  );
}

type KeySets = (client: Client) => Promise<SiClient['keys']>;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(50) });
const keptMs = 600_000;
const mostKept = 1_000;
const mostBytes = 65_536;

/** The registered keys; those behind an address are kept for ten minutes. */
function createKeySets({ outbound, now }: Pick<ServerInitiatedDeps, 'outbound' | 'now'>): KeySets {
  const known = new Map<string, { keys: SiClient['keys']; until: number }>();
  return async (client) => {
    if (client.jwksUri === undefined) return keySet.parse(client.jwks ?? { keys: [] });
    const kept = known.get(client.jwksUri);
    if (kept !== undefined && kept.until > now().getTime()) return kept.keys;
    const keys = await fetchKeys(outbound, client.jwksUri);
    if (known.size >= mostKept) known.clear();
    known.set(client.jwksUri, { keys, until: now().getTime() + keptMs });
    return keys;
  };
}

async function fetchKeys(outbound: OutboundFetch, uri: string): Promise<SiClient['keys']> {
  try {
    const response = await outbound(uri, { headers: { accept: 'application/json' } });
    const text = await readBounded(response.body ?? Readable.from([]), mostBytes);
    if (!response.ok || text === undefined) throw new Error('no key set');
    return keySet.parse(JSON.parse(text));
  } catch {
    throw new SiRequestError('the keys at jwks_uri could not be read');
  }
}

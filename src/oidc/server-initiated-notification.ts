// Notifications of Mobile Connect, server-initiated: tokens or an error, posted to the address that the client has
// registered, with its own bearer token as GSMA clients expect it, and signed beside: a JWT in the header
// `Notification-JWT` whose `body_sha256` is the body as sent, `aud` the address, and `jti` the same at each repetition.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import type { MasterKey } from '../ops/master-key.ts';
import {
  findNotification,
  type NotificationRow,
  noteDelivery,
  saveNotificationBody,
} from '../storage/client-notifications.ts';
import type { Database } from '../storage/database.ts';
import type { LoadedKeys } from './keys.ts';
import { type OutboundFetch, OutboundRefused } from './outbound.ts';
import { askInside } from './server-initiated-dispatch.ts';
import { siGrant } from './server-initiated-metadata.ts';

export interface NotificationDeps {
  readonly issuer: string;
  readonly database: Pick<Database, 'db' | 'transaction'>;
  readonly masterKey: Pick<MasterKey, 'seal' | 'open'>;
  readonly outbound: OutboundFetch;
  readonly provider: () => Provider;
  readonly keys: () => LoadedKeys;
  readonly now: () => Date;
}

export type NotificationOutcome = 'taken' | 'again' | 'never';

/** What is sealed in the row: first the id of the request, then what its client is told. */
const content = z.union([
  z.strictObject({ token: z.string(), requestId: z.string() }),
  z.strictObject({ token: z.string(), body: z.record(z.string(), z.json()) }),
]);
type Content = z.infer<typeof content>;

const signatureSeconds = 300;

/** Where the value of a row stands. */
function placeOf(id: string) {
  return { table: 'client_notifications', column: 'body_sealed', row: id };
}

/** Seals what a new notification needs. */
export function sealNotification(masterKey: Pick<MasterKey, 'seal'>, id: string, value: Content): string {
  return masterKey.seal(placeOf(id), JSON.stringify(value));
}

/** The address that tokens made in this flow of control are for. */
export const recipients = new AsyncLocalStorage<string>();

/** Posts a notification once, and notes the try. Throws when it cannot be known yet what to tell. */
export async function deliverNotification(deps: NotificationDeps, id: string): Promise<NotificationOutcome> {
  const row = await findNotification(deps.database.db, deps.issuer, id);
  if (row?.bodySealed == null) return 'never';
  const opened = content.parse(JSON.parse(deps.masterKey.open(placeOf(id), row.bodySealed).toString()));
  const { token, body } = 'body' in opened ? opened : await decide(deps, row, opened);
  return await post(deps, row, { token, body: JSON.stringify(body) });
}

async function decide(
  deps: NotificationDeps,
  row: NotificationRow,
  { token, requestId }: { token: string; requestId: string },
) {
  const result = await redeem(deps, row, requestId);
  const body = {
    auth_req_id: requestId,
    ...(row.correlationId === null ? {} : { correlation_id: row.correlationId }),
    ...result,
  };
  const outcome = 'error' in result ? String(result['error']) : 'tokens';
  // Before it is sent: the tokens can be had only once.
  const bodySealed = sealNotification(deps.masterKey, row.id, {
    token,
    body: z.record(z.string(), z.json()).parse(body),
  });
  await saveNotificationBody(deps.database.db, row.id, { outcome, bodySealed });
  return { token, body };
}

async function redeem(
  deps: NotificationDeps,
  row: NotificationRow,
  requestId: string,
): Promise<Record<string, unknown>> {
  const provider = deps.provider();
  const client = await provider.Client.find(row.clientId);
  if (client === undefined) return failure('server_error', 'the client is gone');
  const fields = { grant_type: siGrant, auth_req_id: requestId };
  const { status, body } = await recipients.run(row.uri, () => askInside(provider, { path: '/token', client, fields }));
  if (status === 200) return { ...body };
  switch (body['error']) {
    case 'authorization_pending':
    case 'slow_down':
      throw new Error('the result is not there yet');
    case 'access_denied':
      return failure('authorization_error', 'Subscriber denied the request');
    case 'expired_token':
      return failure('authorization_error', 'Subscriber consent waiting time expired');
    default:
      return failure('server_error', 'the result could not be handed over');
  }
}

function failure(error: string, description: string) {
  return { error, error_description: description };
}

interface Letter {
  readonly token: string;
  readonly body: string;
}

async function post(deps: NotificationDeps, row: NotificationRow, letter: Letter): Promise<NotificationOutcome> {
  const signature = await sign(deps, row, letter.body);
  const outcome = await send(deps, row.uri, { ...letter, signature });
  const { status, fault } = outcome;
  const taken = status !== null && status >= 200 && status < 300;
  await deps.database.transaction((tx) => noteDelivery(tx, row.id, { status, fault, taken }));
  if (taken) return 'taken';
  return fault === 'refused' || (status !== null && status < 500) ? 'never' : 'again';
}

async function send(
  { outbound }: NotificationDeps,
  uri: string,
  { token, body, signature }: Letter & { signature: string },
) {
  try {
    const response = await outbound(uri, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'notification-jwt': signature,
      },
      body,
    });
    await response.body?.cancel();
    return { status: response.status, fault: null };
  } catch (cause) {
    if (cause instanceof OutboundRefused) return { status: null, fault: 'refused' };
    const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
    return { status: null, fault: isTimeout ? 'timeout' : 'unreachable' };
  }
}

async function sign({ issuer, keys, now }: NotificationDeps, row: NotificationRow, body: string): Promise<string> {
  const jwk = keys().privateSet.keys.find(({ alg }) => alg === 'ES256');
  if (jwk?.kid === undefined) throw new Error('there is no key ES256');
  const iat = Math.floor(now().getTime() / 1_000);
  return await new SignJWT({ body_sha256: createHash('sha256').update(body).digest('base64url') })
    .setProtectedHeader({ alg: 'ES256', kid: jwk.kid, typ: 'notification+jwt' })
    .setIssuer(issuer)
    .setAudience(row.uri)
    .setJti(row.id)
    .setIssuedAt(iat)
    .setExpirationTime(iat + signatureSeconds)
    .sign(await importJWK(jwk, 'ES256'));
}

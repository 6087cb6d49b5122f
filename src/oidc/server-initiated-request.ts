// The signed request of Mobile Connect, server-initiated (mobile-connect.md 1.9): who has signed it, and what it must
// say. GSMA clients send neither jti nor times; what they do send is held to, and no object is good twice.
import { createHash } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { z } from 'zod';

export const siVersion = 'mc_si_r2_v1.0';
export const asyncType = 'mc_si_async_code';
export const pollingType = 'mc_si_polling';

/** The fields beside the signed object; each must say the same as the object, where it is there. */
export interface OuterFields {
  readonly clientId: string;
  readonly scope: string;
  readonly responseType: string | undefined;
}

/** What the registration of the client says. */
export interface SiClient {
  readonly clientId: string;
  readonly clientName: string | undefined;
  readonly notificationUris: readonly string[];
  /** Undefined: any asymmetric one. */
  readonly signingAlg: string | undefined;
  readonly keys: JSONWebKeySet;
}

const text = z.string().min(1).max(2_048);
const epoch = z.number().int().nonnegative();
const required = z.object({
  response_type: z.enum([asyncType, pollingType]),
  client_id: text,
  scope: text,
  version: z.literal(siVersion),
  nonce: text,
  login_hint: text,
  acr_values: z.string().regex(/^[1-4](?: [1-4])*$/),
});
const optional = z.object({
  notification_uri: text.optional(),
  client_notification_token: z
    .string()
    .regex(/^[\w.~+/-]+=*$/)
    .max(1_024)
    .optional(),
  correlation_id: text.max(256).optional(),
  client_name: text.optional(),
  context: z.string().max(2_048).optional(),
  binding_message: z.string().max(2_048).optional(),
  jti: text.max(256).optional(),
  exp: epoch.optional(),
  iat: epoch.optional(),
  nbf: epoch.optional(),
});
const claims = required.extend(optional.shape);
export type SiRequest = z.infer<typeof claims>;

/** Under which name, and how long, the object is remembered as used. */
export interface Uniqueness {
  readonly id: string;
  /** Seconds since 1970. */
  readonly until: number;
}

export class SiRequestError extends Error {
  override readonly name = 'SiRequestError';
  readonly error: 'invalid_request' | 'unauthorized_client';

  constructor(description: string, error: 'invalid_request' | 'unauthorized_client' = 'invalid_request') {
    super(description);
    this.error = error;
  }
}

const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const longestLifeSeconds = 3_600;
const unboundedDays = 30;
const toleranceSeconds = 15;

/** Verifies and reads the object. Throws SiRequestError with words for the client's developer; repeats no value. */
export async function readSiRequest(
  object: string,
  about: { outer: OuterFields; client: SiClient; issuer: string; now: Date },
): Promise<{ request: SiRequest; uniqueness: Uniqueness }> {
  const { outer, client, issuer, now } = about;
  const payload = await verify(object, client, { issuer, now });
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw new SiRequestError(wordsFor(parsed.error, payload));
  const request = parsed.data;
  compare(request, outer);
  checkClient(request, client);
  return { request, uniqueness: uniquenessOf(object, request, now) };
}

async function verify(object: string, client: SiClient, { issuer, now }: { issuer: string; now: Date }) {
  try {
    const { payload } = await jwtVerify(object, createLocalJWKSet(client.keys), {
      algorithms: client.signingAlg === undefined ? algorithms : [client.signingAlg],
      issuer: client.clientId,
      audience: issuer,
      currentDate: now,
      clockTolerance: toleranceSeconds,
    });
    return payload;
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) throw cause;
    throw new SiRequestError(wordsForJose(cause));
  }
}

function wordsForJose(cause: errors.JOSEError): string {
  if (cause instanceof errors.JWTExpired) return 'the request object has expired';
  if (cause instanceof errors.JWTClaimValidationFailed) {
    return `REQUIRED parameter ${cause.claim} ${cause.reason === 'missing' ? 'is missing' : 'is invalid'}`;
  }
  if (cause instanceof errors.JWKSNoMatchingKey)
    return 'the request object is signed with a key that is not registered';
  if (cause instanceof errors.JOSEAlgNotAllowed)
    return 'the request object is signed with an algorithm that is not registered';
  return 'the request object is not a JWT with a good signature';
}

function wordsFor(error: z.ZodError, payload: Readonly<Record<string, unknown>>): string {
  const name = String(error.issues[0]?.path[0] ?? 'request');
  return `REQUIRED parameter ${name} ${payload[name] === undefined ? 'is missing' : 'is invalid'}`;
}

function compare(request: SiRequest, outer: OuterFields): void {
  const scopes = (list: string) => [...new Set(list.split(' ').filter((one) => one !== ''))].sort().join(' ');
  if (request.client_id !== outer.clientId) throw new SiRequestError('client_id is not that of the request object');
  if (scopes(request.scope) !== scopes(outer.scope))
    throw new SiRequestError('scope is not that of the request object');
  if (outer.responseType !== undefined && outer.responseType !== request.response_type) {
    throw new SiRequestError('response_type is not that of the request object');
  }
  if (!request.scope.split(' ').includes('openid')) throw new SiRequestError('REQUIRED parameter scope is invalid');
}

function checkClient(request: SiRequest, client: SiClient): void {
  const { notification_uri: uri, client_name: name, scope } = request;
  if (request.response_type === asyncType) {
    if (request.client_notification_token === undefined) {
      throw new SiRequestError('REQUIRED parameter client_notification_token is missing');
    }
    if (uri === undefined) throw new SiRequestError('REQUIRED parameter notification_uri is missing');
  }
  if (uri !== undefined && !client.notificationUris.includes(uri)) {
    throw new SiRequestError('REQUIRED parameter notification_uri is invalid');
  }
  if (name === undefined && scope.split(' ').includes('mc_authz')) {
    throw new SiRequestError('REQUIRED parameter client_name is missing');
  }
  if (name !== undefined && name !== client.clientName) throw new SiRequestError('Invalid client_name value');
}

function uniquenessOf(object: string, { jti, exp, iat }: SiRequest, now: Date): Uniqueness {
  const at = Math.floor(now.getTime() / 1_000);
  const end = exp ?? (iat === undefined ? undefined : iat + longestLifeSeconds);
  if (end !== undefined && end < at - toleranceSeconds) throw new SiRequestError('the request object has expired');
  if (exp !== undefined && exp > at + longestLifeSeconds + toleranceSeconds) {
    throw new SiRequestError('REQUIRED parameter exp is invalid: it is more than 60 minutes away');
  }
  if (iat !== undefined && iat > at + toleranceSeconds) throw new SiRequestError('REQUIRED parameter iat is invalid');
  // The signed part, not its signature: some algorithms can sign one text in many ways.
  const id =
    jti ??
    createHash('sha256')
      .update(object.slice(0, object.lastIndexOf('.')))
      .digest('base64url');
  return { id, until: end ?? at + unboundedDays * 86_400 };
}

// Verifies the access tokens of our own APIs, here and without a look-up (RFC 9068). Only ES256 keys of this issuer
// count: no other algorithm, no other issuer, no other audience, no other kind of JWT (X113).
import { createLocalJWKSet, type JWK, errors as joseErrors, jwtVerify } from 'jose';
import { z } from 'zod';
import { rankOf } from '../authentication/levels.ts';
import { AppError } from '../errors.ts';
import type { AccountId } from '../identifiers.ts';
import { levelOfAcr } from './acr.ts';

/** What an API learns from a token. */
export interface VerifiedAccessToken {
  readonly accountId: AccountId;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** Level of the login in the `loa` vocabulary, 1 to 3. */
  readonly loa: number;
  readonly amr: readonly string[];
  /** When the customer proved who she is. */
  readonly authTime: Date;
  readonly brand: string;
  readonly expiresAt: Date;
}

const claims = z.object({
  sub: z.string().startsWith('acc_').max(100),
  client_id: z.string().min(1),
  scope: z.string().default(''),
  acr: z.string(),
  amr: z.array(z.string()),
  auth_time: z.number().int().positive(),
  brand: z.string(),
  exp: z.number(),
});

const mostCharacters = 8_192;
const clockToleranceSeconds = 5;

/** Makes the verifier over a set of public keys; it throws AppError('invalid_token'). */
export function createAccessTokenVerifier(
  { issuer, now }: { issuer: string; now: () => Date },
  publicSet: { keys: JWK[] },
): (token: string) => Promise<VerifiedAccessToken> {
  const keys = createLocalJWKSet(publicSet);
  return async (token) => {
    if (token.length > mostCharacters) throw new AppError('invalid_token', { detail: 'too long' });
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: `${issuer}/api`,
        typ: 'at+jwt',
        algorithms: ['ES256'],
        requiredClaims: ['exp', 'iat', 'jti'],
        clockTolerance: clockToleranceSeconds,
        currentDate: now(),
      });
      return tokenOf(claims.parse(payload));
    } catch (cause) {
      if (cause instanceof joseErrors.JOSEError) throw new AppError('invalid_token', { detail: cause.code });
      if (cause instanceof z.ZodError) throw new AppError('invalid_token', { detail: 'claims are missing' });
      throw cause;
    }
  };
}

function tokenOf(payload: z.output<typeof claims>): VerifiedAccessToken {
  const level = levelOfAcr('loa', payload.acr);
  if (level === undefined) throw new AppError('invalid_token', { detail: 'unknown acr' });
  return {
    // Signed by us: it was an AccountId when it went out.
    accountId: payload.sub as AccountId,
    clientId: payload.client_id,
    scopes: new Set(payload.scope.split(' ').filter((scope) => scope !== '')),
    loa: rankOf(level),
    amr: payload.amr,
    authTime: new Date(payload.auth_time * 1_000),
    brand: payload.brand,
    expiresAt: new Date(payload.exp * 1_000),
  };
}

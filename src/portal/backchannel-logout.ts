// Checks a logout token that the provider sends by itself (OpenID Connect Back-Channel Logout 1.0, 2.6).
// Knows nothing of sessions: it says whose session ends, and the caller ends it.

import { decodeProtectedHeader, jwtVerify } from 'jose';
import { z } from 'zod';
import { createExpiringStore } from './expiring-store.ts';
import type { OidcClient } from './oidc-client.ts';

/** Whom a logout is about; at least one of the two is there. */
export interface LogoutOrder {
  readonly subject: string | undefined;
  readonly providerSessionId: string | undefined;
}

/** The token is not a good logout token for this client. */
export class LogoutTokenRefused extends Error {
  override readonly name = 'LogoutTokenRefused';
}

const asymmetricAlgorithms = ['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA', 'Ed25519'];
const maxAgeSeconds = 5 * 60;
const toleranceSeconds = 30;

const logoutClaims = z
  .object({
    jti: z.string().min(1).max(255),
    iat: z.number(),
    events: z.object({ 'http://schemas.openid.net/event/backchannel-logout': z.looseObject({}) }),
    // Whatever has a nonce is an ID token in disguise.
    nonce: z.undefined().optional(),
    sub: z.string().min(1).optional(),
    sid: z.string().min(1).optional(),
  })
  .refine((claims) => claims.sub !== undefined || claims.sid !== undefined, 'neither sub nor sid');

export interface LogoutTokenVerifier {
  /**
   * Checks signature, `iss`, `aud`, `iat`, `exp`, `events`, `sub` or `sid`, no `nonce`, and that the `jti` is new.
   *
   * @throws LogoutTokenRefused if any of these fails, IssuerUnreachable if the keys cannot be fetched.
   */
  verify(token: string): Promise<LogoutOrder>;
}

/** Creates the verifier of one client. */
export function createLogoutTokenVerifier({
  client,
  now,
}: {
  client: Pick<OidcClient, 'clientId' | 'issuer' | 'keys'>;
  now: () => Date;
}): LogoutTokenVerifier {
  // A jti must be kept as long as its token would still be taken, and a little longer.
  const seenSeconds = maxAgeSeconds + 2 * toleranceSeconds;
  const seen = createExpiringStore<true>({
    now,
    maxEntries: 10_000,
    idleSeconds: seenSeconds,
    maxAgeSeconds: seenSeconds,
  });

  async function readClaims(token: string) {
    const keys = await client.keys();
    try {
      refuseOtherTypes(token);
      const { payload } = await jwtVerify(token, keys, {
        issuer: client.issuer,
        audience: client.clientId,
        algorithms: asymmetricAlgorithms,
        maxTokenAge: maxAgeSeconds,
        clockTolerance: toleranceSeconds,
        currentDate: now(),
      });
      return logoutClaims.parse(payload);
    } catch (cause) {
      throw new LogoutTokenRefused('The logout token was refused.', { cause });
    }
  }

  return {
    async verify(token) {
      const claims = await readClaims(token);
      if (seen.take(claims.jti) !== undefined) {
        seen.set(claims.jti, true);
        throw new LogoutTokenRefused('The logout token was used before.');
      }
      seen.set(claims.jti, true);
      return { subject: claims.sub, providerSessionId: claims.sid };
    },
  };
}

/** An ID token or an access token of the same issuer must not pass for a logout token (RFC 8725, 3.11). */
function refuseOtherTypes(token: string): void {
  const { typ } = decodeProtectedHeader(token);
  if (typ !== undefined && typ.toLowerCase() !== 'logout+jwt') throw new Error('not typed as a logout token');
}

// Signed requests (JAR, RFC 9101): what their claims must say, and that each is good once. The library checks the
// signature, `iss`, `aud` and times where they are there; it demands none of them and remembers no `jti`.
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { isFapiAlgorithm } from './fapi.ts';
import { settingsOf } from './profiles.ts';

type Claims = Readonly<Record<string, unknown>>;
type Client = NonNullable<KoaContextWithOIDC['oidc']['client']>;

const longestLifeSeconds = 3_600;
const neededClaims = ['iss', 'aud', 'exp', 'jti'];
// FAPI 2.0 Message Signing 5.3.1 and CIBA Core 7.1.1 want them all.
const neededOfStrict = [...neededClaims, 'iat', 'nbf'];

interface Seen {
  readonly jti: string;
  readonly exp: number;
}

export interface RequestObjects {
  /** For `features.requestObjects`: the claims, before the signature is known to be good. */
  check(ctx: KoaContextWithOIDC, claims: Claims, header: Claims, client: Client): void;
  /** For the end of all checks: the signature is good, and now the `jti` is used up. Throws InvalidRequestObject. */
  useUp(ctx: KoaContextWithOIDC): Promise<void>;
}

/** Makes the two halves of the check; the library calls one early and the other last. */
export function createRequestObjects(now: () => Date): RequestObjects {
  const seen = new WeakMap<KoaContextWithOIDC, Seen>();
  return {
    check(ctx, claims, header, client) {
      // At the authorization endpoint the library reads the pushed request again: it was checked when it was pushed.
      if (ctx.oidc.entities.PushedAuthorizationRequest !== undefined) return;
      const isBackchannel = ctx.oidc.route === 'backchannel_authentication';
      const isFapi = settingsOf(client).profile === 'fapi-2.0';
      requireClaims(claims, isFapi || isBackchannel ? neededOfStrict : neededClaims);
      if (isFapi && !isFapiAlgorithm(header['alg'])) refuse('is signed with an algorithm that the profile excludes');
      const { exp, jti, nbf, iat } = claims;
      if (typeof exp !== 'number' || typeof jti !== 'string' || jti.length > 256) return refuse('has a bad exp or jti');
      const start = [nbf, iat].find((time) => typeof time === 'number') ?? Math.floor(now().getTime() / 1_000);
      if (exp - start > longestLifeSeconds) refuse('lives for more than 60 minutes');
      seen.set(ctx, { jti, exp });
    },
    async useUp(ctx) {
      const { client, provider } = ctx.oidc;
      const used = seen.get(ctx);
      if (used === undefined || client === undefined) return;
      seen.delete(ctx);
      const isNew = await provider.ReplayDetection.unique(`request ${client.clientId}`, used.jti, used.exp);
      if (!isNew) refuse('was used before');
    },
  };
}

function requireClaims(claims: Claims, names: readonly string[]): void {
  const missing = names.filter((name) => claims[name] === undefined);
  if (missing.length > 0) refuse(`lacks ${missing.join(', ')}`);
}

function refuse(what: string): never {
  throw new errors.InvalidRequestObject(`Request Object ${what}`);
}

// Verifies the access tokens of our own APIs, here and without a look-up (RFC 9068). Only ES256 keys of this issuer
// count: no other algorithm, no other issuer, no other audience, no other kind of JWT (X113). A token that is bound to
// a key or a certificate is good only together with it (RFC 9449, 7; RFC 8705, 3).
import { createLocalJWKSet, type JWK, type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import { z } from 'zod';
import { rankOf } from '../authentication/levels.ts';
import { AppError } from '../errors.ts';
import type { AccountId } from '../identifiers.ts';
import { levelOfAcr } from './acr.ts';
import type { Proofs } from './dpop.ts';
import { certificateThumbprint, parseCertificate } from './mutual-tls.ts';

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
  /** Names the session that it came from; undefined for one without. */
  readonly session?: string | undefined;
  readonly expiresAt: Date;
}

/** How a request presents its token; a plain Bearer token without one. */
export interface TokenPresentation {
  readonly scheme: 'Bearer' | 'DPoP';
  /** The `DPoP` header. */
  readonly proof: string | undefined;
  readonly method: string;
  /** Of the request, without query. */
  readonly url: string;
  /** The client's certificate as a trusted proxy handed it on. */
  readonly certificate: string | undefined;
  /** Tells the client which nonce to use next. */
  offerNonce(nonce: string): void;
}

export type VerifyAccessToken = (token: string, presented?: TokenPresentation) => Promise<VerifiedAccessToken>;

/** Verifies signature, issuer, audience, kind and times of a token of ours; gives its claims. Throws jose's errors. */
export type ReadAccessToken = (token: string) => Promise<JWTPayload>;

const claims = z.object({
  sub: z.string().startsWith('acc_').max(100),
  client_id: z.string().min(1),
  scope: z.string().default(''),
  acr: z.string(),
  amr: z.array(z.string()),
  auth_time: z.number().int().positive(),
  brand: z.string(),
  session: z.string().max(60).optional(),
  exp: z.number(),
  cnf: z.object({ jkt: z.string().optional(), 'x5t#S256': z.string().optional() }).optional(),
});
type Claims = z.output<typeof claims>;

const mostCharacters = 8_192;
const clockToleranceSeconds = 5;

interface ReaderDeps {
  readonly issuer: string;
  readonly now: () => Date;
}

/** Makes the reader over a set of public keys. */
export function createAccessTokenReader({ issuer, now }: ReaderDeps, publicSet: { keys: JWK[] }): ReadAccessToken {
  const keys = createLocalJWKSet(publicSet);
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: `${issuer}/api`,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['exp', 'iat', 'jti'],
      clockTolerance: clockToleranceSeconds,
      currentDate: now(),
    });
    return payload;
  };
}

/** Makes the verifier; it throws AppError `invalid_token`, `invalid_dpop_proof` or `use_dpop_nonce`. */
export function createAccessTokenVerifier(
  deps: ReaderDeps & { readonly proofs: Proofs },
  publicSet: { keys: JWK[] },
): VerifyAccessToken {
  const read = createAccessTokenReader(deps, publicSet);
  return async (token, presented) => {
    if (token.length > mostCharacters) throw new AppError('invalid_token', { detail: 'too long' });
    const payload = await parsed(read, token);
    if (presented?.scheme === 'DPoP') presented.offerNonce(deps.proofs.nonce());
    await checkSender(deps.proofs, { token, cnf: payload.cnf, presented });
    return tokenOf(payload);
  };
}

async function parsed(read: ReadAccessToken, token: string): Promise<Claims> {
  try {
    return claims.parse(await read(token));
  } catch (cause) {
    if (cause instanceof joseErrors.JOSEError) throw new AppError('invalid_token', { detail: cause.code });
    if (cause instanceof z.ZodError) throw new AppError('invalid_token', { detail: 'claims are missing' });
    throw cause;
  }
}

interface Sender {
  readonly token: string;
  readonly cnf: Claims['cnf'];
  readonly presented: TokenPresentation | undefined;
}

async function checkSender(proofs: Proofs, { token, cnf, presented }: Sender): Promise<void> {
  const refuse = (detail: string): never => {
    throw new AppError('invalid_token', { detail });
  };
  const isDpop = presented?.scheme === 'DPoP';
  if ((cnf?.jkt !== undefined) !== isDpop) refuse(isDpop ? 'not bound to a key' : 'bound to a key, sent as Bearer');
  if (cnf?.['x5t#S256'] !== undefined) {
    const certificate = parseCertificate(presented?.certificate ?? '');
    const shown = certificate && certificateThumbprint(certificate);
    if (shown !== cnf['x5t#S256']) refuse('bound to another certificate');
  }
  if (presented === undefined || cnf?.jkt === undefined) return;
  const { proof, method, url } = presented;
  if (proof === undefined) throw new AppError('invalid_dpop_proof', { detail: 'no proof' });
  await proofs.check({ proof, method, url, token, thumbprint: cnf.jkt });
}

function tokenOf(payload: Claims): VerifiedAccessToken {
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
    session: payload.session,
    expiresAt: new Date(payload.exp * 1_000),
  };
}

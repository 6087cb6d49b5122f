// DPoP (RFC 9449) at our own APIs: the proof beside a token, its nonce, and that each proof is good once. At the
// provider's endpoints the library does the same; both make nonces from one secret, so one nonce is good at both.
import { createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';

/** Algorithms of proofs, at the provider's endpoints and at the APIs. */
export const dpopAlgorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const;

export interface ProofDeps {
  readonly issuer: string;
  readonly now: () => Date;
  readonly ephemeral: Pick<EphemeralStore, 'insert'>;
  /** 32 octets, the same on every node; the library's `nonceSecret`. */
  readonly nonceSecret: Buffer;
}

/** A proof and what it must be a proof of. */
export interface ProofToCheck {
  readonly proof: string;
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  readonly token: string;
  /** The key that the token is bound to. */
  readonly thumbprint: string;
}

export interface Proofs {
  /** The nonce that a client should use next. */
  nonce(): string;
  /** Throws AppError `invalid_dpop_proof`, or `use_dpop_nonce` when a fresh nonce would help. */
  check(given: ProofToCheck): Promise<void>;
}

const proofClaims = z.object({
  jti: z.string().min(1).max(256),
  htm: z.string(),
  htu: z.string().max(4_096),
  iat: z.number().int(),
  ath: z.string(),
  nonce: z.string().max(256).optional(),
});

const windowSeconds = 300;
const mostCharacters = 8_192;

/** Makes the check for the APIs of one issuer. */
export function createProofs(deps: ProofDeps): Proofs {
  const nonces = createNonces(deps.nonceSecret, deps.now);
  return {
    nonce: nonces.next,
    async check(given) {
      const { claims, thumbprint } = await readProof(given.proof, deps.now());
      if (claims.htm !== given.method) refuse('htm');
      if (withoutQuery(claims.htu) !== withoutQuery(given.url)) refuse('htu');
      if (claims.ath !== createHash('sha256').update(given.token).digest('base64url')) refuse('ath');
      if (thumbprint !== given.thumbprint) refuse('the key is not the one that the token is bound to');
      checkFreshness(claims, nonces, deps.now());
      if (!(await isNew(deps, thumbprint, claims.jti))) refuse('used before');
    },
  };
}

type ProofClaims = z.output<typeof proofClaims>;

async function readProof(proof: string, now: Date): Promise<{ claims: ProofClaims; thumbprint: string }> {
  if (proof.length > mostCharacters) return refuse('too long');
  try {
    const { payload, protectedHeader } = await jwtVerify<JWTPayload>(proof, EmbeddedJWK, {
      algorithms: [...dpopAlgorithms],
      typ: 'dpop+jwt',
      currentDate: now,
    });
    const { jwk } = protectedHeader;
    if (jwk === undefined) return refuse('no key');
    return { claims: proofClaims.parse(payload), thumbprint: await calculateJwkThumbprint(jwk) };
  } catch (cause) {
    if (cause instanceof joseErrors.JOSEError) return refuse(cause.code);
    if (cause instanceof z.ZodError) return refuse('claims are missing');
    // A key that is no key: the runtime's own errors, which nobody else should have caused.
    if (cause instanceof TypeError || cause instanceof DOMException) return refuse('the key cannot be read');
    throw cause;
  }
}

// A nonce of ours says when the proof was made; without one only the client's clock does.
function checkFreshness({ iat, nonce }: ProofClaims, nonces: Nonces, now: Date): void {
  const isFresh = nonce === undefined ? Math.abs(now.getTime() / 1_000 - iat) <= windowSeconds : nonces.isKnown(nonce);
  if (!isFresh) throw new AppError('use_dpop_nonce', { detail: nonce === undefined ? 'iat' : 'nonce' });
}

// A proof may be dated up to a window ahead and is then good for two.
async function isNew({ ephemeral, issuer }: ProofDeps, thumbprint: string, jti: string): Promise<boolean> {
  const key = createHash('sha256').update(`${thumbprint}\0${jti}`).digest('base64url');
  return await ephemeral.insert(`oidc ${issuer} DpopProof`, key, { value: {}, ttlSeconds: 2 * windowSeconds });
}

function withoutQuery(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined;
  url.search = '';
  url.hash = '';
  return url.href;
}

function refuse(detail: string): never {
  throw new AppError('invalid_dpop_proof', { detail });
}

interface Nonces {
  next(): string;
  isKnown(nonce: string): boolean;
}

const stepSeconds = 60;

/** Nonces of the minute: derived, never stored; good from two minutes before to two minutes after. */
function createNonces(secret: Buffer, now: () => Date): Nonces {
  const step = () => Math.floor(now().getTime() / 1_000 / stepSeconds);
  const at = (minute: number): string => {
    const salt = Buffer.alloc(8);
    salt.writeBigUInt64BE(BigInt(minute));
    return Buffer.from(hkdfSync('sha256', secret, salt, 'DPoP', 32)).toString('base64url');
  };
  return {
    next: () => at(step() + 1),
    isKnown: (nonce) => [-2, -1, 0, 1, 2].some((offset) => equal(at(step() + offset), nonce)),
  };
}

function equal(ours: string, theirs: string): boolean {
  const a = Buffer.from(ours);
  const b = Buffer.from(theirs);
  return a.length === b.length && timingSafeEqual(a, b);
}

// Hints that discovery gives to a client and that only we can read: a login_hint_token (a signed JWT in a JWE, good for
// one use) and an encrypted number in the spelling `ENCR_MSISDN:` (good for as long). Both live five minutes, and are
// of no use to any other client. They say whose number was typed, never that anybody proved anything.
import { createHash } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, createLocalJWKSet, errors, importJWK, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { type Msisdn, parseMsisdn } from '../identifiers.ts';
import { type MasterKey, SealError } from '../ops/master-key.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';
import { ephemeralKind } from './adapter.ts';
import type { LoadedKeys } from './keys.ts';

export interface HintTokenDeps {
  readonly issuer: string;
  /** The keys of this moment. */
  readonly keys: () => LoadedKeys;
  readonly masterKey: Pick<MasterKey, 'seal' | 'open' | 'derive'>;
  readonly ephemeral: Pick<EphemeralStore, 'insert'>;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
}

/** What a hint says, once it is opened. `expired`: it was good, and is over or used up. */
export type OpenedHint =
  | { readonly kind: 'msisdn'; readonly value: Msisdn }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'expired' };

export interface IssuedHints {
  /** For `login_hint_token`. */
  readonly token: string;
  /** For `login_hint`, behind `ENCR_MSISDN:`. */
  readonly encryptedNumber: string;
}

export interface HintTokens {
  /** Makes both for one client. */
  issue(clientId: string, msisdn: Msisdn): Promise<IssuedHints>;
  /** Opens a token of this client; with `use` it is used up, and opens for exactly one caller. */
  openToken(token: string, about: TokenOpening): Promise<OpenedHint>;
  /** Opens an encrypted number of this client, given without its prefix. */
  openNumber(encrypted: string, about: NumberOpening): OpenedHint;
}

export interface NumberOpening {
  readonly clientId: string;
  /** It was accepted when its request came in, and is looked at again later in the same login. */
  readonly accepted?: boolean;
}

export interface TokenOpening extends NumberOpening {
  /** Uses it up. */
  readonly use: boolean;
}

/** Seconds that a hint can be used. */
export const hintSeconds = 300;
// No login takes longer.
const loginSeconds = 86_400;
const mostCharacters = 4_096;
const tokenType = 'login-hint+jwt';
const malformed: OpenedHint = { kind: 'malformed' };
const expired: OpenedHint = { kind: 'expired' };

/** Makes the functions over the keys of this moment. */
export function createHintTokens(deps: HintTokenDeps): HintTokens {
  return {
    async issue(clientId, msisdn) {
      return { token: await makeToken(deps, clientId, msisdn), encryptedNumber: sealNumber(deps, clientId, msisdn) };
    },
    openToken: (token, about) => openToken(deps, token, about),
    openNumber: (encrypted, about) => openNumber(deps, encrypted, about),
  };
}

async function makeToken(deps: HintTokenDeps, clientId: string, msisdn: Msisdn): Promise<string> {
  const { issuer, keys, masterKey, now, randomBytes } = deps;
  const jwk = keys().privateSet.keys.find(({ alg }) => alg === 'ES256');
  if (jwk?.kid === undefined) throw new Error('there is no key ES256');
  const iat = epoch(now());
  const signed = await new SignJWT({ client_id: clientId, sub_id: { format: 'phone_number', phone_number: msisdn } })
    .setProtectedHeader({ alg: 'ES256', kid: jwk.kid, typ: tokenType })
    .setIssuer(issuer)
    .setAudience(issuer)
    .setJti(randomBytes(16).toString('base64url'))
    .setIssuedAt(iat)
    .setExpirationTime(iat + hintSeconds)
    .sign(await importJWK(jwk, 'ES256'));
  return await new CompactEncrypt(Buffer.from(signed))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' })
    .encrypt(masterKey.derive('hint'));
}

const claims = z.object({
  client_id: z.string(),
  jti: z.string(),
  exp: z.number(),
  sub_id: z.object({ format: z.literal('phone_number'), phone_number: z.string() }),
});

async function openToken(
  deps: HintTokenDeps,
  token: string,
  { clientId, use, accepted = false }: TokenOpening,
): Promise<OpenedHint> {
  const read = await readToken(deps, token, accepted);
  if (read === 'malformed' || read === 'expired') return { kind: read };
  if (read.client_id !== clientId) return malformed;
  if (use && !(await useUp(deps, read))) return expired;
  return { kind: 'msisdn', value: parseMsisdn(read.sub_id.phone_number) };
}

async function readToken(
  deps: HintTokenDeps,
  token: string,
  accepted: boolean,
): Promise<z.infer<typeof claims> | 'malformed' | 'expired'> {
  const { issuer, keys, masterKey, now } = deps;
  if (token.length > mostCharacters) return 'malformed';
  try {
    const only = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
    const { plaintext } = await compactDecrypt(token, masterKey.derive('hint'), only);
    const { payload } = await jwtVerify(plaintext, createLocalJWKSet(keys().publicSet), {
      ...{ issuer, audience: issuer, typ: tokenType, algorithms: ['ES256'], currentDate: now() },
      requiredClaims: ['exp', 'iat', 'jti'],
      ...(accepted ? { clockTolerance: loginSeconds } : {}),
    });
    return claims.parse(payload);
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) return 'expired';
    if (cause instanceof errors.JOSEError || cause instanceof z.ZodError) return 'malformed';
    throw cause;
  }
}

async function useUp(
  { ephemeral, issuer, now }: HintTokenDeps,
  { jti, exp }: z.infer<typeof claims>,
): Promise<boolean> {
  const key = createHash('sha256').update(jti).digest('base64url');
  const ttlSeconds = Math.max(1, exp - epoch(now())) + 1;
  return await ephemeral.insert(ephemeralKind(issuer, 'HintToken'), key, { value: {}, ttlSeconds });
}

// The place binds it to the client: sealed for another one, it does not open.
function numberPlace({ issuer }: HintTokenDeps, clientId: string) {
  return { table: 'hints', column: 'encr_msisdn', row: `${issuer} ${clientId}` };
}

// In hex, and never shorter than 128 characters, as the programs expect that were made for RSA.
function sealNumber(deps: HintTokenDeps, clientId: string, msisdn: Msisdn): string {
  const content = JSON.stringify({ msisdn, exp: epoch(deps.now()) + hintSeconds });
  return Buffer.from(deps.masterKey.seal(numberPlace(deps, clientId), content)).toString('hex');
}

const sealedNumber = z.object({ msisdn: z.string(), exp: z.number() });

function openNumber(deps: HintTokenDeps, encrypted: string, { clientId, accepted = false }: NumberOpening): OpenedHint {
  if (encrypted.length > mostCharacters || !/^(?:[0-9a-f]{2})+$/i.test(encrypted)) return malformed;
  try {
    const sealed = Buffer.from(encrypted, 'hex').toString('latin1');
    const opened = deps.masterKey.open(numberPlace(deps, clientId), sealed).toString();
    const { msisdn, exp } = sealedNumber.parse(JSON.parse(opened));
    return exp <= epoch(deps.now()) && !accepted ? expired : { kind: 'msisdn', value: parseMsisdn(msisdn) };
  } catch (cause) {
    if (cause instanceof SealError) return malformed;
    throw cause;
  }
}

function epoch(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}

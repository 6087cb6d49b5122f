// What is remembered of a sign-in between two requests of its browser: kept short, sealed, keyed by the interaction.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AccountId } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';

/** What somebody typed to say who she is, in its normal form. */
export const identifierSchema = z.object({
  kind: z.enum(['msisdn', 'email', 'account_id', 'customer_id']),
  value: z.string(),
});

/** What the SIM has answered to, for the relying party that keeps it. */
export const simReceipt = z.object({
  /** Four digits that phone and page have shown. */
  referenceCode: z.string(),
  /** SHA-256 of the request that the SIM got, base64url. */
  requestSha256: z.string(),
  /** When the answer arrived; seconds since 1970. */
  answeredAt: z.int(),
});
export type SimReceipt = z.infer<typeof simReceipt>;

/** What was proved, and for whom; without an account while the user still has to choose one. */
const proofSchema = z.object({
  level: z.enum(['pwd', 'sim-ok', 'sim-pin']),
  authTime: z.int(),
  enrolmentId: z.string().nullable(),
  accountId: z.string().nullable(),
  /** The PIN was right, but does not count in full yet. */
  reduced: z.literal(true).optional(),
  /** Of a SIM's proof. */
  receipt: simReceipt.optional(),
});

const recordSchema = z.object({
  identifier: identifierSchema.optional(),
  method: z.enum(['sim', 'password']).optional(),
  attemptId: z.string().optional(),
  /** The SMSC was down when the phone should have been rung. */
  unavailable: z.boolean().optional(),
  proof: proofSchema.optional(),
});

export type SignInIdentifier = z.infer<typeof identifierSchema>;
export type SignInProof = z.infer<typeof proofSchema>;
export type SignInRecord = z.infer<typeof recordSchema>;

export interface SignInRecords {
  /** The record of an interaction; an empty one if there is none yet. */
  read(issuer: string, uid: string): Promise<SignInRecord>;
  write(issuer: string, uid: string, record: SignInRecord): Promise<void>;
  /** Removes it; whether this caller was the one who did. */
  end(issuer: string, uid: string): Promise<boolean>;
}

const kind = 'sign-in';

/** Keeps the records in the ephemeral store, for as long as an interaction may live. */
export function createSignInRecords(
  store: EphemeralStore,
  masterKey: MasterKey,
  { ttlSeconds }: { ttlSeconds: number },
): SignInRecords {
  // The uid stands in the address of the page; the key does not give it away.
  const keyOf = (issuer: string, uid: string): string =>
    createHash('sha256').update(`${issuer}\0${uid}`).digest('base64url');
  const place = (key: string) => ({ table: 'ephemeral_records', column: 'value', row: `${kind}/${key}` });
  return {
    async read(issuer, uid) {
      const key = keyOf(issuer, uid);
      const found = await store.find(kind, key);
      if (found === undefined) return {};
      const plain = masterKey.open(place(key), z.string().parse(found.value));
      return recordSchema.parse(JSON.parse(plain.toString()));
    },
    async write(issuer, uid, record) {
      const key = keyOf(issuer, uid);
      await store.put(kind, key, { value: masterKey.seal(place(key), JSON.stringify(record)), ttlSeconds });
    },
    async end(issuer, uid) {
      return (await store.take(kind, keyOf(issuer, uid))) !== undefined;
    },
  };
}

/** The account of a proof, once it is known. */
export function accountOf(proof: SignInProof): AccountId | undefined {
  return proof.accountId === null ? undefined : (proof.accountId as AccountId);
}

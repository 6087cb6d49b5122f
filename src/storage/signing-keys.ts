// Signing keys of an issuer: one that signs, one published beforehand, and the old ones that still verify.
import type { Db, Tx } from './database.ts';
import type { SigningKey } from './oidc-tables.ts';

export type KeyState = SigningKey['state'];

export interface SigningKeyRow {
  readonly kid: string;
  readonly alg: string;
  readonly privateSealed: string;
  readonly publicJwk: Record<string, unknown>;
  readonly state: KeyState;
  readonly createdAt: Date;
  readonly retireAt: Date | null;
}

export interface NewSigningKey {
  readonly issuer: string;
  readonly kid: string;
  readonly alg: string;
  readonly privateSealed: string;
  readonly publicJwk: object;
  readonly state: 'next' | 'current';
  readonly createdAt: Date;
}

/** All keys of an issuer that are not due to be dropped, oldest first. */
export async function listSigningKeys(db: Db, issuer: string, now: Date): Promise<SigningKeyRow[]> {
  return await db
    .selectFrom('signingKeys')
    .select(['kid', 'alg', 'privateSealed', 'publicJwk', 'state', 'createdAt', 'retireAt'])
    .where('issuer', '=', issuer)
    .where((eb) => eb.or([eb('retireAt', 'is', null), eb('retireAt', '>', now)]))
    .orderBy('createdAt')
    .orderBy('kid')
    .execute();
}

/**
 * Adds a key unless its place is taken: an algorithm has one current and one next key at most, so that of two nodes
 * that start at once one wins. True if it was added.
 */
export async function insertSigningKey(db: Db, key: NewSigningKey): Promise<boolean> {
  const rows = await db
    .insertInto('signingKeys')
    .values({ ...key, publicJwk: JSON.stringify(key.publicJwk), retireAt: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('kid')
    .execute();
  return rows.length === 1;
}

/** Moves every algorithm that has a next key on: current becomes previous, next becomes current. */
export async function promoteNextKeys(tx: Tx, issuer: string, retireAt: Date): Promise<void> {
  await tx
    .updateTable('signingKeys')
    .set({ state: 'previous', retireAt })
    .where('issuer', '=', issuer)
    .where('state', '=', 'current')
    .where('alg', 'in', (eb) =>
      eb.selectFrom('signingKeys').select('alg').where('issuer', '=', issuer).where('state', '=', 'next'),
    )
    .execute();
  await tx
    .updateTable('signingKeys')
    .set({ state: 'current' })
    .where('issuer', '=', issuer)
    .where('state', '=', 'next')
    .execute();
}

/** Drops previous keys whose last token has expired. */
export async function deleteRetiredKeys(db: Db, issuer: string, now: Date): Promise<void> {
  await db.deleteFrom('signingKeys').where('issuer', '=', issuer).where('retireAt', '<=', now).execute();
}

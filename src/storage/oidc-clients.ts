// Registered relying parties, and the revision number by which nodes learn that clients or keys have changed.
import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { OidcClient } from './oidc-tables.ts';
import { wake } from './wake-ups.ts';

export interface ClientRow {
  readonly clientId: string;
  readonly metadata: Record<string, unknown>;
  /** Sealed; null for a client without a secret. */
  readonly secretSealed: string | null;
  readonly origin: OidcClient['origin'];
  readonly createdAt: Date;
}

const columns = ['clientId', 'metadata', 'secretSealed', 'origin', 'createdAt'] as const;

export async function findClientRow(db: Db, issuer: string, clientId: string): Promise<ClientRow | undefined> {
  return await db
    .selectFrom('oidcClients')
    .select(columns)
    .where('issuer', '=', issuer)
    .where('clientId', '=', clientId)
    .executeTakeFirst();
}

/** All clients of an issuer, by id. */
export async function listClientRows(db: Db, issuer: string): Promise<ClientRow[]> {
  return await db.selectFrom('oidcClients').select(columns).where('issuer', '=', issuer).orderBy('clientId').execute();
}

type NewClient = Omit<ClientRow, 'createdAt'> & { readonly issuer: string; readonly createdAt: Date };

/** Writes a client; one that exists keeps its origin and date. */
export async function upsertClientRow(db: Db, client: NewClient): Promise<void> {
  await db
    .insertInto('oidcClients')
    .values({ ...client, metadata: JSON.stringify(client.metadata) })
    .onConflict((conflict) =>
      conflict.columns(['issuer', 'clientId']).doUpdateSet((eb) => ({
        metadata: eb.ref('excluded.metadata'),
        secretSealed: eb.ref('excluded.secretSealed'),
      })),
    )
    .execute();
}

/** Writes a client only if its id is free; false if it is taken. */
export async function insertClientRow(db: Db, client: NewClient): Promise<boolean> {
  const rows = await db
    .insertInto('oidcClients')
    .values({ ...client, metadata: JSON.stringify(client.metadata) })
    .onConflict((conflict) => conflict.columns(['issuer', 'clientId']).doNothing())
    .returning('clientId')
    .execute();
  return rows.length === 1;
}

/** Removes a client; true if there was one. */
export async function deleteClientRow(db: Db, issuer: string, clientId: string): Promise<boolean> {
  const rows = await db
    .deleteFrom('oidcClients')
    .where('issuer', '=', issuer)
    .where('clientId', '=', clientId)
    .returning('clientId')
    .execute();
  return rows.length === 1;
}

/** The wake-up key that tells of changed clients or keys of an issuer. */
export function revisionKey(issuer: string): string {
  return `oidc:${issuer}`;
}

/** Raises the issuer's revision and tells all nodes, at commit when given a transaction. Holds the row until then. */
export async function raiseRevision(db: Db, issuer: string): Promise<void> {
  await db
    .insertInto('oidcRevisions')
    .values({ issuer })
    .onConflict((conflict) => conflict.column('issuer').doUpdateSet({ revision: sql`oidc_revisions.revision + 1` }))
    .execute();
  await wake(db, revisionKey(issuer));
}

/** The issuer's revision; 0 before the first change. */
export async function readRevision(db: Db, issuer: string): Promise<number> {
  const row = await db.selectFrom('oidcRevisions').select('revision').where('issuer', '=', issuer).executeTakeFirst();
  return row?.revision ?? 0;
}

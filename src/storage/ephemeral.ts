// Short-lived records that may be asked for again: the contract, and its implementation in the database.
// Every operation that succeeds only once is one statement.
import { sql } from 'kysely';
import type { Database, Db } from './database.ts';

export interface StoredRecord {
  readonly value: unknown;
  readonly consumedAt: Date | null;
}

export interface EphemeralStore {
  /** Writes or replaces. A record that was consumed stays consumed. */
  put(kind: string, key: string, record: { value: unknown; ttlSeconds: number }): Promise<void>;
  /** Writes only if there is none (one caller gets true); an expired one counts as none. */
  insert(kind: string, key: string, record: { value: unknown; ttlSeconds: number }): Promise<boolean>;
  find(kind: string, key: string): Promise<StoredRecord | undefined>;
  /** Marks as consumed; true for exactly one caller. */
  consume(kind: string, key: string): Promise<boolean>;
  /** Removes and gives the value; for exactly one caller. */
  take(kind: string, key: string): Promise<unknown>;
  remove(kind: string, key: string): Promise<void>;
}

/** The ephemeral store in PostgreSQL or PGlite. */
export function createDatabaseEphemeralStore({ db }: Pick<Database, 'db'>): EphemeralStore {
  const record = (kind: string, key: string) => ({ kind, key });
  return {
    put: (kind, key, content) => put(db, record(kind, key), content),
    insert: (kind, key, content) => insert(db, record(kind, key), content),
    async find(kind, key) {
      return await db
        .selectFrom('ephemeralRecords')
        .select(['value', 'consumedAt'])
        .where('kind', '=', kind)
        .where('key', '=', key)
        .where(unexpired)
        .executeTakeFirst();
    },
    async consume(kind, key) {
      const rows = await db
        .updateTable('ephemeralRecords')
        .set({ consumedAt: sql`clock_timestamp()` })
        .where('kind', '=', kind)
        .where('key', '=', key)
        .where('consumedAt', 'is', null)
        .where(unexpired)
        .returning('key')
        .execute();
      return rows.length === 1;
    },
    async take(kind, key) {
      const row = await db
        .deleteFrom('ephemeralRecords')
        .where('kind', '=', kind)
        .where('key', '=', key)
        .where(unexpired)
        .returning('value')
        .executeTakeFirst();
      return row?.value;
    },
    async remove(kind, key) {
      await db.deleteFrom('ephemeralRecords').where('kind', '=', kind).where('key', '=', key).execute();
    },
  };
}

interface Content {
  value: unknown;
  ttlSeconds: number;
}

const unexpired = sql<boolean>`ephemeral_records.expires_at > clock_timestamp()`;

async function put(db: Db, record: { kind: string; key: string }, content: Content): Promise<void> {
  await db
    .insertInto('ephemeralRecords')
    .values({ ...record, value: JSON.stringify(content.value), expiresAt: expiry(content.ttlSeconds) })
    .onConflict((conflict) =>
      conflict.columns(['kind', 'key']).doUpdateSet((eb) => ({
        value: eb.ref('excluded.value'),
        expiresAt: eb.ref('excluded.expiresAt'),
        // A new record in the place of an expired one starts afresh.
        consumedAt: sql`case when ${unexpired} then ephemeral_records.consumed_at end`,
      })),
    )
    .execute();
}

async function insert(db: Db, record: { kind: string; key: string }, content: Content): Promise<boolean> {
  const rows = await db
    .insertInto('ephemeralRecords')
    .values({ ...record, value: JSON.stringify(content.value), expiresAt: expiry(content.ttlSeconds) })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'key'])
        .doUpdateSet((eb) => ({
          value: eb.ref('excluded.value'),
          expiresAt: eb.ref('excluded.expiresAt'),
          consumedAt: null,
        }))
        .where(sql<boolean>`not ${unexpired}`),
    )
    .returning('key')
    .execute();
  return rows.length === 1;
}

function expiry(ttlSeconds: number) {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${ttlSeconds})`;
}

/** Drops what has expired; returns how many. For the purge job. */
export async function purgeEphemeral(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with gone as (delete from ephemeral_records where expires_at <= clock_timestamp() returning 1)
    select count(*) as n from gone`.execute(db);
  return Number(rows[0]?.n ?? 0);
}

// Refused requests by their trace id: kept for a day at most, and never more than a fixed number of them.
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** Row of migration 0010. Texts are free of secrets, tokens, hints and numbers before they come here. */
export interface RefusalRow {
  issuer: string;
  trace: string;
  refusedAt: Date;
  endpoint: string;
  clientId: string | null;
  error: string;
  description: string | null;
  rule: string | null;
  detail: string | null;
}

export interface RefusalTables {
  refusals: RefusalRow;
}

/** Writes records; a second refusal of one request replaces the first. */
export async function insertRefusals(db: Db, rows: readonly RefusalRow[]): Promise<void> {
  // One statement must not meet the same key twice.
  const unique = [...new Map(rows.map((row) => [`${row.issuer} ${row.trace}`, row])).values()];
  if (unique.length === 0) return;
  await db
    .insertInto('refusals')
    .values(unique)
    .onConflict((conflict) =>
      conflict.columns(['issuer', 'trace']).doUpdateSet((eb) => ({
        refusedAt: eb.ref('excluded.refusedAt'),
        endpoint: eb.ref('excluded.endpoint'),
        clientId: eb.ref('excluded.clientId'),
        error: eb.ref('excluded.error'),
        description: eb.ref('excluded.description'),
        rule: eb.ref('excluded.rule'),
        detail: eb.ref('excluded.detail'),
      })),
    )
    .execute();
}

/** The record of a trace id, if it is younger than so many hours. */
export async function findRefusal(
  db: Db,
  key: { issuer: string; trace: string; hours: number },
): Promise<RefusalRow | undefined> {
  return await db
    .selectFrom('refusals')
    .selectAll()
    .where('issuer', '=', key.issuer)
    .where('trace', '=', key.trace)
    .where('refusedAt', '>', sql<Date>`clock_timestamp() - make_interval(hours => ${key.hours}::integer)`)
    .executeTakeFirst();
}

/** Drops what is too old and, beyond the newest `most`, what is oldest; returns how many. For the purge job. */
export async function purgeRefusals(db: Db, { hours, most }: { hours: number; most: number }): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with gone as (
      delete from refusals
      where refused_at <= clock_timestamp() - make_interval(hours => ${hours}::integer)
         or refused_at < (select refused_at from refusals order by refused_at desc offset ${most - 1} limit 1)
      returning 1)
    select count(*) as n from gone`.execute(db);
  return Number(rows[0]?.n ?? 0);
}

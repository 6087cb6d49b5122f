// Numbers that were given up: until they have rested, nobody else gets them, for the old owner's callers, codes and
// logins still go there (mission b11, X57).
import { sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';

export interface NumberOfLine {
  /** HMAC of the number. */
  readonly lookupHash: Buffer;
  readonly lineId: string;
}

/** The line has given the number up. */
export async function restNumber(tx: Tx, { lookupHash, lineId, days }: NumberOfLine & { days: number }): Promise<void> {
  const restsUntil = sql<Date>`app_now() + make_interval(days => ${days}::integer)`;
  await tx
    .insertInto('restingNumbers')
    .values({ lookupHash, lineId, restsUntil })
    .onConflict((conflict) => conflict.column('lookupHash').doUpdateSet({ lineId, restsUntil }))
    .execute();
}

/** True while the number rests after another line than this one: a change by mistake can be taken back. */
export async function isResting(tx: Tx, { lookupHash, lineId }: NumberOfLine): Promise<boolean> {
  const row = await tx
    .selectFrom('restingNumbers')
    .select('lineId')
    .where('lookupHash', '=', lookupHash)
    .where('restsUntil', '>', appNow)
    .executeTakeFirst();
  return row !== undefined && row.lineId !== lineId;
}

/** Drops numbers that have rested. For the purge job. */
export async function purgeRestingNumbers(db: Db): Promise<void> {
  await db.deleteFrom('restingNumbers').where('restsUntil', '<=', appNow).execute();
}

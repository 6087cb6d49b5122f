// Codes that were sent and not yet used. What may happen once is one statement: issuing voids the code before,
// a try is taken before anything is compared, and a code is used up by one caller (decisions 20).
import { sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';
import type { OneTimeCodeRow } from './service-tables.ts';

/** What a code is for, and whose it is: together they have one code that counts. */
export interface CodePlace {
  readonly purpose: string;
  readonly subject: string;
}

/** Writes a code in the place of the one before. */
export async function putCode(
  tx: Tx,
  code: CodePlace & { id: string; secretSealed: string; tries: number; lifeSeconds: number },
): Promise<OneTimeCodeRow> {
  const { tries, lifeSeconds, ...row } = code;
  return await tx
    .insertInto('oneTimeCodes')
    .values({
      ...row,
      triesLeft: tries,
      createdAt: appNow,
      expiresAt: sql<Date>`app_now() + make_interval(secs => ${lifeSeconds})`,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['purpose', 'subject'])
        .where('usedAt', 'is', null)
        .doUpdateSet((eb) => ({
          id: eb.ref('excluded.id'),
          secretSealed: eb.ref('excluded.secretSealed'),
          triesLeft: eb.ref('excluded.triesLeft'),
          createdAt: eb.ref('excluded.createdAt'),
          expiresAt: eb.ref('excluded.expiresAt'),
        })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Takes one try of the code that counts; undefined if there is none, or none of its tries is left. */
export async function takeTry(db: Db, { purpose, subject }: CodePlace): Promise<OneTimeCodeRow | undefined> {
  return await db
    .updateTable('oneTimeCodes')
    .set((eb) => ({ triesLeft: eb('triesLeft', '-', 1) }))
    .where('purpose', '=', purpose)
    .where('subject', '=', subject)
    .where('usedAt', 'is', null)
    .where('triesLeft', '>', 0)
    .where('expiresAt', '>', appNow)
    .returningAll()
    .executeTakeFirst();
}

/** Uses a code up: true for one caller. */
export async function markCodeUsed(db: Db, id: string): Promise<boolean> {
  const row = await db
    .updateTable('oneTimeCodes')
    .set({ usedAt: appNow, triesLeft: 0 })
    .where('id', '=', id)
    .where('usedAt', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The code by its id, while it can still be used. For the job that sends it. */
export async function findLivingCode(
  db: Db,
  id: string,
): Promise<(OneTimeCodeRow & { secondsLeft: number }) | undefined> {
  return await db
    .selectFrom('oneTimeCodes')
    .selectAll()
    .select(sql<number>`extract(epoch from expires_at - app_now())::float8`.as('secondsLeft'))
    .where('id', '=', id)
    .where('usedAt', 'is', null)
    .where('triesLeft', '>', 0)
    .where('expiresAt', '>', appNow)
    .executeTakeFirst();
}

/** True where the code of a place was typed wrong as often as it may be. */
export async function hasSpentCode(db: Db, { purpose, subject }: CodePlace): Promise<boolean> {
  const row = await db
    .selectFrom('oneTimeCodes')
    .select('id')
    .where('purpose', '=', purpose)
    .where('subject', '=', subject)
    .where('usedAt', 'is', null)
    .where('triesLeft', '<=', 0)
    .executeTakeFirst();
  return row !== undefined;
}

/** Voids the code of a place, if there is one. */
export async function voidCode(tx: Tx, { purpose, subject }: CodePlace): Promise<void> {
  await tx
    .updateTable('oneTimeCodes')
    .set({ triesLeft: 0 })
    .where('purpose', '=', purpose)
    .where('subject', '=', subject)
    .where('usedAt', 'is', null)
    .execute();
}

/** Drops codes that ended a day ago. For the purge job. */
export async function purgeCodes(db: Db): Promise<void> {
  await db.deleteFrom('oneTimeCodes').where('expiresAt', '<', sql<Date>`app_now() - interval '1 day'`).execute();
}

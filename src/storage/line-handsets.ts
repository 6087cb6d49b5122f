// Which phone the SIM of a line was seen in last (B38, b12).
import { appNow, type Db } from './database.ts';
import type { LineHandsetRow } from './sim-order-tables.ts';

/** Keeps it; true if it is another phone than before. */
export async function putHandset(
  db: Db,
  { lineId, model, imeiMasked }: Omit<LineHandsetRow, 'since'>,
): Promise<boolean> {
  const row = await db
    .insertInto('lineHandsets')
    .values({ lineId, model, imeiMasked, since: appNow })
    .onConflict((conflict) =>
      conflict
        .column('lineId')
        .doUpdateSet({ model, imeiMasked, since: appNow })
        .where((eb) => eb.or([eb('lineHandsets.model', '<>', model), eb('lineHandsets.imeiMasked', '<>', imeiMasked)])),
    )
    .returning('lineId')
    .executeTakeFirst();
  return row !== undefined;
}

/** Undefined: the network has told of none. */
export async function findHandset(db: Db, lineId: string): Promise<LineHandsetRow | undefined> {
  return await db.selectFrom('lineHandsets').selectAll().where('lineId', '=', lineId).executeTakeFirst();
}

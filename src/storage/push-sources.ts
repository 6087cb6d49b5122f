// Which sources a number has muted, and which browsers it has approved before.
import { sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';

export async function isMuted(db: Db, slot: Buffer, source: Buffer): Promise<boolean> {
  const row = await db
    .selectFrom('mutedSources')
    .select('mutedUntil')
    .where('slot', '=', slot)
    .where('source', '=', source)
    .where('mutedUntil', '>', appNow)
    .executeTakeFirst();
  return row !== undefined;
}

/** Logins of a source that this number has refused in the last minutes, the one that is ending now included. */
export async function countRefusals(
  tx: Tx,
  { slot, source, minutes }: { slot: Buffer; source: Buffer; minutes: number },
): Promise<number> {
  const { refusals } = await tx
    .selectFrom('attempts')
    .select((eb) => eb.fn.countAll<number>().as('refusals'))
    .where('slot', '=', slot)
    .where('source', '=', source)
    .where('purpose', '=', 'login')
    .where('state', '=', 'refused')
    .where('result', '=', 'cancelled')
    .where('createdAt', '>', sql<Date>`app_now() - make_interval(mins => ${minutes})`)
    .executeTakeFirstOrThrow();
  return Number(refusals);
}

/** Silences a source for this number; never shortens a silence. The end of it. */
export async function muteSource(tx: Tx, mute: { slot: Buffer; source: Buffer; minutes: number }): Promise<Date> {
  const { mutedUntil } = await tx
    .insertInto('mutedSources')
    .values({
      slot: mute.slot,
      source: mute.source,
      mutedUntil: sql<Date>`app_now() + make_interval(mins => ${mute.minutes})`,
    })
    .onConflict((conflict) =>
      conflict.columns(['slot', 'source']).doUpdateSet((eb) => ({
        mutedUntil: sql`greatest(muted_sources.muted_until, ${eb.ref('excluded.mutedUntil')})`,
      })),
    )
    .returning('mutedUntil')
    .executeTakeFirstOrThrow();
  return mutedUntil;
}

export async function isKnownDevice(db: Db, slot: Buffer, device: Buffer): Promise<boolean> {
  const row = await db
    .selectFrom('knownDevices')
    .select('approvedAt')
    .where('slot', '=', slot)
    .where('device', '=', device)
    .executeTakeFirst();
  return row !== undefined;
}

export async function rememberDevice(tx: Tx, slot: Buffer, device: Buffer): Promise<void> {
  await tx
    .insertInto('knownDevices')
    .values({ slot, device, approvedAt: appNow })
    .onConflict((conflict) => conflict.columns(['slot', 'device']).doUpdateSet({ approvedAt: appNow }))
    .execute();
}

/** A number that disowns a request takes back its trust in the browser that made it. */
export async function forgetDevice(tx: Tx, slot: Buffer, device: Buffer): Promise<void> {
  await tx.deleteFrom('knownDevices').where('slot', '=', slot).where('device', '=', device).execute();
}

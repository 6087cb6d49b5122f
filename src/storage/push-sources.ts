// What happened on a number lately, which sources it has muted, and which browsers it has approved before.
import { sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';

export interface RecentAttempts {
  /** Ended without an approval, all sources but known devices. */
  readonly unansweredByStrangers: number;
  /** The same for this one known device. */
  readonly unansweredByDevice: number;
  /** Refused or left unanswered by anyone. */
  readonly unansweredByAll: number;
  /** Another attempt is open on this slot. */
  readonly open: boolean;
}

/** What decides whether a number may be rung, by one statement for everybody (decisions 52). */
export interface PushFacts {
  readonly recent: RecentAttempts;
  readonly knownDevice: boolean;
  readonly muted: boolean;
  /** The enrolment opens an account. */
  readonly linked: boolean;
  /** By the domain clock. */
  readonly now: Date;
}

/** Reads them; the attempts by the index attempts_slot. A cancelled start counts as unanswered. */
export async function readPushFacts(
  db: Db,
  about: { slot: Buffer; source: Buffer; device: Buffer | undefined; enrolmentId: string; withinMinutes: number },
): Promise<PushFacts> {
  const { slot, source, enrolmentId, withinMinutes } = about;
  // Nothing has an empty one.
  const device = about.device ?? Buffer.alloc(0);
  const { rows } = await sql<PushFacts & RecentAttempts>`
    select recent.*, app_now() as now,
      exists (select from known_devices where slot = ${slot} and device = ${device}) as known_device,
      exists (select from muted_sources
        where slot = ${slot} and source = ${source} and muted_until > app_now()) as muted,
      exists (select from mobile_connect_links where enrolment_id = ${enrolmentId} and status = 'active') as linked
    from (
      select count(*) filter (where unanswered and not from_known_device) as unanswered_by_strangers,
        count(*) filter (where unanswered and from_known_device and device = ${device}) as unanswered_by_device,
        count(*) filter (where unanswered) as unanswered_by_all,
        count(*) filter (where state = 'pending' and holds_slot) > 0 as open
      from (
        select *, state in ('expired', 'cancelled', 'refused', 'fraud', 'blocked', 'failed') as unanswered
        from attempts
        where slot = ${slot} and purpose <> 'cancel'
          and created_at > app_now() - make_interval(mins => ${withinMinutes})) as lately) as recent`.execute(db);
  const row = rows[0];
  if (row === undefined) throw new Error('the database gave no facts');
  const { knownDevice, muted, linked, now, ...recent } = row;
  return { recent, knownDevice, muted, linked, now };
}

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

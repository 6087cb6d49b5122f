// What the flows of people without a session share: a row for each, bound to a browser, that begins with a robot check
// and is dropped a day after its end. Each answer to the check is taken by one statement.
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** Tables of such flows, with the columns `step`, `robot_sealed`, `robot_until` and `expires_at`. */
export type BrowserFlows = 'pin_resets' | 'password_resets' | 'account_drafts';

/** The domain time so many seconds from now. */
export function secondsFromNow(seconds: number) {
  return sql<Date>`app_now() + make_interval(secs => ${seconds})`;
}

/** Takes the displayed check away: true for one caller, in time. */
export async function takeRobotCheck(
  db: Db,
  flows: BrowserFlows,
  { id, robotSealed }: { id: string; robotSealed: string },
): Promise<boolean> {
  const { rows } = await sql`
    update ${sql.table(flows)} set robot_sealed = null
     where id = ${id} and step = 'robot' and robot_sealed = ${robotSealed} and robot_until > app_now()
    returning id`.execute(db);
  return rows.length === 1;
}

/** A new check in the place of one that was answered wrongly or has run out; never beside one that still counts. */
export async function renewRobotCheck(
  db: Db,
  flows: BrowserFlows,
  { id, robotSealed, robotSeconds }: { id: string; robotSealed: string; robotSeconds: number },
): Promise<void> {
  await sql`
    update ${sql.table(flows)} set robot_sealed = ${robotSealed}, robot_until = ${secondsFromNow(robotSeconds)}
     where id = ${id} and step = 'robot' and (robot_sealed is null or robot_until <= app_now())`.execute(db);
}

/** Drops flows that ended a day ago. For the purge job. */
export async function purgeBrowserFlows(db: Db): Promise<void> {
  for (const flows of ['pin_resets', 'password_resets', 'account_drafts', 'registrations']) {
    await sql`delete from ${sql.table(flows)} where expires_at < app_now() - interval '1 day'`.execute(db);
  }
}

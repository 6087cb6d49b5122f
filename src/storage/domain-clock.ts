// The sandbox's clock: one stored offset that app_now() adds to the database's time. It goes forward only and moves
// locks, holds and codes, never tokens, leases or limits (decisions 32, 45).
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** No single step goes further than this, nor all of them together further than `mostOffsetSeconds`. */
export const mostAdvanceSeconds = 366 * 86_400;
const mostOffsetSeconds = 20 * mostAdvanceSeconds;

/** The domain clock would leave its bounds. */
export class ClockError extends Error {
  override readonly name = 'ClockError';
  constructor() {
    super(`the clock goes forward by whole seconds, 1 to ${mostAdvanceSeconds} at a time and 20 years in all`);
  }
}

/** Seconds that the domain clock is ahead; 0 outside the sandbox. */
export async function readClockOffset(db: Db): Promise<number> {
  const row = await db.selectFrom('domainClock').select('offsetSeconds').executeTakeFirstOrThrow();
  return row.offsetSeconds;
}

/** Moves the domain clock forward and returns the new offset, in seconds. Throws ClockError. */
export async function advanceClock(db: Db, seconds: number): Promise<number> {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > mostAdvanceSeconds) throw new ClockError();
  const row = await db
    .updateTable('domainClock')
    .set({ offsetSeconds: sql`offset_seconds + ${seconds}` })
    .where('offsetSeconds', '<=', mostOffsetSeconds - seconds)
    .returning('offsetSeconds')
    .executeTakeFirst();
  if (row === undefined) throw new ClockError();
  return row.offsetSeconds;
}

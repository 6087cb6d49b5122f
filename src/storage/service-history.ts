// What was asked of a service lately, and how it ended: for the page of the person whose service it is.
import type { AttemptPurpose, AttemptState } from './attempt-tables.ts';
import type { Db } from './database.ts';

export interface ServiceUse {
  readonly at: Date;
  readonly purpose: AttemptPurpose;
  readonly clientName: string;
  readonly state: AttemptState;
}

/** Requests to the phone in this enrolment, newest first; what only took a screen away is left out. */
export async function listServiceUses(
  db: Db,
  { enrolmentIds, limit, offset = 0 }: { enrolmentIds: readonly string[]; limit: number; offset?: number },
): Promise<ServiceUse[]> {
  if (enrolmentIds.length === 0) return [];
  return await db
    .selectFrom('attempts')
    .select(['createdAt as at', 'purpose', 'clientName', 'state'])
    .where('enrolmentId', 'in', enrolmentIds)
    .where('purpose', 'not in', ['cancel', 'status', 'disable'])
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute();
}

/** How many there are. */
export async function countServiceUses(db: Db, enrolmentIds: readonly string[]): Promise<number> {
  if (enrolmentIds.length === 0) return 0;
  const row = await db
    .selectFrom('attempts')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('enrolmentId', 'in', enrolmentIds)
    .where('purpose', 'not in', ['cancel', 'status', 'disable'])
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

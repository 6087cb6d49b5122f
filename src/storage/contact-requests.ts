// Questions to advisors with their answers, and feedback without a name.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { ContactRequestRow } from './order-tables.ts';

export interface NewContactRequest {
  readonly id: string;
  readonly accountId: AccountId;
  readonly topic: string;
  readonly text: string;
  readonly idempotencyKey: string;
}

/** Writes one, or finds the one that the same key made before. */
export async function putContactRequest(
  tx: Tx,
  request: NewContactRequest,
): Promise<{ row: ContactRequestRow; isNew: boolean }> {
  const written = await tx
    .insertInto('contactRequests')
    .values({ ...request, createdAt: appNow })
    .onConflict((conflict) => conflict.columns(['accountId', 'idempotencyKey']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (written !== undefined) return { row: written, isNew: true };
  const row = await tx
    .selectFrom('contactRequests')
    .selectAll()
    .where('accountId', '=', request.accountId)
    .where('idempotencyKey', '=', request.idempotencyKey)
    .executeTakeFirstOrThrow();
  return { row, isNew: false };
}

/** An account's questions, newest first. */
export async function listContactRequests(db: Db, accountId: AccountId): Promise<ContactRequestRow[]> {
  return await db
    .selectFrom('contactRequests')
    .selectAll()
    .where('accountId', '=', accountId)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .execute();
}

/** What advisors have still to answer, oldest first: no name, no number. */
export async function listOpenContactRequests(db: Db, limit: number): Promise<ContactRequestRow[]> {
  return await db
    .selectFrom('contactRequests')
    .selectAll()
    .where('answeredAt', 'is', null)
    .orderBy('createdAt')
    .limit(limit)
    .execute();
}

/** Answers one that is open; undefined if there is none of that id. */
export async function answerContactRequest(
  tx: Tx,
  { id, answer }: { id: string; answer: string },
): Promise<ContactRequestRow | undefined> {
  return await tx
    .updateTable('contactRequests')
    .set({ answer, answeredAt: appNow })
    .where('id', '=', id)
    .where('answeredAt', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

/** Keeps what somebody thinks of a page: with the day, and nothing that leads to a person. */
export async function insertFeedback(
  db: Db,
  feedback: { id: string; brand: string; page: string; rating: number; text: string },
): Promise<void> {
  await db
    .insertInto('feedback')
    .values({ ...feedback, givenOn: sql<string>`(app_now() at time zone 'UTC')::date` })
    .execute();
}

/** Drops questions that were answered so many months ago. For the purge job. */
export async function purgeContactRequests(db: Db, months: number): Promise<void> {
  await db
    .deleteFrom('contactRequests')
    .where('answeredAt', '<', sql<Date>`app_now() - make_interval(months => ${months})`)
    .execute();
}

/** Drops feedback that is older than so many months. For the purge job. */
export async function purgeFeedback(db: Db, months: number): Promise<void> {
  await db
    .deleteFrom('feedback')
    .where('givenOn', '<', sql<Date>`((app_now() - make_interval(months => ${months})) at time zone 'UTC')::date`)
    .execute();
}

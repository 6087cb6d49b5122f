// What the audit journal holds about one account, for the customer herself.
import type { Db } from './database.ts';

export interface JournalEntry {
  readonly id: number;
  readonly at: Date;
  readonly action: string;
  readonly actor: string;
  readonly outcome: string;
}

/** One page of the account's events of these actions, newest first (index audit_events_account). */
export async function listJournalOfAccount(
  db: Db,
  {
    accountId,
    actions,
    offset,
    limit,
  }: { accountId: string; actions: readonly string[]; offset: number; limit: number },
): Promise<{ entries: JournalEntry[]; total: number }> {
  const own = db.selectFrom('auditEvents').where('accountId', '=', accountId).where('action', 'in', actions);
  const entries = await own
    .select(['id', 'at', 'action', 'actor', 'outcome'])
    .orderBy('id', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  const counted = await own.select((eb) => eb.fn.countAll().as('n')).executeTakeFirst();
  return { entries, total: Number(counted?.n ?? 0) };
}

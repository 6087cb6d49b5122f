// Drafts of secondary mailboxes: each step prolongs them, a confirmed one tells for a day what it has become.
import { type Insertable, sql, type Updateable } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { MailboxDraft, MailboxDraftRow } from './mailbox-tables.ts';

const inMinutes = (minutes: number) => sql<Date>`app_now() + make_interval(mins => ${minutes})`;

type NewDraft = Pick<Insertable<MailboxDraft>, 'id' | 'accountId' | 'civility' | 'givenName' | 'familyName'>;

/** Most drafts that an account has at a time: the oldest ones go. */
const mostDrafts = 20;

/** Writes a new draft. */
export async function insertMailboxDraft(
  tx: Tx,
  { minutes, ...draft }: NewDraft & { minutes: number },
): Promise<MailboxDraftRow> {
  const row = await tx
    .insertInto('mailboxDrafts')
    .values({ ...draft, createdAt: appNow, expiresAt: inMinutes(minutes) })
    .returningAll()
    .executeTakeFirstOrThrow();
  const older = tx
    .selectFrom('mailboxDrafts')
    .select('id')
    .where('accountId', '=', draft.accountId)
    .where('mailboxId', 'is', null)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .offset(mostDrafts);
  await tx.deleteFrom('mailboxDrafts').where('id', 'in', older).execute();
  return row;
}

export interface DraftPlace {
  readonly accountId: AccountId;
  readonly draftId: string;
}

/** A draft that is not idle for too long, or what was made of one. */
export async function findMailboxDraft(db: Db, place: DraftPlace): Promise<MailboxDraftRow | undefined> {
  return await living(db, place).executeTakeFirst();
}

/** The same, taken for this transaction: its steps come one after the other. */
export async function takeMailboxDraft(tx: Tx, place: DraftPlace): Promise<MailboxDraftRow | undefined> {
  return await living(tx, place).forUpdate().executeTakeFirst();
}

function living(db: Db, { accountId, draftId }: DraftPlace) {
  return db
    .selectFrom('mailboxDrafts')
    .selectAll()
    .where('id', '=', draftId)
    .where('accountId', '=', accountId)
    .where((eb) => eb.or([eb('mailboxId', 'is not', null), eb('expiresAt', '>', appNow)]));
}

/** Changes a draft and prolongs it. */
export async function changeMailboxDraft(
  tx: Tx,
  { id, minutes, ...change }: Updateable<MailboxDraft> & { id: string; minutes: number },
): Promise<MailboxDraftRow> {
  return await tx
    .updateTable('mailboxDrafts')
    .set({ ...change, expiresAt: inMinutes(minutes) })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Drops a draft that has become nothing; its address goes with it. */
export async function deleteMailboxDraft(db: Db, { accountId, draftId }: DraftPlace): Promise<boolean> {
  const rows = await db
    .deleteFrom('mailboxDrafts')
    .where('id', '=', draftId)
    .where('accountId', '=', accountId)
    .where('mailboxId', 'is', null)
    .returning('id')
    .execute();
  return rows.length === 1;
}

/** Forgets drafts that ended a day ago. */
export async function purgeMailboxDrafts(db: Db): Promise<void> {
  await db.deleteFrom('mailboxDrafts').where('expiresAt', '<', sql<Date>`app_now() - interval '1 day'`).execute();
}

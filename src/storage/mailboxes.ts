// Mailboxes and their aliases. The slots of the tables hold how many there may be, whoever counts at the same time.
import { type Insertable, sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { Mailbox, MailboxAliasRow, MailboxRow } from './mailbox-tables.ts';
import type { AccountRow } from './tables.ts';

export const mostSecondaries = 9;
export const mostAliases = 5;

export interface MailboxWithAliases extends MailboxRow {
  readonly aliases: readonly MailboxAliasRow[];
}

/** The mailbox of an account and those that it opened for others; the primary one first, then by age. */
export async function listMailboxes(db: Db, accountId: AccountId): Promise<MailboxWithAliases[]> {
  const rows = await visibleTo(db, accountId)
    .orderBy('mailboxes.kind')
    .orderBy('mailboxes.createdAt')
    .orderBy('mailboxes.id')
    .execute();
  return await withAliases(db, rows);
}

/** One of them. */
export async function findMailbox(
  db: Db,
  { accountId, mailboxId }: { accountId: AccountId; mailboxId: string },
): Promise<MailboxWithAliases | undefined> {
  const rows = await visibleTo(db, accountId).where('mailboxes.id', '=', mailboxId).execute();
  const [found] = await withAliases(db, rows);
  return found;
}

/** Takes a mailbox for this transaction, and reads it as it is then. */
export async function takeMailbox(
  tx: Tx,
  wanted: { accountId: AccountId; mailboxId: string },
): Promise<MailboxWithAliases | undefined> {
  await tx.selectFrom('mailboxes').select('id').where('id', '=', wanted.mailboxId).forUpdate().execute();
  return await findMailbox(tx, wanted);
}

function visibleTo(db: Db, accountId: AccountId) {
  return db
    .selectFrom('mailboxes')
    .innerJoin('accounts', (join) => join.on('accounts.id', '=', accountId).on('accounts.status', '=', 'active'))
    .selectAll('mailboxes')
    .where((eb) => eb.or([eb('mailboxes.accountId', '=', accountId), eb('mailboxes.parentAccountId', '=', accountId)]))
    .where('mailboxes.status', '<>', 'deleted');
}

async function withAliases(db: Db, rows: readonly MailboxRow[]): Promise<MailboxWithAliases[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const aliases = await db
    .selectFrom('mailboxAliases')
    .selectAll()
    .where('mailboxId', 'in', ids)
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, aliases: aliases.filter(({ mailboxId }) => mailboxId === row.id) }));
}

/** Takes an open main account, so that its mailboxes are opened one after the other. */
export async function takeMainAccount(tx: Tx, accountId: AccountId): Promise<AccountRow | undefined> {
  return await tx
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', accountId)
    .where('kind', '=', 'main')
    .where('status', '=', 'active')
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** How many more secondary mailboxes the account may open. */
export async function countFreeSlots(db: Db, parentAccountId: AccountId): Promise<number> {
  return (await listFreeSlots(db, parentAccountId)).length;
}

/** Lowest free slot, 1 to 9; undefined if there is none. */
export async function findFreeSlot(db: Db, parentAccountId: AccountId): Promise<number | undefined> {
  return (await listFreeSlots(db, parentAccountId))[0];
}

async function listFreeSlots(db: Db, parentAccountId: AccountId): Promise<number[]> {
  const rows = await db
    .selectFrom('mailboxes')
    .select('slot')
    .where('parentAccountId', '=', parentAccountId)
    .where('slot', 'is not', null)
    .execute();
  return freeSlots(rows, mostSecondaries);
}

function freeSlots(rows: readonly { readonly slot: number | null }[], most: number): number[] {
  const used = new Set(rows.map(({ slot }) => slot));
  return Array.from({ length: most }, (_, index) => index + 1).filter((slot) => !used.has(slot));
}

/** Writes a mailbox. Throws if its slot is used. */
export async function insertMailbox(tx: Tx, mailbox: Insertable<Mailbox>): Promise<MailboxRow> {
  return await tx.insertInto('mailboxes').values(mailbox).returningAll().executeTakeFirstOrThrow();
}

/** Writes an alias; the mailbox must have been taken. Undefined: it has five already. */
export async function insertAlias(
  tx: Tx,
  alias: { id: string; mailboxId: string; address: string },
): Promise<MailboxAliasRow | undefined> {
  const used = await tx.selectFrom('mailboxAliases').select('slot').where('mailboxId', '=', alias.mailboxId).execute();
  const slot = freeSlots(used, mostAliases)[0];
  if (slot === undefined) return undefined;
  return await tx
    .insertInto('mailboxAliases')
    .values({ ...alias, slot, createdAt: appNow })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Takes an alias away; gives it if it was there. */
export async function deleteAlias(
  tx: Tx,
  { mailboxId, aliasId }: { mailboxId: string; aliasId: string },
): Promise<MailboxAliasRow | undefined> {
  return await tx
    .deleteFrom('mailboxAliases')
    .where('id', '=', aliasId)
    .where('mailboxId', '=', mailboxId)
    .returningAll()
    .executeTakeFirst();
}

/** Ends a secondary mailbox and its account: its login, password and slot go; the rows stay for the record. */
export async function endMailbox(tx: Tx, { id, accountId }: Pick<MailboxRow, 'id' | 'accountId'>): Promise<void> {
  await tx
    .updateTable('mailboxes')
    .set({ status: 'deleted', slot: null, deletedAt: appNow })
    .where('id', '=', id)
    .execute();
  await tx.deleteFrom('mailboxAliases').where('mailboxId', '=', id).execute();
  await tx.deleteFrom('loginIdentifiers').where('accountId', '=', accountId).execute();
  await tx.deleteFrom('passwords').where('accountId', '=', accountId).execute();
  await tx.updateTable('accounts').set({ status: 'closed' }).where('id', '=', accountId).execute();
}

/** Makes active mailboxes read-only whose holder has no Internet any more, and back; gives those that changed. */
export async function followContracts(tx: Tx): Promise<MailboxRow[]> {
  const holds = sql<boolean>`exists (
    select 1 from account_contracts
      join contracts on contracts.id = account_contracts.contract_id and contracts.ended_at is null
      join accounts on accounts.id = account_contracts.account_id and accounts.status = 'active'
     where account_contracts.account_id = mailboxes.parent_account_id
       and account_contracts.relation = 'holder' and contracts.kind in ('INTERNET', 'OPEN'))`;
  const secondaries = tx.updateTable('mailboxes').where('kind', '=', 'secondary');
  const back = await secondaries
    .set({ status: 'active', readOnlyAt: null })
    .where('status', '=', 'read_only')
    .where(holds)
    .returningAll()
    .execute();
  const away = await secondaries
    .set({ status: 'read_only', readOnlyAt: appNow })
    .where('status', '=', 'active')
    .where(sql<boolean>`not ${holds}`)
    .returningAll()
    .execute();
  return [...back, ...away];
}

/** Mailboxes that have been read-only for so long, taken for this transaction. */
export async function takeLongReadOnly(tx: Tx, days: number): Promise<MailboxWithAliases[]> {
  const rows = await tx
    .selectFrom('mailboxes')
    .selectAll()
    .where('status', '=', 'read_only')
    .where('readOnlyAt', '<=', sql<Date>`app_now() - make_interval(days => ${days})`)
    .orderBy('id')
    .limit(100)
    .forUpdate()
    .skipLocked()
    .execute();
  return await withAliases(tx, rows);
}

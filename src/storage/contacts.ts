// An account's contacts and the changes of them: a new one counts when its code came back.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { ContactChangeRow, ContactMedium } from './account-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';

export interface Contact {
  readonly value: string;
  readonly verifiedAt: Date | null;
  readonly changedAt: Date | null;
}

export type Contacts = Readonly<Record<ContactMedium, Contact | undefined>>;

/** The contacts of an open account; undefined if there is none. */
export async function findContacts(db: Db, accountId: string): Promise<Contacts | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select(['contactEmail', 'contactEmailVerifiedAt', 'contactEmailChangedAt'])
    .select(['contactMobile', 'contactMobileVerifiedAt', 'contactMobileChangedAt'])
    .where('id', '=', accountId as AccountId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const contact = (value: string | null, verifiedAt: Date | null, changedAt: Date | null) =>
    value === null ? undefined : { value, verifiedAt, changedAt };
  return {
    email: contact(row.contactEmail, row.contactEmailVerifiedAt, row.contactEmailChangedAt),
    mobile: contact(row.contactMobile, row.contactMobileVerifiedAt, row.contactMobileChangedAt),
  };
}

/** Writes a new contact that waits for its code; an earlier one of the same medium waits no more. */
export async function insertContactChange(
  tx: Tx,
  change: { id: string; accountId: AccountId; medium: ContactMedium; value: string; lifeSeconds: number },
): Promise<ContactChangeRow> {
  const { lifeSeconds, ...row } = change;
  await tx
    .updateTable('contactChanges')
    .set({ expiresAt: appNow })
    .where('accountId', '=', change.accountId)
    .where('medium', '=', change.medium)
    .where('verifiedAt', 'is', null)
    .where('expiresAt', '>', appNow)
    .execute();
  return await tx
    .insertInto('contactChanges')
    .values({
      ...{ ...row, former: null, createdAt: appNow, verifiedAt: null },
      expiresAt: sql<Date>`app_now() + make_interval(secs => ${lifeSeconds})`,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** A change of this account that still waits for its code. */
export async function findOpenContactChange(
  db: Db,
  { accountId, id }: { accountId: AccountId; id: string },
): Promise<ContactChangeRow | undefined> {
  return await db
    .selectFrom('contactChanges')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', accountId)
    .where('verifiedAt', 'is', null)
    .where('expiresAt', '>', appNow)
    .executeTakeFirst();
}

const columns = {
  email: { value: 'contactEmail', verifiedAt: 'contactEmailVerifiedAt', changedAt: 'contactEmailChangedAt' },
  mobile: { value: 'contactMobile', verifiedAt: 'contactMobileVerifiedAt', changedAt: 'contactMobileChangedAt' },
} as const;

/** Puts a verified contact into its place, once; false if the change waits no more. */
export async function applyContactChange(tx: Tx, { id, accountId, medium }: ContactChangeRow): Promise<boolean> {
  const { value, verifiedAt, changedAt } = columns[medium];
  const account = await tx
    .selectFrom('accounts')
    .select([`${value} as former`, `${verifiedAt} as formerVerifiedAt`])
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .forUpdate()
    .executeTakeFirst();
  if (account === undefined) return false;
  const change = await tx
    .updateTable('contactChanges')
    .set({ verifiedAt: appNow, former: account.formerVerifiedAt === null ? null : account.former })
    .where('id', '=', id)
    .where('verifiedAt', 'is', null)
    .where('expiresAt', '>', appNow)
    .returning('value')
    .executeTakeFirst();
  if (change === undefined) return false;
  await tx
    .updateTable('accounts')
    .set({ [value]: change.value, [verifiedAt]: appNow, [changedAt]: appNow })
    .$if(medium === 'email', (query) => query.set({ contactEmailRefusedAt: null }))
    .where('id', '=', accountId)
    .execute();
  return true;
}

/** Notes that a mail server knows no such address; gives the accounts that this is new for. */
export async function markEmailRefused(tx: Tx, address: string): Promise<AccountId[]> {
  const rows = await tx
    .updateTable('accounts')
    .set({ contactEmailRefusedAt: appNow })
    .where(sql<boolean>`lower(contact_email) = lower(${address})`)
    .where('contactEmailRefusedAt', 'is', null)
    .where('status', '=', 'active')
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Whom the messages of a contact change go to. */
export interface ContactChangeRecipients {
  readonly medium: ContactMedium;
  readonly value: string;
  readonly former: string | null;
  readonly verifiedAt: Date | null;
  readonly locale: 'fr' | 'en';
  readonly brand: string;
  /** The verified contact of the other medium. */
  readonly other: string | null;
}

/** For the job that sends; undefined when account or change have gone. */
export async function findContactChangeRecipients(db: Db, id: string): Promise<ContactChangeRecipients | undefined> {
  const row = await db
    .selectFrom('contactChanges')
    .innerJoin('accounts', 'accounts.id', 'contactChanges.accountId')
    .select(['contactChanges.medium', 'contactChanges.value', 'contactChanges.former', 'contactChanges.verifiedAt'])
    .select(['accounts.locale', 'accounts.brand', 'accounts.contactEmail', 'accounts.contactMobile'])
    .select(['accounts.contactEmailVerifiedAt', 'accounts.contactMobileVerifiedAt'])
    .where('contactChanges.id', '=', id)
    .where('accounts.status', '=', 'active')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { contactEmail, contactMobile, contactEmailVerifiedAt, contactMobileVerifiedAt, ...rest } = row;
  const email = contactEmailVerifiedAt === null ? null : contactEmail;
  const mobile = contactMobileVerifiedAt === null ? null : contactMobile;
  return { ...rest, other: row.medium === 'email' ? mobile : email };
}

/** Drops changes that ended a month ago. For the purge job. */
export async function purgeContactChanges(db: Db): Promise<void> {
  await db.deleteFrom('contactChanges').where('expiresAt', '<', sql<Date>`app_now() - interval '30 days'`).execute();
}

// What a customer changes of her account beside contacts: names and civility, language, channels of messages.
import type { AccountId } from '../identifiers.ts';
import type { TopicChannels } from './account-tables.ts';
import type { Db, Tx } from './database.ts';

export interface EditablePerson {
  readonly personId: string;
  /** Once an identity was checked, its names are nobody's to change online. */
  readonly isChecked: boolean;
}

/** Takes account and person for this transaction; undefined for an account that is closed or has no person. */
export async function takePersonOfAccount(tx: Tx, accountId: AccountId): Promise<EditablePerson | undefined> {
  const account = await tx
    .selectFrom('accounts')
    .select('personId')
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .where('kind', '=', 'main')
    .forUpdate()
    .executeTakeFirst();
  if (account?.personId == null) return undefined;
  const person = await tx
    .selectFrom('persons')
    .select(['id', 'identityCheckedAt', 'identityProofing'])
    .where('id', '=', account.personId)
    .forUpdate()
    .executeTakeFirst();
  if (person === undefined) return undefined;
  return { personId: person.id, isChecked: person.identityCheckedAt !== null || person.identityProofing !== 'none' };
}

export interface NameChanges {
  readonly civility?: string | undefined;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
}

/** Changes what is given. */
export async function updatePerson(tx: Tx, personId: string, changes: NameChanges): Promise<void> {
  const values = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  if (Object.keys(values).length === 0) return;
  await tx.updateTable('persons').set(values).where('id', '=', personId).execute();
}

export interface StoredPreferences {
  readonly locale: 'fr' | 'en';
  /** Null: never changed. */
  readonly topics: TopicChannels | null;
}

/** Of an open account. */
export async function findPreferences(db: Db, accountId: string): Promise<StoredPreferences | undefined> {
  return await db
    .selectFrom('accounts')
    .leftJoin('accountPreferences', 'accountPreferences.accountId', 'accounts.id')
    .select(['accounts.locale', 'accountPreferences.topics'])
    .where('accounts.id', '=', accountId as AccountId)
    .where('accounts.status', '=', 'active')
    .executeTakeFirst();
}

/** The same, with the account taken for this transaction. */
export async function takePreferences(tx: Tx, accountId: AccountId): Promise<StoredPreferences | undefined> {
  await tx.selectFrom('accounts').select('id').where('id', '=', accountId).forUpdate().execute();
  return await findPreferences(tx, accountId);
}

export async function putPreferences(
  tx: Tx,
  accountId: AccountId,
  { locale, topics }: { locale: 'fr' | 'en'; topics: TopicChannels },
): Promise<void> {
  await tx.updateTable('accounts').set({ locale }).where('id', '=', accountId).execute();
  const row = { topics: JSON.stringify(topics) };
  await tx
    .insertInto('accountPreferences')
    .values({ accountId, ...row })
    .onConflict((conflict) => conflict.column('accountId').doUpdateSet(row))
    .execute();
}

// Account passwords as they change: the one that counts, those before it, and what it was set through.
import { sql } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';

/** Where the code went that a password was set with. */
export interface CodePath {
  readonly codeLineId: string | null;
  readonly codeSimId: string | null;
}

export interface PasswordFacts extends CodePath {
  readonly passwordHash: string;
  readonly version: number;
  /** Hashes of those before, the newest first. */
  readonly earlier: readonly string[];
}

/** The password of an account with its past; undefined where it has none. */
export async function findPassword(db: Db, accountId: string): Promise<PasswordFacts | undefined> {
  return await db
    .selectFrom('passwords')
    .select(['passwordHash', 'version', 'earlier', 'codeLineId', 'codeSimId'])
    .where('accountId', '=', accountId as AccountId)
    .executeTakeFirst();
}

/** How often it was changed; 0 where there is none. Sessions keep it, and end with it. */
export async function findPasswordVersion(db: Db, accountId: string): Promise<number> {
  const row = await db
    .selectFrom('passwords')
    .select('version')
    .where('accountId', '=', accountId as AccountId)
    .executeTakeFirst();
  return row?.version ?? 0;
}

export interface NewPassword extends CodePath {
  readonly accountId: AccountId;
  /** The one that it takes the place of: 0 for none. */
  readonly version: number;
  readonly passwordHash: string;
  readonly earlier: readonly string[];
}

/** Puts a password in the place of the version that was read: true for one caller. */
export async function replacePassword(tx: Tx, { version, earlier, ...password }: NewPassword): Promise<boolean> {
  const values = { ...password, earlier: JSON.stringify(earlier), changedAt: appNow };
  const { accountId, ...changed } = values;
  const row = await tx
    .insertInto('passwords')
    .values(values)
    .onConflict((conflict) =>
      conflict
        .column('accountId')
        .doUpdateSet((eb) => ({ ...changed, version: eb('passwords.version', '+', 1) }))
        .where('passwords.version', '=', version),
    )
    .returning('accountId')
    .executeTakeFirst();
  return row !== undefined;
}

/** True if the password was set with a code that went to this line, or to the SIM that is in it (decisions 11). */
export async function isPasswordFromLine(
  db: Db,
  { accountId, lineId, simId }: { accountId: string; lineId: string; simId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('passwords')
    .select('accountId')
    .where('accountId', '=', accountId as AccountId)
    .where((eb) => eb.or([eb('codeLineId', '=', lineId), eb('codeSimId', '=', simId)]))
    .executeTakeFirst();
  return row !== undefined;
}

/** The living line with a number and the SIM in it, by one statement whether or not there is one. */
export async function findCodePath(db: Db, number: string | undefined): Promise<CodePath> {
  const row = await db
    .selectFrom('lines')
    .leftJoin('sims', (join) => join.onRef('sims.lineId', '=', 'lines.id').on('sims.state', '=', 'active'))
    .select(['lines.id as codeLineId', 'sims.id as codeSimId'])
    .where('lines.msisdn', '=', (number ?? '') as Msisdn)
    .where('lines.status', '<>', 'terminated')
    .executeTakeFirst();
  return row ?? { codeLineId: null, codeSimId: null };
}

/** The lines that are told of a new password: every enrolled one, and the contact number's. */
export async function listLinesToTell(db: Db, accountId: AccountId): Promise<string[]> {
  const enrolled = db
    .selectFrom('mobileConnectLinks')
    .innerJoin('enrolments', 'enrolments.id', 'mobileConnectLinks.enrolmentId')
    .innerJoin('lines', 'lines.id', 'enrolments.lineId')
    .select('lines.id')
    .where('mobileConnectLinks.accountId', '=', accountId)
    .where('mobileConnectLinks.status', '=', 'active')
    .where('enrolments.baseState', '=', 'ACTIVE')
    .where('lines.status', '<>', 'terminated');
  const contact = db
    .selectFrom('accounts')
    .innerJoin('lines', (join) => join.on(sql<boolean>`lines.msisdn = accounts.contact_mobile`))
    .select('lines.id')
    .where('accounts.id', '=', accountId)
    .where('accounts.contactMobileVerifiedAt', 'is not', null)
    .where('lines.status', '<>', 'terminated');
  const rows = await enrolled.union(contact).execute();
  return rows.map(({ id }) => id).sort();
}

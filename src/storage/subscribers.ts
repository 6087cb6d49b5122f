// Accounts, their login identifiers, lines, SIMs and enrolments, as a login looks them up.
import { sql } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { Db, Tx } from './database.ts';
import { type LineParts, readLine } from './line-row.ts';
import type { AccountRow, EnrolmentRow, IdentifierKind, SimRow } from './tables.ts';

/** A line with the SIM in it and that SIM's enrolment, as far as they exist. */
export type LineState = LineParts;

/** Finds a living line by its number (index lines_msisdn), with its SIM and enrolment. */
export async function findLineByNumber(db: Db, msisdn: Msisdn): Promise<LineState | undefined> {
  return await readLine(db, sql`lines.msisdn = ${msisdn} and lines.status <> 'terminated'`);
}

/** The line by its id, with its SIM and enrolment. */
export async function findLine(db: Db, lineId: string): Promise<LineState | undefined> {
  return await readLine(db, sql`lines.id = ${lineId}`);
}

/** The line that an enrolment was made for, with the SIM that is in it now, and that SIM's enrolment. */
export async function findLineOfEnrolment(db: Db, enrolmentId: string): Promise<LineState | undefined> {
  return await readLine(db, sql`lines.id = (select line_id from enrolments where id = ${enrolmentId})`);
}

/**
 * Takes the line and its SIM for this transaction, in that order, and reads them as they are then: whatever suspends,
 * locks or replaces them comes before, or waits. The same statements where there is none.
 */
export async function takeLine(tx: Tx, lineId: string): Promise<LineState | undefined> {
  await tx.selectFrom('lines').select('id').where('id', '=', lineId).forNoKeyUpdate().execute();
  await tx.selectFrom('sims').select('id').where('lineId', '=', lineId).orderBy('id').forNoKeyUpdate().execute();
  return await findLine(tx, lineId);
}

/** Account that an identifier opens; of several on one number, the primary one. */
export async function findAccountByIdentifier(
  db: Db,
  identifier: { brand: string; kind: IdentifierKind; lookupHash: Buffer },
): Promise<AccountRow | undefined> {
  return await db
    .selectFrom('loginIdentifiers')
    .innerJoin('accounts', 'accounts.id', 'loginIdentifiers.accountId')
    .selectAll('accounts')
    .where('loginIdentifiers.brand', '=', identifier.brand)
    .where('loginIdentifiers.kind', '=', identifier.kind)
    .where('loginIdentifiers.lookupHash', '=', identifier.lookupHash)
    .orderBy('loginIdentifiers.isPrimary', 'desc')
    .orderBy('accounts.createdAt')
    .orderBy('accounts.id')
    .executeTakeFirst();
}

export async function findAccount(db: Db, accountId: string): Promise<AccountRow | undefined> {
  return await db
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', accountId as AccountId)
    .executeTakeFirst();
}

export async function findPasswordHash(db: Db, accountId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('passwords')
    .select('passwordHash')
    .where('accountId', '=', accountId as AccountId)
    .executeTakeFirst();
  return row?.passwordHash;
}

/** Active accounts that an enrolment opens, the primary one first; not those whose link is not confirmed yet (A27). */
export async function listLinkedAccounts(db: Db, enrolmentId: string): Promise<AccountRow[]> {
  return await db
    .selectFrom('mobileConnectLinks')
    .innerJoin('accounts', 'accounts.id', 'mobileConnectLinks.accountId')
    .selectAll('accounts')
    .where('mobileConnectLinks.enrolmentId', '=', enrolmentId)
    .where('mobileConnectLinks.status', '=', 'active')
    .where('accounts.status', '=', 'active')
    .orderBy('mobileConnectLinks.isPrimary', 'desc')
    .orderBy('mobileConnectLinks.linkedAt')
    .execute();
}

/** Ids of all accounts that an enrolment opens, closed ones included: what the credential MAC covers. */
export async function listLinkIds(db: Db, enrolmentId: string): Promise<AccountId[]> {
  const rows = await db
    .selectFrom('mobileConnectLinks')
    .select('accountId')
    .where('enrolmentId', '=', enrolmentId)
    .where('status', '=', 'active')
    .execute();
  return rows.map((row) => row.accountId).sort();
}

/** Lines whose enrolment is linked to the account: whom to alert, whom to ring for an e-mail. Oldest link first. */
export async function listEnrolledLines(db: Db, accountId: string): Promise<LineState[]> {
  const rows = await selectEnrolledLines(db, accountId).execute();
  const states = await Promise.all(rows.map((row) => findLine(db, row.lineId)));
  return states.filter((state) => state !== undefined);
}

/** The first of these lines, by the same statements whether or not there is one (decisions 52). */
export async function findFirstEnrolledLine(db: Db, accountId: string): Promise<LineState | undefined> {
  const row = await selectEnrolledLines(db, accountId).limit(1).executeTakeFirst();
  return await findLine(db, row?.lineId ?? '');
}

function selectEnrolledLines(db: Db, accountId: string) {
  return db
    .selectFrom('mobileConnectLinks')
    .innerJoin('enrolments', 'enrolments.id', 'mobileConnectLinks.enrolmentId')
    .select('enrolments.lineId')
    .where('mobileConnectLinks.accountId', '=', accountId as AccountId)
    .where('mobileConnectLinks.status', '=', 'active')
    .where('enrolments.baseState', '=', 'ACTIVE')
    .orderBy('mobileConnectLinks.linkedAt');
}

/** The SIM by its id. */
export async function findSim(db: Db, simId: string): Promise<SimRow | undefined> {
  return await db.selectFrom('sims').selectAll().where('id', '=', simId).executeTakeFirst();
}

/** The wrapped root key that a SIM row names. */
export async function findWrappedRoot(db: Db, rootId: number): Promise<string | undefined> {
  const row = await db.selectFrom('simRoots').select('wrappedKey').where('id', '=', rootId).executeTakeFirst();
  return row?.wrappedKey;
}

export async function findEnrolment(db: Db, id: string): Promise<EnrolmentRow | undefined> {
  return await db.selectFrom('enrolments').selectAll().where('id', '=', id).executeTakeFirst();
}

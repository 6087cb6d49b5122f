// Support cases that come of diagnoses: one for each run at most.
import type { AccountId, Msisdn } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { CaseRow, CaseStatus, RunRow } from './diagnostic-tables.ts';

/** Opens the case of a run; undefined if it has one. */
export async function insertCase(
  tx: Tx,
  { id, run }: { id: string; run: Pick<RunRow, 'id' | 'brand' | 'accountId' | 'lineId' | 'contractId' | 'result'> },
): Promise<CaseRow | undefined> {
  const { brand, accountId, lineId, contractId, result } = run;
  return await tx
    .insertInto('supportCases')
    .values({
      ...{ id, brand, runId: run.id, accountId, lineId, contractId, reason: result ?? '' },
      ...{ status: 'acknowledged', createdAt: appNow, changedAt: appNow, toldAt: null },
    })
    .onConflict((conflict) => conflict.column('runId').doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** The cases of these runs. */
export async function listCasesOfRuns(db: Db, runIds: readonly string[]): Promise<CaseRow[]> {
  if (runIds.length === 0) return [];
  return await db.selectFrom('supportCases').selectAll().where('runId', 'in', runIds).execute();
}

/**
 * A page of an account's cases: of what it started, as long as it has to do with line or contract, and of contracts
 * that it holds or manages now. Newest first.
 */
export async function listCasesFor(
  db: Db,
  filter: {
    readonly accountId: AccountId;
    readonly lineIds: readonly string[];
    readonly contractIds: readonly string[];
    readonly offset: number;
    readonly limit: number;
  },
): Promise<{ rows: CaseRow[]; total: number }> {
  const { accountId, lineIds, contractIds, offset, limit } = filter;
  const wanted = db
    .selectFrom('supportCases')
    .where((eb) =>
      eb.or([
        eb.and([eb('accountId', '=', accountId), eb('lineId', 'in', ['', ...lineIds])]),
        eb('contractId', 'in', ['', ...contractIds]),
      ]),
    );
  const rows = await wanted
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .offset(offset)
    .limit(limit)
    .execute();
  const all = await wanted.select((eb) => eb.fn.countAll<string | number>().as('n')).executeTakeFirst();
  return { rows, total: Number(all?.n ?? 0) };
}

/** Whom the message about a case goes to, as it is now; undefined when case or account have gone. */
export async function findCaseRecipient(
  db: Db,
  caseId: string,
): Promise<
  | { mobile: Msisdn | null; email: string | null; locale: 'fr' | 'en'; brand: string; told: boolean; at: Date }
  | undefined
> {
  const row = await db
    .selectFrom('supportCases')
    .innerJoin('accounts', 'accounts.id', 'supportCases.accountId')
    .select(['accounts.contactMobile', 'accounts.contactMobileVerifiedAt', 'accounts.contactEmail'])
    .select(['accounts.contactEmailVerifiedAt', 'accounts.locale', 'accounts.brand'])
    .select(['supportCases.toldAt', 'supportCases.createdAt'])
    .where('supportCases.id', '=', caseId)
    .where('accounts.status', '=', 'active')
    .executeTakeFirst();
  return (
    row && {
      mobile: row.contactMobileVerifiedAt === null ? null : row.contactMobile,
      email: row.contactEmailVerifiedAt === null ? null : row.contactEmail,
      ...{ locale: row.locale, brand: row.brand, told: row.toldAt !== null, at: row.createdAt },
    }
  );
}

/** Notes that its message has gone out. */
export async function markCaseTold(db: Db, caseId: string): Promise<void> {
  await db
    .updateTable('supportCases')
    .set({ toldAt: appNow })
    .where('id', '=', caseId)
    .where('toldAt', 'is', null)
    .execute();
}

const atItsEnd = ['closed', 'rejected', 'cancelled'] as const;

/** The cases that are not at their end, oldest first; the first hundred. */
export async function listOpenCases(db: Db): Promise<CaseRow[]> {
  return await db
    .selectFrom('supportCases')
    .selectAll()
    .where('status', 'not in', atItsEnd)
    .orderBy('createdAt')
    .orderBy('id')
    .limit(100)
    .execute();
}

export async function findCase(db: Db, id: string): Promise<CaseRow | undefined> {
  return await db.selectFrom('supportCases').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Moves a case on; undefined if there is none, or it has ended. */
export async function moveCase(tx: Tx, id: string, status: CaseStatus): Promise<CaseRow | undefined> {
  return await tx
    .updateTable('supportCases')
    .set({ status, changedAt: appNow })
    .where('id', '=', id)
    .where('status', 'not in', [...atItsEnd, status])
    .returningAll()
    .executeTakeFirst();
}

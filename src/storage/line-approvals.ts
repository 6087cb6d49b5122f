// What users of lines approved by passing a code on: recorded with code, line, requester, purpose and time (C21).
import { sql } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { LineApproval, LineApprovalRow } from './attachment-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';

/** Writes an approval. */
export async function insertApproval(
  tx: Tx,
  approval: Omit<LineApproval, 'givenAt' | 'proxyId' | 'revokedAt'>,
): Promise<void> {
  await tx
    .insertInto('lineApprovals')
    .values({ ...approval, givenAt: appNow })
    // A draft that went back and came again has a new code; what was approved before counts no more.
    .onConflict((conflict) =>
      conflict.column('draftId').doUpdateSet((eb) => ({
        id: eb.ref('excluded.id'),
        lineId: eb.ref('excluded.lineId'),
        contractId: eb.ref('excluded.contractId'),
        codeId: eb.ref('excluded.codeId'),
        givenAt: eb.ref('excluded.givenAt'),
        usableUntil: eb.ref('excluded.usableUntil'),
        proxyId: null,
        revokedAt: null,
      })),
    )
    .execute();
}

/** The approval of a draft, if nobody took it back. */
export async function findApprovalOfDraft(tx: Tx, draftId: string): Promise<LineApprovalRow | undefined> {
  return await tx
    .selectFrom('lineApprovals')
    .selectAll()
    .where('draftId', '=', draftId)
    .where('revokedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}

/** What it was good for. */
export async function bindApproval(tx: Tx, id: string, proxyId: string): Promise<void> {
  await tx.updateTable('lineApprovals').set({ proxyId }).where('id', '=', id).execute();
}

export interface ListedApproval {
  readonly id: string;
  readonly lineId: string;
  readonly contractId: string;
  readonly proxyId: string | null;
  readonly requesterAccountId: AccountId;
  readonly givenAt: Date;
  readonly msisdn: Msisdn;
  readonly contractKind: 'MOBILE' | 'INTERNET' | 'FIXE' | 'OPEN';
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly accountLabel: string;
}

/** Those of these lines that are good for something: a proxy that lives, or one that can still come of it. */
export async function listGoodApprovals(
  db: Db,
  { lineIds, except }: { lineIds: readonly string[]; except: AccountId },
): Promise<ListedApproval[]> {
  if (lineIds.length === 0) return [];
  return await db
    .selectFrom('lineApprovals')
    .innerJoin('lines', 'lines.id', 'lineApprovals.lineId')
    .innerJoin('contracts', 'contracts.id', 'lineApprovals.contractId')
    .innerJoin('accounts', 'accounts.id', 'lineApprovals.requesterAccountId')
    .leftJoin('persons', 'persons.id', 'accounts.personId')
    .leftJoin('proxies', 'proxies.id', 'lineApprovals.proxyId')
    .select(['lineApprovals.id', 'lineApprovals.lineId', 'lineApprovals.contractId', 'lineApprovals.proxyId'])
    .select(['requesterAccountId', 'givenAt', 'lines.msisdn', 'contracts.kind as contractKind'])
    .select(['persons.givenName', 'persons.familyName', 'accounts.label as accountLabel'])
    .where('lineApprovals.lineId', 'in', [...lineIds])
    .where('requesterAccountId', '<>', except)
    .where('revokedAt', 'is', null)
    .where((eb) =>
      eb.or([
        eb.and([eb('proxies.id', 'is not', null), eb('proxies.endedAt', 'is', null)]),
        eb.and([eb('proxyId', 'is', null), eb('usableUntil', '>', appNow)]),
      ]),
    )
    .orderBy('givenAt', 'desc')
    .execute();
}

/** Takes an approval back; true for one caller. */
export async function revokeApproval(tx: Tx, id: string): Promise<boolean> {
  const row = await tx
    .updateTable('lineApprovals')
    .set({ revokedAt: appNow })
    .where('id', '=', id)
    .where('revokedAt', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes back what was approved for a contract that has become another one's. */
export async function revokeApprovalsOf(tx: Tx, contractId: string): Promise<void> {
  await tx
    .updateTable('lineApprovals')
    .set({ revokedAt: appNow })
    .where('contractId', '=', contractId)
    .where('revokedAt', 'is', null)
    .execute();
}

/** Drops approvals that nothing came of. For the purge job. */
export async function purgeApprovals(db: Db): Promise<void> {
  await db
    .deleteFrom('lineApprovals')
    .where('proxyId', 'is', null)
    .where('usableUntil', '<', sql<Date>`app_now() - interval '1 day'`)
    .execute();
}

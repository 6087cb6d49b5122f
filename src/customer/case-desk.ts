// Support cases as staff work on them: what is open, and the next step, which the customer reads.
import type { Audit } from '../ops/audit.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { CaseRow, CaseStatus } from '../storage/diagnostic-tables.ts';
import { findCase, listOpenCases, moveCase } from '../storage/support-cases.ts';
import type { Notifier } from './notification-centre.ts';

export interface CaseMovingDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notifier: Notifier;
}

/** Those that are not at their end, oldest first. */
export async function openCases({ database }: Pick<CaseMovingDeps, 'database'>): Promise<CaseRow[]> {
  return await listOpenCases(database.db);
}

/** Moves one on and tells its customer, once. `ended`: it has ended, or is there already. */
export async function moveCaseByStaff(
  { database, audit, notifier }: CaseMovingDeps,
  { id, to }: { id: string; to: CaseStatus },
): Promise<{ kind: 'moved'; moved: CaseRow } | { kind: 'none' | 'ended' }> {
  return await database.transaction(async (tx) => {
    const moved = await moveCase(tx, id, to);
    if (moved === undefined) return { kind: (await findCase(tx, id)) === undefined ? 'none' : 'ended' };
    const { accountId, runId, status } = moved;
    await audit.caseMoved(tx, { accountId, caseId: id, status });
    await notifier.notify(tx, {
      ...{ accountId, topic: 'case', key: 'case-moved', params: { status }, link: `/diagnostics/runs/${runId}` },
    });
    return { kind: 'moved', moved };
  });
}

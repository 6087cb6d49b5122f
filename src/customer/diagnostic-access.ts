// Which lines and accesses an account may have tested, and which diagnoses it may see (mission 3; 4-api 4.10).

import { listRelatedContracts, type RelatedContract } from '../storage/contracts.ts';
import type { Db } from '../storage/database.ts';
import type { RunRow } from '../storage/diagnostic-tables.ts';
import { findRelatedLine, listRelatedLines, type RelatedLine } from '../storage/line-changes.ts';
import { findAllowedContract } from './contract-access.ts';
import type { DiagnosticCaller } from './diagnostic-types.ts';
import { mayOnContract, mayOnLine } from './permissions.ts';

/** The line, if the caller may have it tested. */
export async function findLineToTest(
  db: Db,
  { accountId, brand }: DiagnosticCaller,
  lineId: string,
): Promise<RelatedLine | undefined> {
  const found = await findRelatedLine(db, { accountId, lineId });
  if (found === undefined || found.line.brand !== brand) return undefined;
  return mayOnLine(found.relation, 'diagnose') ? found : undefined;
}

/** The contract, if the caller may have what stands at home tested: its holder, or a proxy. */
export async function findAccessToTest(
  db: Db,
  { accountId, brand }: DiagnosticCaller,
  contractId: string,
): Promise<RelatedContract | undefined> {
  const found = await findAllowedContract(db, { accountId, contractId, action: 'home' });
  return found?.contract.brand === brand && mayOnContract(found.relation, 'diagnose') ? found : undefined;
}

/** True for whoever started it, as long as she may, and for the holder of what is tested. */
export async function maySeeRun(db: Db, caller: DiagnosticCaller, run: RunRow): Promise<boolean> {
  const found =
    run.kind === 'mobile'
      ? await findLineToTest(db, caller, run.lineId ?? '')
      : await findAccessToTest(db, caller, run.contractId ?? '');
  return found !== undefined && (run.accountId === caller.accountId || found.relation === 'holder');
}

/** What an account may have tested now. */
export async function listTestable(
  db: Db,
  { accountId, brand }: DiagnosticCaller,
): Promise<{ lineIds: string[]; contractIds: string[] }> {
  const lines = (await listRelatedLines(db, accountId)).filter(
    ({ line, relation }) => line.brand === brand && mayOnLine(relation, 'diagnose'),
  );
  const contracts = (await listRelatedContracts(db, accountId)).filter(
    ({ contract, relation }) => contract.brand === brand && mayOnContract(relation, 'home'),
  );
  return { lineIds: lines.map(({ line }) => line.id), contractIds: contracts.map(({ contract }) => contract.id) };
}

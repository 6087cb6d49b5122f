// The step of a draft that says which contract is meant (c2 to c4; C09, C11, C12, X77 to X79).
import { parseMsisdn } from '../identifiers.ts';
import { findWantedContract, type WantedContract } from '../storage/attachable-contracts.ts';
import { anew, findDraft, moveDraft, type StoredDraft, takeDraft } from '../storage/contract-drafts.ts';
import type { ContractRow } from '../storage/contract-tables.ts';
import type { Db } from '../storage/database.ts';
import type { LineRow } from '../storage/tables.ts';
import { sendCode, sendingTo } from './attach-code.ts';
import {
  type AttachmentDeps,
  asItStands,
  atStep,
  lineToAsk,
  outcomeOf,
  type Standing,
  standingOf,
} from './attach-draft.ts';
import type { ContractIdentifiers, DraftCall, DraftOutcome, DraftRefusal } from './attachment-types.ts';

/** Finds the contract; where it has a mobile line or a 4G box, its user is sent a code. Failures are counted. */
export async function identify(
  deps: AttachmentDeps,
  call: DraftCall,
  identifiers: ContractIdentifiers,
): Promise<DraftOutcome> {
  // Taken before anything is compared, so that parallel guesses cannot share one; what was no failure is given back.
  const wait = await deps.failures.take(call.accountId);
  if (wait !== undefined) return { kind: 'limited', retryAfterSeconds: wait };
  const outcome = await identifyOnce(deps, call, identifiers);
  if (!failures.has(outcome.kind)) await deps.failures.take(call.accountId, -1);
  else await deps.database.transaction((tx) => deps.audit.contractNotIdentified(tx, { ...call, reason: outcome.kind }));
  return outcome;
}

const failures: ReadonlySet<DraftOutcome['kind']> = new Set([
  'not-matched',
  'not-attachable',
  'already-attached',
  'line-suspended',
  'holder-unreachable',
]);

async function identifyOnce(
  deps: AttachmentDeps,
  call: DraftCall,
  identifiers: ContractIdentifiers,
): Promise<DraftOutcome> {
  const { db } = deps.database;
  const before = atStep(await asItStands(db, await findDraft(db, call)), 'identifiers');
  if ('refusal' in before) return before.refusal;
  const found = await judge(db, before.draft, identifiers);
  if ('kind' in found) return found;
  const { contract, line, standing } = found;
  if (line !== undefined) {
    const wait = await deps.codes.takeSending(sendingTo(line.id, call));
    if (wait !== undefined) return { kind: 'limited', retryAfterSeconds: wait };
  }
  return await deps.database.transaction(async (tx) => {
    const now = atStep(await asItStands(tx, await takeDraft(tx, call)), 'identifiers');
    if ('refusal' in now) return now.refusal;
    await deps.audit.contractIdentified(tx, { ...call, contractId: contract.id });
    const place = { ...anew, contractId: contract.id };
    if (line === undefined)
      return await outcomeOf(tx, await moveDraft(tx, now.draft.id, { ...place, step: 'contacts' }));
    await moveDraft(tx, now.draft.id, { ...place, lineId: line.id });
    return await outcomeOf(
      tx,
      await sendCode(deps, tx, { draft: now.draft, lineId: line.id, account: standing.account }),
    );
  });
}

interface Found {
  readonly contract: ContractRow;
  readonly line: LineRow | undefined;
  readonly standing: Standing;
}

async function judge(db: Db, draft: StoredDraft, identifiers: ContractIdentifiers): Promise<Found | DraftRefusal> {
  const wanted = wantedOf(draft, identifiers);
  const contract = wanted && (await findWantedContract(db, wanted));
  if (contract === undefined) return { kind: 'not-matched' };
  const standing = await standingOf(db, draft, contract);
  if ('kind' in standing) return standing;
  const line = await lineToAsk(db, contract.id);
  if (line === undefined && needsCode(contract)) return { kind: 'not-matched' };
  if (line !== undefined && line.status !== 'active') return { kind: 'line-suspended' };
  return { contract, line, standing };
}

function needsCode({ kind }: ContractRow): boolean {
  return kind === 'MOBILE' || kind === 'OPEN';
}

function wantedOf({ brand, kind, segment }: StoredDraft, given: ContractIdentifiers): WantedContract | undefined {
  if (!('lineNumber' in given)) return { brand, kind, segment, ...given };
  try {
    return { brand, kind, segment, number: parseMsisdn(given.lineNumber) };
  } catch {
    return undefined;
  }
}

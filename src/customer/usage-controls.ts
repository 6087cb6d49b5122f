// What a line may do: categories of use that are likely to cost, switched on and off (B22). Events of a category that
// is off are recorded as not having taken place; rating reads the switches under the same lock that is taken here.
import { type AccountId, newId } from '../identifiers.ts';
import { findRelatedContract, type RelatedContract, takeRelatedContract } from '../storage/contracts.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { LineRow } from '../storage/tables.ts';
import { findLine, putControls } from '../storage/usage-lines.ts';
import { listControls } from '../storage/usage-rating.ts';
import type { ControlCategory } from '../storage/usage-tables.ts';
import { mayOnContract } from './permissions.ts';
import { tellControls } from './usage-telling.ts';
import type { ControlsResult, ControlsView, UsageDeskDeps } from './usage-types.ts';
import { isVersion, versionOf } from './versions.ts';

export const controlCategories: readonly ControlCategory[] = [
  'premium_sms',
  'premium_calls',
  'international',
  'roaming_calls',
  'roaming_data',
];

export interface OfLine {
  readonly accountId: AccountId;
  readonly lineId: string;
}

export interface ManagedLine {
  readonly line: LineRow;
  readonly found: RelatedContract;
}

/** A mobile line of a contract that the caller manages; what is at home has neither switches nor top-ups. */
export async function findManagedLine(db: Db, { accountId, lineId }: OfLine): Promise<ManagedLine | undefined> {
  const line = await findLine(db, lineId);
  if (line?.contractId == null || line.kind !== 'mobile') return undefined;
  const found = await findRelatedContract(db, { accountId, contractId: line.contractId });
  return found !== undefined && mayOnContract(found.relation, 'manage') ? { line, found } : undefined;
}

/** The same with the contract taken for this transaction, and the line read after that. */
export async function takeManagedLine(tx: Tx, { accountId, lineId }: OfLine): Promise<ManagedLine | undefined> {
  const before = await findLine(tx, lineId);
  if (before?.contractId == null) return undefined;
  await takeRelatedContract(tx, { accountId, contractId: before.contractId });
  return await findManagedLine(tx, { accountId, lineId });
}

/** The switches of a line. */
export async function readControls(
  { database: { db } }: Pick<UsageDeskDeps, 'database'>,
  place: OfLine,
): Promise<ControlsView | undefined> {
  return (await findManagedLine(db, place)) && (await viewOf(db, place.lineId));
}

async function viewOf(db: Db, lineId: string): Promise<ControlsView> {
  const rows = await listControls(db, [lineId]);
  const isOn = (category: ControlCategory) => rows.find((one) => one.category === category)?.isEnabled ?? true;
  const changes = rows.map(({ changedAt }) => changedAt.getTime());
  return {
    controls: {
      ...{ premium_sms: isOn('premium_sms'), premium_calls: isOn('premium_calls') },
      ...{ international: isOn('international') },
      ...{ roaming_calls: isOn('roaming_calls'), roaming_data: isOn('roaming_data') },
    },
    changedAt: changes.length === 0 ? undefined : new Date(Math.max(...changes)),
  };
}

type Change = OfLine & {
  readonly ifMatch: string | undefined;
  readonly controls: Readonly<Record<ControlCategory, boolean>>;
};

/** Sets all switches; those whose line it is are told of a change, once. */
export async function setControls(
  deps: UsageDeskDeps,
  { ifMatch, controls, ...place }: Change,
): Promise<ControlsResult> {
  return await deps.database.transaction(async (tx): Promise<ControlsResult> => {
    const taken = await takeManagedLine(tx, place);
    if (taken === undefined) return { kind: 'not-found' };
    const before = await viewOf(tx, place.lineId);
    if (!isVersion(ifMatch, versionOf(before.controls))) return { kind: 'stale' };
    const changed = controlCategories.filter((category) => controls[category] !== before.controls[category]);
    if (changed.length === 0) return { kind: 'kept', view: before };
    const { accountId, lineId } = place;
    const wanted = new Map(changed.map((category) => [category, controls[category]] as const));
    await putControls(tx, { lineId, changedBy: accountId, controls: wanted });
    const { contract, relation } = taken.found;
    const names = changed.map((category) => `${category}=${controls[category] ? 'on' : 'off'}`).join(' ');
    await deps.audit.usageControlsChanged(tx, { accountId, lineId, relation, controls: names });
    const eventId = newId('uct', deps.randomBytes);
    await tellControls(deps, tx, { ...place, contractId: contract.id, byProxy: relation === 'proxy', eventId });
    return { kind: 'kept', view: await viewOf(tx, lineId) };
  });
}

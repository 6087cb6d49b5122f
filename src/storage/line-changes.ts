// What happens to a line as such: suspended, found again, another number, ended. Each change is one statement that
// tells whether it was this caller who made it.
import { sql } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { AttemptRow } from './attempt-tables.ts';
import type { AccountContract } from './contract-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { LineRow } from './tables.ts';

export type SuspensionReason = 'lost' | 'stolen' | 'other';

/** Takes the line for this transaction; undefined if there is none, or it has ended. */
export async function lockLine(tx: Tx, lineId: string): Promise<LineRow | undefined> {
  return await tx
    .selectFrom('lines')
    .selectAll()
    .where('id', '=', lineId)
    .where('status', '<>', 'terminated')
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Suspends an active line and blocks its SIM; false if it was suspended already. */
export async function suspendActiveLine(tx: Tx, lineId: string, reason: SuspensionReason): Promise<boolean> {
  const row = await tx
    .updateTable('lines')
    .set({ status: 'suspended', suspendedAt: appNow, suspendedReason: reason })
    .where('id', '=', lineId)
    .where('status', '=', 'active')
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await moveSim(tx, lineId, { from: 'active', to: 'blocked' });
  return true;
}

/** Puts a suspended line back into service with the SIM it has; false if it was not suspended. */
export async function reactivateSuspendedLine(tx: Tx, lineId: string): Promise<boolean> {
  const row = await tx
    .updateTable('lines')
    .set({ status: 'active', suspendedAt: null, suspendedReason: null })
    .where('id', '=', lineId)
    .where('status', '=', 'suspended')
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await moveSim(tx, lineId, { from: 'blocked', to: 'active' });
  return true;
}

async function moveSim(tx: Tx, lineId: string, { from, to }: { from: 'active' | 'blocked'; to: 'active' | 'blocked' }) {
  await tx.updateTable('sims').set({ state: to }).where('lineId', '=', lineId).where('state', '=', from).execute();
}

/** Ends the line; its number is free for another. */
export async function endLine(tx: Tx, lineId: string): Promise<void> {
  await tx.updateTable('lines').set({ status: 'terminated' }).where('id', '=', lineId).execute();
}

/** Gives the line another number. Throws a unique violation when a living line has it. */
export async function renumberLine(tx: Tx, lineId: string, msisdn: Msisdn): Promise<void> {
  await tx.updateTable('lines').set({ msisdn }).where('id', '=', lineId).execute();
}

export interface NumberIndexes {
  readonly brand: string;
  readonly lookupHash: Buffer;
}

/** Moves the logins by one number to another; false if the new number opens an account already. */
export async function moveNumberIdentifiers(tx: Tx, from: NumberIndexes, to: Buffer): Promise<boolean> {
  const taken = await tx
    .selectFrom('loginIdentifiers')
    .select('accountId')
    .where('brand', '=', from.brand)
    .where('kind', '=', 'msisdn')
    .where('lookupHash', '=', to)
    .executeTakeFirst();
  if (taken !== undefined) return false;
  await tx
    .updateTable('loginIdentifiers')
    .set({ lookupHash: to })
    .where('brand', '=', from.brand)
    .where('kind', '=', 'msisdn')
    .where('lookupHash', '=', from.lookupHash)
    .execute();
  return true;
}

/** The number opens no account any more. */
export async function dropNumberIdentifiers(tx: Tx, { brand, lookupHash }: NumberIndexes): Promise<void> {
  await tx
    .deleteFrom('loginIdentifiers')
    .where('brand', '=', brand)
    .where('kind', '=', 'msisdn')
    .where('lookupHash', '=', lookupHash)
    .execute();
}

/** Browsers and sources are remembered by the number: whoever gets it next must not inherit them. */
export async function forgetNumber(tx: Tx, slot: Buffer): Promise<void> {
  await tx.deleteFrom('knownDevices').where('slot', '=', slot).execute();
  await tx.deleteFrom('mutedSources').where('slot', '=', slot).execute();
}

/** What is pending on the number, decoys included; and on its SIM, whatever number that had. */
export async function listPending(tx: Tx, { slot, simId }: { slot: Buffer; simId: string }): Promise<AttemptRow[]> {
  return await tx
    .selectFrom('attempts')
    .selectAll()
    .where('state', '=', 'pending')
    .where('purpose', '<>', 'cancel')
    .where((eb) => eb.or([eb('slot', '=', slot), eb('simId', '=', simId)]))
    .execute();
}

/** Ends activations and PIN resets that were under way on the line. */
export async function endOpenFlows(tx: Tx, lineId: string, failure: string): Promise<void> {
  await tx
    .updateTable('activations')
    .set({ step: 'failed', failure })
    .where('lineId', '=', lineId)
    .where('step', 'not in', ['done', 'failed'])
    .execute();
  await tx
    .updateTable('pinResets')
    .set({ step: 'failed' })
    .where('lineId', '=', lineId)
    .where('step', 'not in', ['done', 'failed'])
    .execute();
}

export type LineRelation = AccountContract['relation'] | 'linked';

export interface RelatedLine {
  readonly line: LineRow;
  readonly relation: LineRelation;
}

const relatedLines = (db: Db, accountId: string) =>
  db
    .selectFrom('lines')
    .leftJoin('accountContracts', (join) =>
      join
        .onRef('accountContracts.contractId', '=', 'lines.contractId')
        .on('accountContracts.accountId', '=', accountId as AccountId),
    )
    .selectAll('lines')
    .select('accountContracts.relation')
    .where('lines.status', '<>', 'terminated')
    .where((eb) =>
      eb.or([
        eb('accountContracts.relation', 'is not', null),
        eb.exists(
          eb
            .selectFrom('enrolments')
            .innerJoin('mobileConnectLinks', 'mobileConnectLinks.enrolmentId', 'enrolments.id')
            .select('enrolments.id')
            .whereRef('enrolments.lineId', '=', 'lines.id')
            .where('enrolments.baseState', '<>', 'DEACTIVATED')
            .where('mobileConnectLinks.status', '=', 'active')
            .where('mobileConnectLinks.accountId', '=', accountId as AccountId),
        ),
      ]),
    );

/** The living lines that an account has to do with: by a contract, or by Mobile Connect on them. */
export async function listRelatedLines(db: Db, accountId: string): Promise<RelatedLine[]> {
  const rows = await relatedLines(db, accountId).orderBy('lines.msisdn').execute();
  return rows.map(({ relation, ...line }) => ({ line, relation: relation ?? 'linked' }));
}

/** One of them. */
export async function findRelatedLine(
  db: Db,
  { accountId, lineId }: { accountId: string; lineId: string },
): Promise<RelatedLine | undefined> {
  const row = await relatedLines(db, accountId).where('lines.id', '=', lineId).executeTakeFirst();
  if (row === undefined) return undefined;
  const { relation, ...line } = row;
  return { line, relation: relation ?? 'linked' };
}

/** Accounts that hear of what happens to the line: its contract's holder and user, and those linked to it. */
export async function listConcernedAccounts(tx: Tx, lineId: string): Promise<AccountId[]> {
  const byContract = tx
    .selectFrom('lines')
    .innerJoin('accountContracts', 'accountContracts.contractId', 'lines.contractId')
    .innerJoin('accounts', 'accounts.id', 'accountContracts.accountId')
    .select('accounts.id')
    .where('lines.id', '=', lineId)
    .where('accounts.status', '=', 'active')
    .where('accountContracts.relation', 'in', ['holder', 'user']);
  const byLink = tx
    .selectFrom('enrolments')
    .innerJoin('mobileConnectLinks', 'mobileConnectLinks.enrolmentId', 'enrolments.id')
    .innerJoin('accounts', 'accounts.id', 'mobileConnectLinks.accountId')
    .select('accounts.id')
    .where('enrolments.lineId', '=', lineId)
    .where('enrolments.baseState', '<>', 'DEACTIVATED')
    .where('accounts.status', '=', 'active');
  const rows = await byContract.union(byLink).orderBy('id').execute();
  return rows.map((row) => row.id);
}

/** Holds that have run out and were not told yet; each is given to one caller, once. */
export async function takeEndedHolds(tx: Tx): Promise<{ enrolmentId: string; lineId: string; holdUntil: Date }[]> {
  const rows = await tx
    .updateTable('enrolments')
    .set({ holdEndTold: true })
    .where('holdEndTold', '=', false)
    .where('holdUntil', '<=', appNow)
    .where('baseState', '=', 'ACTIVE')
    .returning(['id as enrolmentId', 'lineId', sql<Date>`hold_until`.as('holdUntil')])
    .execute();
  return rows;
}

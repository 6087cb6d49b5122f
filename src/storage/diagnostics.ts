// Diagnoses and how they go on. Each step is one statement that tells whether it was this caller who made it, so that
// two workers on one run, or one that was thought dead, do nothing twice.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { Measure, RunKind, RunRow } from './diagnostic-tables.ts';

export interface NewRun {
  readonly id: string;
  readonly brand: string;
  readonly kind: RunKind;
  readonly lineId: string | null;
  readonly contractId: string | null;
  readonly accountId: AccountId;
  readonly problem: string;
  readonly idempotencyKey: string;
  /** The tests must be over then. */
  readonly lifeSeconds: number;
}

const wallClock = sql<Date>`clock_timestamp()`;
const after = (seconds: number) => sql<Date>`app_now() + make_interval(secs => ${seconds})`;

/** Writes a run; undefined while another one of the same line or access has not ended. */
export async function insertRun(tx: Tx, { lifeSeconds, ...run }: NewRun): Promise<RunRow | undefined> {
  return await tx
    .insertInto('diagnosticRuns')
    .values({ ...run, state: 'queued', createdAt: appNow, deadlineAt: after(lifeSeconds), movedAt: wallClock })
    // Any of its unique indexes.
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** The run that this account started with this key. */
export async function findRunByKey(
  db: Db,
  { accountId, idempotencyKey }: { accountId: AccountId; idempotencyKey: string },
): Promise<RunRow | undefined> {
  return await db
    .selectFrom('diagnosticRuns')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('idempotencyKey', '=', idempotencyKey)
    .executeTakeFirst();
}

/** One run. */
export async function findRun(db: Db, id: string): Promise<RunRow | undefined> {
  return await db.selectFrom('diagnosticRuns').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Where a run stands, for what must only be done from there. */
export interface At {
  readonly id: string;
  /** How many tests had been done. */
  readonly step: number;
}

/** Writes what the next test found, if nobody has yet and there is time left. */
export async function addMeasure(
  tx: Tx,
  { id, step }: At,
  { measure, progress }: { measure: Measure; progress: number },
): Promise<RunRow | undefined> {
  return await tx
    .updateTable('diagnosticRuns')
    .set((eb) => ({
      measures: sql<string>`measures || ${JSON.stringify([measure])}::jsonb`,
      progress: eb.fn('greatest', ['progress', eb.val(progress)]),
      ...{ state: 'running', step: step + 1, movedAt: wallClock },
    }))
    .where('id', '=', id)
    .where('step', '=', step)
    .where('state', 'in', ['queued', 'running'])
    .where('deadlineAt', '>', appNow)
    .returningAll()
    .executeTakeFirst();
}

/** The tests that go by themselves are done; now it is for the customer. False if it was not running. */
export async function awaitCustomer(
  tx: Tx,
  { id, step }: At,
  { state, waitSeconds }: { state: 'awaiting_restart' | 'awaiting_confirmation'; waitSeconds: number },
): Promise<boolean> {
  const rows = await tx
    .updateTable('diagnosticRuns')
    .set({
      ...{ state, deadlineAt: after(waitSeconds), movedAt: wallClock },
      // Compared with when a phone was switched on, which no sandbox clock moves.
      ...(state === 'awaiting_restart' ? { restartAskedAt: wallClock } : {}),
    })
    .where('id', '=', id)
    .where('step', '=', step)
    .where('state', '=', 'running')
    .returning('id')
    .execute();
  return rows.length === 1;
}

/** The customer has restarted the phone: the last test may be done. Undefined if that was not asked for. */
export async function noteRestart(tx: Tx, id: string, lifeSeconds: number): Promise<RunRow | undefined> {
  return await tx
    .updateTable('diagnosticRuns')
    .set({ state: 'running', restartedAt: appNow, deadlineAt: after(lifeSeconds), movedAt: wallClock })
    .where('id', '=', id)
    .where('state', '=', 'awaiting_restart')
    .where('deadlineAt', '>', appNow)
    .returningAll()
    .executeTakeFirst();
}

export interface RunEnd {
  readonly state: 'done' | 'failed';
  readonly result: string;
  readonly restored?: boolean;
}

/** Ends a run from this state; undefined if it is not there (any more). What it says then is final. */
export async function endRun(
  tx: Tx,
  at: { readonly id: string; readonly from: 'running' | 'awaiting_confirmation' | 'overdue'; readonly step?: number },
  end: RunEnd,
): Promise<RunRow | undefined> {
  let open = tx
    .updateTable('diagnosticRuns')
    .set({
      ...{ ...end, restored: end.restored ?? null, endedAt: appNow, movedAt: wallClock },
      ...(end.state === 'done' ? { progress: 100 } : {}),
    })
    .where('id', '=', at.id)
    .where('endedAt', 'is', null);
  if (at.from === 'overdue') open = open.where('deadlineAt', '<=', appNow);
  else open = open.where('state', '=', at.from).where('deadlineAt', '>', appNow);
  if (at.step !== undefined) open = open.where('step', '=', at.step);
  return await open.returningAll().executeTakeFirst();
}

/** Runs whose time is over, by index `diagnostic_runs_open`. */
export async function listOverdueRuns(db: Db, most: number): Promise<RunRow[]> {
  return await db
    .selectFrom('diagnosticRuns')
    .selectAll()
    .where('endedAt', 'is', null)
    .where('deadlineAt', '<=', appNow)
    .orderBy('movedAt')
    .limit(most)
    .execute();
}

/** Runs in which nothing has moved for so long that their worker must be gone; marked, so that each is taken once. */
export async function takeStalledRuns(tx: Tx, seconds: number): Promise<RunRow[]> {
  return await tx
    .updateTable('diagnosticRuns')
    .set({ movedAt: wallClock })
    .where('endedAt', 'is', null)
    .where('state', 'in', ['queued', 'running'])
    .where('movedAt', '<', sql<Date>`clock_timestamp() - make_interval(secs => ${seconds})`)
    .where('deadlineAt', '>', appNow)
    .returningAll()
    .execute();
}

/** What an account started, and what concerns contracts that it holds now, newest first. */
function visibleRuns(db: Db, accountId: AccountId) {
  return db
    .selectFrom('diagnosticRuns')
    .where((eb) =>
      eb.or([
        eb('diagnosticRuns.accountId', '=', accountId),
        eb.exists(
          eb
            .selectFrom('accountContracts')
            .select('accountContracts.contractId')
            .whereRef('accountContracts.contractId', '=', 'diagnosticRuns.contractId')
            .where('accountContracts.accountId', '=', accountId)
            .where('accountContracts.relation', '=', 'holder'),
        ),
      ]),
    );
}

export interface RunFilter {
  readonly accountId: AccountId;
  readonly lineIds: readonly string[];
  readonly contractIds: readonly string[];
  readonly lineId?: string | undefined;
  readonly contractId?: string | undefined;
}

/** A page of the runs that an account may see of these lines and contracts, newest first, and how many there are. */
export async function listRuns(
  db: Db,
  { accountId, lineIds, contractIds, lineId, contractId, ...page }: RunFilter & { offset: number; limit: number },
): Promise<{ rows: RunRow[]; total: number }> {
  let wanted = visibleRuns(db, accountId).where((eb) =>
    eb.or([
      eb.and([eb('kind', '=', 'mobile'), eb('lineId', 'in', ['', ...lineIds])]),
      eb.and([eb('kind', '=', 'internet'), eb('contractId', 'in', ['', ...contractIds])]),
    ]),
  );
  if (lineId !== undefined) wanted = wanted.where('lineId', '=', lineId);
  if (contractId !== undefined) wanted = wanted.where('contractId', '=', contractId);
  const rows = await wanted
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .offset(page.offset)
    .limit(page.limit)
    .execute();
  const all = await wanted.select((eb) => eb.fn.countAll<string | number>().as('n')).executeTakeFirst();
  return { rows, total: Number(all?.n ?? 0) };
}

/** Drops runs of so many months ago, their cases with them. */
export async function purgeRuns(db: Db, months: number): Promise<void> {
  await db
    .deleteFrom('diagnosticRuns')
    .where('createdAt', '<', sql<Date>`app_now() - make_interval(months => ${months})`)
    .where('endedAt', 'is not', null)
    .execute();
}

// Activations of the service on a line: one open at a time, each step one conditional statement (A15).
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { ActivationRow, ActivationStep } from './service-tables.ts';

export interface NewActivation {
  readonly id: string;
  readonly accountId: AccountId;
  readonly lineId: string;
  readonly simId: string;
  readonly enrolmentId: string | null;
  readonly step: ActivationStep;
  readonly minutes: number;
}

const ended: readonly ActivationStep[] = ['done', 'failed'];

/** Begins one; undefined while another is open on the line. */
export async function insertActivation(tx: Tx, { minutes, ...row }: NewActivation): Promise<ActivationRow | undefined> {
  return await tx
    .insertInto('activations')
    .values({ ...row, failure: null, attemptId: null, createdAt: appNow, expiresAt: inMinutes(minutes) })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
}

function inMinutes(minutes: number) {
  return sql<Date>`app_now() + make_interval(mins => ${minutes}::integer)`;
}

export async function findActivation(db: Db, id: string): Promise<ActivationRow | undefined> {
  return await db.selectFrom('activations').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Takes it for this transaction. */
export async function takeActivation(tx: Tx, id: string): Promise<ActivationRow | undefined> {
  return await tx.selectFrom('activations').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The one that is open on the line, whoever began it. */
export async function findOpenActivation(db: Db, lineId: string): Promise<ActivationRow | undefined> {
  return await db
    .selectFrom('activations')
    .selectAll()
    .where('lineId', '=', lineId)
    .where('step', 'not in', ended)
    .executeTakeFirst();
}

export interface ActivationMove {
  readonly from: readonly ActivationStep[];
  readonly to: ActivationStep;
  readonly failure?: string | null;
  readonly attemptId?: string | null;
  readonly enrolmentId?: string;
  /** A new end of its life, from now. */
  readonly minutes?: number;
}

/** Takes it from one of the steps to another; the row for the one caller who did it. */
export async function moveActivation(tx: Tx, id: string, move: ActivationMove): Promise<ActivationRow | undefined> {
  const { from, to, minutes, failure = null, ...rest } = move;
  return await tx
    .updateTable('activations')
    .set({ step: to, failure, ...rest, ...(minutes === undefined ? {} : { expiresAt: inMinutes(minutes) }) })
    .where('id', '=', id)
    .where('step', 'in', from)
    .returningAll()
    .executeTakeFirst();
}

/** Records the acceptance of the terms, once. */
export async function acceptTerms(
  tx: Tx,
  id: string,
  terms: { version: string; locale: string; address: Buffer },
): Promise<ActivationRow | undefined> {
  return await tx
    .updateTable('activations')
    .set({
      termsVersion: terms.version,
      termsAcceptedAt: appNow,
      termsLocale: terms.locale,
      termsAddress: terms.address,
    })
    .where('id', '=', id)
    .where('step', '=', 'terms')
    .where('termsAcceptedAt', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

const failureWhenOverdue = sql<string>`case step when 'installing' then 'install_timeout'
  when 'installed' then 'pin_timeout' when 'pin' then 'pin_timeout' else 'expired' end`;

/** Ends what has run out of time on a line, or everywhere; each row for one caller. */
export async function endOverdueActivations(tx: Tx, lineId?: string): Promise<ActivationRow[]> {
  let query = tx
    .updateTable('activations')
    .set({ step: 'failed', failure: failureWhenOverdue })
    .where('step', 'not in', ended)
    .where('expiresAt', '<=', appNow);
  if (lineId !== undefined) query = query.where('lineId', '=', lineId);
  return await query.returningAll().execute();
}

// The way of a replacement SIM: out of the stock, reserved for a line, shipped, activated in the place of the old one.
import { sql } from 'kysely';
import type { AccountId, Iccid } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { EnrolmentRow, SimRow } from './tables.ts';

/** On its way to the line, in whatever state. */
export async function findReservedSim(db: Db, lineId: string): Promise<SimRow | undefined> {
  return await db
    .selectFrom('sims')
    .selectAll()
    .where('reservedForLineId', '=', lineId)
    .where('state', 'in', ['reserved', 'shipped', 'delivered', 'activating'])
    .executeTakeFirst();
}

/** Takes one SIM out of the stock for the line: the one with this card number, or any that can be activated. */
export async function reserveStockSim(
  tx: Tx,
  { lineId, iccid }: { lineId: string; iccid: Iccid | undefined },
): Promise<SimRow | undefined> {
  const free = tx
    .selectFrom('sims')
    .select('id')
    .where('state', '=', 'stock')
    .where('serial13', 'is not', null)
    .where((eb) => (iccid === undefined ? eb('appletCapable', '=', true) : eb('iccid', '=', iccid)))
    .orderBy('iccid')
    .limit(1)
    .forUpdate()
    .skipLocked();
  return await tx
    .updateTable('sims')
    .set({ state: 'reserved', reservedForLineId: lineId })
    .where('id', 'in', free)
    .returningAll()
    .executeTakeFirst();
}

export interface SimMove {
  readonly from: readonly SimRow['state'][];
  readonly to: 'shipped' | 'delivered' | 'cancelled';
  /** Only this one, where another may have been reserved since. */
  readonly simId?: string | undefined;
}

/** Moves the reserved SIM of a line on; undefined if it is not in a state that this leads from. */
export async function moveReservedSim(
  tx: Tx,
  lineId: string,
  { from, to, simId }: SimMove,
): Promise<SimRow | undefined> {
  let moving = tx
    .updateTable('sims')
    .set({ state: to })
    .where('reservedForLineId', '=', lineId)
    .where('state', 'in', [...from]);
  if (simId !== undefined) moving = moving.where('id', '=', simId);
  return await moving.returningAll().executeTakeFirst();
}

/** The shipped SIM with this printed number begins to be activated: for one caller, once. */
export async function beginActivation(
  tx: Tx,
  { lineId, serial13 }: { lineId: string; serial13: string },
): Promise<SimRow | undefined> {
  return await tx
    .updateTable('sims')
    .set({ state: 'activating', activatingSince: appNow })
    .where('reservedForLineId', '=', lineId)
    .where('serial13', '=', serial13)
    .where('state', 'in', ['shipped', 'delivered'])
    .returningAll()
    .executeTakeFirst();
}

/** Ends the SIM in the line, so that none of its keys is ever tried again; undefined if the line has none. */
export async function terminateLineSim(tx: Tx, lineId: string): Promise<SimRow | undefined> {
  return await tx
    .updateTable('sims')
    .set({ state: 'terminated', lineId: null })
    .where('lineId', '=', lineId)
    .where('state', 'in', ['active', 'blocked'])
    .returningAll()
    .executeTakeFirst();
}

/** The new SIM is the line's own from now on. Throws a unique violation while another one is. */
export async function finishActivation(tx: Tx, simId: string, lineId: string): Promise<SimRow> {
  await tx
    .updateTable('lines')
    .set({ status: 'active', suspendedAt: null, suspendedReason: null })
    .where('id', '=', lineId)
    .execute();
  return await tx
    .updateTable('sims')
    .set({ state: 'active', lineId, viaReplacement: true, activatedAt: appNow, reservedForLineId: null })
    .where('id', '=', simId)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Ends an enrolment with its key; returns the accounts that were linked to it, the primary one first. */
export async function endEnrolment(
  tx: Tx,
  enrolmentId: string,
  reason: 'sim_replaced' | 'number_changed' | 'line_terminated',
): Promise<{ accountId: AccountId; isPrimary: boolean; linkedAt: Date }[]> {
  await tx
    .updateTable('enrolments')
    .set({
      baseState: 'DEACTIVATED',
      deactivatedAt: appNow,
      deactivatedReason: reason,
      pinKey: null,
      pinKeyProvenance: null,
      credentialMac: null,
      suspendedByFork: false,
    })
    .where('id', '=', enrolmentId)
    .execute();
  const links = await tx
    .deleteFrom('mobileConnectLinks')
    .where('enrolmentId', '=', enrolmentId)
    .returning(['accountId', 'isPrimary', 'linkedAt', 'status'])
    .execute();
  return links.filter(({ status }) => status === 'active').map(({ status: _status, ...link }) => link);
}

/** The enrolment of a new SIM: the former accounts are there, and inert until a PIN is made (a9). */
export async function insertAwaitingPin(
  tx: Tx,
  draft: Pick<EnrolmentRow, 'id' | 'simId' | 'lineId' | 'termsVersion' | 'termsAcceptedAt' | 'credentialMac'>,
  links: readonly { accountId: AccountId; isPrimary: boolean; linkedAt: Date }[],
): Promise<void> {
  await tx
    .insertInto('enrolments')
    .values({ ...draft, baseState: 'AWAITING_PIN', createdAt: sql<Date>`app_now()` })
    .execute();
  for (const link of links) {
    await tx
      .insertInto('mobileConnectLinks')
      .values({ ...link, enrolmentId: draft.id })
      .execute();
  }
}

/** The sealed PUK of the SIM in the line. */
export async function findPuk(db: Db, lineId: string): Promise<{ simId: string; pukSealed: string } | undefined> {
  const row = await db
    .selectFrom('sims')
    .select(['id', 'pukSealed'])
    .where('lineId', '=', lineId)
    .where('state', 'in', ['active', 'blocked'])
    .executeTakeFirst();
  return row?.pukSealed == null ? undefined : { simId: row.id, pukSealed: row.pukSealed };
}

/** The enrolment of the line that has not ended, on whatever SIM. */
export async function findLineEnrolment(db: Db, lineId: string): Promise<EnrolmentRow | undefined> {
  return await db
    .selectFrom('enrolments')
    .selectAll()
    .where('lineId', '=', lineId)
    .where('baseState', '<>', 'DEACTIVATED')
    .orderBy('createdAt', 'desc')
    .executeTakeFirst();
}

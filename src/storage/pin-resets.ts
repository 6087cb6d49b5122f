// Flows of a forgotten PIN: one row for every number that is asked for, with a line behind it or none (A45).
// A step is taken by one conditional update, so that a form sent twice counts once.
import type { AccountId } from '../identifiers.ts';
import type { AttemptRow } from './attempt-tables.ts';
import { secondsFromNow } from './browser-flows.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { PinResetRow, PinResetStep } from './service-tables.ts';

export interface NewPinReset {
  readonly id: string;
  readonly browser: Buffer;
  readonly slot: Buffer;
  readonly brand: string;
  readonly identifierSealed: string;
  readonly lineId: string | null;
  readonly enrolmentId: string | null;
  readonly robotSealed: string;
  readonly robotSeconds: number;
  readonly lifeSeconds: number;
}

/** Begins a flow with its robot check. */
export async function insertPinReset(tx: Tx, reset: NewPinReset): Promise<void> {
  const { robotSeconds, lifeSeconds, ...row } = reset;
  await tx
    .insertInto('pinResets')
    .values({
      ...row,
      step: 'robot',
      strong: false,
      attemptId: null,
      robotUntil: secondsFromNow(robotSeconds),
      createdAt: appNow,
      expiresAt: secondsFromNow(lifeSeconds),
    })
    .execute();
}

/** The flow of a browser, while it lives. */
export async function findPinReset(db: Db, { id, browser }: { id: string; browser: Buffer }) {
  return await db
    .selectFrom('pinResets')
    .selectAll()
    .where('id', '=', id)
    .where('browser', '=', browser)
    .where('expiresAt', '>', appNow)
    .executeTakeFirst();
}

/** A flow by its id, whatever its browser: for the answer of the SIM and for the job that sends the code. */
export async function findPinResetById(db: Db, id: string): Promise<PinResetRow | undefined> {
  return await db.selectFrom('pinResets').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Goes on from one step to the next: true for one caller. */
export async function movePinReset(
  tx: Tx,
  { id, from, to, ...facts }: Move & { from: PinResetStep; to: PinResetStep },
): Promise<boolean> {
  const row = await tx
    .updateTable('pinResets')
    .set({ ...facts, step: to })
    .where('id', '=', id)
    .where('step', '=', from)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

interface Move {
  readonly id: string;
  readonly strong?: boolean;
  readonly attemptId?: string;
}

/** A code was sent to the mailbox. */
export async function markEmailAsked(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('pinResets').set({ emailAsked: true }).where('id', '=', id).where('step', '=', 'code').execute();
}

/** More than the SMS was given. */
export async function markStrong(db: Db, id: string): Promise<void> {
  await db.updateTable('pinResets').set({ strong: true }).where('id', '=', id).where('step', '=', 'code').execute();
}

/** Ends the other flows that wait for a code on this number, so that one code counts for it (A47). */
export async function endOtherResets(tx: Tx, { id, slot }: { id: string; slot: Buffer }): Promise<void> {
  await tx
    .updateTable('pinResets')
    .set({ step: 'failed' })
    .where('slot', '=', slot)
    .where('id', '<>', id)
    .where('step', '=', 'code')
    .execute();
}

/** Requests that are open on a number: they give way to the reset that its owner has proved. */
export async function listPendingOnSlot(tx: Tx, slot: Buffer): Promise<AttemptRow[]> {
  return await tx
    .selectFrom('attempts')
    .selectAll()
    .where('slot', '=', slot)
    .where('state', '=', 'pending')
    .where('holdsSlot', '=', true)
    .where('purpose', '<>', 'cancel')
    .execute();
}

export interface ResetCredential {
  readonly enrolmentId: string;
  readonly pinKey: Buffer;
  readonly provenance: string;
  readonly credentialMac: Buffer;
  readonly pinSetAt: Date;
  /** The PIN counts in full from then on; null: at once. */
  readonly trustedFrom: Date | null;
}

/** The new PIN's key in the place of the old, and nothing else: neither a lock nor a hold moves. */
export async function storeResetKey(tx: Tx, credential: ResetCredential): Promise<void> {
  const { enrolmentId, provenance, trustedFrom, ...facts } = credential;
  await tx
    .updateTable('enrolments')
    .set({ ...facts, pinKeyProvenance: provenance, pinTrustedFrom: trustedFrom })
    .where('id', '=', enrolmentId)
    .execute();
}

/** The accounts that an enrolment opens: each is told of a new PIN. */
export async function listAccountsToTell(tx: Tx, enrolmentId: string): Promise<AccountId[]> {
  const rows = await tx
    .selectFrom('mobileConnectLinks')
    .innerJoin('accounts', 'accounts.id', 'mobileConnectLinks.accountId')
    .select('accounts.id')
    .where('mobileConnectLinks.enrolmentId', '=', enrolmentId)
    .where('accounts.status', '=', 'active')
    .orderBy('accounts.id')
    .execute();
  return rows.map(({ id }) => id);
}

// The enrolment of a SIM as it moves through its life, and the accounts that it opens. Each step is one statement that
// tells whether it was this caller who took it; what may follow what is the table of enrolment/states.ts.
import { sql, type UpdateObject } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { BaseState, EnrolmentRow, Tables } from './tables.ts';

/** Takes the SIM for this transaction, as an answer does first of all: what comes after cannot cross with it. */
export async function lockSim(tx: Tx, simId: string): Promise<void> {
  await tx.selectFrom('sims').select('id').where('id', '=', simId).forNoKeyUpdate().execute();
}

/** Takes the enrolment for this transaction. */
export async function takeEnrolment(tx: Tx, id: string): Promise<EnrolmentRow | undefined> {
  return await tx.selectFrom('enrolments').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

export interface InstallingEnrolment {
  readonly id: string;
  readonly simId: string;
  readonly lineId: string;
  readonly termsVersion: string;
  readonly termsAcceptedAt: Date;
  readonly deadlineMinutes: number;
}

/** The SIM is being asked whether it is ready (a3): the SIM's open enrolment if it has one, else a new one; its id. */
export async function beginInstalling(tx: Tx, enrolment: InstallingEnrolment): Promise<string | undefined> {
  const { id, simId, lineId, termsVersion, termsAcceptedAt, deadlineMinutes } = enrolment;
  const installDeadline = sql<Date>`app_now() + make_interval(mins => ${deadlineMinutes}::integer)`;
  const facts = { baseState: 'INSTALLING' as const, installDeadline, pinDeadline: null, termsVersion, termsAcceptedAt };
  const known = await tx
    .updateTable('enrolments')
    .set(facts)
    .where('simId', '=', simId)
    .where('pinKey', 'is', null)
    .where('baseState', 'in', ['INACTIVE', 'INSTALLING', 'AWAITING_PIN'])
    .returning('id')
    .executeTakeFirst();
  if (known !== undefined) return known.id;
  const made = await tx
    .insertInto('enrolments')
    .values({ id, simId, lineId, ...facts, createdAt: appNow })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return made?.id;
}

/** The terms of a service that only needs a new PIN, on a SIM that took the place of another. */
export async function recordTerms(
  tx: Tx,
  { id, termsVersion, termsAcceptedAt }: { id: string; termsVersion: string; termsAcceptedAt: Date },
): Promise<void> {
  await tx.updateTable('enrolments').set({ termsVersion, termsAcceptedAt }).where('id', '=', id).execute();
}

/** The SIM is ready (a4). */
export async function awaitPin(tx: Tx, id: string, deadlineHours: number): Promise<boolean> {
  return await move(tx, id, ['INSTALLING'], {
    baseState: 'AWAITING_PIN',
    installDeadline: null,
    pinDeadline: sql<Date>`app_now() + make_interval(hours => ${deadlineHours}::integer)`,
  });
}

/** A first enrolment came to nothing (a5, a10). One that had a PIN on an earlier SIM keeps waiting for a new one. */
export async function abandonEnrolment(tx: Tx, id: string): Promise<boolean> {
  const row = await tx
    .updateTable('enrolments')
    .set({ baseState: 'INACTIVE', installDeadline: null, pinDeadline: null })
    .where('id', '=', id)
    .where((eb) =>
      eb.or([
        eb('baseState', '=', 'INSTALLING'),
        eb.and([eb('baseState', '=', 'AWAITING_PIN'), eb('pinDeadline', 'is not', null)]),
      ]),
    )
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export interface CreatedPin {
  readonly pinKey: Buffer;
  readonly provenance: string;
  /** When the SIM's answer arrived. */
  readonly at: Date;
  readonly triesLeft: number | null;
  readonly holdUntil: Date | null;
}

/** The PIN exists on the card (a8, a9). The credential is sealed anew after this. */
export async function storePin(tx: Tx, id: string, pin: CreatedPin): Promise<boolean> {
  const { pinKey, provenance, at, triesLeft, holdUntil } = pin;
  return await move(tx, id, ['AWAITING_PIN'], {
    ...{
      baseState: 'ACTIVE',
      pinKey,
      pinKeyProvenance: provenance,
      pinSetAt: at,
      verifiedAt: at,
      triesLeft,
      holdUntil,
    },
    ...{ holdEndTold: false, lockedUntil: null, pinDeadline: null, installDeadline: null, pinTrustedFrom: null },
  });
}

/** The service has ended; key and PIN are gone on our side (a29). The links are removed beside this. */
export async function endEnrolment(tx: Tx, id: string, reason: string): Promise<boolean> {
  return await move(tx, id, ['INACTIVE', 'INSTALLING', 'AWAITING_PIN', 'ACTIVE'], {
    ...{ baseState: 'DEACTIVATED', deactivatedAt: appNow, deactivatedReason: reason },
    ...{ pinKey: null, credentialMac: null, holdUntil: null },
  });
}

type Changes = UpdateObject<Tables, 'enrolments'>;

async function move(tx: Tx, id: string, from: readonly BaseState[], changes: Changes): Promise<boolean> {
  const row = await tx
    .updateTable('enrolments')
    .set(changes)
    .where('id', '=', id)
    .where('baseState', 'in', from)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** True if another SIM has this key: it was copied (sim-channel 5.4). */
export async function keyIsKnown(tx: Tx, id: string, pinKey: Buffer): Promise<boolean> {
  const row = await tx
    .selectFrom('enrolments')
    .select('id')
    .where('pinKey', '=', pinKey)
    .where('id', '<>', id)
    .executeTakeFirst();
  return row !== undefined;
}

/** The MAC over the credential (sim-channel 5.7). */
export async function writeCredentialMac(tx: Tx, id: string, credentialMac: Buffer): Promise<void> {
  await tx.updateTable('enrolments').set({ credentialMac }).where('id', '=', id).execute();
}

/** The last service of a line that has ended, for a line that has none now. */
export async function findEndedEnrolment(db: Db, lineId: string): Promise<EnrolmentRow | undefined> {
  return await db
    .selectFrom('enrolments')
    .selectAll()
    .where('lineId', '=', lineId)
    .where('baseState', '=', 'DEACTIVATED')
    .where('deactivatedAt', 'is not', null)
    .orderBy('deactivatedAt', 'desc')
    .executeTakeFirst();
}

export interface LinkRow {
  readonly accountId: AccountId;
  readonly label: string;
  readonly status: 'pending' | 'active';
  readonly isPrimary: boolean;
  readonly linkedAt: Date;
}

/** The links of an enrolment, pending ones too, the primary one first. */
export async function listLinks(db: Db, enrolmentId: string): Promise<LinkRow[]> {
  return await db
    .selectFrom('mobileConnectLinks')
    .innerJoin('accounts', 'accounts.id', 'mobileConnectLinks.accountId')
    .select(['mobileConnectLinks.accountId', 'accounts.label', 'mobileConnectLinks.status'])
    .select(['mobileConnectLinks.isPrimary', 'mobileConnectLinks.linkedAt'])
    .where('mobileConnectLinks.enrolmentId', '=', enrolmentId)
    .orderBy('mobileConnectLinks.isPrimary', 'desc')
    .orderBy('mobileConnectLinks.linkedAt')
    .execute();
}

/** Adds a link; the first one of an enrolment is the primary one. False if the account has one already. */
export async function insertLink(
  tx: Tx,
  { enrolmentId, accountId, status }: { enrolmentId: string; accountId: AccountId; status: 'pending' | 'active' },
): Promise<boolean> {
  const isPrimary = (await listLinks(tx, enrolmentId)).length === 0;
  const row = await tx
    .insertInto('mobileConnectLinks')
    .values({ enrolmentId, accountId, status, isPrimary, linkedAt: appNow })
    .onConflict((conflict) => conflict.doNothing())
    .returning('accountId')
    .executeTakeFirst();
  return row !== undefined;
}

/** A pending link becomes one that opens the account (a11): true for the one caller who did it. */
export async function activateLink(tx: Tx, enrolmentId: string, accountId: AccountId): Promise<boolean> {
  const row = await tx
    .updateTable('mobileConnectLinks')
    .set({ status: 'active', linkedAt: appNow })
    .where('enrolmentId', '=', enrolmentId)
    .where('accountId', '=', accountId)
    .where('status', '=', 'pending')
    .returning('accountId')
    .executeTakeFirst();
  return row !== undefined;
}

/** Removes the link of one account; if that was the primary one, the oldest of the others takes its place. */
export async function removeLink(tx: Tx, enrolmentId: string, accountId: AccountId): Promise<boolean> {
  const row = await tx
    .deleteFrom('mobileConnectLinks')
    .where('enrolmentId', '=', enrolmentId)
    .where('accountId', '=', accountId)
    .returning('isPrimary')
    .executeTakeFirst();
  if (row === undefined) return false;
  const [next] = row.isPrimary ? await listLinks(tx, enrolmentId) : [];
  if (next !== undefined) {
    await tx
      .updateTable('mobileConnectLinks')
      .set({ isPrimary: true })
      .where('enrolmentId', '=', enrolmentId)
      .where('accountId', '=', next.accountId)
      .execute();
  }
  return true;
}

/** Removes all links, pending ones too. */
export async function removeLinks(tx: Tx, enrolmentId: string): Promise<void> {
  await tx.deleteFrom('mobileConnectLinks').where('enrolmentId', '=', enrolmentId).execute();
}

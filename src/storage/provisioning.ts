// Writes subscribers: persons, accounts, contracts, lines, SIMs, enrolments, links. Inserts only; rules live above.
import { type Insertable, sql } from 'kysely';
import type { AccountId, Iccid } from '../identifiers.ts';
import type { AccountContract, Contract } from './contract-tables.ts';
import type { Db, Tx } from './database.ts';
import type { Account, Enrolment, Line, LoginIdentifier, MobileConnectLink, Person, Sim, SimRow } from './tables.ts';

export async function insertPerson(tx: Tx, person: Insertable<Person>): Promise<void> {
  await tx.insertInto('persons').values(person).execute();
}

export async function insertAccount(
  tx: Tx,
  account: Insertable<Account>,
  identifiers: Omit<Insertable<LoginIdentifier>, 'accountId' | 'brand'>[],
): Promise<void> {
  await tx.insertInto('accounts').values(account).execute();
  for (const identifier of identifiers) {
    await tx
      .insertInto('loginIdentifiers')
      .values({ ...identifier, accountId: account.id, brand: account.brand })
      .execute();
  }
}

/** Sets or replaces the password of an account. */
export async function putPassword(
  tx: Tx,
  password: { accountId: AccountId; passwordHash: string; changedAt: Date },
): Promise<void> {
  await tx
    .insertInto('passwords')
    .values(password)
    .onConflict((conflict) =>
      conflict.column('accountId').doUpdateSet({ passwordHash: password.passwordHash, changedAt: password.changedAt }),
    )
    .execute();
}

export async function insertContract(
  tx: Tx,
  contract: Insertable<Contract>,
  parties: Omit<Insertable<AccountContract>, 'contractId'>[],
): Promise<void> {
  await tx.insertInto('contracts').values(contract).execute();
  for (const party of parties)
    await tx
      .insertInto('accountContracts')
      .values({ ...party, contractId: contract.id })
      .execute();
}

export async function insertLine(tx: Tx, line: Insertable<Line>): Promise<void> {
  await tx.insertInto('lines').values(line).execute();
}

/** Writes a SIM, or gives a known one its new place; its counters are kept in any case (decisions 54). */
export async function putSim(tx: Tx, sim: Insertable<Sim>): Promise<void> {
  const { id: _id, iccid: _iccid, packetCounter: _p, appletCounter: _a, adminNumber: _n, ...place } = sim;
  await tx
    .insertInto('sims')
    .values(sim)
    .onConflict((conflict) => conflict.column('iccid').doUpdateSet(place))
    .execute();
}

export async function findSimByIccid(db: Db, iccid: Iccid): Promise<SimRow | undefined> {
  return await db.selectFrom('sims').selectAll().where('iccid', '=', iccid).executeTakeFirst();
}

export async function insertEnrolment(
  tx: Tx,
  enrolment: Insertable<Enrolment>,
  links: Omit<Insertable<MobileConnectLink>, 'enrolmentId'>[],
): Promise<void> {
  await tx.insertInto('enrolments').values(enrolment).execute();
  for (const link of links) {
    await tx
      .insertInto('mobileConnectLinks')
      .values({ ...link, enrolmentId: enrolment.id })
      .execute();
  }
}

/** The root key that new SIMs derive from; `make` is called if there is none. Two nodes at once make one. */
export async function ensureSimRoot(
  tx: Tx,
  make: (id: number) => { wrappedKey: string; createdAt: Date },
): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtext('sim_roots'))`.execute(tx);
  const newest = await tx.selectFrom('simRoots').select('id').orderBy('id', 'desc').executeTakeFirst();
  if (newest !== undefined) return newest.id;
  await tx
    .insertInto('simRoots')
    .values({ id: 1, ...make(1) })
    .execute();
  return 1;
}

/** All SIMs that the simulator plays, with the number of their line. */
export async function listTestSims(db: Db): Promise<(SimRow & { msisdn: string | null; lineKind: string | null })[]> {
  return await db
    .selectFrom('sims')
    .leftJoin('lines', (join) => join.onRef('lines.id', '=', 'sims.lineId').on('lines.status', '<>', 'terminated'))
    .selectAll('sims')
    .select(['lines.msisdn', 'lines.kind as lineKind'])
    .where('sims.origin', '=', 'test')
    .orderBy('sims.iccid')
    .execute();
}

/** True if any account is there. */
export async function hasAccounts(db: Db): Promise<boolean> {
  return (await db.selectFrom('accounts').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/**
 * Empties the customer's tables for a new world: customers, services, limits, ephemeral records. SIM rows stay, for
 * their counters must never go down; so do clients, signing keys and the audit journal.
 */
export async function clearSubscribers(tx: Tx): Promise<void> {
  const inStock = { lineId: null, state: 'stock', viaReplacement: false, activatedAt: null } as const;
  await tx
    .updateTable('sims')
    .set({ ...inStock, reservedForLineId: null, activatingSince: null })
    .execute();
  // In the order of the foreign keys.
  const tables = [
    'activations',
    'passwordResets',
    'accountDrafts',
    'registrations',
    'pinResets',
    'restingNumbers',
    'oneTimeCodes',
    'attempts',
    'mutedSources',
    'knownDevices',
    'mobileConnectLinks',
    'enrolments',
    'mailAddresses',
    'accountContracts',
    'loginIdentifiers',
    'passwords',
    'lines',
    'contracts',
    'customerGroups',
    'billingCounters',
    'accounts',
    'persons',
    'ephemeralRecords',
  ] as const;
  for (const table of tables) await tx.deleteFrom(table).execute();
  await sql`delete from rate_limits`.execute(tx);
}

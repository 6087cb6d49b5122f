// Rows that the storage tests stand on: accounts, lines, SIMs, enrolments and attempts with numbers of their own,
// so that tests of one file share a database without meeting.
import { createHash, randomBytes } from 'node:crypto';
import { type Insertable, sql } from 'kysely';
import type { AccountId, Iccid, Msisdn } from '../../src/identifiers.ts';
import type { AttemptRow } from '../../src/storage/attempt-tables.ts';
import { insertAttempt } from '../../src/storage/attempts.ts';
import type { Database, Db, Tx } from '../../src/storage/database.ts';
import { insertAccount, insertEnrolment, insertLine, putSim } from '../../src/storage/provisioning.ts';
import { readPushFacts } from '../../src/storage/push-sources.ts';
import type { Account, Enrolment, Line, LoginIdentifier, Sim } from '../../src/storage/tables.ts';

export type AttemptDraft = Parameters<typeof insertAttempt>[1];

export interface Subject {
  readonly accountId: AccountId;
  readonly lineId: string;
  readonly simId: string;
  readonly enrolmentId: string;
  readonly msisdn: Msisdn;
  readonly iccid: Iccid;
}

interface Changes {
  readonly account?: Partial<Insertable<Account>>;
  readonly identifiers?: Omit<Insertable<LoginIdentifier>, 'accountId' | 'brand'>[];
  readonly line?: Partial<Insertable<Line>>;
  readonly sim?: Partial<Insertable<Sim>>;
  readonly enrolment?: Partial<Insertable<Enrolment>>;
}

const start = new Date('2026-03-01T08:00:00Z');

/** A digest that stands for an HMAC of `name`. */
export function hashOf(name: string): Buffer {
  return createHash('sha256').update(name).digest();
}

/** Names that no other row of this database has. */
function createNumbers() {
  let last = 0;
  return () => ++last;
}

/** Makes the functions over one database. */
export async function createRows(database: Database) {
  const next = createNumbers();
  await database.db
    .insertInto('simRoots')
    .values({ id: 1, wrappedKey: 'sealed elsewhere', createdAt: start })
    .onConflict((conflict) => conflict.doNothing())
    .execute();

  const account = async (changes: Pick<Changes, 'account' | 'identifiers'> = {}): Promise<AccountId> => {
    const n = next();
    const row: Insertable<Account> = {
      id: `acc_${n}` as AccountId,
      brand: 'exemple',
      kind: 'main',
      personId: null,
      label: `Account ${n}`,
      contactEmail: `person-${n}@exemple.test`,
      contactEmailVerifiedAt: start,
      createdAt: start,
      ...changes.account,
    };
    await database.transaction((tx) => insertAccount(tx, row, changes.identifiers ?? []));
    return row.id;
  };

  const subject = async (changes: Changes = {}): Promise<Subject> => {
    const n = next();
    const accountId = await account(changes);
    const lineId = `lin_${n}`;
    const simId = `sim_${n}`;
    const enrolmentId = `enr_${n}`;
    const msisdn = `+3363998${String(n).padStart(4, '0')}` as Msisdn;
    const iccid = `8933010${String(n).padStart(12, '0')}` as Iccid;
    await database.transaction(async (tx) => {
      await insertLine(tx, { id: lineId, brand: 'exemple', msisdn, kind: 'mobile', ...changes.line });
      await putSim(tx, {
        id: simId,
        iccid,
        serial13: null,
        origin: 'test',
        state: 'active',
        appletCapable: true,
        lineId,
        rootId: 1,
        keyVersion: 1,
        activatedAt: start,
        ...changes.sim,
      });
      const enrolment = {
        id: enrolmentId,
        simId,
        lineId,
        baseState: 'ACTIVE' as const,
        triesLeft: 3,
        createdAt: start,
      };
      await insertEnrolment(tx, { ...enrolment, ...changes.enrolment }, [
        { accountId, isPrimary: true, linkedAt: start },
      ]);
    });
    return { accountId, lineId, simId, enrolmentId, msisdn, iccid };
  };

  const draft = (changes: Partial<AttemptDraft> = {}): AttemptDraft => {
    const n = next();
    return {
      id: `att_${n}`,
      purpose: 'login',
      slot: hashOf(`slot ${n}`),
      holdsSlot: true,
      simId: null,
      enrolmentId: null,
      lineId: null,
      accountId: null,
      brand: 'exemple',
      clientId: 'portal',
      clientName: 'Portal',
      source: hashOf('a source'),
      fromKnownDevice: false,
      device: null,
      confirmation: 'compare',
      level: 'sim-pin',
      op: 2,
      flags: 3,
      challenge: randomBytes(16),
      requestData: 'sealed',
      requestSha256: hashOf('request'),
      adminNumber: null,
      ttlSeconds: 120,
      leaseSeconds: 0,
      ...changes,
    };
  };

  return {
    account,
    subject,
    draft,
    /** Writes an attempt that must find its slot free. */
    async attempt(changes: Partial<AttemptDraft> = {}): Promise<AttemptRow> {
      const row = await database.transaction((tx: Tx) => insertAttempt(tx, draft(changes)));
      if (row === undefined) throw new Error('the slot was taken');
      return row;
    },
    async readAttempt(id: string): Promise<AttemptRow> {
      return await database.db.selectFrom('attempts').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    },
  };
}

export type Rows = Awaited<ReturnType<typeof createRows>>;

/** Sets the domain clock to the database's own time. */
export async function resetClock(database: Database): Promise<void> {
  await sql`update domain_clock set offset_seconds = 0`.execute(database.db);
}

/** Runs `work` 20 times at once, each in a transaction of its own. */
export async function twentyTimes<T>(database: Database, work: (tx: Tx, n: number) => Promise<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: 20 }, (_, n) => database.transaction((tx) => work(tx, n))));
}

/** Whether this number has approved a login of this browser. */
export async function knowsDevice(db: Db, slot: Buffer, device: Buffer): Promise<boolean> {
  const about = { slot, device, source: Buffer.alloc(0), enrolmentId: '', withinMinutes: 15 };
  return (await readPushFacts(db, about)).knownDevice;
}

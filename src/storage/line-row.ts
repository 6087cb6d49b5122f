// Reads a line, the SIM in it and that SIM's enrolment by one statement: a login looks them up again and again. It is the
// same statement whether or not there is a line, so that nothing shows by its time (decisions 52).
import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';
import type { Enrolment, EnrolmentRow, Line, LineRow, Sim, SimRow } from './tables.ts';

/** What is read; the others are undefined where the line has none. */
export interface LineParts {
  readonly line: LineRow;
  readonly sim: SimRow | undefined;
  readonly enrolment: EnrolmentRow | undefined;
}

// Complete by their types; the statement's text is made of them once.
const lineColumns: Readonly<Record<keyof Line, true>> = {
  id: true,
  contractId: true,
  brand: true,
  msisdn: true,
  kind: true,
  status: true,
  suspendedAt: true,
  suspendedReason: true,
};

const simColumns: Readonly<Record<keyof Sim, true>> = {
  id: true,
  iccid: true,
  serial13: true,
  origin: true,
  state: true,
  appletCapable: true,
  lineId: true,
  viaReplacement: true,
  rootId: true,
  keyVersion: true,
  packetCounter: true,
  appletCounter: true,
  adminNumber: true,
  activatedAt: true,
  pukSealed: true,
  reservedForLineId: true,
  activatingSince: true,
};

const enrolmentColumns: Readonly<Record<keyof Enrolment, true>> = {
  id: true,
  simId: true,
  lineId: true,
  baseState: true,
  triesLeft: true,
  lockedUntil: true,
  holdUntil: true,
  suspendedByFork: true,
  pinKey: true,
  pinKeyProvenance: true,
  credentialMac: true,
  pinSetAt: true,
  lastUsedAt: true,
  termsVersion: true,
  termsAcceptedAt: true,
  installDeadline: true,
  pinDeadline: true,
  pinTrustedFrom: true,
  verifiedAt: true,
  deactivatedAt: true,
  deactivatedReason: true,
  holdEndTold: true,
  selfAnswering: true,
  createdAt: true,
};

const parts = [
  ['lines', Object.keys(lineColumns)],
  ['sims', Object.keys(simColumns)],
  ['enrolments', Object.keys(enrolmentColumns)],
] as const;

// "sims.line_id" as "sims lineId": the name of a part before the name of a member.
const columns = parts.flatMap(([table, names]) =>
  names.map(
    (name) => `${table}.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)} as "${table} ${name}"`,
  ),
);

const statement = sql.raw(`select ${columns.join(', ')} from lines
  left join sims on sims.line_id = lines.id and sims.state in ('active', 'blocked')
  left join enrolments on enrolments.sim_id = sims.id and enrolments.base_state <> 'DEACTIVATED'
  where`);

/** The line for which `which` holds, a condition on the table `lines`. */
export async function readLine(db: Db, which: RawBuilder<unknown>): Promise<LineParts | undefined> {
  const { rows } = await sql<Record<string, unknown>>`${statement} ${which} limit 1`.execute(db);
  const [line, sim, enrolment] = parts.map(([table, names]) => partOf(rows[0], table, names));
  // Forced, since the driver knows no types: `columns` was made from the keys of these very row types, all of them.
  return (
    line && {
      line: line as unknown as LineRow,
      sim: sim as SimRow | undefined,
      enrolment: enrolment as EnrolmentRow | undefined,
    }
  );
}

/** Undefined where the outer join has found nothing: an id is never null. */
function partOf(row: Record<string, unknown> | undefined, table: string, names: readonly string[]): object | undefined {
  if (row?.[`${table} id`] == null) return undefined;
  return Object.fromEntries(names.map((name) => [name, row[`${table} ${name}`]]));
}

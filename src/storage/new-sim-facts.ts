// What the hold of a new SIM is decided by: earlier services of the same contract, and how this SIM came to its line.
import { sql } from 'kysely';
import type { Tx } from './database.ts';

export interface NewSimFacts {
  /** The contract had a PIN on another SIM, or under another number. */
  readonly hadServiceElsewhere: boolean;
  /** This very SIM, under this number, had a PIN before whose hold is over. */
  readonly settled: boolean;
  /** When the SIM came to its line by a replacement; null for a line's first SIM. */
  readonly replacedAt: Date | null;
}

/** Reads the facts for the enrolment whose PIN was just created; that row itself does not count. */
export async function readNewSimFacts(
  tx: Tx,
  { simId, enrolmentId, at }: { simId: string; enrolmentId: string; at: Date },
): Promise<NewSimFacts> {
  const sim = await tx
    .selectFrom('sims')
    .leftJoin('lines', 'lines.id', 'sims.lineId')
    .select(['sims.viaReplacement', 'sims.activatedAt', 'lines.id as lineId', 'lines.contractId'])
    .where('sims.id', '=', simId)
    .executeTakeFirstOrThrow();
  const elsewhere = sql<boolean>`(enrolments.sim_id <> ${simId} or enrolments.deactivated_reason = 'number_changed')`;
  const earlier = await tx
    .selectFrom('enrolments')
    .innerJoin('lines', 'lines.id', 'enrolments.lineId')
    .select([elsewhere.as('elsewhere'), 'enrolments.holdUntil'])
    .where('enrolments.id', '<>', enrolmentId)
    .where('enrolments.pinSetAt', 'is not', null)
    .where((eb) =>
      eb.or([
        eb('enrolments.simId', '=', simId),
        eb('lines.id', '=', sim.lineId ?? ''),
        eb('lines.contractId', '=', sim.contractId ?? ''),
      ]),
    )
    .execute();
  return {
    hadServiceElsewhere: earlier.some((row) => row.elsewhere),
    settled: earlier.some((row) => !row.elsewhere && (row.holdUntil === null || row.holdUntil <= at)),
    replacedAt: sim.viaReplacement ? sim.activatedAt : null,
  };
}

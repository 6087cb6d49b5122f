// What level M* asks of an account now, over all the lines that open it.
import { effectiveState, type StateRules } from '../authentication/policies.ts';
import type { LineSummary, StrongDemand } from '../enrolment/line-desk-types.ts';
import { type Database, readAppNow } from '../storage/database.ts';
import { type LineState, listEnrolledLines } from '../storage/subscribers.ts';
import { strongDemand } from './permissions.ts';

export interface CurrentServiceDeps {
  readonly database: Pick<Database, 'db'>;
  readonly rules: StateRules;
}

/** The service on a line, and until when if that ends by itself. */
export function serviceOf(
  deps: Pick<CurrentServiceDeps, 'rules'>,
  line: LineState | undefined,
  now: Date,
): LineSummary['service'] {
  const state = effectiveState(line, deps.rules, now);
  const { lockedUntil = null, holdUntil = null } = line?.enrolment ?? {};
  if (state === 'LOCKED') return { state, until: lockedUntil };
  return { state, until: state === 'NEW_SIM_HOLD' ? holdUntil : null };
}

/** Reads it. */
export async function demandNow(deps: CurrentServiceDeps, accountId: string): Promise<StrongDemand> {
  const { db } = deps.database;
  const now = await readAppNow(db);
  const lines = await listEnrolledLines(db, accountId);
  return strongDemand(lines.map((line) => serviceOf(deps, line, now)));
}

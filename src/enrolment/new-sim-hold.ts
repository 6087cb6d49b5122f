// The rule of the new SIM: who creates a PIN on one waits before it opens anything (A53, X51 to X53).
import type { Tx } from '../storage/database.ts';
import { type NewSimFacts, readNewSimFacts } from '../storage/new-sim-facts.ts';

export interface HoldRules {
  /** How long the service waits after the PIN was created, in hours. */
  readonly holdHours: number;
  /** A SIM counts as a replacement for so many days, even where no service was before it. */
  readonly replacementDays: number;
}

const hour = 3_600_000;

/**
 * True if a PIN created at `at` opens nothing yet. Never on a contract's first SIM; nor twice on one SIM, for a card
 * whose hold is over is no new one.
 */
export function needsHold(facts: NewSimFacts, rules: Pick<HoldRules, 'replacementDays'>, at: Date): boolean {
  if (facts.settled) return false;
  if (facts.hadServiceElsewhere) return true;
  return facts.replacedAt !== null && at.getTime() < facts.replacedAt.getTime() + rules.replacementDays * 24 * hour;
}

/**
 * The end of the hold for a PIN created at `at` (the arrival of the SIM's answer), or null if there is none. To be
 * called in the transaction that makes the enrolment ACTIVE.
 */
export async function holdUntilFor(
  tx: Tx,
  { simId, enrolmentId, at }: { simId: string; enrolmentId: string; at: Date },
  rules: HoldRules,
): Promise<Date | null> {
  const facts = await readNewSimFacts(tx, { simId, enrolmentId, at });
  return needsHold(facts, rules, at) ? new Date(at.getTime() + rules.holdHours * hour) : null;
}

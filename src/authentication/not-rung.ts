// Why a phone does not ring, for clients whose contract lets them hear it (`reveal_enrolment`, decisions 18). Pure.
import type { EffectiveState, LineFacts, StateRules } from './policies.ts';

/**
 * `unknown`: nobody has the number here, or it is no operator's · `not-registered`: Mobile Connect is not active on the
 * line · `busy`: another request holds it. Whoever is locked, held back or suspended is never told of.
 */
export type NotRung = 'unknown' | 'not-registered' | 'busy';

/** What the decision not to ring was made from. */
export interface NotRungFacts {
  readonly target: LineFacts | undefined;
  readonly state: EffectiveState;
  /** An account hangs on the line's service (A27). */
  readonly isLinked: boolean;
  readonly slotTaken: boolean;
}

/** The reason that may be told; undefined where the phone rings, or where nothing may be told. */
export function whyNotRung(facts: NotRungFacts, { isServed }: Pick<StateRules, 'isServed'>): NotRung | undefined {
  const { target, state, isLinked, slotTaken } = facts;
  const { status, msisdn = '' } = target?.line ?? {};
  if (target === undefined || status === 'terminated' || isServed?.(msisdn) === false) return 'unknown';
  if (withoutService.includes(state) || (state === 'ACTIVE' && !isLinked)) return 'not-registered';
  return slotTaken ? 'busy' : undefined;
}

const withoutService: readonly EffectiveState[] = [
  'NOT_ELIGIBLE',
  'INACTIVE',
  'INSTALLING',
  'AWAITING_PIN',
  'DEACTIVATED',
];

// Decides what a line may do now. Pure: rows and the time come in, a decision goes out (mission 2.0).
import { unreachable } from '../errors.ts';
import type { BaseState } from '../storage/tables.ts';
import type { Level } from './levels.ts';

export type EffectiveState = 'NOT_ELIGIBLE' | 'LINE_SUSPENDED' | 'NEW_SIM_HOLD' | 'LOCKED' | BaseState;

/** The facts about a line that decide its state. */
export interface LineFacts {
  readonly line: { readonly kind: string; readonly status: string; readonly msisdn?: string; readonly brand?: string };
  readonly sim: { readonly appletCapable: boolean; readonly origin: string; readonly state: string } | undefined;
  readonly enrolment:
    | {
        readonly baseState: BaseState;
        readonly lockedUntil: Date | null;
        readonly holdUntil: Date | null;
        readonly installDeadline?: Date | null;
        readonly pinDeadline?: Date | null;
        readonly suspendedByFork: boolean;
        readonly selfAnswering: boolean;
      }
    | undefined;
}

export interface StateRules {
  /** The brand of the line offers Mobile Connect (A11): one word for all brands, or by the brand. */
  readonly mobileConnectEnabled: boolean | ((brand: string) => boolean);
  /** Only the sandbox rings and believes SIMs of origin `test`. */
  readonly testSimsAllowed: boolean;
  /** Is the number one of a configured operator (A02)? Missing: every number is. */
  readonly isServed?: (msisdn: string) => boolean;
}

/** The state that counts now; stored facts and the time decide, first match wins. Windows are half-open. */
export function effectiveState(facts: LineFacts | undefined, rules: StateRules, now: Date): EffectiveState {
  if (facts === undefined || !isEligible(facts, rules)) return 'NOT_ELIGIBLE';
  const { line, sim, enrolment } = facts;
  if (line.status === 'suspended' || sim?.state === 'blocked' || enrolment?.suspendedByFork) return 'LINE_SUSPENDED';
  if (enrolment === undefined) return 'INACTIVE';
  if (enrolment.baseState !== 'ACTIVE') return isOverdue(enrolment, now) ? 'INACTIVE' : enrolment.baseState;
  if (enrolment.holdUntil !== null && now < enrolment.holdUntil) return 'NEW_SIM_HOLD';
  if (enrolment.lockedUntil !== null && now < enrolment.lockedUntil && !enrolment.selfAnswering) return 'LOCKED';
  return 'ACTIVE';
}

/** An activation that ran out of time is as if it had not begun (mission a5, a10). */
function isOverdue(enrolment: NonNullable<LineFacts['enrolment']>, now: Date): boolean {
  const { baseState, installDeadline = null, pinDeadline = null } = enrolment;
  if (baseState === 'INSTALLING') return installDeadline !== null && now >= installDeadline;
  return baseState === 'AWAITING_PIN' && pinDeadline !== null && now >= pinDeadline;
}

/** True if the line's brand has the service, and its number is one of ours (A02, A11). */
export function isOffered({ brand = '', msisdn }: LineFacts['line'], rules: StateRules): boolean {
  const { mobileConnectEnabled: enabled, isServed } = rules;
  if (!(typeof enabled === 'function' ? enabled(brand) : enabled)) return false;
  return msisdn === undefined || isServed?.(msisdn) !== false;
}

function isEligible({ line, sim }: LineFacts, rules: StateRules): boolean {
  if (!isOffered(line, rules) || line.kind !== 'mobile' || line.status === 'terminated') return false;
  return sim?.appletCapable === true && (sim.origin !== 'test' || rules.testSimsAllowed);
}

/** How the customer hears of a password login on this line (A40): an SMS, an e-mail if the phone may be stolen. */
export function passwordAlertFor(state: EffectiveState): 'sms' | 'email' | 'none' {
  switch (state) {
    case 'ACTIVE':
    case 'LOCKED':
    case 'NEW_SIM_HOLD':
      return 'sms';
    case 'LINE_SUSPENDED':
      return 'email';
    case 'NOT_ELIGIBLE':
    case 'INACTIVE':
    case 'INSTALLING':
    case 'AWAITING_PIN':
    case 'DEACTIVATED':
      return 'none';
    default:
      return unreachable(state);
  }
}

/** The level that the SIM is asked for: the one that the request prefers, the PIN where it says nothing. */
export function simLevelFor({ wanted }: { wanted: Level }): 'sim-ok' | 'sim-pin' {
  return wanted === 'sim-ok' ? 'sim-ok' : 'sim-pin';
}

/**
 * What an answer of the SIM proves: less than its PIN, while the PIN is one that was reset with nothing but an SMS to
 * the same SIM (decisions 11). The window is half-open and judged by the answer's arrival.
 */
export function provedLevel(
  answer: { readonly level: 'sim-ok' | 'sim-pin'; readonly receivedAt: Date },
  pinTrustedFrom: Date | null,
): 'sim-ok' | 'sim-pin' {
  const trusted = pinTrustedFrom === null || answer.receivedAt >= pinTrustedFrom;
  return trusted ? answer.level : 'sim-ok';
}

/** May the password be used: the client allows it and nothing above `pwd` is demanded. */
export function passwordAllowed(client: { allowPasswordFallback: boolean }, least: Level): boolean {
  return client.allowPasswordFallback && least === 'pwd';
}

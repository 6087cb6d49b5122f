// What the steps of a forgotten PIN share: when one is possible, and where its number is kept.
import { effectiveState, type StateRules } from '../authentication/policies.ts';
import type { PinResetRow } from '../storage/service-tables.ts';
import type { LineState } from '../storage/subscribers.ts';

/** What the codes by SMS of this flow are for. */
export const codePurpose = 'pin-reset';

/** True while the line is active, on the enrolment that the flow began with: no lock, no hold, no suspension. */
export function mayReset(
  flow: Pick<PinResetRow, 'enrolmentId'>,
  target: LineState | undefined,
  { rules, now }: { rules: StateRules; now: Date },
): boolean {
  if (target?.enrolment === undefined || target.enrolment.id !== flow.enrolmentId) return false;
  return effectiveState(target, rules, now) === 'ACTIVE';
}

/** Where the number of a flow is sealed. */
export function identifierPlace(id: string) {
  return { table: 'pin_resets', column: 'identifier_sealed', row: id } as const;
}

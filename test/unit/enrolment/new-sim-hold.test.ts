// Who has to wait after a PIN on a new SIM, and from when: cases around each boundary.
import { describe, expect, it } from 'vitest';
import { needsHold } from '../../../src/enrolment/new-sim-hold.ts';

const at = new Date('2026-03-28T12:00:00.000Z');
const days = (count: number): Date => new Date(at.getTime() - count * 86_400_000);
const rules = { replacementDays: 30 };
const firstSim = { hadServiceElsewhere: false, settled: false, replacedAt: null };

describe('the hold of a new SIM', () => {
  it('A28 does not hold a contract’s first SIM', () => {
    expect(needsHold(firstSim, rules, at)).toBe(false);
  });

  it('A53 holds a SIM when the contract had a PIN on another one, however long ago it was activated (X53)', () => {
    const facts = { ...firstSim, hadServiceElsewhere: true };
    expect(needsHold(facts, rules, at)).toBe(true);
    expect(needsHold({ ...facts, replacedAt: days(400) }, rules, at)).toBe(true);
  });

  it('A53 holds a replaced SIM for 30 days even where no service was before it', () => {
    expect(needsHold({ ...firstSim, replacedAt: days(10) }, rules, at)).toBe(true);
    expect(needsHold({ ...firstSim, replacedAt: new Date(days(30).getTime() + 1) }, rules, at)).toBe(true);
    expect(needsHold({ ...firstSim, replacedAt: days(30) }, rules, at)).toBe(false);
  });

  it('A53 does not hold the same SIM a second time once its hold is over', () => {
    expect(needsHold({ hadServiceElsewhere: true, settled: true, replacedAt: days(2) }, rules, at)).toBe(false);
  });
});

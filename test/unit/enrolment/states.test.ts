// The table of the service: each transition, and random walks that must never break its promises.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { effectiveState } from '../../../src/authentication/policies.ts';
import {
  enrolledStates,
  type Guard,
  loginPossible,
  type ServiceEvent,
  type ServiceState,
  type Transition,
  transitionFor,
  transitions,
} from '../../../src/enrolment/states.ts';
import type { BaseState } from '../../../src/storage/tables.ts';

const day = 86_400_000;
const start = Date.parse('2026-03-28T22:30:00Z');

/** A line with everything that the table moves; SIMs are counted, so that an old one can be told from the new. */
interface Line {
  now: number;
  eligible: boolean;
  suspended: boolean;
  base: BaseState;
  lockedUntil: Date | null;
  holdUntil: Date | null;
  sim: number;
  keyOfSim: number | null;
  hadPin: boolean;
  links: number;
  pending: { sim: number; purpose: Transition['effects'][number] }[];
}

const fresh = (): Line => ({
  ...{ now: start, eligible: true, suspended: false, base: 'INACTIVE', lockedUntil: null, holdUntil: null },
  ...{ sim: 1, keyOfSim: null, hadPin: false, links: 0, pending: [] },
});

function stateOf(line: Line): ServiceState {
  const { base: baseState, lockedUntil, holdUntil } = line;
  const facts = {
    line: { kind: 'mobile', status: line.suspended ? 'suspended' : 'active' },
    sim: { appletCapable: line.eligible, origin: 'live', state: 'active' },
    enrolment: { baseState, lockedUntil, holdUntil, suspendedByFork: false, selfAnswering: false },
  };
  return effectiveState(facts, { mobileConnectEnabled: true, testSimsAllowed: false }, new Date(line.now));
}

function guardsOf(line: Line): Guard[] {
  const newSim = line.hadPin && line.sim > 1;
  return [
    ...(['fresh-password', 'own-line', 'terms-accepted'] as const),
    ...(line.pending.length === 0 ? (['no-open-request'] as const) : []),
    ...(newSim ? (['new-sim'] as const) : []),
    ...(line.links <= 1 ? (['last-link'] as const) : []),
    ...(line.hadPin ? [] : (['first-enrolment'] as const)),
  ];
}

const effects: Partial<Record<Transition['effects'][number], (line: Line) => void>> = {
  'ask-status': (line) => line.pending.push({ sim: line.sim, purpose: 'ask-status' }),
  'ask-enrol': (line) => line.pending.push({ sim: line.sim, purpose: 'ask-enrol' }),
  'ask-pin': (line) => line.pending.push({ sim: line.sim, purpose: 'ask-pin' }),
  'ask-pin-reset': (line) => line.pending.push({ sim: line.sim, purpose: 'ask-pin-reset' }),
  'cancel-pending': (line) => (line.pending = []),
  'store-key': (line) => Object.assign(line, { keyOfSim: line.sim, hadPin: true, lockedUntil: null }),
  lock: (line) => (line.lockedUntil = new Date(line.now + day)),
  hold: (line) => (line.holdUntil = new Date(line.now + day)),
  'clear-hold': (line) => (line.holdUntil = null),
  'activate-link': (line) => (line.links = Math.max(1, line.links)),
  'add-link': (line) => (line.links += 1),
  'remove-link': (line) => (line.links -= 1),
  'remove-links': (line) => (line.links = 0),
  'revoke-sim': (line) => (line.keyOfSim = null),
  'empty-applet': (line) => (line.keyOfSim = null),
};

/** What happens outside of the table when an event comes: the answer uses up its request, the world changes. */
function worldChanges(line: Line, event: ServiceEvent): void {
  // A blocked PIN may come as a late answer to a request before: what is pending is still there (X44).
  const answers: ServiceEvent[] = ['installed', 'install-failed', 'pin-created', 'approved'];
  answers.push('pin-reset', 'deactivation-approved', 'deactivation-refused');
  if (answers.includes(event)) line.pending.shift();
  if (event === 'became-eligible') line.eligible = true;
  if (event === 'became-ineligible') line.eligible = false;
  if (event === 'line-suspended') line.suspended = true;
  if (event === 'line-reactivated') line.suspended = false;
  if (event === 'sim-replaced') Object.assign(line, { sim: line.sim + 1, suspended: false });
}

const baseOf: Partial<Record<ServiceState, BaseState>> = {
  ...{ INACTIVE: 'INACTIVE', INSTALLING: 'INSTALLING', AWAITING_PIN: 'AWAITING_PIN', DEACTIVATED: 'DEACTIVATED' },
  ...{ ACTIVE: 'ACTIVE', NEW_SIM_HOLD: 'ACTIVE', NOT_ELIGIBLE: 'INACTIVE' },
};

/** Takes the event if the table does; true if it did. */
function take(line: Line, event: ServiceEvent): boolean {
  const before = stateOf(line);
  const transition = transitionFor(before, event, guardsOf(line));
  if (transition === undefined) return false;
  worldChanges(line, event);
  for (const effect of transition.effects) effects[effect]?.(line);
  if (transition.to !== 'same' && transition.to !== 'computed') line.base = baseOf[transition.to] ?? line.base;
  if (transition.to === 'DEACTIVATED' || transition.to === 'INACTIVE') line.keyOfSim = null;
  return true;
}

const events = [...new Set(transitions.map(({ on }) => on))];
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...events) },
  // The way to a PIN, so that walks come far.
  { weight: 3, arbitrary: fc.constantFrom<ServiceEvent>('activation-begun', 'installed', 'pin-asked', 'pin-created') },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 30 * 3_600_000 }) },
);

type Check = (line: Line, taken: ServiceEvent | undefined, before: ServiceState, wasNewSim: boolean) => void;

function walk(check: Check): void {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const line = fresh();
      for (const one of steps) {
        const before = stateOf(line);
        const wasNewSim = guardsOf(line).includes('new-sim');
        if (typeof one === 'number') line.now += one;
        const taken = typeof one !== 'number' && take(line, one) ? one : undefined;
        check(line, taken, before, wasNewSim);
      }
    }),
    { numRuns: 2_000 },
  );
}

describe('a random walk through the life of the service', () => {
  test('never has two requests pending on a SIM, nor one on a SIM that is gone', () => {
    walk((line) => {
      expect(line.pending.length).toBeLessThanOrEqual(1);
      expect(line.pending.every(({ sim }) => sim === line.sim)).toBe(true);
    });
  });

  test('rings for a login in no state but ACTIVE (a13, a20)', () => {
    walk((line, taken, before) => {
      const rang = taken === 'login-asked' && line.pending.some(({ purpose }) => purpose === 'ask-pin');
      if (rang) expect(before).toBe('ACTIVE');
      expect(loginPossible(stateOf(line))).toBe(stateOf(line) === 'ACTIVE');
    });
  });

  test('locks and holds for exactly 86,400 s, and a lock ends what is pending (a9, a15)', () => {
    walk((line, taken) => {
      if (taken === 'blocked') {
        expect(line.lockedUntil?.getTime()).toBe(line.now + day);
        expect(line.pending).toEqual([]);
      }
      for (const [until, held] of [
        [line.lockedUntil, 'LOCKED'],
        [line.holdUntil, 'NEW_SIM_HOLD'],
      ] as const) {
        if (until === null || line.base !== 'ACTIVE' || line.suspended || !line.eligible) continue;
        expect(stateOf({ ...line, now: until.getTime() }), held).not.toBe(held);
        const justBefore = stateOf({ ...line, now: until.getTime() - 1 });
        expect(['LOCKED', 'NEW_SIM_HOLD']).toContain(justBefore);
      }
    });
  });

  test('believes the SIM that is in the phone and no earlier one (a21, a27)', () => {
    walk((line, taken) => {
      if (stateOf(line) === 'ACTIVE') expect(line.keyOfSim).toBe(line.sim);
      if (taken === 'sim-replaced') expect(line.keyOfSim).toBeNull();
    });
  });

  test('comes to a PIN by the phone alone, and never past the hold of a new SIM (a8, a9)', () => {
    walk((line, taken, before, wasNewSim) => {
      if (before !== 'ACTIVE' && stateOf(line) === 'ACTIVE' && taken !== undefined) {
        expect(['pin-created', 'line-reactivated', 'became-eligible']).toContain(taken);
      }
      if (taken !== 'pin-created') return;
      expect(stateOf(line)).toBe(wasNewSim ? 'NEW_SIM_HOLD' : 'ACTIVE');
      if (wasNewSim) expect(line.holdUntil?.getTime()).toBe(line.now + day);
    });
  });

  test('ends no lock but by time (a16, a17, a18)', () => {
    walk((line, taken, before) => {
      if (before !== 'LOCKED' || taken === undefined || stateOf(line) === 'LOCKED') return;
      expect(['became-ineligible', 'line-suspended', 'sim-replaced', 'number-changed']).toContain(taken);
    });
  });
});

describe('the table', () => {
  test('holds every row of the mission from a1 to a34, but for the two that are the clock', () => {
    const rows = new Set(transitions.map(({ id }) => id));
    const wanted = Array.from({ length: 34 }, (_, n) => `a${n + 1}`).filter((id) => !['a16', 'a19'].includes(id));
    expect(wanted.filter((id) => !rows.has(id))).toEqual([]);
  });

  test.each([
    ['a2', 'ACTIVE', 'became-ineligible', [], 'NOT_ELIGIBLE'],
    [
      'a3',
      'DEACTIVATED',
      'activation-begun',
      ['fresh-password', 'own-line', 'terms-accepted', 'no-open-request'],
      'INSTALLING',
    ],
    ['a4', 'INSTALLING', 'installed', [], 'AWAITING_PIN'],
    ['a5', 'INSTALLING', 'install-failed', [], 'INACTIVE'],
    ['a8', 'AWAITING_PIN', 'pin-created', [], 'ACTIVE'],
    ['a9', 'AWAITING_PIN', 'pin-created', ['new-sim'], 'NEW_SIM_HOLD'],
    ['a10', 'AWAITING_PIN', 'pin-deadline', ['first-enrolment'], 'INACTIVE'],
    ['a21', 'NEW_SIM_HOLD', 'sim-replaced', [], 'AWAITING_PIN'],
    ['a27', 'LINE_SUSPENDED', 'sim-replaced', [], 'AWAITING_PIN'],
    ['a28', 'LOCKED', 'number-changed', [], 'DEACTIVATED'],
    ['a29', 'ACTIVE', 'deactivation-approved', ['last-link'], 'DEACTIVATED'],
    ['a30', 'ACTIVE', 'deactivation-approved', [], 'same'],
  ] as const)('%s: %s by %s', (id, from, event, guards, to) => {
    expect(transitionFor(from, event, guards)).toMatchObject({ id, to });
  });

  test.each([
    [
      'an activation without a fresh password (a3)',
      'INACTIVE',
      'activation-begun',
      ['own-line', 'terms-accepted', 'no-open-request'],
    ],
    [
      'an activation without accepted terms (a3)',
      'INACTIVE',
      'activation-begun',
      ['fresh-password', 'own-line', 'no-open-request'],
    ],
    [
      'an activation of a line with a PIN',
      'ACTIVE',
      'activation-begun',
      ['fresh-password', 'own-line', 'terms-accepted', 'no-open-request'],
    ],
    ['a PIN on a new SIM without a fresh password', 'AWAITING_PIN', 'pin-asked', ['no-open-request']],
    ['a link without the password of that account (a12)', 'ACTIVE', 'link-added', []],
    ['a second request while one is open', 'ACTIVE', 'login-asked', []],
    ['a PIN that nobody asked for', 'ACTIVE', 'pin-created', []],
    ['an approval while it is locked', 'LOCKED', 'approved', []],
  ] as const)('refuses %s', (_what, from, event, guards) => {
    expect(transitionFor(from, event, guards)).toBeUndefined();
  });

  test.each(['LOCKED', 'NEW_SIM_HOLD', 'LINE_SUSPENDED'] as const)(
    'asks no phone for a deactivation in %s (a18)',
    (from) => {
      expect(transitionFor(from, 'deactivation-asked', ['no-open-request'])?.effects).toEqual([]);
    },
  );

  test('a handset, a password and a stale answer change nothing in any state (a32, a33, a34)', () => {
    for (const state of enrolledStates) {
      for (const event of ['handset-changed', 'password-reset', 'stale-answer'] as const) {
        expect(transitionFor(state, event)).toMatchObject({ to: 'same', effects: [] });
      }
    }
  });
});

// What a line may do now, as tables: eligibility, precedence of the states, the ends of lock and hold, the alert.
import { describe, expect, test } from 'vitest';
import type { Level } from '../../../src/authentication/levels.ts';
import {
  type EffectiveState,
  effectiveState,
  type LineFacts,
  passwordAlertFor,
  passwordAllowed,
  type StateRules,
  simLevelFor,
} from '../../../src/authentication/policies.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const at = (milliseconds: number) => new Date(now.getTime() + milliseconds);
const sandbox: StateRules = { mobileConnectEnabled: true, testSimsAllowed: true };

interface Changes {
  readonly line?: Partial<LineFacts['line']>;
  readonly sim?: Partial<NonNullable<LineFacts['sim']>>;
  readonly enrolment?: Partial<NonNullable<LineFacts['enrolment']>>;
}

function aLine({ line, sim, enrolment }: Changes = {}): LineFacts {
  return {
    line: { kind: 'mobile', status: 'active', ...line },
    sim: { appletCapable: true, origin: 'live', state: 'active', ...sim },
    enrolment: {
      baseState: 'ACTIVE',
      lockedUntil: null,
      holdUntil: null,
      suspendedByFork: false,
      selfAnswering: false,
      ...enrolment,
    },
  };
}

const stateOf = (changes: Changes, rules = sandbox) => effectiveState(aLine(changes), rules, now);

describe('eligibility', () => {
  test('an enrolled mobile line with a capable SIM is active', () => {
    expect(stateOf({})).toBe('ACTIVE');
  });

  test.each<[string, Changes]>([
    ['a terminated line', { line: { status: 'terminated' } }],
    ['a 4G box', { line: { kind: '4g-box' } }],
    ['a fixed line', { line: { kind: 'fixed' } }],
    ['a SIM without the applet', { sim: { appletCapable: false } }],
  ])('%s is not eligible, whatever is stored about it', (_what, changes) => {
    expect(stateOf(changes)).toBe('NOT_ELIGIBLE');
  });

  test('a number of nobody, a line without a SIM and a brand without the service are not eligible', () => {
    expect(effectiveState(undefined, sandbox, now)).toBe('NOT_ELIGIBLE');
    expect(effectiveState({ ...aLine(), sim: undefined }, sandbox, now)).toBe('NOT_ELIGIBLE');
    expect(stateOf({}, { ...sandbox, mobileConnectEnabled: false })).toBe('NOT_ELIGIBLE');
  });

  test('A11: the brand of the line says whether there is a service, whatever is stored about it', () => {
    const byBrand = { ...sandbox, mobileConnectEnabled: (brand: string) => ['exemple', 'exemple-eco'].includes(brand) };
    const branded = (brand: string) => ({ ...aLine(), line: { ...aLine().line, brand } });
    expect(effectiveState(branded('exemple'), byBrand, now)).toBe('ACTIVE');
    expect(effectiveState(branded('exemple-eco'), byBrand, now)).toBe('ACTIVE');
    expect(effectiveState(branded('ile'), byBrand, now)).toBe('NOT_ELIGIBLE');
  });

  test('a test SIM is eligible in the sandbox only (sim-channel 5.7)', () => {
    const production = { ...sandbox, testSimsAllowed: false };
    expect(stateOf({ sim: { origin: 'test' } })).toBe('ACTIVE');
    expect(stateOf({ sim: { origin: 'test' } }, production)).toBe('NOT_ELIGIBLE');
    expect(stateOf({ sim: { origin: 'live' } }, production)).toBe('ACTIVE');
  });

  test('A02: a line whose number belongs to no configured operator is not eligible, so it is never rung', () => {
    const oneRange = { ...sandbox, isServed: (msisdn: string) => msisdn.startsWith('+3363998') };
    const numbered = (msisdn: string) => ({ ...aLine(), line: { ...aLine().line, msisdn } });
    expect(effectiveState(numbered('+33639980001'), oneRange, now)).toBe('ACTIVE');
    expect(effectiveState(numbered('+33612345678'), oneRange, now)).toBe('NOT_ELIGIBLE');
  });

  test('a capable line that was never enrolled is inactive', () => {
    expect(effectiveState({ ...aLine(), enrolment: undefined }, sandbox, now)).toBe('INACTIVE');
  });
});

describe('the end of lock and hold', () => {
  test.each<[number, EffectiveState]>([
    [1, 'LOCKED'],
    [86_400_000, 'LOCKED'],
    [0, 'ACTIVE'],
    [-1, 'ACTIVE'],
  ])('a lock that ends in %i ms gives %s', (milliseconds, state) => {
    expect(stateOf({ enrolment: { lockedUntil: at(milliseconds) } })).toBe(state);
  });

  test('23:59:59.999 after the last try it is refused, after 24:00:00.000 it is allowed (X35)', () => {
    const from = new Date('2026-03-01T12:00:00.000Z');
    const facts = aLine({ enrolment: { lockedUntil: new Date(from.getTime() + 86_400_000) } });
    expect(effectiveState(facts, sandbox, new Date('2026-03-02T11:59:59.999Z'))).toBe('LOCKED');
    expect(effectiveState(facts, sandbox, new Date('2026-03-02T12:00:00.000Z'))).toBe('ACTIVE');
  });

  test.each<[number, EffectiveState]>([
    [1, 'NEW_SIM_HOLD'],
    [0, 'ACTIVE'],
    [-1, 'ACTIVE'],
  ])('a hold that ends in %i ms gives %s (A53)', (milliseconds, state) => {
    expect(stateOf({ enrolment: { holdUntil: at(milliseconds) } })).toBe(state);
  });

  test('a number that answers by itself is never locked, but held like any other (decision 55)', () => {
    expect(stateOf({ enrolment: { selfAnswering: true, lockedUntil: at(1_000) } })).toBe('ACTIVE');
    expect(stateOf({ enrolment: { selfAnswering: true, holdUntil: at(1_000) } })).toBe('NEW_SIM_HOLD');
  });
});

describe('which state comes first (mission 2.0)', () => {
  const everything: Required<Changes> = {
    line: { status: 'suspended' },
    sim: { appletCapable: false },
    enrolment: { baseState: 'AWAITING_PIN', holdUntil: at(1), lockedUntil: at(1) },
  };

  test('each fact that is taken away shows the next state', () => {
    const { line, sim, enrolment } = everything;
    expect(stateOf({ line, sim, enrolment })).toBe('NOT_ELIGIBLE');
    expect(stateOf({ line, enrolment })).toBe('LINE_SUSPENDED');
    expect(stateOf({ enrolment })).toBe('AWAITING_PIN');
    expect(stateOf({ enrolment: { holdUntil: at(1), lockedUntil: at(1) } })).toBe('NEW_SIM_HOLD');
    expect(stateOf({ enrolment: { lockedUntil: at(1) } })).toBe('LOCKED');
    expect(stateOf({})).toBe('ACTIVE');
  });

  test.each<[string, Changes]>([
    ['a suspended line', { line: { status: 'suspended' } }],
    ['a blocked SIM', { sim: { state: 'blocked' } }],
    ['a card that seems to exist twice', { enrolment: { suspendedByFork: true } }],
  ])('%s suspends, over lock and hold', (_what, changes) => {
    const over = { ...changes, enrolment: { lockedUntil: at(1), holdUntil: at(1), ...changes.enrolment } };
    expect(stateOf(over)).toBe('LINE_SUSPENDED');
  });

  test.each(['INACTIVE', 'INSTALLING', 'AWAITING_PIN', 'DEACTIVATED'] as const)(
    'an enrolment that is %s is that, whatever lock or hold is stored',
    (baseState) => {
      expect(stateOf({ enrolment: { baseState, lockedUntil: at(1), holdUntil: at(1) } })).toBe(baseState);
    },
  );

  test('after a suspension the lock that has run out meanwhile is over (X41)', () => {
    const lockedUntil = at(-1);
    expect(stateOf({ line: { status: 'suspended' }, enrolment: { lockedUntil } })).toBe('LINE_SUSPENDED');
    expect(stateOf({ enrolment: { lockedUntil } })).toBe('ACTIVE');
  });
});

test.each<[EffectiveState, 'sms' | 'email' | 'none']>([
  ['ACTIVE', 'sms'],
  ['LOCKED', 'sms'],
  ['NEW_SIM_HOLD', 'sms'],
  ['LINE_SUSPENDED', 'email'],
  ['NOT_ELIGIBLE', 'none'],
  ['INACTIVE', 'none'],
  ['INSTALLING', 'none'],
  ['AWAITING_PIN', 'none'],
  ['DEACTIVATED', 'none'],
])('a password login on a line that is %s is told by %s (A40, X62)', (state, channel) => {
  expect(passwordAlertFor(state)).toBe(channel);
});

test.each<[Level, 'sim-ok' | 'sim-pin']>([
  ['pwd', 'sim-pin'],
  ['sim-ok', 'sim-ok'],
  ['sim-pin', 'sim-pin'],
])('a request that prefers %s asks the SIM for %s', (wanted, asked) => {
  expect(simLevelFor({ wanted })).toBe(asked);
});

test.each<[boolean, Level, boolean]>([
  [true, 'pwd', true],
  [true, 'sim-ok', false],
  [true, 'sim-pin', false],
  [false, 'pwd', false],
  [false, 'sim-pin', false],
])(
  'a client that allows the password: %s, asking for %s at least, gets it: %s',
  (allowPasswordFallback, least, got) => {
    expect(passwordAllowed({ allowPasswordFallback }, least)).toBe(got);
  },
);

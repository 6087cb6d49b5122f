// Mobile Connect on a line as one table: state × event → state, guards and effects as data (mission 2.a, a1 to a34).
// Pure. Use cases ask `transitionFor` what may happen now and carry out the effects; time is computed, not an event.
import type { EffectiveState } from '../authentication/policies.ts';

export type ServiceState = EffectiveState;

export type ServiceEvent =
  | 'became-eligible'
  | 'became-ineligible'
  | 'activation-begun'
  | 'installed'
  | 'install-failed'
  | 'pin-asked'
  | 'pin-refused-by-applet'
  | 'pin-created'
  | 'pin-deadline'
  | 'link-confirmed'
  | 'link-added'
  | 'login-asked'
  | 'approved'
  | 'wrong-pin'
  | 'blocked'
  | 'reset-asked'
  | 'reset-code-right'
  | 'pin-reset'
  | 'deactivation-asked'
  | 'deactivation-approved'
  | 'deactivation-refused'
  | 'line-suspended'
  | 'line-reactivated'
  | 'sim-replaced'
  | 'number-changed'
  | 'handset-changed'
  | 'password-reset'
  | 'stale-answer';

/** What must be so; the caller says which of them hold. `not-…` holds when the other does not. */
export type Guard =
  | 'fresh-password'
  | 'own-line'
  | 'terms-accepted'
  | 'no-open-request'
  | 'new-sim'
  | 'not-new-sim'
  | 'last-link'
  | 'not-last-link'
  | 'first-enrolment';

export type Effect =
  | 'ask-status'
  | 'ask-enrol'
  | 'ask-pin'
  | 'ask-pin-reset'
  | 'send-reset-code'
  | 'set-install-deadline'
  | 'set-pin-deadline'
  | 'store-key'
  | 'restore-tries'
  | 'record-use'
  | 'lock'
  | 'hold'
  | 'clear-hold'
  | 'activate-link'
  | 'add-link'
  | 'remove-link'
  | 'remove-links'
  | 'empty-applet'
  | 'revoke-sim'
  | 'cancel-pending'
  | 'notify';

export interface Transition {
  /** The row of mission 2.a. */
  readonly id: string;
  readonly from: readonly ServiceState[];
  readonly on: ServiceEvent;
  readonly guards: readonly Guard[];
  /** `same`: nothing moves · `computed`: whatever the stored facts and the time say. */
  readonly to: ServiceState | 'same' | 'computed';
  readonly effects: readonly Effect[];
}

const all: readonly ServiceState[] = [
  'NOT_ELIGIBLE',
  'INACTIVE',
  'INSTALLING',
  'AWAITING_PIN',
  'ACTIVE',
  'LOCKED',
  'NEW_SIM_HOLD',
  'LINE_SUSPENDED',
  'DEACTIVATED',
];

/** A PIN exists on the card. */
export const enrolledStates: readonly ServiceState[] = ['ACTIVE', 'LOCKED', 'NEW_SIM_HOLD', 'LINE_SUSPENDED'];

type Row = readonly [
  id: string,
  from: readonly ServiceState[],
  on: ServiceEvent,
  guards: readonly Guard[],
  to: Transition['to'],
  effects: readonly Effect[],
];

// The first row that fits wins. a16 and a19 (time) have none: effectiveState reads the clock.
const rows: readonly Row[] = [
  ['a1', ['NOT_ELIGIBLE'], 'became-eligible', [], 'INACTIVE', []],
  ['a2', all, 'became-ineligible', [], 'NOT_ELIGIBLE', ['cancel-pending', 'revoke-sim', 'remove-links', 'notify']],
  [
    'a3',
    ['INACTIVE', 'DEACTIVATED'],
    'activation-begun',
    ['fresh-password', 'own-line', 'terms-accepted', 'no-open-request'],
    'INSTALLING',
    ['ask-status', 'set-install-deadline'],
  ],
  ['a4', ['INSTALLING'], 'installed', [], 'AWAITING_PIN', ['set-pin-deadline']],
  ['a5', ['INSTALLING'], 'install-failed', [], 'INACTIVE', ['cancel-pending', 'notify']],
  ['a6', ['AWAITING_PIN'], 'pin-asked', ['fresh-password', 'no-open-request'], 'same', ['ask-enrol']],
  ['a7', ['AWAITING_PIN'], 'pin-refused-by-applet', [], 'same', []],
  ['a8', ['AWAITING_PIN'], 'pin-created', ['not-new-sim'], 'ACTIVE', ['store-key', 'restore-tries']],
  [
    'a9',
    ['AWAITING_PIN'],
    'pin-created',
    ['new-sim'],
    'NEW_SIM_HOLD',
    ['store-key', 'restore-tries', 'hold', 'notify'],
  ],
  ['a10', ['AWAITING_PIN'], 'pin-deadline', ['first-enrolment'], 'INACTIVE', ['cancel-pending']],
  // On a new SIM the link is confirmed while it waits: it is there, and inert.
  ['a11', ['ACTIVE', 'NEW_SIM_HOLD'], 'link-confirmed', [], 'same', ['activate-link', 'notify']],
  ['a12', ['ACTIVE'], 'link-added', ['fresh-password'], 'same', ['add-link', 'notify']],
  ['a13', ['ACTIVE'], 'approved', [], 'same', ['record-use', 'restore-tries']],
  ['a14', ['ACTIVE'], 'wrong-pin', [], 'same', []],
  // A fresh and valid "blocked" locks however late it comes (a34).
  ['a15', enrolledStates, 'blocked', [], 'computed', ['lock', 'cancel-pending', 'notify']],
  ['a17', ['LOCKED'], 'reset-asked', [], 'same', []],
  ['a18', ['LOCKED', 'NEW_SIM_HOLD', 'LINE_SUSPENDED'], 'deactivation-asked', [], 'same', []],
  ['a20', ['NEW_SIM_HOLD', 'LOCKED', 'LINE_SUSPENDED'], 'login-asked', [], 'same', []],
  ['a13', ['ACTIVE'], 'login-asked', ['no-open-request'], 'same', ['ask-pin']],
  ['a29', ['ACTIVE'], 'deactivation-asked', ['no-open-request'], 'same', ['ask-pin']],
  ['a22', ['ACTIVE'], 'reset-asked', [], 'same', ['send-reset-code']],
  ['a23', ['ACTIVE'], 'reset-code-right', ['no-open-request'], 'same', ['ask-pin-reset']],
  ['a24', ['ACTIVE'], 'pin-reset', [], 'same', ['store-key', 'restore-tries', 'notify']],
  ['a25', ['ACTIVE', 'LOCKED', 'NEW_SIM_HOLD'], 'line-suspended', [], 'LINE_SUSPENDED', ['cancel-pending', 'notify']],
  ['a26', ['LINE_SUSPENDED'], 'line-reactivated', [], 'computed', ['notify']],
  [
    'a27',
    ['ACTIVE', 'LOCKED', 'LINE_SUSPENDED'],
    'sim-replaced',
    [],
    'AWAITING_PIN',
    ['cancel-pending', 'revoke-sim', 'clear-hold', 'notify'],
  ],
  [
    'a21',
    ['NEW_SIM_HOLD'],
    'sim-replaced',
    [],
    'AWAITING_PIN',
    ['cancel-pending', 'revoke-sim', 'clear-hold', 'notify'],
  ],
  // A PIN was about to be made on the old SIM: for the first time, or again after an earlier replacement.
  ['a27', ['AWAITING_PIN'], 'sim-replaced', ['new-sim'], 'same', ['cancel-pending', 'revoke-sim', 'notify']],
  ['a27', ['AWAITING_PIN', 'INSTALLING'], 'sim-replaced', [], 'INACTIVE', ['cancel-pending', 'revoke-sim']],
  [
    'a28',
    enrolledStates,
    'number-changed',
    [],
    'DEACTIVATED',
    ['cancel-pending', 'remove-links', 'empty-applet', 'notify'],
  ],
  [
    'a28',
    ['INSTALLING', 'AWAITING_PIN'],
    'number-changed',
    [],
    'DEACTIVATED',
    ['cancel-pending', 'remove-links', 'notify'],
  ],
  [
    'a29',
    ['ACTIVE'],
    'deactivation-approved',
    ['last-link'],
    'DEACTIVATED',
    ['remove-links', 'cancel-pending', 'empty-applet', 'notify'],
  ],
  ['a30', ['ACTIVE'], 'deactivation-approved', ['not-last-link'], 'same', ['remove-link', 'notify']],
  ['a31', ['ACTIVE', 'LOCKED'], 'deactivation-refused', [], 'same', []],
  ['a32', all, 'handset-changed', [], 'same', []],
  ['a33', all, 'password-reset', [], 'same', []],
  ['a34', all, 'stale-answer', [], 'same', []],
];

/** The whole table. */
export const transitions: readonly Transition[] = rows.map(([id, from, on, guards, to, effects]) => ({
  id,
  from,
  on,
  guards,
  to,
  effects,
}));

/** The transition of this event from this state, if the guards that hold allow one; undefined: it is refused. */
export function transitionFor(
  state: ServiceState,
  event: ServiceEvent,
  holding: readonly Guard[] = [],
): Transition | undefined {
  return transitions.find(
    ({ from, on, guards }) =>
      on === event && from.includes(state) && guards.every((guard) => holds(guard, new Set(holding))),
  );
}

function holds(guard: Guard, holding: ReadonlySet<Guard>): boolean {
  if (guard === 'not-new-sim') return !holding.has('new-sim');
  if (guard === 'not-last-link') return !holding.has('last-link');
  return holding.has(guard);
}

/** True if a login by Mobile Connect may ring the phone in this state. */
export function loginPossible(state: ServiceState): boolean {
  return state === 'ACTIVE';
}

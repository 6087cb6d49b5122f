// The plan of a diagnosis and what its findings mean: which test comes next, when it ends, with which result. Pure.
import type { Measure, RunKind } from '../storage/diagnostic-tables.ts';
import type { NetworkTest } from './network-diagnosis.ts';

/** What a customer can have with a mobile line (B29). */
export const problemTypes = ['no_network', 'no_calls', 'no_sms', 'no_data', 'slow_data'] as const;
export type ProblemType = (typeof problemTypes)[number];

/** What a customer can have with an Internet access (B41). */
export const faultTypes = ['no_internet', 'slow_internet', 'wifi', 'tv', 'fixed_phone'] as const;
export type FaultType = (typeof faultTypes)[number];

const plans: Readonly<Record<RunKind, readonly NetworkTest[]>> = {
  mobile: ['subscription', 'sim', 'cell', 'registration', 'reconfiguration', 'restart'],
  internet: ['access_line', 'box', 'session', 'wifi', 'services'],
};

/** The tests before the customer restarts the phone. */
const untilRestart = plans.mobile.indexOf('restart');

/** What follows when so many tests are done. */
export type NextStep =
  | { readonly kind: 'test'; readonly test: NetworkTest }
  | { readonly kind: 'restart' }
  | { readonly kind: 'confirmation' }
  | { readonly kind: 'end'; readonly result: ResultCode };

/** Decides what comes after the findings that there are. `hasRestarted`: the customer said so. */
export function nextStep(run: {
  readonly kind: RunKind;
  readonly measures: readonly Measure[];
  readonly hasRestarted: boolean;
}): NextStep {
  const { kind, measures } = run;
  const found = resultOf(measures);
  // What is wrong with a mobile line makes the rest of it pointless; an access is tested to the end.
  if (kind === 'mobile' && found !== undefined) return { kind: 'end', result: found };
  const test = plans[kind][measures.length];
  if (test === undefined) {
    return kind === 'mobile' ? { kind: 'confirmation' } : { kind: 'end', result: found ?? 'no_fault' };
  }
  return test === 'restart' && !run.hasRestarted ? { kind: 'restart' } : { kind: 'test', test };
}

/** 0 to 99 by the tests that are done; 100 is the end. */
export function progressOf(kind: RunKind, done: number): number {
  if (kind === 'internet') return Math.min(99, Math.round((done / plans.internet.length) * 100));
  // Four fifths are ours; the rest is the customer's part.
  return done > untilRestart ? 95 : Math.round((done / untilRestart) * 80);
}

interface Meaning {
  readonly action: string;
  /** The operator's teams have to do something: a case, and a message to the customer (B44). */
  readonly needsTeams: boolean;
}

/** What the customer is told to do, and whether teams have to. */
export const results = {
  no_fault: { action: 'restart_box', needsTeams: false },
  restored: { action: 'none', needsTeams: false },
  not_restored: { action: 'wait_for_advisor', needsTeams: true },
  not_confirmed: { action: 'start_again', needsTeams: false },
  tests_incomplete: { action: 'wait_for_advisor', needsTeams: true },
  line_suspended: { action: 'reactivate_line', needsTeams: false },
  line_barred: { action: 'wait_for_advisor', needsTeams: true },
  sim_missing: { action: 'order_sim', needsTeams: false },
  sim_blocked: { action: 'order_sim', needsTeams: false },
  cell_outage: { action: 'wait_for_repair', needsTeams: true },
  phone_off: { action: 'switch_phone_on', needsTeams: false },
  no_coverage: { action: 'find_coverage', needsTeams: false },
  reconfiguration_rejected: { action: 'wait_for_advisor', needsTeams: true },
  line_cut: { action: 'wait_for_technician', needsTeams: true },
  line_degraded: { action: 'wait_for_technician', needsTeams: true },
  box_off: { action: 'switch_box_on', needsTeams: false },
  session_refused: { action: 'wait_for_repair', needsTeams: true },
  wifi_weak: { action: 'move_box', needsTeams: false },
  tv_down: { action: 'wait_for_repair', needsTeams: true },
  phone_down: { action: 'wait_for_repair', needsTeams: true },
} as const satisfies Record<string, Meaning>;
export type ResultCode = keyof typeof results;

/** True for a result in the table; what an earlier version wrote may not be. */
export function isResult(code: string): code is ResultCode {
  return Object.hasOwn(results, code);
}

/** Findings in the order in which they are told: what is first explains what follows. */
const meanings: readonly (readonly [test: NetworkTest, finding: string, result: ResultCode])[] = [
  ['subscription', 'suspended', 'line_suspended'],
  ['subscription', 'barred', 'line_barred'],
  ['sim', 'none', 'sim_missing'],
  ['sim', 'blocked', 'sim_blocked'],
  ['cell', 'outage', 'cell_outage'],
  ['registration', 'phone_off', 'phone_off'],
  ['registration', 'no_coverage', 'no_coverage'],
  ['reconfiguration', 'rejected', 'reconfiguration_rejected'],
  ['access_line', 'cut', 'line_cut'],
  ['box', 'off', 'box_off'],
  ['session', 'refused', 'session_refused'],
  ['access_line', 'degraded', 'line_degraded'],
  ['services', 'tv_down', 'tv_down'],
  ['services', 'phone_down', 'phone_down'],
  ['wifi', 'weak', 'wifi_weak'],
];

/** The result that the findings add up to; undefined when nothing is wrong. A restart nobody saw is no fault. */
function resultOf(measures: readonly Measure[]): ResultCode | undefined {
  const isFound = (test: string, finding: string) =>
    measures.some((one) => one.test === test && one.finding === finding);
  return meanings.find(([test, finding]) => isFound(test, finding))?.[2];
}

// What a diagnosis asks of the operator's network: one test at a time. An operator implements this over its own
// interfaces; the sandbox has a network of its own (sandbox-network.ts).
import type { Msisdn } from '../identifiers.ts';

/** What can be wrong, by test; each test answers `ok` or one of its words. */
export const findingsOf = {
  /** The line at the operator: sold, and not suspended. */
  subscription: ['suspended', 'barred'],
  /** Its SIM. */
  sim: ['none', 'blocked'],
  /** The mast that serves the phone. */
  cell: ['outage'],
  /** Whether the phone is seen by the network. */
  registration: ['phone_off', 'no_coverage'],
  /** Sends the line's settings to network and phone anew. Nothing of the SIM or of its applet is touched. */
  reconfiguration: ['rejected'],
  /** Whether the phone has been off and on again since it was asked for. */
  restart: ['not_seen'],
  /** The line to the home. */
  access_line: ['cut', 'degraded'],
  box: ['off'],
  /** Whether the box has been let into the Internet. */
  session: ['refused'],
  wifi: ['weak'],
  /** Television and the fixed telephone. */
  services: ['tv_down', 'phone_down'],
} as const satisfies Record<string, readonly string[]>;

export type NetworkTest = keyof typeof findingsOf;
export type Fault<Test extends NetworkTest = NetworkTest> = (typeof findingsOf)[Test][number];
export type Finding<Test extends NetworkTest = NetworkTest> = 'ok' | Fault<Test>;

export type DiagnosisTarget =
  | { readonly kind: 'mobile'; readonly lineId: string; readonly msisdn: Msisdn }
  | { readonly kind: 'internet'; readonly contractId: string };

export interface TestOrder {
  /** Names this test of this run for all time: a test that is ordered again is not done twice over. */
  readonly id: string;
  readonly test: NetworkTest;
  readonly target: DiagnosisTarget;
  /** When the customer was asked to switch the phone off and on; for `restart`. */
  readonly since: Date | undefined;
  /** The time for this test is over. */
  readonly signal: AbortSignal;
}

export interface NetworkDiagnosis {
  /**
   * Does one test. It may be called again with the same id, by another node too, when a worker dies. Rejects when the
   * network cannot be asked now; it is tried again until the run's time is over.
   */
  test(order: TestOrder): Promise<Finding>;
}

// What pages and APIs can ask of a customer's lines. Everything here knows the caller; a line that is not hers is not
// there.
import type { EffectiveState } from '../authentication/policies.ts';
import type { AccountId } from '../identifiers.ts';
import type { ActivateSimOutcome, PukOutcome, SuspendOutcome, SuspensionReason } from './line-types.ts';

/** Who asks, and what she has proved. */
export interface LineCaller {
  readonly accountId: AccountId;
  readonly brand: string;
  /** Network address, for the limits of codes. */
  readonly address: string;
  /** The PIN of the SIM was part of the login. */
  readonly withPin: boolean;
  /** The login is at most five minutes old. */
  readonly fresh: boolean;
}

export interface LineSummary {
  readonly id: string;
  /** In full for holder and user, masked for others. */
  readonly number: string;
  readonly numberMasked: string;
  readonly kind: string;
  readonly status: 'active' | 'suspended';
  readonly suspendedAt: Date | null;
  readonly suspendedReason: string | null;
  readonly relation: 'holder' | 'proxy' | 'user';
  readonly sim: { id: string; state: string; appletCapable: boolean; activatedAt: Date | null } | undefined;
  readonly service: { readonly state: EffectiveState; readonly until: Date | null };
  /** The phone that the network saw its SIM in last. */
  readonly handset: { readonly model: string; readonly imeiMasked: string; readonly since: Date } | undefined;
  /** A new SIM is on its way, or can be activated. */
  readonly newSim: 'reserved' | 'shipped' | 'delivered' | 'activating' | undefined;
  readonly may: {
    readonly suspend: boolean;
    readonly reactivate: boolean;
    readonly activateSim: boolean;
    readonly orderSim: boolean;
    readonly readPuk: boolean;
  };
}

export type ReactivateResult =
  | { readonly kind: 'reactivated' | 'not-suspended' | 'sim-terminated' | 'not-found' }
  /** Another line of hers has a PIN that works: that one is asked for. */
  | { readonly kind: 'needs-pin' }
  | { readonly kind: 'needs-fresh' | 'needs-code' | 'wrong-code' | 'no-channel' }
  | { readonly kind: 'later'; readonly availableAt: Date };

export type SendCodeResult =
  | { readonly kind: 'sent'; readonly to: string }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  /** What is in the way. */
  | ReactivateResult;

/** What level M* asks for now: the PIN of a SIM, waiting for it, or a fresh password with a code. */
export type StrongDemand =
  | { readonly kind: 'sim-pin' }
  | { readonly kind: 'later'; readonly availableAt: Date }
  | { readonly kind: 'code' };

export type ActivationState = 'activating' | 'active' | 'failed';

export interface LineDesk {
  list(caller: LineCaller): Promise<LineSummary[]>;
  find(caller: LineCaller, lineId: string): Promise<LineSummary | undefined>;
  suspend(caller: LineCaller, lineId: string, reason: SuspensionReason): Promise<SuspendOutcome>;
  /** Sends the code that `reactivate` asks of those who have no PIN to give; to her mailbox, never to the line. */
  sendCode(caller: LineCaller, lineId: string): Promise<SendCodeResult>;
  reactivate(caller: LineCaller, lineId: string, code: string | undefined): Promise<ReactivateResult>;
  activateSim(caller: LineCaller, lineId: string, number: string): Promise<ActivateSimOutcome>;
  /** The state of an activation by the id of its SIM. */
  activation(caller: LineCaller, lineId: string, simId: string): Promise<ActivationState | undefined>;
  disclosePuk(caller: LineCaller, lineId: string): Promise<PukOutcome>;
  /** What the strongest level asks of an account now, over all lines that open it. */
  demandNow(accountId: AccountId): Promise<StrongDemand>;
}

// What the pages and the API of a forgotten PIN ask and are told: the same words for every number (A45).
import type { OneTimeCodes } from '../authentication/one-time-code.ts';
import type { PasswordVerifier } from '../authentication/password.ts';
import type { StateRules } from '../authentication/policies.ts';
import type { ServiceRequests } from '../authentication/service-request.ts';
import type { Locale } from '../authentication/sign-in-types.ts';
import type { SimPush } from '../authentication/sim-push.ts';
import type { SimSender, SimTransport } from '../authentication/sim-sender.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import type { WakeUps } from '../storage/wake-ups.ts';

export interface PinResetDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  /** Of the issuer: a flow that began at one goes on at no other. */
  readonly home: { readonly path: string };
  readonly codes: OneTimeCodes;
  /** Creates the job that sends a code, in the transaction that made it; to nobody where `lineId` is null. */
  readonly sendCode: (tx: Tx, about: { codeId: string; lineId: string | null; brand: string }) => Promise<void>;
  /** The same for a code to the mailbox of an account. */
  readonly sendEmailCode: (tx: Tx, about: { codeId: string; accountId: string | null }) => Promise<void>;
  readonly requests: ServiceRequests;
  readonly push: Pick<SimPush, 'cancel'>;
  readonly sender: Pick<SimSender, 'sendInTurn'>;
  readonly transport: Pick<SimTransport, 'isBound'>;
  readonly verifier: PasswordVerifier;
  readonly passwordLimits: { readonly account: RateLimit; readonly address: RateLimit };
  readonly wakeUps: WakeUps;
  readonly audit: Audit;
  readonly randomBytes: (size: number) => Buffer;
  /** What the phone shows: who asks, and for what. */
  readonly requestText: (brand: string, locale: ResetVisit['locale']) => { serviceName: string; message: string };
  readonly rules: StateRules & { readonly flowSeconds: number; readonly robotSeconds: number };
}

/** One step in one browser. */
export interface ResetVisit {
  readonly id: string;
  /** What the browser keeps; the flow goes on in no other. */
  readonly browser: string;
  /** Already freed of untrusted headers. */
  readonly address: string;
  readonly locale: Locale;
}

/** Where the request on the phone stands; everything that nobody has answered is `expired` at the end. */
export type ResetPhoneStatus = 'pending' | 'done' | 'refused' | 'expired';

export type ResetView =
  | {
      readonly step: 'robot';
      /** An SVG document. */
      readonly picture: string;
      readonly sum: readonly [number, number];
    }
  | {
      readonly step: 'code';
      readonly numberShown: string;
      /** Of the code by e-mail: not asked for, on its way where there is somebody to get it, given. */
      readonly email: 'none' | 'asked' | 'given';
    }
  | {
      readonly step: 'phone';
      readonly status: ResetPhoneStatus;
      /** Four digits, typed on the phone. */
      readonly referenceCode: string;
      readonly secondsLeft: number;
    }
  /** It cannot go on; one word for all reasons. */
  | { readonly step: 'over' };

export interface GivenCodes {
  /** From the SMS. */
  readonly code: string;
  readonly password?: string | undefined;
  readonly emailCode?: string | undefined;
}

export type BeginReset = { readonly kind: 'begun'; readonly id: string } | { readonly kind: 'malformed' };

export type ResetOutcome =
  | { readonly kind: 'ok' }
  /** Whatever was wrong with it. */
  | { readonly kind: 'wrong' }
  /** No such flow in this browser. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  /** No phone can be reached now; nothing was used up. */
  | { readonly kind: 'unavailable' };

/** A forgotten PIN, from the number to the new PIN on the phone. State is in the database, so any node may go on. */
export interface PinResets {
  begin(start: { brand: string; number: string; browser: string }): Promise<BeginReset>;
  /** Undefined: no such flow in this browser, or its time is up. Renews a robot check that has run out. */
  view(visit: Pick<ResetVisit, 'id' | 'browser'>): Promise<ResetView | undefined>;
  /** A wrong answer brings a new check; a right one an SMS, where there is somebody to get it. */
  answerRobot(visit: ResetVisit, answer: string): Promise<ResetOutcome>;
  /** Another code; the one before counts no more. */
  resendCode(visit: ResetVisit): Promise<ResetOutcome>;
  /** A code to the mailbox of the account, to be given beside the one by SMS; the one before counts no more. */
  sendEmailCode(visit: ResetVisit): Promise<ResetOutcome>;
  /** A right code brings the request to the phone; with the password or the code by e-mail the PIN counts at once. */
  enterCode(visit: ResetVisit, given: GivenCodes): Promise<ResetOutcome>;
  /** Resolves when the view may have changed, at the time-out, or on abort; then read `view`. */
  waitForChange(
    visit: Pick<ResetVisit, 'id' | 'browser'>,
    wait: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<void>;
}

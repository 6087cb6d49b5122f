// What the steps of an activation share: what they need, what can come of them, what a page may show.

import type { StateRules } from '../authentication/policies.ts';
import type { ServiceRequests } from '../authentication/service-request.ts';
import type { Locale } from '../authentication/sign-in-types.ts';
import type { SimPush } from '../authentication/sim-push.ts';
import type { SimSender, SimTransport } from '../authentication/sim-sender.ts';
import type { AccountId } from '../identifiers.ts';
import type { LineNotices } from '../messaging/line-notices.ts';
import type { ServiceNotices } from '../messaging/service-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { WakeUps } from '../storage/wake-ups.ts';
import type { HoldRules } from './new-sim-hold.ts';
import type { ServiceWords } from './service-words.ts';

export interface ActivationRules extends StateRules, HoldRules {
  readonly draftMinutes: number;
  readonly installMinutes: number;
  readonly pinHours: number;
  readonly requestSeconds: number;
  readonly termsVersion: string;
}

export interface ActivationDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly requests: ServiceRequests;
  readonly push: Pick<SimPush, 'cancel'>;
  readonly sender: Pick<SimSender, 'sendInTurn'>;
  readonly transport: Pick<SimTransport, 'isBound'>;
  readonly wakeUps: WakeUps;
  readonly audit: Audit<Tx>;
  readonly notices: ServiceNotices;
  readonly lineNotices: Pick<LineNotices, 'holdStarted'>;
  readonly randomBytes: (size: number) => Buffer;
  readonly words: ServiceWords;
  readonly rules: ActivationRules;
}

/** Why the service cannot be on a line. */
export type Ineligible = 'sim_incompatible' | 'box_line' | 'no_mobile_line' | 'brand_without_service';

export type BeginOutcome =
  | { readonly kind: 'open'; readonly id: string; readonly created: boolean }
  /** Not a line of this account, or none at all. */
  | { readonly kind: 'unknown-line' }
  | { readonly kind: 'password-needed' }
  /** The password was set with a code sent to this SIM, so it does not enrol it (decisions 11). */
  | { readonly kind: 'password-from-this-sim' }
  | { readonly kind: 'not-eligible'; readonly reason: Ineligible }
  | { readonly kind: 'line-suspended' }
  | { readonly kind: 'already-active' }
  /** The line has its PIN already, for another account: this one is linked instead (A12). */
  | { readonly kind: 'link-instead' }
  /** Another account is just activating the line. */
  | { readonly kind: 'busy' };

export type StepOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'unknown' }
  /** Not the step that is due; a page shows the one that is. */
  | { readonly kind: 'wrong-step'; readonly due: ShownStep }
  | { readonly kind: 'terms-missing' }
  | { readonly kind: 'stale-terms' }
  /** The phones cannot be reached now. */
  | { readonly kind: 'unavailable' }
  /** The phone still shows another request. */
  | { readonly kind: 'command-open' }
  /** The line has changed since: suspended, another SIM. */
  | { readonly kind: 'not-possible' }
  /** The password was set since with a code sent to this SIM. */
  | { readonly kind: 'password-from-this-sim' };

/** `installing` and `pin` wait for the phone. */
export type ShownStep = 'terms' | 'installing' | 'installed' | 'pin' | 'pin_set' | 'done' | 'failed';

export interface ActivationView {
  readonly id: string;
  readonly lineId: string;
  /** Masked. */
  readonly number: string;
  readonly accountLabel: string;
  readonly step: ShownStep;
  readonly termsVersion: string;
  /** Percent of the installation; 100 from the SIM's answer on. */
  readonly progress: number;
  /** What went wrong last: `install_timeout`, `no_answer`, `refused`, `pin_refused`, `wrong_code` … */
  readonly problem: string | null;
  /** While the phone is asked for the PIN: the code to type there. */
  readonly referenceCode: string | null;
  readonly secondsLeft: number;
  /** End of the wait after a new SIM, once the PIN is there. */
  readonly availableAt: Date | null;
}

/** Who acts on which activation. */
export interface ActivationStepRequest {
  readonly id: string;
  readonly accountId: AccountId;
  readonly locale: Locale;
}

// What the use cases on lines share: who acts, what they need, what can come of it.
import type { SimPush } from '../authentication/sim-push.ts';
import type { SimSender } from '../authentication/sim-sender.ts';
import type { LineNotices } from '../messaging/line-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { LineActor } from '../ops/audit-lines.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { SuspensionReason } from '../storage/line-changes.ts';
import type { RateLimit } from '../storage/rate-limits.ts';

export type { LineActor, SuspensionReason };

/** The order that a new SIM was taken out of the stock for, if there is one: it goes where its SIM goes. */
export interface SimOrders {
  follow(
    tx: Tx,
    about: { simId: string; to: 'shipped' | 'delivered' | 'done' | 'cancelled'; by: LineActor },
  ): Promise<void>;
}

/**
 * What the mobile network does with a SIM that its owner activates (b8, b9). `at-once`: it takes it · `later`: it tells
 * when it has, or has not · `fails`: it does not.
 */
export interface MobileNetwork {
  takesSims(): 'at-once' | 'later' | 'fails';
}

export interface LineDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly audit: Audit<Tx>;
  readonly notices: LineNotices;
  readonly push: Pick<SimPush, 'cancel'>;
  readonly sender: Pick<SimSender, 'sendInTurn'>;
  readonly simOrders: SimOrders;
  readonly network: MobileNetwork;
  readonly randomBytes: (size: number) => Buffer;
  /** Days before another line gets a number that was given up. */
  readonly numberRestDays: number;
  readonly limits: {
    /** Per line: 13-digit numbers typed (X54). */
    readonly simNumbers: RateLimit;
    /** Per line: PUKs shown (X60). */
    readonly puks: RateLimit;
  };
}

/** Which line, and who wants it. */
export interface LineOrder {
  readonly lineId: string;
  readonly by: LineActor;
}

export type SuspendOutcome = 'suspended' | 'already' | 'not-found';
export type ReactivateOutcome = 'reactivated' | 'not-suspended' | 'sim-terminated' | 'not-found';

export type ActivateSimOutcome =
  /** `again`: that SIM had been activated already, nothing has changed. */
  | { readonly kind: 'activated'; readonly simId: string; readonly again: boolean }
  /** The network has been asked, and has not answered yet. */
  | { readonly kind: 'activating'; readonly simId: string }
  /** The network did not take it: nothing has changed, and it may be tried again. */
  | { readonly kind: 'failed'; readonly simId: string }
  /** One answer for every number that is not the one on the SIM that was sent. */
  | { readonly kind: 'invalid' }
  | { readonly kind: 'not-shipped' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'not-found' };

export type PukOutcome =
  | { readonly kind: 'shown'; readonly puk: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

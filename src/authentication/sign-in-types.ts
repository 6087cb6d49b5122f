// What the login pages ask of a sign-in and what they are told. No secret and no full number passes here,
// but for what the user has just typed.
import type { AccountId } from '../identifiers.ts';
import type { Level } from './levels.ts';
import type { NotRung } from './not-rung.ts';
import type { SimReceipt } from './sign-in-record.ts';

export type Locale = 'fr' | 'en';

/** Who wants a login, for whom, from where: known by the interaction and the browser, not by the form. */
export interface SignInRequest {
  /** The interaction; everything is bound to it, and it to one browser by its cookie. */
  readonly uid: string;
  readonly issuer: string;
  readonly brand: string;
  readonly client: {
    readonly id: string;
    readonly name: string;
    readonly allowPasswordFallback: boolean;
    /** The client's own wish for the reference code; undefined: the provider decides. */
    readonly confirmation: 'compare' | 'type' | undefined;
    /** Its contract lets it hear that a number is not there to be rung. Default false. */
    readonly revealEnrolment?: boolean | undefined;
  };
  /** The lowest level that will do, and the one to try for. */
  readonly least: Level;
  readonly wanted: Level;
  readonly locale: Locale;
  /** What the relying party wants to be read on the phone, checked to fit; undefined: our own sentence. */
  readonly message?: string | undefined;
  /** The browser's address, already freed of untrusted headers. */
  readonly address: string;
  /** The device cookie of this browser; undefined in a browser that has none yet. */
  readonly device: string | undefined;
  /** Coarse, for the alert: `Firefox, Windows`. */
  readonly deviceLabel: string;
}

/** What the waiting page says; decoys and held-back ends look like `pending`, then `expired`. */
export type PhoneStatus = 'pending' | 'approved' | 'refused' | 'expired' | 'unavailable';

export type SignInView =
  | { readonly step: 'identify' }
  | {
      readonly step: 'phone';
      readonly status: PhoneStatus;
      /** Four digits; shown only in the browser that began. */
      readonly referenceCode: string;
      readonly confirmation: 'compare' | 'type';
      readonly expiresAt: Date;
      readonly secondsLeft: number;
      /** As the user typed it, masked: `+33 6 39 98 ** 01` or an e-mail. */
      readonly identifierShown: string;
      readonly passwordOffered: boolean;
      readonly resend: { readonly left: number; readonly inSeconds: number };
    }
  | { readonly step: 'password'; readonly identifierShown: string; readonly simOffered: boolean }
  | {
      readonly step: 'choose-account';
      readonly accounts: readonly { readonly id: AccountId; readonly label: string }[];
    };

export type IdentifyOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'malformed' }
  /** For clients that may hear it: the login is over, and nothing of it is kept. */
  | { readonly kind: 'not-rung'; readonly because: NotRung }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

export type PasswordOutcome =
  | { readonly kind: 'ok' }
  /** Unknown account and wrong password alike. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

export type ResendOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'too-soon'; readonly inSeconds: number }
  | { readonly kind: 'no-more' };

export type FinishOutcome =
  | {
      readonly kind: 'done';
      readonly accountId: AccountId;
      readonly level: Level;
      /** When the SIM's answer arrived or the password was right; seconds since 1970. */
      readonly authTime: number;
      /** Where a SIM has answered. */
      readonly receipt?: SimReceipt | undefined;
    }
  | { readonly kind: 'choose-account' }
  | { readonly kind: 'not-ready' };

/** One login in the browser, from the identifier to the proof. State is in the database, so any node may go on. */
export interface SignIn {
  view(request: SignInRequest): Promise<SignInView>;
  /** Takes a number or an e-mail in any usual spelling, and rings the phone or asks for the password. */
  identify(request: SignInRequest, identifier: string): Promise<IdentifyOutcome>;
  /** Switches to the password (the attempt on the phone ends), or back to the phone. */
  usePassword(request: SignInRequest): Promise<void>;
  useSim(request: SignInRequest): Promise<IdentifyOutcome>;
  checkPassword(request: SignInRequest, password: string): Promise<PasswordOutcome>;
  resend(request: SignInRequest): Promise<ResendOutcome>;
  /** Ends the attempt; a PIN typed afterwards approves nothing. */
  cancel(request: SignInRequest): Promise<void>;
  /** Forgets the identifier, ends the attempt: back to the first page. */
  startOver(request: SignInRequest): Promise<void>;
  chooseAccount(request: SignInRequest, accountId: string): Promise<void>;
  /** Resolves when the view may have changed from `seen`, at the time-out, or on abort; then read `view`. */
  waitForChange(
    request: SignInRequest,
    seen: PhoneStatus,
    wait: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<void>;
  /** Hands over the proved login, once. */
  finish(request: SignInRequest): Promise<FinishOutcome>;
}

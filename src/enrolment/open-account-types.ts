// What the pages and the API of opening an account ask and are told: for people without a contract, or with a fixed
// line only (C06, C07). Every address gets the same words; only its owner learns whether it has an account.
import type { OneTimeCodes } from '../authentication/one-time-code.ts';
import type { NewPasswordProblem, TypedPassword } from '../authentication/password-setting.ts';
import type { AccountId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database, Tx } from '../storage/database.ts';

export interface OpenAccountDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  /** Of the issuer: a flow that began at one goes on at no other. */
  readonly home: { readonly path: string };
  readonly codes: OneTimeCodes;
  /** Creates the job that sends a code, in the transaction that made it. */
  readonly sendCode: (
    tx: Tx,
    about: { codeId: string; draftId: string; medium: 'email' | 'mobile'; brand: string },
  ) => Promise<void>;
  readonly hash: (password: string) => Promise<string>;
  readonly notices: { accountOpened(tx: Tx, about: { accountId: AccountId; at: Date }): Promise<void> };
  readonly audit: Pick<Audit, 'accountAsked' | 'accountOpened'>;
  readonly randomBytes: (size: number) => Buffer;
  readonly rules: {
    readonly flowSeconds: number;
    readonly robotSeconds: number;
    readonly termsVersion: string;
    /** Whether SMS reach this number (E.164). */
    readonly isServed: (msisdn: string) => boolean;
  };
}

/** As it was typed. */
export interface TypedDetails {
  readonly civility?: string | undefined;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  /** Empty for none. */
  readonly mobile?: string | undefined;
}

export type DetailField = 'civility' | 'givenName' | 'familyName' | 'email' | 'mobile';

export interface DetailProblem {
  readonly field: DetailField;
  readonly problem: 'missing' | 'malformed' | 'not-served';
}

/** One step in one browser. */
export interface OpenAccountVisit {
  readonly id: string;
  /** The browser's cookie: the flow goes on in no other. */
  readonly browser: string;
  /** Network address, for the limits. */
  readonly address: string;
}

/** Of a code: not asked for, on its way, given. */
export type CodeState = 'none' | 'sent' | 'given';

export type OpenAccountView =
  | {
      readonly step: 'robot';
      /** An SVG document. */
      readonly picture: string;
      readonly sum: readonly [number, number];
    }
  | { readonly step: 'code'; readonly emailShown: string; readonly email: CodeState; readonly mobile: CodeState }
  | { readonly step: 'password'; readonly termsVersion: string }
  | { readonly step: 'done' }
  /** It cannot go on; one word for all reasons. */
  | { readonly step: 'over' };

export type BeginOpenAccount =
  | { readonly kind: 'begun'; readonly id: string }
  | { readonly kind: 'refused'; readonly problems: readonly DetailProblem[] };

export type OpenAccountOutcome =
  | { readonly kind: 'ok' }
  /** Whatever was wrong with it. */
  | { readonly kind: 'wrong' }
  /** No such flow in this browser. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'refused'; readonly problem: NewPasswordProblem | 'terms-missing' | 'stale-terms' };

type Where = Pick<OpenAccountVisit, 'id' | 'browser'>;

/** An account, from the names to the password. State is in the database, so any node may go on. */
export interface OpenAccounts {
  begin(start: {
    brand: string;
    locale: 'fr' | 'en';
    browser: string;
    details: TypedDetails;
  }): Promise<BeginOpenAccount>;
  /** Undefined: no such flow in this browser, or its time is up. Renews a robot check that has run out. */
  view(visit: Where): Promise<OpenAccountView | undefined>;
  /** A wrong answer brings a new check; a right one the codes. */
  answerRobot(visit: OpenAccountVisit, answer: string): Promise<OpenAccountOutcome>;
  /** Other codes for what is not confirmed yet; those before count no more. */
  resendCodes(visit: OpenAccountVisit): Promise<OpenAccountOutcome>;
  /** A right code counts for the rest of the flow, so that a slip in the other one does not cost it. */
  enterCodes(
    visit: Where,
    given: { email?: string | undefined; mobile?: string | undefined },
  ): Promise<OpenAccountOutcome>;
  setPassword(
    visit: Where,
    typed: TypedPassword & { accepted: boolean; termsVersion: string },
  ): Promise<OpenAccountOutcome>;
}

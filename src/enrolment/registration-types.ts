// What pages and API of a self-care registration ask and are told (mission 2.f): the same words, answers and work for
// every identifier up to the right code, which only the phone on file has.
import type { OneTimeCodes } from '../authentication/one-time-code.ts';
import type { PasswordFault } from '../authentication/password-policy.ts';
import type { TypedPassword } from '../authentication/password-setting.ts';
import type { IdentifierKinds } from '../authentication/sign-in-identifier.ts';
import type { AccountId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database, Tx } from '../storage/database.ts';

export interface RegistrationDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  /** Of the issuer: a flow that began at one goes on at no other. */
  readonly home: { readonly path: string };
  readonly codes: OneTimeCodes;
  /** Creates the job that sends a code, or a word to whoever has registered already, in the transaction. */
  readonly sendCode: (
    tx: Tx,
    about: { codeId: string; registrationId: string; brand: string; tellOwner: boolean },
  ) => Promise<void>;
  readonly hash: (password: string) => Promise<string>;
  readonly notices: { registered(tx: Tx, about: { accountId: AccountId; brand: string; at: Date }): Promise<void> };
  readonly audit: Pick<Audit, 'registrationAsked' | 'registrationCodeWrong' | 'registered'>;
  readonly randomBytes: (size: number) => Buffer;
  /** What the customers of a brand log in with. */
  readonly kindsOf: IdentifierKinds;
  readonly rules: {
    /** For the form and for the terms. */
    readonly flowSeconds: number;
    /** From each code on. */
    readonly codeSeconds: number;
    /** From the right code on. */
    readonly passwordSeconds: number;
    readonly termsVersion: string;
  };
}

/** As it was typed. */
export interface TypedRegistration {
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  /** To be called at; codes go to the number on file, whatever stands here (E03, E05). */
  readonly phone: string;
}

export interface RegistrationProblem {
  readonly field: keyof TypedRegistration;
  readonly problem: 'missing' | 'malformed';
}

/** One step in one browser. */
export interface RegistrationVisit {
  readonly id: string;
  /** The browser's cookie: the flow goes on in no other. */
  readonly browser: string;
  /** Network address, for the limits. */
  readonly address: string;
}

/** `group`: all accounts of a company · `individual`: one billing account. */
export type RegistrationProfile = 'individual' | 'group';

export type RegistrationView =
  | { readonly step: 'form' }
  | { readonly step: 'terms'; readonly termsVersion: string }
  | { readonly step: 'code' }
  | { readonly step: 'password' }
  | { readonly step: 'done'; readonly profile: RegistrationProfile }
  /** It cannot go on; one word for all reasons. */
  | { readonly step: 'over' };

export type DueStep = Exclude<RegistrationView['step'], 'over'>;

export type BeginRegistration = { readonly kind: 'begun'; readonly id: string } | { readonly kind: 'malformed' };

export type RegistrationOutcome =
  | { readonly kind: 'ok' }
  /** The code, whatever was wrong with it. */
  | { readonly kind: 'wrong' }
  /** No such flow in this browser. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'over' }
  | { readonly kind: 'wrong-step'; readonly due: DueStep }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'incomplete'; readonly problems: readonly RegistrationProblem[] }
  | { readonly kind: 'refused'; readonly problem: PasswordFault | 'not-repeated' | 'terms-missing' | 'stale-terms' };

type Where = Pick<RegistrationVisit, 'id' | 'browser'>;

/** A registration, from the identifier to the password. State is in the database, so any node may go on. */
export interface Registrations {
  /** f1. Nothing is looked up yet. */
  begin(start: { brand: string; locale: 'fr' | 'en'; identifier: string; browser: string }): Promise<BeginRegistration>;
  /** Undefined: no such flow in this browser. */
  view(visit: Where): Promise<RegistrationView | undefined>;
  /** f2. */
  fillForm(visit: Where, typed: TypedRegistration): Promise<RegistrationOutcome>;
  /** f3: the code goes to the number on file, where there is something to register. No version: the present one. */
  acceptTerms(
    visit: RegistrationVisit,
    given: { accepted: boolean; termsVersion?: string | undefined },
  ): Promise<RegistrationOutcome>;
  /** f4: another code; the one before counts no more. */
  resendCode(visit: RegistrationVisit): Promise<RegistrationOutcome>;
  /** f5 to f7. */
  enterCode(visit: Where, code: string): Promise<RegistrationOutcome>;
  /** f8. A password that may not be does not cost the code. */
  setPassword(visit: Where, typed: TypedPassword): Promise<RegistrationOutcome>;
}

// What the pages and the API of a forgotten password ask and are told: the same words for every identifier (B06).
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Tx } from '../storage/database.ts';
import type { OneTimeCodes } from './one-time-code.ts';
import type { NewPasswordProblem, PasswordSettingDeps, TypedPassword } from './password-setting.ts';
import type { IdentifierKinds } from './sign-in-identifier.ts';

export interface PasswordResetDeps extends PasswordSettingDeps {
  readonly masterKey: MasterKey;
  /** Of the issuer: a flow that began at one goes on at no other. */
  readonly home: { readonly path: string };
  readonly codes: OneTimeCodes;
  /** Creates the job that sends a code, in the transaction that made it; to nobody where `accountId` is null. */
  readonly sendCode: (
    tx: Tx,
    about: { codeId: string; accountId: string | null; medium: ChannelId; brand: string },
  ) => Promise<void>;
  readonly audit: Pick<Audit, 'passwordSet' | 'passwordResetAsked' | 'passwordResetCodeWrong'>;
  /** What the customers of a brand log in with; default number or e-mail address. */
  readonly kindsOf?: IdentifierKinds | undefined;
  readonly rules: { readonly flowSeconds: number; readonly robotSeconds: number };
}

export type ChannelId = 'email' | 'mobile';

/** A way for the code, as the page shows it (B08): `j***@…`, `06 ** ** ** 01`. */
export interface ShownChannel {
  readonly id: ChannelId;
  readonly masked: string;
}

/** One step in one browser. */
export interface PasswordResetVisit {
  readonly id: string;
  /** The browser's cookie: the flow goes on in no other. */
  readonly browser: string;
  /** Network address, for the limits. */
  readonly address: string;
}

export type PasswordResetView =
  | {
      readonly step: 'robot';
      /** An SVG document. */
      readonly picture: string;
      readonly sum: readonly [number, number];
    }
  | { readonly step: 'channel'; readonly channels: readonly ShownChannel[] }
  /** `channel`: where the code went, if there is somebody to get it. */
  | { readonly step: 'code'; readonly channel: ShownChannel; readonly channels: readonly ShownChannel[] }
  | { readonly step: 'password' }
  | { readonly step: 'done' }
  /** It cannot go on; one word for all reasons. */
  | { readonly step: 'over' };

export type BeginPasswordReset = { readonly kind: 'begun'; readonly id: string } | { readonly kind: 'malformed' };

export type PasswordResetOutcome =
  | { readonly kind: 'ok' }
  /** Whatever was wrong with it. */
  | { readonly kind: 'wrong' }
  /** No such flow in this browser. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  /** The new password is not one that may be. */
  | { readonly kind: 'refused'; readonly problem: NewPasswordProblem };

type Where = Pick<PasswordResetVisit, 'id' | 'browser'>;

/** A forgotten password, from the identifier to the new one. State is in the database, so any node may go on. */
export interface PasswordResets {
  begin(start: { brand: string; identifier: string; browser: string }): Promise<BeginPasswordReset>;
  /** Undefined: no such flow in this browser, or its time is up. Renews a robot check that has run out. */
  view(visit: Where): Promise<PasswordResetView | undefined>;
  /** A wrong answer brings a new check; a right one the list of channels (B07). */
  answerRobot(visit: Where, answer: string): Promise<PasswordResetOutcome>;
  /** A code by this channel, or another one; the one before counts no more. */
  chooseChannel(visit: PasswordResetVisit, channel: string): Promise<PasswordResetOutcome>;
  enterCode(visit: Where, code: string): Promise<PasswordResetOutcome>;
  setPassword(visit: Where, typed: TypedPassword): Promise<PasswordResetOutcome>;
}

// Level M* (mission 4.1): the PIN of a SIM from whoever can give one, just now; a lock or hold is waited for; else a
// fresh login and a code that the password alone does not open, bound to the action it is for.
import type { OneTimeCodes } from '../authentication/one-time-code.ts';
import type { StateRules } from '../authentication/policies.ts';
import type { AccountId } from '../identifiers.ts';
import type { Database, Tx } from '../storage/database.ts';
import { findStrongChannel, type StrongChannel } from '../storage/strong-channels.ts';
import { demandNow } from './current-service.ts';

/** Who asks, and what she has proved. */
export interface StrongCaller {
  readonly accountId: AccountId;
  /** Network address, for the limits of codes. */
  readonly address: string;
  /** The PIN of the SIM was part of the login. */
  readonly withPin: boolean;
  /** The login is at most five minutes old. */
  readonly fresh: boolean;
}

export type StrongRefusal =
  | { readonly kind: 'needs-pin' | 'needs-fresh' | 'needs-code' | 'wrong-code' | 'no-channel' }
  | { readonly kind: 'later'; readonly availableAt: Date };

export type StrongResult = { readonly kind: 'proved' } | StrongRefusal;

export type StrongCodeResult =
  | { readonly kind: 'sent'; readonly to: string }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  /** No code is asked for: what is asked instead, or nothing (`proved`). */
  | StrongResult;

/** What a code is asked for; each has its words in the message. */
export const strongActions = [
  'line-reactivation',
  'sim-order',
  'address-change',
  'contact-change',
  'bank-details',
  'offer-change',
  'order',
  'mailbox-deletion',
  'payment',
] as const;
export type StrongAction = (typeof strongActions)[number];

export interface StrongPurpose {
  readonly action: StrongAction;
  /** Id of the one thing that it is for, where that is known when the code is asked for. */
  readonly target?: string | undefined;
}

export interface StrongCode {
  readonly codeId: string;
  readonly accountId: string;
  readonly action: StrongAction;
  /** Masked number, if it is about a line. */
  readonly line: string;
}

export interface StrongCheckDeps {
  readonly database: Database;
  readonly codes: OneTimeCodes;
  /** Sends a code by its channel, by a job in the transaction that made it. */
  readonly sendCode: (tx: Tx, code: StrongCode, channel: StrongChannel) => Promise<void>;
  readonly rules: StateRules;
  /** The mail domain of a brand: its mailboxes are opened by the password. */
  readonly mailDomainOf: (brand: string) => string | undefined;
}

export interface StrongCheck {
  /** Decides; takes one try of the code if that is what is asked for. */
  check(caller: StrongCaller, claim: StrongPurpose & { code: string | undefined }): Promise<StrongResult>;
  /** Sends the code; `line` is the masked number that the message names, if it is about one. */
  sendCode(caller: StrongCaller, order: StrongPurpose & { line?: string | undefined }): Promise<StrongCodeResult>;
}

const codePurpose = 'strong-check';

/** Makes the check over its dependencies. */
export function createStrongCheck(deps: StrongCheckDeps): StrongCheck {
  return {
    check: (caller, claim) => check(deps, caller, claim),
    sendCode: (caller, order) => sendCode(deps, caller, order),
  };
}

async function check(
  deps: StrongCheckDeps,
  caller: StrongCaller,
  { code, ...purpose }: StrongPurpose & { code: string | undefined },
): Promise<StrongResult> {
  const refusal = await beforeCode(deps, caller);
  if (refusal !== undefined) return refusal;
  if ((await channelOf(deps, caller)) === undefined) return { kind: 'no-channel' };
  if (code === undefined) return { kind: 'needs-code' };
  const { kind } = await deps.codes.check({ ...placeOf(caller, purpose), typed: code });
  return { kind: kind === 'right' ? 'proved' : 'wrong-code' };
}

async function sendCode(
  deps: StrongCheckDeps,
  caller: StrongCaller,
  { line = '', ...purpose }: StrongPurpose & { line?: string | undefined },
): Promise<StrongCodeResult> {
  const refusal = await beforeCode(deps, caller);
  if (refusal !== undefined) return refusal;
  const { accountId, address } = caller;
  const channel = await channelOf(deps, caller);
  if (channel === undefined) return { kind: 'no-channel' };
  const retryAfterSeconds = await deps.codes.takeSending({ recipient: `${codePurpose}:${accountId}`, address });
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  await deps.database.transaction(async (tx) => {
    const { id: codeId } = await deps.codes.issue(tx, placeOf(caller, purpose));
    await deps.sendCode(tx, { codeId, accountId, action: purpose.action, line }, channel);
  });
  return { kind: 'sent', to: channel.masked };
}

function channelOf({ database, mailDomainOf }: StrongCheckDeps, { accountId }: StrongCaller) {
  return findStrongChannel(database.db, accountId, mailDomainOf);
}

/** The result where no code is asked for; undefined where it is. */
async function beforeCode(
  deps: StrongCheckDeps,
  { accountId, withPin, fresh }: StrongCaller,
): Promise<StrongResult | undefined> {
  const demand = await demandNow(deps, accountId);
  if (demand.kind === 'later') return demand;
  if (demand.kind === 'sim-pin') return { kind: withPin && fresh ? 'proved' : 'needs-pin' };
  return fresh ? undefined : { kind: 'needs-fresh' };
}

function placeOf({ accountId }: StrongCaller, { action, target }: StrongPurpose) {
  return { purpose: codePurpose, subject: [accountId, action, target].join(' ').trimEnd() };
}

// What pages and APIs can ask of a contract on its way into a customer area (mission 2.c), and what they hear.
import type { AccountId } from '../identifiers.ts';
import type { DraftStep, LineUser } from '../storage/attachment-tables.ts';
import type { ContractKind } from './contract-types.ts';

export type { DraftStep, LineUser } from '../storage/attachment-tables.ts';

export interface ContactView {
  /** Masked. */
  readonly value: string;
  readonly isVerified: boolean;
}

export interface DraftView {
  readonly id: string;
  readonly kind: ContractKind;
  readonly segment: 'consumer' | 'professional';
  /** The one that is due. */
  readonly step: DraftStep;
  readonly expiresAt: Date;
  /** While it is waited for: the end of the number that has it, and until when it can be typed. */
  readonly code: { readonly sentTo: string; readonly expiresAt: Date } | undefined;
  /** The caller's own, from the step on that shows them. */
  readonly contacts: { readonly email: ContactView | undefined; readonly mobile: ContactView | undefined } | undefined;
  /** How the caller will have to do with the contract, once it is known which one it is and that she may. */
  readonly relation: 'holder' | 'proxy' | undefined;
  /** Once it is in the area. */
  readonly contractId: string | undefined;
}

export type DraftRefusal =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'expired' }
  /** `due`: the step that the draft is at. */
  | { readonly kind: 'wrong-step'; readonly due: DraftStep }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  /** Nothing is told of what was wrong. */
  | { readonly kind: 'not-matched' }
  | { readonly kind: 'not-attachable' }
  | { readonly kind: 'already-attached' }
  | { readonly kind: 'line-suspended' }
  /** Nobody could tell the holder (X79). */
  | { readonly kind: 'holder-unreachable' }
  /** `due`: the step after it; no longer the code's after the last try. */
  | { readonly kind: 'code-wrong'; readonly due: DraftStep }
  | { readonly kind: 'contact-unverified' };

export type DraftOutcome = { readonly kind: 'ok'; readonly draft: DraftView } | DraftRefusal;

/** Who asks for which draft; `address` is the network's, for the limits of codes. */
export interface DraftCall {
  readonly accountId: AccountId;
  readonly draftId: string;
  readonly address: string;
}

export type ContractIdentifiers =
  | { readonly customerRef: string; readonly contractRef: string }
  | { readonly lineNumber: string };

export interface AttachmentDesk {
  /** Undefined for all but open main accounts; `self-care` for one that was opened with an Account ID. */
  begin(
    accountId: AccountId,
    what: { kind: ContractKind; segment: 'consumer' | 'professional' },
  ): Promise<DraftView | 'self-care' | undefined>;
  find(call: DraftCall): Promise<DraftOutcome>;
  identify(call: DraftCall, identifiers: ContractIdentifiers): Promise<DraftOutcome>;
  resendCode(call: DraftCall): Promise<DraftOutcome>;
  enterCode(call: DraftCall, typed: string): Promise<DraftOutcome>;
  nameLineUser(call: DraftCall, user: LineUser): Promise<DraftOutcome>;
  /** The caller's own contacts are those that she can be reached by. */
  confirmContacts(call: DraftCall): Promise<DraftOutcome>;
  /** Puts the contract into the area, at once. */
  confirm(call: DraftCall): Promise<DraftOutcome>;
}

/** A proxy that its contract's holder was told of, as the page shows it that the link opens. */
export interface ContestView {
  readonly kind: ContractKind;
  /** Masked number, if the contract has a line. */
  readonly line: string;
  /** Masked. */
  readonly proxy: string;
  readonly since: Date;
}

export interface ContestDesk {
  /** Undefined for a link that is unknown, used or too old. */
  find(token: string): Promise<ContestView | undefined>;
  /** Ends the proxy, at once; false for such a link. */
  contest(token: string): Promise<boolean>;
}

/** A user's word that a contract of her line may be managed by somebody else. */
export interface ApprovalView {
  readonly id: string;
  /** Masked: who asked for the code. */
  readonly requester: string;
  /** Masked number. */
  readonly line: string;
  readonly contractKind: ContractKind;
  readonly givenAt: Date;
}

export interface ApprovalDesk {
  /** Those given with the lines of this account that are still good, the newest first. */
  list(accountId: AccountId): Promise<ApprovalView[]>;
  /** Takes one back, and with it the proxy; false if there is none such. */
  revoke(accountId: AccountId, approvalId: string): Promise<boolean>;
}

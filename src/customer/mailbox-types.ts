// What APIs can ask of a customer's mailboxes. A mailbox or draft that is not hers is not there.
import type { PasswordFault } from '../authentication/password-policy.ts';
import type { AccountId } from '../identifiers.ts';

/** Who asks, from where, and with what proof. */
export interface MailboxCaller {
  readonly accountId: AccountId;
  /** Network address, freed of what strangers say. */
  readonly address: string;
  /** The PIN of the SIM was part of the login. */
  readonly withPin: boolean;
}

export interface MailboxEligibility {
  /** A main account that holds an Internet or Open contract, of a brand with mailboxes. */
  readonly isHolder: boolean;
  /** The call comes from the home network of such a contract. */
  readonly isAtHome: boolean;
  readonly withPin: boolean;
  readonly slotsLeft: number;
}

export interface MailboxUser {
  readonly civility: 'Mme' | 'M.';
  readonly givenName: string;
  readonly familyName: string;
}

export interface MailboxView {
  readonly id: string;
  readonly kind: 'primary' | 'secondary';
  readonly address: string;
  readonly status: 'active' | 'read_only';
  readonly user: { readonly civility: string | null; readonly givenName: string; readonly familyName: string } | null;
  readonly createdAt: Date;
  readonly aliases: readonly MailboxAliasView[];
}

export interface MailboxAliasView {
  readonly id: string;
  readonly address: string;
  readonly createdAt: Date;
}

export type MailboxStep = 'address' | 'password' | 'confirmation' | 'done';

export interface MailboxDraftView {
  readonly id: string;
  /** What is due. */
  readonly step: MailboxStep;
  readonly user: MailboxUser;
  /** The domain of all addresses. */
  readonly domain: string;
  /** Free addresses made of the names, while the address is due or may still be changed. */
  readonly proposals: readonly string[];
  readonly address: string | null;
  /** Idle time ends then, and the reservation with it. */
  readonly expiresAt: Date;
  /** What it has become. */
  readonly mailboxId: string | null;
}

export type MailboxRefusal =
  | { readonly kind: 'not-found' | 'not-holder' | 'not-at-home' | 'full' | 'taken' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'wrong-step'; readonly due: MailboxStep }
  | { readonly kind: 'weak'; readonly fault: PasswordFault };

export type MailboxDraftResult = { readonly kind: 'ok'; readonly draft: MailboxDraftView } | MailboxRefusal;

export interface MailboxDesk {
  eligibility(caller: MailboxCaller): Promise<MailboxEligibility>;
  /** The main account's own mailbox and its secondary ones; of a secondary account its own. */
  list(accountId: AccountId): Promise<MailboxView[]>;
  find(accountId: AccountId, mailboxId: string): Promise<MailboxView | undefined>;
  begin(caller: MailboxCaller, user: MailboxUser): Promise<MailboxDraftResult>;
  draft(accountId: AccountId, draftId: string): Promise<MailboxDraftView | undefined>;
  /** Keeps an address for the draft; `localPart` may have its domain behind it. */
  chooseAddress(accountId: AccountId, draftId: string, localPart: string): Promise<MailboxDraftResult>;
  /** The terms were accepted with it. */
  setPassword(accountId: AccountId, draftId: string, password: string): Promise<MailboxDraftResult>;
  /** False: there is none, or it has become a mailbox. */
  discard(accountId: AccountId, draftId: string): Promise<boolean>;
  /** Makes account, mailbox, credential and login in one; again with the same draft: the same mailbox. */
  confirm(
    caller: MailboxCaller,
    draftId: string,
  ): Promise<{ readonly kind: 'ok'; readonly mailbox: MailboxView } | MailboxRefusal>;
  addAlias(
    accountId: AccountId,
    mailboxId: string,
    localPart: string,
  ): Promise<
    | { readonly kind: 'ok'; readonly alias: MailboxAliasView }
    | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
    | { readonly kind: 'not-found' | 'taken' | 'full' | 'read-only' }
  >;
  removeAlias(accountId: AccountId, mailboxId: string, aliasId: string): Promise<boolean>;
  /** Deletes a secondary mailbox with its account. */
  remove(accountId: AccountId, mailboxId: string): Promise<'removed' | 'not-found' | 'primary'>;
}

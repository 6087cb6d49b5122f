// What pages and APIs can ask of a customer's account. What is not hers is not there.
import type { AccountId } from '../identifiers.ts';
import type { Address } from '../storage/contract-tables.ts';
import type { ContractKind } from './contract-types.ts';
import type { Profile } from './profile.ts';

/** Who acts, and which version she has read. */
export interface AccountCaller {
  readonly accountId: AccountId;
  readonly brand: string;
  /** Network address, for limits. */
  readonly address: string;
  readonly ifMatch: string | undefined;
}

/** Changed since it was read; nothing was done. */
export type Stale = { readonly kind: 'stale' };
export type Missing = { readonly kind: 'not-found' };

export type EditResult =
  | { readonly kind: 'changed'; readonly profile: Profile }
  /** An identity that was checked keeps its names. */
  | { readonly kind: 'read-only'; readonly fields: readonly string[] }
  | Stale
  | Missing;

export interface ProfileChanges {
  readonly civility?: string | undefined;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
}

export type NoticeChannel = 'email' | 'sms';

/** Topics of messages. Whoever sends one asks for its channel; `security` is always on. */
export const topics = ['security', 'contracts', 'orders', 'usage', 'billing', 'mailbox', 'news'] as const;
export type Topic = (typeof topics)[number];

export interface Preferences {
  readonly locale: 'fr' | 'en';
  readonly topics: Readonly<Record<Topic, readonly NoticeChannel[]>>;
}

export type PreferencesResult =
  | { readonly kind: 'kept'; readonly preferences: Preferences }
  /** Alerts about her own security cannot be switched off. */
  | { readonly kind: 'security-off' }
  | Stale
  | Missing;

export interface NewContact {
  readonly medium: 'email' | 'mobile';
  /** As typed. */
  readonly value: string;
}

export interface ContactStarted {
  readonly id: string;
  readonly medium: 'email' | 'mobile';
  /** Masked. */
  readonly sentTo: string;
  readonly expiresAt: Date;
}

export type ContactResult =
  | { readonly kind: 'started'; readonly change: ContactStarted }
  /** No address, or no number of an operator that is served (A02). */
  | { readonly kind: 'invalid' }
  /** It is her contact already. */
  | { readonly kind: 'same' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | Missing;

export interface AddressChangeView {
  readonly id: string;
  readonly state: 'draft' | 'done';
  readonly address: Address;
  readonly contracts: readonly {
    readonly id: string;
    readonly kind: ContractKind;
    readonly label: string | null;
    /** Undefined where there was none. */
    readonly former: Address | undefined;
  }[];
  readonly expiresAt: Date;
}

export type AddressResult =
  | { readonly kind: 'ok'; readonly change: AddressChangeView }
  /** Another change came in between; what the draft shows is not so any more. */
  | { readonly kind: 'outdated' }
  | Missing;

export interface BankView {
  /** Masked: `FR76 •••• •••• 0189`; undefined: none is known. */
  readonly iban: string | undefined;
  readonly holder: string | undefined;
  readonly changedAt: Date | undefined;
}

export interface BankChangeView {
  readonly id: string;
  readonly status: 'pending' | 'done' | 'refused' | 'blocked' | 'expired';
  /** Masked. */
  readonly iban: string;
  readonly holder: string;
  /** To type on the phone, while it waits. */
  readonly referenceCode: string | null;
  readonly secondsLeft: number;
}

export type BankChangeResult =
  | { readonly kind: 'started'; readonly change: BankChangeView }
  | { readonly kind: 'invalid-iban' }
  /** Locked or held: only time helps. */
  | { readonly kind: 'later'; readonly availableAt: Date }
  /** There is no phone that could confirm it. */
  | { readonly kind: 'no-phone' }
  | { readonly kind: 'command-open' }
  | { readonly kind: 'unavailable' }
  | Stale
  | Missing;

export interface SecurityEvent {
  readonly id: string;
  readonly at: Date;
  readonly event: string;
  readonly outcome: 'success' | 'failure';
  /** The service at whose page it happened. */
  readonly client: string | undefined;
  /** Who did it: herself, a phone, somebody at the operator's, the clock. */
  readonly by: 'customer' | 'phone' | 'operator' | 'system';
}

export interface Paged<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

export interface AccountDesk {
  profile(accountId: AccountId): Promise<Profile | undefined>;
  editProfile(caller: AccountCaller, changes: ProfileChanges): Promise<EditResult>;
  preferences(accountId: AccountId): Promise<Preferences | undefined>;
  keepPreferences(caller: AccountCaller, wanted: Preferences): Promise<PreferencesResult>;
  /** Sends a code to a new contact. */
  startContact(caller: AccountCaller, contact: NewContact): Promise<ContactResult>;
  /** Puts it in the place of the old one, which is told. */
  verifyContact(caller: AccountCaller, claim: { id: string; code: string }): Promise<'verified' | 'wrong'>;
  draftAddress(
    caller: AccountCaller,
    draft: { contractIds: readonly string[]; address: Address },
  ): Promise<AddressResult>;
  findAddressChange(accountId: AccountId, id: string): Promise<AddressChangeView | undefined>;
  confirmAddress(caller: AccountCaller, id: string): Promise<AddressResult>;
  /** Undefined for whoever holds no contract. */
  bankDetails(accountId: AccountId): Promise<BankView | undefined>;
  /** Asks the phone whether this very change may be made. */
  changeBankDetails(
    caller: AccountCaller,
    wanted: { iban: string; holder: string; locale: 'fr' | 'en' },
  ): Promise<BankChangeResult>;
  findBankChange(accountId: AccountId, id: string): Promise<BankChangeView | undefined>;
  /** Takes the question away from the phone; nothing if it has ended. */
  cancelBankChange(accountId: AccountId, id: string): Promise<void>;
  securityEvents(accountId: AccountId, page: { offset: number; limit: number }): Promise<Paged<SecurityEvent>>;
}

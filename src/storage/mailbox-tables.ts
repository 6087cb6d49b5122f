// Row types of mailboxes, of what holds an address, and of home networks.
import type { Generated, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

export interface HomeNetwork {
  contractId: string;
  /** `192.0.2.10/32`, `2001:db8:0:100::/56`. */
  network: string;
}

export interface Mailbox {
  id: string;
  brand: string;
  kind: 'primary' | 'secondary';
  /** Whose mailbox it is. */
  accountId: AccountId;
  /** Of a secondary one: the main account that opened it. */
  parentAccountId: AccountId | null;
  /** 1 to 9; null for a primary or deleted one. */
  slot: number | null;
  address: string;
  civility: string | null;
  givenName: string | null;
  familyName: string | null;
  status: Generated<'active' | 'read_only' | 'deleted'>;
  termsVersion: string | null;
  termsAcceptedAt: Date | null;
  createdAt: Date;
  readOnlyAt: Date | null;
  deletedAt: Date | null;
}

export interface MailboxAlias {
  id: string;
  mailboxId: string;
  /** 1 to 5. */
  slot: number;
  address: string;
  createdAt: Date;
}

export interface MailboxDraft {
  id: string;
  accountId: AccountId;
  civility: string;
  givenName: string;
  familyName: string;
  address: string | null;
  passwordHash: string | null;
  termsVersion: string | null;
  termsAcceptedAt: Date | null;
  /** What it has become. */
  mailboxId: string | null;
  createdAt: Date;
  expiresAt: Date;
}

export interface MailAddress {
  brand: string;
  /** Lower case, without dots in the local part. */
  form: string;
  use: 'mailbox' | 'alias' | 'draft' | 'quarantine';
  mailboxId: string | null;
  aliasId: string | null;
  draftId: string | null;
  /** Of a reservation or quarantine. */
  until: Date | null;
}

export interface MailboxTables {
  homeNetworks: HomeNetwork;
  mailboxes: Mailbox;
  mailboxAliases: MailboxAlias;
  mailboxDrafts: MailboxDraft;
  mailAddresses: MailAddress;
}

export type MailboxRow = Selectable<Mailbox>;
export type MailboxAliasRow = Selectable<MailboxAlias>;
export type MailboxDraftRow = Selectable<MailboxDraft>;

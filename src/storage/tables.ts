// Row types for Kysely, in the order of the migrations. Column names are renamed to camelCase by the plugin
// of database.ts, so code never sees snake_case. `bytea` is a Buffer, `bigint` a number (all stay below 2^53).
import type { ColumnType, Generated, Selectable } from 'kysely';
import type { AccountId, Iccid, Msisdn } from '../identifiers.ts';
import type { AccountTables } from './account-tables.ts';
import type { AttachmentTables } from './attachment-tables.ts';
import type { AttemptTables } from './attempt-tables.ts';
import type { BillingTables } from './billing-tables.ts';
import type { CibaTables } from './ciba-requests.ts';
import type { ContractTables } from './contract-tables.ts';
import type { DiagnosticTables } from './diagnostic-tables.ts';
import type { MailboxTables } from './mailbox-tables.ts';
import type { NotificationTables } from './notification-tables.ts';
import type { OidcTables } from './oidc-tables.ts';
import type { OrderTables } from './order-tables.ts';
import type { SubjectTables } from './pairwise-subjects.ts';
import type { PasswordTables } from './password-tables.ts';
import type { PaymentTables } from './payment-tables.ts';
import type { RefusalTables } from './refusals.ts';
import type { SelfCareTables } from './self-care-tables.ts';
import type { ServiceTables } from './service-tables.ts';
import type { SimOrderTables } from './sim-order-tables.ts';
import type { UsageTables } from './usage-tables.ts';

type Json<T> = ColumnType<T, string, string>;

export interface Person {
  id: string;
  civility: string | null;
  givenName: string;
  familyName: string;
  birthName: string | null;
  birthDate: string | null;
  birthPlace: string | null;
  birthCountry: string | null;
  gender: string | null;
  customerType: Generated<string>;
  identityCheckedAt: Date | null;
  /** All first names of the birth certificate, with spaces between them. */
  civilGivenNames: string | null;
  identityProofing: Generated<'none' | 'eidas1' | 'eidas2'>;
  /** Kept by the database. */
  updatedAt: Generated<Date>;
}

export interface Account {
  id: AccountId;
  brand: string;
  kind: 'main' | 'secondary' | 'group';
  personId: string | null;
  parentAccountId: AccountId | null;
  /** What an account chooser shows. */
  label: string;
  status: Generated<'active' | 'closed'>;
  contactEmail: string | null;
  contactEmailVerifiedAt: Date | null;
  /** When the customer last changed it. */
  contactEmailChangedAt: Date | null;
  /** Since when a mail server knows no such address. */
  contactEmailRefusedAt: Date | null;
  contactMobile: Msisdn | null;
  contactMobileVerifiedAt: Date | null;
  contactMobileChangedAt: Date | null;
  /** Given at a self-care registration, to be called at; no code goes there. */
  contactPhone: string | null;
  /** Of the account itself, when its owner opened it without a contract. */
  termsVersion: string | null;
  termsAcceptedAt: Date | null;
  locale: Generated<'fr' | 'en'>;
  createdAt: Date;
  /** Kept by the database. */
  updatedAt: Generated<Date>;
}

export type IdentifierKind = 'email' | 'msisdn' | 'account_id' | 'customer_id';

export interface LoginIdentifier {
  accountId: AccountId;
  brand: string;
  kind: IdentifierKind;
  /** HMAC of the normal form; the value itself is not kept here. */
  lookupHash: Buffer;
  isPrimary: Generated<boolean>;
}

export interface Line {
  id: string;
  contractId: string | null;
  brand: string;
  msisdn: Msisdn;
  kind: 'mobile' | '4g-box' | 'fixed';
  status: Generated<'active' | 'suspended' | 'terminated'>;
  suspendedAt: Date | null;
  suspendedReason: string | null;
}

export interface SimRoot {
  id: number;
  wrappedKey: string;
  createdAt: Date;
}

export type SimState =
  | 'stock'
  | 'reserved'
  | 'shipped'
  | 'delivered'
  | 'activating'
  | 'active'
  | 'blocked'
  | 'terminated'
  | 'cancelled';

export interface Sim {
  id: string;
  iccid: Iccid;
  serial13: string | null;
  origin: 'test' | 'live';
  state: SimState;
  appletCapable: boolean;
  lineId: string | null;
  viaReplacement: Generated<boolean>;
  rootId: number;
  keyVersion: number;
  /** CNTR of the last secured packet allocated; committed before the packet leaves. */
  packetCounter: Generated<number>;
  /** Highest applet counter seen in a proved answer. */
  appletCounter: Generated<number>;
  /** C6 of the last administrative request. */
  adminNumber: Generated<number>;
  activatedAt: Date | null;
  pukSealed: string | null;
  reservedForLineId: string | null;
  activatingSince: Date | null;
}

export type BaseState = 'INACTIVE' | 'INSTALLING' | 'AWAITING_PIN' | 'ACTIVE' | 'DEACTIVATED';

export interface Enrolment {
  id: string;
  simId: string;
  lineId: string;
  baseState: BaseState;
  triesLeft: number | null;
  lockedUntil: Date | null;
  holdUntil: Date | null;
  suspendedByFork: Generated<boolean>;
  /** Compressed P-256 point of K_pin. */
  pinKey: Buffer | null;
  pinKeyProvenance: string | null;
  /** HMAC over ICCID, links, key and provenance; checked at every verification. */
  credentialMac: Buffer | null;
  pinSetAt: Date | null;
  lastUsedAt: Date | null;
  termsVersion: string | null;
  termsAcceptedAt: Date | null;
  installDeadline: Date | null;
  pinDeadline: Date | null;
  /** Until then a PIN that was reset with nothing but an SMS counts as `sim-ok` (decisions 11). */
  pinTrustedFrom: Date | null;
  verifiedAt: Date | null;
  deactivatedAt: Date | null;
  deactivatedReason: string | null;
  /** The customer has been told that the hold is over. */
  holdEndTold: Generated<boolean>;
  selfAnswering: Generated<boolean>;
  createdAt: Date;
}

export interface MobileConnectLink {
  enrolmentId: string;
  accountId: AccountId;
  isPrimary: Generated<boolean>;
  linkedAt: Date;
  status: Generated<'pending' | 'active'>;
}

export interface AuditEvent {
  id: Generated<number>;
  at: Date;
  action: string;
  actor: string;
  accountId: string | null;
  object: string | null;
  outcome: string;
  details: Json<Record<string, unknown>>;
  correlationId: string | null;
  sequence: number | null;
  hash: Buffer | null;
}

export interface EphemeralRecord {
  kind: string;
  key: string;
  value: Json<unknown>;
  consumedAt: Date | null;
  expiresAt: Date;
}

export interface Tables
  extends AccountTables,
    AttachmentTables,
    AttemptTables,
    BillingTables,
    ContractTables,
    DiagnosticTables,
    OidcTables,
    PasswordTables,
    PaymentTables,
    ServiceTables,
    SimOrderTables,
    RefusalTables,
    SelfCareTables,
    CibaTables,
    MailboxTables,
    SubjectTables,
    UsageTables,
    NotificationTables,
    OrderTables {
  domainClock: { onlyRow: Generated<boolean>; offsetSeconds: number };
  persons: Person;
  accounts: Account;
  loginIdentifiers: LoginIdentifier;
  lines: Line;
  simRoots: SimRoot;
  sims: Sim;
  enrolments: Enrolment;
  mobileConnectLinks: MobileConnectLink;
  auditEvents: AuditEvent;
  ephemeralRecords: EphemeralRecord;
}

export type PersonRow = Selectable<Person>;
export type AccountRow = Selectable<Account>;
export type LineRow = Selectable<Line>;
export type SimRow = Selectable<Sim>;
export type EnrolmentRow = Selectable<Enrolment>;

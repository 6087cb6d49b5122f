// Row types for Kysely, in the order of the migrations. Column names are renamed to camelCase by the plugin
// of database.ts, so code never sees snake_case. `bytea` is a Buffer, `bigint` a number (all stay below 2^53).
import type { ColumnType, Generated, Insertable, Selectable } from 'kysely';
import type { AccountId, Iccid, Msisdn } from '../identifiers.ts';
import type { OidcTables } from './oidc-tables.ts';
import type { ServiceTables } from './service-tables.ts';

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
  locale: Generated<'fr' | 'en'>;
  createdAt: Date;
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

export interface Password {
  accountId: AccountId;
  passwordHash: string;
  changedAt: Date;
}

export interface Contract {
  id: string;
  brand: string;
  kind: 'MOBILE' | 'INTERNET' | 'FIXE' | 'OPEN';
  segment: 'consumer' | 'professional';
  offerRange: string;
  holderPersonId: string | null;
  customerRef: string;
  contractRef: string;
  status: Generated<string>;
  startedAt: Date;
}

export interface AccountContract {
  accountId: AccountId;
  contractId: string;
  relation: 'holder' | 'proxy' | 'user';
  since: Date;
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

export type AttemptState =
  | 'pending'
  | 'approved'
  | 'refused'
  | 'fraud'
  | 'blocked'
  | 'expired'
  | 'cancelled'
  | 'failed';

/** `cancel` takes the screen of another request away; the rest changes the service on a line. */
export type AttemptPurpose = 'login' | 'cancel' | 'status' | 'enrol' | 'pin-reset' | 'deactivate' | 'link' | 'disable';

export interface Attempt {
  id: string;
  purpose: AttemptPurpose;
  /** The flow that a request other than a login belongs to. */
  subject: string | null;
  slot: Buffer;
  holdsSlot: boolean;
  simId: string | null;
  enrolmentId: string | null;
  lineId: string | null;
  accountId: AccountId | null;
  brand: string;
  clientId: string;
  clientName: string;
  /** HMAC of where the request came from: client and address prefix. */
  source: Buffer;
  fromKnownDevice: boolean;
  /** HMAC of the browser's device cookie, remembered when the attempt is approved. */
  device: Buffer | null;
  state: Generated<AttemptState>;
  progress: Generated<'queued' | 'sent' | 'delivered'>;
  confirmation: 'compare' | 'type';
  level: 'sim-ok' | 'sim-pin';
  op: number;
  flags: number;
  challenge: Buffer;
  /** DATA of the Command Packet, sealed; dropped after 48 h. */
  requestData: string | null;
  /** C6 that the request carries, if any. */
  adminNumber: number | null;
  requestSha256: Buffer;
  sends: Generated<number>;
  resends: Generated<number>;
  leaseUntil: Date | null;
  sentAt: Date | null;
  packetCounter: number | null;
  createdAt: Date;
  expiresAt: Date;
  receivedAt: Date | null;
  result: string | null;
  appletCounter: number | null;
  triesLeft: number | null;
  wrongPins: number | null;
  endedAt: Date | null;
  finishedAt: Date | null;
}

export interface MutedSource {
  slot: Buffer;
  source: Buffer;
  mutedUntil: Date;
}

export interface KnownDevice {
  slot: Buffer;
  device: Buffer;
  approvedAt: Date;
}

export interface InboundMessage {
  id: Generated<number>;
  receivedAt: Date;
  sourceHash: Buffer;
  sourceSealed: string;
  bodySealed: string;
  state: Generated<'new' | 'done'>;
  outcome: string | null;
  tries: Generated<number>;
}

export interface Answer {
  simId: string;
  appletCounter: number;
  /** Octets 0 to 11 of the answer. */
  head: Buffer;
  attemptId: string | null;
  receivedAt: Date;
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

export interface Tables extends OidcTables, ServiceTables {
  domainClock: { onlyRow: Generated<boolean>; offsetSeconds: number };
  persons: Person;
  accounts: Account;
  loginIdentifiers: LoginIdentifier;
  passwords: Password;
  contracts: Contract;
  accountContracts: AccountContract;
  lines: Line;
  simRoots: SimRoot;
  sims: Sim;
  enrolments: Enrolment;
  mobileConnectLinks: MobileConnectLink;
  attempts: Attempt;
  mutedSources: MutedSource;
  knownDevices: KnownDevice;
  inboundMessages: InboundMessage;
  answers: Answer;
  auditEvents: AuditEvent;
  ephemeralRecords: EphemeralRecord;
}

export type PersonRow = Selectable<Person>;
export type AccountRow = Selectable<Account>;
export type LineRow = Selectable<Line>;
export type SimRow = Selectable<Sim>;
export type EnrolmentRow = Selectable<Enrolment>;
export type AttemptRow = Selectable<Attempt>;
export type NewAttempt = Insertable<Attempt>;

// Row types of attempts and of what comes back from the SIMs.
import type { Generated, Insertable, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

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
export type AttemptPurpose =
  | 'login'
  | 'cancel'
  | 'status'
  | 'enrol'
  | 'pin-reset'
  | 'deactivate'
  | 'link'
  | 'disable'
  | 'bank-details';

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

export interface AttemptTables {
  attempts: Attempt;
  mutedSources: MutedSource;
  knownDevices: KnownDevice;
  inboundMessages: InboundMessage;
  answers: Answer;
}

export type AttemptRow = Selectable<Attempt>;
export type NewAttempt = Insertable<Attempt>;

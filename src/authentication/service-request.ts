// Requests to a SIM that are no login: ask its status, enrol, reset the PIN, confirm a change, empty the applet.
// Decides nothing about who may: that is the use case's affair. One request at a time on a number, as for logins.
import { type AccountId, newId } from '../identifiers.ts';
import {
  type AppletFlag,
  type AppletOp,
  type AppletRequest,
  appletOps,
  buildRequest,
} from '../messaging/applet-message.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { AttemptPurpose, AttemptRow } from '../storage/attempt-tables.ts';
import { expireOverdue, insertAttempt } from '../storage/attempts.ts';
import type { Tx } from '../storage/database.ts';
import { takeAdminNumber } from '../storage/sim-answers.ts';
import type { LineState } from '../storage/subscribers.ts';
import type { SimRow } from '../storage/tables.ts';
import type { Locale } from './sign-in-types.ts';
import { type SimKeyring, scopeOf } from './sim-keyring.ts';
import { requestPlace } from './sim-sender.ts';

export type ServicePurpose = Exclude<AttemptPurpose, 'login' | 'cancel'>;

export interface ServiceRequest {
  readonly purpose: ServicePurpose;
  readonly target: LineState;
  /** The flow that waits for the answer. */
  readonly subject: string;
  readonly accountId: AccountId | null;
  readonly brand: string;
  /** Shown on the phone: who asks (`client.name`) and for what (`message`). */
  readonly client: { readonly id: string; readonly name: string };
  readonly message: string;
  readonly locale: Locale;
  /** Its own life; default: that of any request on the phone. */
  readonly ttlSeconds?: number;
}

export interface ServiceRequestDeps {
  readonly masterKey: MasterKey;
  readonly keyring: SimKeyring;
  readonly randomBytes: (size: number) => Buffer;
  readonly rules: {
    readonly ttlSeconds: number;
    readonly maxWrongPins: number;
    /** Further rules for a new PIN; four identical digits are refused in any case. */
    readonly pinPolicy: readonly ('sequences' | 'repeated-pairs' | 'birth-year')[];
  };
}

export interface ServiceRequests {
  /** Writes the request in the caller's transaction; undefined while another is open on the number. Send it after. */
  start(tx: Tx, request: ServiceRequest): Promise<AttemptRow | undefined>;
}

interface Kind {
  readonly op: AppletOp;
  readonly flags: readonly AppletFlag[];
  /** C6 and C4: the server's authority over the card. */
  readonly authority: boolean;
  /** C5: tries and PIN policy. */
  readonly policy: boolean;
}

// The code is always typed for what changes the service, so that nobody confirms what is not before them (decisions 8).
const kinds: Record<ServicePurpose, Kind> = {
  status: { op: 'status', flags: [], authority: false, policy: false },
  enrol: { op: 'enrol', flags: ['type-code'], authority: true, policy: true },
  'pin-reset': { op: 'pin-reset', flags: ['type-code'], authority: true, policy: true },
  deactivate: { op: 'authorize', flags: ['pin', 'type-code'], authority: false, policy: false },
  link: { op: 'authorize', flags: ['pin', 'type-code'], authority: false, policy: false },
  'bank-details': { op: 'authorize', flags: ['pin', 'type-code'], authority: false, policy: false },
  disable: { op: 'disable', flags: [], authority: true, policy: false },
};

/** Makes the functions over their dependencies. */
export function createServiceRequests(deps: ServiceRequestDeps): ServiceRequests {
  return { start: (tx, request) => start(deps, tx, request) };
}

async function start(deps: ServiceRequestDeps, tx: Tx, request: ServiceRequest): Promise<AttemptRow | undefined> {
  const { sim, enrolment, line } = request.target;
  if (sim === undefined) throw new Error('there is no SIM to ask');
  const slot = deps.masterKey.index('slot', line.msisdn);
  await expireOverdue(tx, slot);
  const id = newId('att', deps.randomBytes);
  const challenge = deps.randomBytes(16);
  const message = await buildMessage(deps, tx, { request, sim, challenge });
  const kind = kinds[request.purpose];
  return await insertAttempt(tx, {
    id,
    purpose: request.purpose,
    subject: request.subject,
    slot,
    holdsSlot: true,
    simId: sim.id,
    enrolmentId: enrolment?.id ?? null,
    lineId: line.id,
    accountId: request.accountId,
    brand: request.brand,
    clientId: request.client.id,
    clientName: request.client.name,
    source: deps.masterKey.index('source', `service\0${request.accountId ?? request.subject}`),
    fromKnownDevice: false,
    device: null,
    confirmation: kind.flags.includes('type-code') ? 'type' : 'compare',
    level: kind.flags.includes('pin') ? 'sim-pin' : 'sim-ok',
    op: appletOps[kind.op],
    flags: message.flags,
    challenge,
    requestData: deps.masterKey.seal(requestPlace(id), message.data),
    requestSha256: message.sha256,
    adminNumber: message.adminNumber,
    ttlSeconds: request.ttlSeconds ?? deps.rules.ttlSeconds,
    leaseSeconds: 0,
  });
}

async function buildMessage(
  deps: ServiceRequestDeps,
  tx: Tx,
  { request, sim, challenge }: { request: ServiceRequest; sim: SimRow; challenge: Buffer },
) {
  const kind = kinds[request.purpose];
  const words = kind.op === 'status' || kind.op === 'disable' ? {} : wordsOf(request);
  const authority = kind.authority ? await authorityOver(deps, tx, sim) : undefined;
  const { maxWrongPins: mostTries, pinPolicy: refuse } = deps.rules;
  const ttlSeconds = request.ttlSeconds ?? deps.rules.ttlSeconds;
  const built = buildRequest({
    op: kind.op,
    flags: kind.flags,
    ttlSeconds,
    challenge,
    ...words,
    ...(kind.policy ? { pinPolicy: { mostTries, refuse } } : {}),
    ...(authority === undefined ? {} : { authority }),
  });
  if (built.kind !== 'built') throw new Error(`the texts of ${request.purpose} do not fit a SIM: ${built.kind}`);
  return { data: built.data, sha256: built.sha256, flags: built.flags, adminNumber: authority?.number ?? null };
}

function wordsOf(request: ServiceRequest): Pick<AppletRequest, 'language' | 'serviceName' | 'message'> {
  return { language: request.locale, serviceName: request.client.name, message: request.message };
}

/** A number that the card has not seen: each administrative request has its own (sim-channel 5.3). */
async function authorityOver({ keyring }: ServiceRequestDeps, tx: Tx, sim: SimRow) {
  const { kadm } = await keyring.keysOf(tx, sim);
  return { ...scopeOf(sim), number: await takeAdminNumber(tx, sim.id), kadm };
}

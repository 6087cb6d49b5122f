// Sends the committed requests to the SIMs: leases one, builds the secured packet, writes it to the SMSC.
// Any node may send any attempt; what a dying node left behind is swept up with a new packet counter.

import { buildCommandPacket } from '../messaging/ota-packet.ts';
import type { Smsc } from '../messaging/smsc.ts';
import type { Log } from '../ops/log.ts';
import type { MasterKey } from '../ops/master-key.ts';
import {
  findRecipient,
  type LeasedAttempt,
  leaseForSending,
  listUnsent,
  markSent,
  readSecondsToSend,
  releaseLease,
  type SendRules,
} from '../storage/attempt-sending.ts';
import { endAttempt } from '../storage/attempts.ts';
import type { Database } from '../storage/database.ts';
import type { SimKeyring } from './sim-keyring.ts';

/** What the sender needs of the SMSC session. */
export type SimTransport = Pick<Smsc, 'isBound' | 'submit'>;

export interface SimSenderDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly keyring: SimKeyring;
  readonly transport: SimTransport;
  readonly log: Log;
  /** Told how many seconds after its acceptance the SMSC has taken a request. */
  readonly onSent?: (seconds: number) => void;
  readonly rules: SendRules & { readonly leaseSeconds: number };
}

export interface SimSender {
  /** Sends one attempt if it is due; never throws, for the sweeper will try again. */
  send(attemptId: string): Promise<void>;
  /** Sends after whatever is on its way to the same number: a goodbye must not overtake, nor be overtaken. */
  sendInTurn(attempt: { readonly id: string; readonly slot: Buffer }): void;
  /** Sends whatever is due and unsent. */
  sweep(): Promise<void>;
}

// SMS-PP data download: user data header present, protocol id 7F, class 2 in eight bits (sim-channel 1.6).
const simDataDownload = { esmClass: 0x40, protocolId: 0x7f, dataCoding: 0xf6 } as const;
const retryAfterSeconds = 2;

/** Where the request data of an attempt is sealed. */
export function requestPlace(attemptId: string) {
  return { table: 'attempts', column: 'request_data', row: attemptId } as const;
}

/** Makes the sender. */
export function createSimSender(deps: SimSenderDeps): SimSender {
  const { database, transport, log, rules } = deps;

  const send = async (attemptId: string): Promise<void> => {
    try {
      if (!transport.isBound()) return;
      const leased = await leaseForSending(database.db, { id: attemptId, ...rules });
      if (leased !== undefined) await transmit(deps, leased);
    } catch (error) {
      log.error({ err: error, attemptId }, 'a request could not be sent to its SIM');
    }
  };

  const turns = new Map<string, Promise<void>>();

  return {
    send,
    sendInTurn({ id, slot }) {
      const key = slot.toString('base64');
      const turn = (turns.get(key) ?? nextTurnOfTheLoop()).then(() => send(id));
      turns.set(key, turn);
      void turn.finally(() => {
        if (turns.get(key) === turn) turns.delete(key);
      });
    },
    async sweep() {
      if (!transport.isBound()) return;
      const due = await listUnsent(database.db, rules);
      await Promise.all(due.map(send));
    },
  };
}

/** The page is answered first: otherwise the work for a phone would show in the time of the answer (X01). */
function nextTurnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function transmit(deps: SimSenderDeps, leased: LeasedAttempt): Promise<void> {
  const { database, masterKey, keyring, log } = deps;
  const { db } = database;
  const recipient = await findRecipient(db, leased.simId);
  if (recipient === undefined) return;
  const keys = await keyring.keysOf(db, recipient.sim);
  const parts = buildCommandPacket({
    keys,
    counter: leased.packetCounter,
    data: masterKey.open(requestPlace(leased.id), leased.requestData),
    concatReference: leased.packetCounter & 0xff,
  });
  for (const body of parts) {
    // A sender whose lease has run out does not write: another node may be sending with a higher counter.
    const secondsLeft = await readSecondsToSend(db, leased);
    if (secondsLeft === 0) return;
    const outcome = await deps.transport.submit({
      destination: recipient.msisdn,
      body,
      ...simDataDownload,
      validitySeconds: secondsLeft,
      registeredDelivery: 1,
    });
    if (outcome.kind === 'accepted') continue;
    log.warn({ attemptId: leased.id, outcome }, 'the SMSC did not take a request');
    if (outcome.kind === 'refused') await database.transaction((tx) => endAttempt(tx, leased.id, { state: 'failed' }));
    else await releaseLease(db, leased.id, retryAfterSeconds);
    return;
  }
  const seconds = await markSent(db, leased.id, leased.packetCounter);
  if (seconds !== undefined) deps.onSent?.(seconds);
}

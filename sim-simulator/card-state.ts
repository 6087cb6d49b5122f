// What a card remembers, as it stands in the state file, and how a card is new. Pure.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { SimExport } from './fleet-export.ts';

export const DEFAULT_TRIES = 3;

const hex = z.string().regex(/^[0-9a-f]*$/);
const count = z.number().int().nonnegative();

export const cardStateSchema = z.object({
  /** The number that this SIM answers to; null for a spare one. */
  msisdn: z.string().nullable(),
  /** What the export said last about that: when it says something new, it wins. */
  exportedMsisdn: z.string().nullable(),
  /** Digests of the keys and of PIN and signing key in the export: they tell another card from the same one. */
  keySet: z.string(),
  enrolment: z.string(),
  packetCounter: count,
  pin: z.string().nullable(),
  kpin: z.string().nullable(),
  tries: count,
  mostTries: count,
  policyBits: count,
  wrongPins: count,
  restores: count,
  appletCounter: count,
  adminNumber: count,
  answers: z.array(z.object({ challenge: hex, data: hex })),
});

export type CardState = z.infer<typeof cardStateSchema>;

/** The state of a card that has just left the factory of the export. */
export function newCardState(sim: SimExport): CardState {
  return {
    msisdn: sim.msisdn,
    exportedMsisdn: sim.msisdn,
    keySet: digest([sim.keyVersion, sim.keys.kic, sim.keys.kid, sim.keys.kdev, sim.keys.kadm]),
    enrolment: digest([sim.pin, sim.kpinPrivate]),
    packetCounter: 0,
    pin: sim.pin,
    kpin: sim.kpinPrivate,
    tries: DEFAULT_TRIES,
    mostTries: DEFAULT_TRIES,
    policyBits: 0,
    wrongPins: 0,
    restores: 0,
    appletCounter: 0,
    adminNumber: 0,
    answers: [],
  };
}

/** The state as in the export, with the counters that never go down. */
export function resetCardState(sim: SimExport, state: CardState): CardState {
  const { packetCounter, appletCounter, adminNumber } = state;
  return { ...newCardState(sim), packetCounter, appletCounter, adminNumber };
}

/**
 * The state with which a card starts. Other keys under the same ICCID make another card; another PIN or signing key
 * under the same keys means that the export was made anew, so it wins, and the counters stay.
 */
export function restoredCardState(sim: SimExport, stored: CardState | undefined): CardState {
  const fresh = newCardState(sim);
  if (stored === undefined || stored.keySet !== fresh.keySet) {
    return fresh;
  }
  const state =
    stored.enrolment === fresh.enrolment ? stored : { ...resetCardState(sim, stored), msisdn: stored.msisdn };
  return {
    ...state,
    msisdn: stored.exportedMsisdn === sim.msisdn ? stored.msisdn : sim.msisdn,
    exportedMsisdn: sim.msisdn,
  };
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

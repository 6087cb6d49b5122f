// The fleet: every SIM of the export with what its card remembers, and the phone on each number.
// Which SIM answers to which number is part of the remembered state, so a replaced SIM stays replaced.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Card } from './card.ts';
import { type CardState, resetCardState, restoredCardState } from './card-state.ts';
import type { EventLog } from './event-log.ts';
import { type FleetExport, readFleetExport, type SimExport } from './fleet-export.ts';
import { type Network, Phone } from './phone.ts';
import { createStateFile, readStateFile, type StateFile } from './state-file.ts';
import type { Timers } from './timers.ts';

export interface FleetOptions {
  readonly exportFile: string;
  readonly stateDirectory: string;
  /** Forgets what the cards remember. */
  readonly fresh: boolean;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  readonly timers: Timers;
  readonly events: EventLog;
  readonly network: Network;
}

export type ReplaceOutcome = 'done' | 'unknown_number' | 'unknown_sim' | 'sim_in_use';

export interface Fleet {
  /** The phone on a number in E.164 with its plus sign. */
  phone(msisdn: string): Phone | undefined;
  phones(): Phone[];
  /** SIMs in no phone: `{ iccid, serial13 }`. */
  spares(): { iccid: string; serial13: string | null }[];
  card(iccid: string): Card | undefined;
  replace(msisdn: string, iccid: string): Promise<ReplaceOutcome>;
  /** Reads the export again and puts every SIM as it says, counters kept (throws when the file is not valid). */
  reset(): Promise<void>;
  settled(): Promise<void>;
}

/** Loads the export and the remembered state; throws an Error that says which file is wrong and why. */
export async function loadFleet(options: FleetOptions): Promise<Fleet> {
  const path = join(options.stateDirectory, 'cards.json');
  const content = await readFleetExport(options.exportFile);
  if (options.fresh) {
    await rm(path, { force: true });
  }
  const stored = await readStateFile(path);
  const restored = new Map(content.sims.map((sim) => [sim.iccid, restoredCardState(sim, stored.get(sim.iccid))]));
  giveNumbersOnce(restored);
  const file = createStateFile(path, new Map([...stored, ...restored]));
  const cards = new Map(content.sims.map((sim) => [sim.iccid, makeCard(options, { content, sim, restored, file })]));
  const phones = new Map<string, Phone>();
  plugIn(options, { cards, phones });
  return fleetOf(options, { content, file, cards, phones });
}

interface Parts {
  content: FleetExport;
  readonly file: StateFile;
  cards: Map<string, Card>;
  readonly phones: Map<string, Phone>;
}

function fleetOf(options: FleetOptions, parts: Parts): Fleet {
  const { phones, file } = parts;

  async function replace(msisdn: string, iccid: string): Promise<ReplaceOutcome> {
    const phone = phones.get(msisdn);
    const next = parts.cards.get(iccid);
    if (phone === undefined || next === undefined) {
      return phone === undefined ? 'unknown_number' : 'unknown_sim';
    }
    const previous = phone.card();
    if (previous === next) {
      return 'done';
    }
    if (next.state.msisdn !== null) {
      return 'sim_in_use';
    }
    // Both cards change hands in one write.
    previous.state.msisdn = null;
    next.state.msisdn = msisdn;
    await Promise.all([file.commit(previous.sim.iccid, previous.state), file.commit(iccid, next.state)]);
    await phone.insert(next);
    return 'done';
  }

  async function reset(): Promise<void> {
    const content = await readFleetExport(options.exportFile);
    await Promise.all([...phones.values()].map((phone) => phone.setPower(false)));
    const states = new Map([...parts.cards.values()].map((card) => [card.sim.iccid, card.state]));
    const restored = new Map(content.sims.map((sim) => [sim.iccid, asExported(sim, states.get(sim.iccid))]));
    for (const card of parts.cards.values()) {
      card.insert(null);
    }
    parts.content = content;
    parts.cards = new Map(content.sims.map((sim) => [sim.iccid, makeCard(options, { content, sim, restored, file })]));
    await Promise.all([...restored].map(([iccid, state]) => file.commit(iccid, state)));
    phones.clear();
    plugIn(options, parts);
    options.events.emit('fleet.reset');
  }

  return {
    phone: (msisdn) => phones.get(msisdn),
    phones: () => [...phones.values()],
    spares: () =>
      [...parts.cards.values()]
        .filter((card) => card.state.msisdn === null)
        .map(({ sim }) => ({ iccid: sim.iccid, serial13: sim.serial13 })),
    card: (iccid) => parts.cards.get(iccid),
    replace,
    reset,
    settled: () => file.settled(),
  };
}

interface CardParts {
  readonly content: FleetExport;
  readonly sim: SimExport;
  readonly restored: ReadonlyMap<string, CardState>;
  readonly file: StateFile;
}

function makeCard(options: FleetOptions, { content, sim, restored, file }: CardParts): Card {
  const state = restored.get(sim.iccid) ?? restoredCardState(sim, undefined);
  return new Card({
    sim,
    tar: content.tar,
    state,
    save: () => file.commit(sim.iccid, state),
    timers: options.timers,
    randomBytes: options.randomBytes,
    report: (type, details) => options.events.emit(type, { msisdn: state.msisdn ?? undefined, ...details }),
  });
}

function plugIn(options: FleetOptions, { cards, phones }: Pick<Parts, 'cards' | 'phones'>): void {
  for (const card of cards.values()) {
    const { msisdn } = card.state;
    if (msisdn !== null) {
      const { label, device, handset, behaviour, power } = ownerOf(cards, card, msisdn);
      const deps = { ...options, msisdn, label, device, handset, emit: options.events.emit };
      phones.set(msisdn, new Phone(deps, card, { power: power === 'on', behaviour }));
    }
  }
}

// Label, device and behaviour belong to the number: a SIM that took it over is in the same person's hands.
function ownerOf(cards: ReadonlyMap<string, Card>, card: Card, msisdn: string): SimExport {
  return [...cards.values()].find(({ sim }) => sim.msisdn === msisdn)?.sim ?? card.sim;
}

function asExported(sim: SimExport, state: CardState | undefined): CardState {
  const restored = restoredCardState(sim, state);
  return resetCardState(sim, restored);
}

// Export and remembered state may give one number to two SIMs; then the export is right.
function giveNumbersOnce(restored: ReadonlyMap<string, CardState>): void {
  const states = [...restored.values()];
  const byExport = new Set(
    states.flatMap((state) => (state.msisdn === state.exportedMsisdn ? (state.msisdn ?? []) : [])),
  );
  for (const state of states) {
    if (state.msisdn !== state.exportedMsisdn && state.msisdn !== null && byExport.has(state.msisdn)) {
      state.msisdn = null;
    }
  }
}

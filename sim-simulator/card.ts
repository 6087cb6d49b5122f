// The card: opens secured packets, enforces its minimum security level and counter, and gives the rest to the applet.
// To a sender it cannot authenticate, or whose packet is not new, it says nothing at all.

import { createApplet, type Envelope } from './applet.ts';
import type { CardState } from './card-state.ts';
import type { SimExport } from './fleet-export.ts';
import { iccidOctets } from './key-derivation.ts';
import type { Key, ScreenContent } from './screen.ts';
import {
  buildResponse,
  COMMAND_PACKET_ELEMENT,
  type CommandPacket,
  meetsSecurityLevel,
  openCommand,
  parseCommand,
} from './secured-packet.ts';
import { createSerial } from './serial.ts';
import type { Timers } from './timers.ts';
import type { UserData } from './user-data.ts';

/** CC, ciphering and a counter that must rise (coding of SPI1). */
const MINIMUM_SECURITY_LEVEL = 0x16;
const RSC_OK = 0x00;
const RSC_TAR_UNKNOWN = 0x09;

/** The phone round the card, as far as the card can see it. */
export interface Handset {
  display(screen: ScreenContent | null): void;
  send(userData: Buffer, destination: string): void;
  /** True when tests want the proofs of signed answers broken. */
  spoilsSignatures(): boolean;
}

export interface CardDeps {
  readonly sim: SimExport;
  readonly tar: string;
  readonly state: CardState;
  readonly save: () => Promise<void>;
  readonly timers: Timers;
  readonly randomBytes: (size: number) => Buffer;
  readonly report: (type: string, details: Record<string, unknown>) => void;
}

export interface Card {
  readonly sim: SimExport;
  readonly state: CardState;
  /** Puts the card into a phone, or takes it out (null). */
  insert(handset: Handset | null): void;
  /** A whole message for the card (ENVELOPE), joined from its segments. */
  envelope(message: UserData, from: string): Promise<void>;
  press(key: Key): Promise<'taken' | 'no_screen' | 'wrong_key'>;
  powerDown(): Promise<void>;
  /** Replaces the remembered state, after whatever the card is doing now. */
  overwrite(state: CardState): Promise<void>;
  /** Signs with this scalar instead of its own until told otherwise (null): a clone with a foreign key, for tests. */
  signWith(kpin: string | null): void;
}

/** The card for one SIM of the export. */
export function createCard(deps: CardDeps): Card {
  const { sim, state } = deps;
  const tar = Buffer.from(deps.tar, 'hex');
  const keys = { kic: hex(sim.keys.kic), kid: hex(sim.keys.kid) };
  const step = createSerial();
  let handset: Handset | null = null;
  let foreignKey: string | null = null;

  function respond(rsc: number, data: Buffer, envelope: Omit<Envelope, 'data'>): void {
    // Always with MAC and ciphered: protected as asked, but never below the minimum.
    const fields = { tar, counter: envelope.packetCounter, rsc, data, ciphered: true };
    handset?.send(buildResponse(fields, keys), envelope.destination);
  }

  const applet = createApplet({
    sim: { iccid: iccidOctets(sim.iccid), tar, keyVersion: sim.keyVersion },
    keys: { kdev: hex(sim.keys.kdev), kadm: hex(sim.keys.kadm) },
    state,
    save: deps.save,
    display: (screen) => handset?.display(screen),
    send: (data, envelope) => respond(RSC_OK, handset?.spoilsSignatures() ? spoiled(data) : data, envelope),
    signingKey: () => foreignKey,
    randomBytes: deps.randomBytes,
    later: (ms, action) => deps.timers.after(ms, () => runInBackground(action)),
    report: deps.report,
  });

  function runInBackground(action: () => Promise<void>): void {
    step(action).catch((error: unknown) => deps.report('card.failed', { reason: String(error) }));
  }

  async function receive(message: UserData, from: string): Promise<void> {
    const command = readCommand(message);
    const content = typeof command === 'string' ? command : openFresh(command);
    if (typeof content === 'string') {
      deps.report('card.refused', { reason: content });
      return;
    }
    state.packetCounter = content.packetCounter;
    await deps.save();
    const envelope = { ...content, destination: from };
    if (!sim.appletCapable || !content.tar.equals(tar)) {
      respond(RSC_TAR_UNKNOWN, Buffer.alloc(0), envelope);
      return;
    }
    await applet.handle(envelope);
  }

  function readCommand(message: UserData): CommandPacket | string {
    const addressed = message.elements.some(({ id, value }) => id === COMMAND_PACKET_ELEMENT && value.length === 0);
    const command = addressed ? parseCommand(message.body) : undefined;
    if (command === undefined) {
      return 'malformed';
    }
    const level = { minimum: MINIMUM_SECURITY_LEVEL, keySet: sim.keyVersion };
    return meetsSecurityLevel(command, level) ? command : 'security-level';
  }

  function openFresh(command: CommandPacket): { data: Buffer; packetCounter: number; tar: Buffer } | string {
    const content = openCommand(command, keys);
    if (content === undefined) {
      return 'mac';
    }
    const exactlyNext = ((command.spi1 >> 3) & 0x03) === 0x03;
    const expected = state.packetCounter + 1;
    const fresh = exactlyNext ? content.counter === expected : content.counter >= expected;
    return fresh ? { data: content.data, packetCounter: content.counter, tar: command.tar } : 'counter';
  }

  return {
    sim,
    state,
    insert(next) {
      handset = next;
    },
    envelope: (message, from) => step(() => receive(message, from)),
    press: (key) => step(() => applet.press(key)),
    powerDown: () => step(async () => applet.powerDown()),
    overwrite: (next) =>
      step(async () => {
        applet.powerDown();
        Object.assign(state, next);
        await deps.save();
      }),
    signWith(kpin) {
      foreignKey = kpin;
    },
  };
}

// Only signatures are spoiled: a wrong MAC would never get past the packet's own check on a real channel either.
function spoiled(data: Buffer): Buffer {
  const copy = Buffer.from(data);
  const signed = (copy.readUInt8(0) & 0x0f) === 0x02;
  if (signed) {
    copy.writeUInt8(copy.readUInt8(20) ^ 0x01, 20);
  }
  return copy;
}

function hex(octets: string): Buffer {
  return Buffer.from(octets, 'hex');
}

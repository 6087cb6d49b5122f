// The card: opens secured packets, enforces its minimum security level and counter, and gives the rest to the applet.
// To a sender it cannot authenticate, or whose packet is not new, it says nothing at all.

import { Applet } from './applet.ts';
import type { Envelope } from './applet-rules.ts';
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
  type PacketKeys,
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

interface OpenedCommand {
  readonly data: Buffer;
  readonly packetCounter: number;
  readonly tar: Buffer;
}

/** The card for one SIM of the export. */
export class Card {
  readonly sim: SimExport;
  readonly state: CardState;
  readonly #deps: CardDeps;
  readonly #tar: Buffer;
  readonly #keys: PacketKeys;
  readonly #applet: Applet;
  // One processor: packets, keys and timers are steps that never overlap.
  readonly #step = createSerial();
  #handset: Handset | null = null;
  #foreignKey: string | null = null;

  constructor(deps: CardDeps) {
    const { sim, state } = deps;
    this.#deps = deps;
    this.sim = sim;
    this.state = state;
    this.#tar = hex(deps.tar);
    this.#keys = { kic: hex(sim.keys.kic), kid: hex(sim.keys.kid) };
    this.#applet = new Applet({
      sim: { iccid: iccidOctets(sim.iccid), tar: this.#tar, keyVersion: sim.keyVersion },
      keys: { kdev: hex(sim.keys.kdev), kadm: hex(sim.keys.kadm) },
      state,
      save: deps.save,
      display: (screen) => this.#handset?.display(screen),
      send: (data, envelope) => this.#sendAnswer(data, envelope),
      signingKey: () => this.#foreignKey,
      randomBytes: deps.randomBytes,
      later: (ms, action) => deps.timers.after(ms, () => this.#runInBackground(action)),
      report: deps.report,
    });
  }

  /** Puts the card into a phone, or takes it out (null). */
  insert(handset: Handset | null): void {
    this.#handset = handset;
  }

  /** A whole message for the card (ENVELOPE), joined from its segments. */
  envelope(message: UserData, from: string): Promise<void> {
    return this.#step(() => this.#receive(message, from));
  }

  press(key: Key): Promise<'taken' | 'no_screen' | 'wrong_key'> {
    return this.#step(() => this.#applet.press(key));
  }

  powerDown(): Promise<void> {
    return this.#step(async () => this.#applet.powerDown());
  }

  /** Signs with this scalar instead of its own until told otherwise (null): a clone with a foreign key, for tests. */
  signWith(kpin: string | null): void {
    this.#foreignKey = kpin;
  }

  async #receive(message: UserData, from: string): Promise<void> {
    const command = this.#readCommand(message);
    const opened = typeof command === 'string' ? command : this.#openFresh(command);
    if (typeof opened === 'string') {
      this.#deps.report('card.refused', { reason: opened });
      return;
    }
    // Stored only now that the sender is known, or a forger could burn the counter.
    this.state.packetCounter = opened.packetCounter;
    await this.#deps.save();
    const envelope = { ...opened, destination: from };
    if (!this.sim.appletCapable || !opened.tar.equals(this.#tar)) {
      this.#respond(RSC_TAR_UNKNOWN, Buffer.alloc(0), envelope);
      return;
    }
    await this.#applet.handle(envelope);
  }

  #readCommand(message: UserData): CommandPacket | string {
    const addressed = message.elements.some(({ id, value }) => id === COMMAND_PACKET_ELEMENT && value.length === 0);
    const command = addressed ? parseCommand(message.body) : undefined;
    if (command === undefined) {
      return 'malformed';
    }
    const level = { minimum: MINIMUM_SECURITY_LEVEL, keySet: this.sim.keyVersion };
    return meetsSecurityLevel(command, level) ? command : 'security-level';
  }

  #openFresh(command: CommandPacket): OpenedCommand | string {
    const content = openCommand(command, this.#keys);
    if (content === undefined) {
      return 'mac';
    }
    const exactlyNext = ((command.spi1 >> 3) & 0x03) === 0x03;
    const expected = this.state.packetCounter + 1;
    const fresh = exactlyNext ? content.counter === expected : content.counter >= expected;
    return fresh ? { data: content.data, packetCounter: content.counter, tar: command.tar } : 'counter';
  }

  #sendAnswer(data: Buffer, envelope: Envelope): void {
    this.#respond(RSC_OK, this.#handset?.spoilsSignatures() ? spoiled(data) : data, envelope);
  }

  #respond(rsc: number, data: Buffer, { packetCounter, destination }: Envelope): void {
    // Always with MAC and ciphered: protected as asked, but never below the minimum.
    const fields = { tar: this.#tar, counter: packetCounter, rsc, data, ciphered: true };
    this.#handset?.send(buildResponse(fields, this.#keys), destination);
  }

  #runInBackground(action: () => Promise<void>): void {
    this.#step(action).catch((error: unknown) => this.#deps.report('card.failed', { reason: String(error) }));
  }
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

// One phone with the SIM in it: screen, keys, power, coverage, lock, inbox, and a person who may act by himself.
// Hands binary messages to the card and answers to the network; knows nothing of packets and PINs beyond the keypad.

import { delayOf, keyFor, wrongPin } from './behaviour.ts';
import type { Card, Handset } from './card.ts';
import type { SimulatorEvent } from './event-log.ts';
import type { Behaviour } from './fleet-export.ts';
import { type HandsetIdentity, newHandset } from './handset.ts';
import { type PhoneFacts, type PhoneView, type ShownScreen, viewOf } from './phone-view.ts';
import { type Key, type ScreenContent, takesKey } from './screen.ts';
import { isForTheCard, readableText, type ShortMessage } from './short-message.ts';
import type { Timers } from './timers.ts';
import { createReassembly, parseUserData, type Reassembly } from './user-data.ts';

const KEPT_MESSAGES = 200;

export interface Sms {
  readonly seq: number;
  readonly from: string;
  readonly text: string;
  readonly at: string;
}

export interface PhoneDeps {
  readonly msisdn: string;
  readonly label: string;
  readonly device: string;
  /** One for tests when left out. */
  readonly handset?: HandsetIdentity | undefined;
  readonly randomBytes: (size: number) => Buffer;
  readonly now: () => Date;
  readonly timers: Timers;
  readonly emit: (type: string, details: Record<string, unknown>) => SimulatorEvent;
  readonly network: Network;
}

/** A short message from a phone: `from` is its number in E.164, `destination` a short code. */
export interface PhoneMessage {
  readonly from: string;
  readonly destination: string;
  readonly userData: Buffer;
}

/** What the phone asks of the radio network. */
export interface Network {
  /** A short message from this phone. */
  submit(message: PhoneMessage): void;
  /** The phone can be reached again: waiting messages may come. */
  reachable(msisdn: string): void;
}

export type PressOutcome = 'taken' | 'no_screen' | 'wrong_key';

interface Move {
  readonly model?: string | undefined;
  readonly imei?: string | undefined;
  readonly label?: string | undefined;
  readonly device?: string | undefined;
}

/** A phone, on a number, with a card in it and a person who may press its keys. */
export class Phone {
  readonly msisdn: string;
  readonly #deps: PhoneDeps;
  readonly #facts: PhoneFacts;
  #behaviour: Behaviour;
  #card: Card;
  /** What the card wants to show; it is shown only while the phone is on and unlocked. */
  #asked: ScreenContent | null = null;
  #shown: ShownScreen | null = null;
  #inbox: Sms[] = [];
  #unsent: { userData: Buffer; destination: string }[] = [];
  #person = { acted: false, wrongPinsTyped: 0 };
  #reassembly: Reassembly;

  constructor(deps: PhoneDeps, card: Card, start: { power: boolean; behaviour: Behaviour }) {
    const { msisdn, label, device } = deps;
    this.msisdn = msisdn;
    this.#deps = deps;
    const handset = deps.handset ?? newHandset(deps.randomBytes);
    this.#facts = {
      msisdn,
      label,
      device,
      ...handset,
      power: start.power,
      poweredOnAt: null,
      coverage: true,
      unlocked: true,
    };
    this.#behaviour = start.behaviour;
    this.#card = card;
    this.#reassembly = createReassembly(deps.now);
    card.insert(this.#handset());
  }

  card(): Card {
    return this.#card;
  }

  view(): PhoneView {
    return viewOf(this.#facts, this.#card, { screen: this.#shown, behaviour: this.#behaviour });
  }

  /** What the network sees of it. */
  identity(): HandsetIdentity {
    const { model, imei } = this.#facts;
    return { model, imei };
  }

  /** Newest first. */
  inbox(): readonly Sms[] {
    return this.#inbox;
  }

  isReachable(): boolean {
    return this.#facts.power && this.#facts.coverage;
  }

  /** Takes a short message; call it only while the phone is reachable. */
  receive(message: ShortMessage): void {
    const userData = message.hasHeader ? parseUserData(message.userData) : { elements: [], body: message.userData };
    const whole = userData && this.#reassembly.add(message.from, userData);
    if (whole === undefined) {
      return;
    }
    if (isForTheCard(message)) {
      this.#card.envelope(whole, message.from).catch((error: unknown) => this.#failed(error));
      return;
    }
    const event = this.#emit('phone.sms', { from: message.from });
    const text = readableText(message.dataCoding, whole.body);
    const sms = { seq: event.seq, from: message.from, text, at: event.at };
    this.#inbox = [sms, ...this.#inbox].slice(0, KEPT_MESSAGES);
  }

  /** Presses a key on the screen that is shown; resolves when the card has taken it in. */
  async press(key: Key): Promise<PressOutcome> {
    if (this.#shown === null || this.#asked === null) {
      return 'no_screen';
    }
    if (!takesKey(this.#asked, key)) {
      return 'wrong_key';
    }
    this.#emit('phone.key', { key: key.kind });
    return this.#card.press(key);
  }

  async setPower(on: boolean): Promise<void> {
    if (this.#facts.power === on) {
      return;
    }
    this.#facts.power = on;
    this.#emit('phone.power', { on });
    if (on) {
      this.#facts.poweredOnAt = this.#deps.now().toISOString();
      this.#becameReachable();
      return;
    }
    this.#unsent = [];
    this.#show();
    await this.#card.powerDown();
  }

  setCoverage(there: boolean): void {
    if (this.#facts.coverage !== there) {
      this.#facts.coverage = there;
      this.#emit('phone.coverage', { on: there });
      this.#becameReachable();
    }
  }

  setUnlocked(unlocked: boolean): void {
    if (this.#facts.unlocked !== unlocked) {
      this.#facts.unlocked = unlocked;
      this.#emit('phone.lock', { unlocked });
      this.#show();
    }
  }

  setBehaviour(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    this.#person = { acted: false, wrongPinsTyped: 0 };
    this.#emit('phone.behaviour', { mode: behaviour.mode });
    this.#actByItself();
  }

  /** Takes the card out (it loses power, and can show and send nothing any more) and puts this one in. */
  async insert(next: Card): Promise<void> {
    const previous = this.#card;
    previous.insert(null);
    this.#card = next;
    this.#unsent = [];
    this.#display(null);
    next.insert(this.#handset());
    this.#emit('phone.sim');
    await previous.powerDown();
  }

  /** The same SIM in another phone: what the old phone stored stays behind. */
  async move(to: Move): Promise<void> {
    await this.#card.powerDown();
    this.#inbox = [];
    this.#unsent = [];
    this.#reassembly = createReassembly(this.#deps.now);
    this.#facts.label = to.label ?? this.#facts.label;
    this.#facts.device = to.device ?? this.#facts.device;
    const next = newHandset(this.#deps.randomBytes, to.model);
    Object.assign(this.#facts, { model: next.model, imei: to.imei ?? next.imei });
    const poweredOnAt = this.#deps.now().toISOString();
    Object.assign(this.#facts, { power: true, poweredOnAt, coverage: true, unlocked: true });
    this.#emit('phone.moved');
    this.#becameReachable();
  }

  #handset(): Handset {
    return {
      display: (screen) => this.#display(screen),
      send: (userData, destination) => {
        if (this.#facts.power) {
          this.#unsent.push({ userData, destination });
          this.#sendAll();
        }
      },
      spoilsSignatures: () => this.#behaviour.mode === 'bad-signature',
    };
  }

  #display(screen: ScreenContent | null): void {
    this.#asked = screen;
    if (screen === null) {
      this.#person = { acted: false, wrongPinsTyped: 0 };
    }
    this.#show();
  }

  #show(): void {
    const wasShown = this.#shown !== null;
    this.#shown = null;
    if (this.#asked !== null && this.#facts.power && this.#facts.unlocked) {
      const { kind, title, text, referenceCode } = this.#asked;
      this.#shown = { seq: this.#emit('phone.screen', { kind }).seq, kind, title, text, referenceCode };
      this.#actByItself();
    } else if (wasShown) {
      this.#emit('phone.screen-closed');
    }
  }

  #actByItself(): void {
    const { seq } = this.#shown ?? {};
    const memory = { wrongPinsTyped: this.#person.wrongPinsTyped, ownPin: this.#card.state.pin };
    const key = this.#asked && this.#shown ? keyFor(this.#behaviour, this.#asked, memory) : undefined;
    if (key === undefined) {
      return;
    }
    const behaviour = this.#behaviour;
    this.#deps.timers.after(this.#person.acted ? 0 : delayOf(behaviour), () => {
      if (this.#shown?.seq !== seq || this.#behaviour !== behaviour) {
        return;
      }
      this.#person.acted = true;
      if (key.kind === 'pin' && key.digits === wrongPin(memory.ownPin)) {
        this.#person.wrongPinsTyped += 1;
      }
      this.press(key).catch((error: unknown) => this.#failed(error));
    });
  }

  #becameReachable(): void {
    if (this.isReachable()) {
      this.#sendAll();
      this.#deps.network.reachable(this.msisdn);
    }
  }

  #sendAll(): void {
    while (this.isReachable() && this.#unsent.length > 0) {
      const [message, ...later] = this.#unsent;
      this.#unsent = later;
      if (message !== undefined) {
        this.#deps.network.submit({ from: this.msisdn, ...message });
      }
    }
  }

  #emit(type: string, details: Record<string, unknown> = {}): SimulatorEvent {
    return this.#deps.emit(type, { msisdn: this.msisdn, ...details });
  }

  #failed(error: unknown): void {
    this.#emit('card.failed', { reason: String(error) });
  }
}

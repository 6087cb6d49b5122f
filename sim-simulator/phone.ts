// One phone with the SIM in it: screen, keys, power, coverage, lock, inbox, and a person who may act by himself.
// Hands binary messages to the card and answers to the network; knows nothing of packets and PINs beyond the keypad.

import { type BehaviourMemory, delayOf, keyFor, shownBehaviour, wrongPin } from './behaviour.ts';
import type { Card } from './card.ts';
import type { SimulatorEvent } from './event-log.ts';
import type { Behaviour } from './fleet-export.ts';
import type { Key, ScreenContent, ScreenKind } from './screen.ts';
import { isForTheCard, readableText, type ShortMessage } from './short-message.ts';
import type { Timers } from './timers.ts';
import { createReassembly, parseUserData, type UserData } from './user-data.ts';

const KEPT_MESSAGES = 200;

export interface Sms {
  readonly seq: number;
  readonly from: string;
  readonly text: string;
  readonly at: string;
}

export interface ShownScreen {
  readonly seq: number;
  readonly kind: ScreenKind;
  readonly title: string;
  readonly text: string;
  readonly referenceCode: string | null;
}

/** A phone as the control API shows it. */
export interface PhoneView {
  readonly msisdn: string;
  readonly label: string;
  readonly device: string;
  readonly iccid: string;
  readonly power: boolean;
  readonly coverage: boolean;
  readonly unlocked: boolean;
  readonly enrolled: boolean;
  readonly triesLeft: number | null;
  readonly blocked: boolean;
  readonly screen: ShownScreen | null;
  readonly behaviour: Record<string, unknown>;
}

export interface PhoneDeps {
  readonly msisdn: string;
  readonly label: string;
  readonly device: string;
  readonly now: () => Date;
  readonly timers: Timers;
  readonly emit: (type: string, details: Record<string, unknown>) => SimulatorEvent;
  readonly network: Network;
}

/** What the phone asks of the radio network. */
export interface Network {
  /** A short message from this phone. */
  submit(message: { from: string; destination: string; userData: Buffer }): void;
  /** The phone can be reached again: waiting messages may come. */
  reachable(msisdn: string): void;
}

export type PressOutcome = 'taken' | 'no_screen' | 'wrong_key';

export interface Phone {
  readonly msisdn: string;
  card(): Card;
  view(): PhoneView;
  inbox(): readonly Sms[];
  isReachable(): boolean;
  /** Takes a short message; call it only while the phone is reachable. */
  receive(message: ShortMessage): void;
  press(key: Key): Promise<PressOutcome>;
  setPower(on: boolean): Promise<void>;
  setCoverage(there: boolean): void;
  setUnlocked(unlocked: boolean): void;
  setBehaviour(behaviour: Behaviour): void;
  /** Takes the card out (it loses power) and puts this one in. */
  insert(card: Card): Promise<void>;
  /** The same SIM in another phone: what the old phone stored stays behind. */
  move(device: { label?: string | undefined; device?: string | undefined }): Promise<void>;
}

/** A phone that is switched on, has coverage, is unlocked, and holds `card`. */
export function createPhone(deps: PhoneDeps, card: Card, start: { power: boolean; behaviour: Behaviour }): Phone {
  const { msisdn, timers } = deps;
  const facts = { label: deps.label, device: deps.device, power: start.power, coverage: true, unlocked: true };
  let behaviour = start.behaviour;
  let inCard = card;
  let asked: ScreenContent | null = null;
  let shown: ShownScreen | null = null;
  let inbox: Sms[] = [];
  let unsent: { userData: Buffer; destination: string }[] = [];
  let person = { acted: false, wrongPinsTyped: 0 };
  let reassembly = createReassembly(deps.now);

  const handset = {
    display(screen: ScreenContent | null) {
      asked = screen;
      if (screen === null) {
        person = { acted: false, wrongPinsTyped: 0 };
      }
      showIt();
    },
    send(userData: Buffer, destination: string) {
      if (!facts.power) {
        return;
      }
      unsent.push({ userData, destination });
      sendAll();
    },
    spoilsSignatures: () => behaviour.mode === 'bad-signature',
  };
  inCard.insert(handset);

  function showIt(): void {
    const wasShown = shown !== null;
    shown = null;
    if (asked !== null && facts.power && facts.unlocked) {
      const { kind, title, text, referenceCode } = asked;
      shown = { seq: deps.emit('phone.screen', { msisdn, kind }).seq, kind, title, text, referenceCode };
      actByItself(asked, shown.seq);
    } else if (wasShown) {
      deps.emit('phone.screen-closed', { msisdn });
    }
  }

  function actByItself(screen: ScreenContent, seq: number): void {
    const memory: BehaviourMemory = { wrongPinsTyped: person.wrongPinsTyped, ownPin: inCard.state.pin };
    const key = keyFor(behaviour, screen, memory);
    if (key === undefined) {
      return;
    }
    timers.after(person.acted ? 0 : delayOf(behaviour), () => {
      if (shown?.seq !== seq) {
        return;
      }
      person.acted = true;
      if (key.kind === 'pin' && key.digits === wrongPin(memory.ownPin)) {
        person.wrongPinsTyped += 1;
      }
      press(key).catch((error: unknown) => deps.emit('phone.failed', { msisdn, reason: String(error) }));
    });
  }

  async function press(key: Key): Promise<PressOutcome> {
    if (shown === null) {
      return 'no_screen';
    }
    const outcome = await inCard.press(key);
    if (outcome === 'taken') {
      deps.emit('phone.key', { msisdn, key: key.kind });
    }
    return outcome;
  }

  function sendAll(): void {
    while (facts.power && facts.coverage && unsent.length > 0) {
      const [message, ...later] = unsent;
      unsent = later;
      if (message !== undefined) {
        deps.network.submit({ from: msisdn, ...message });
      }
    }
  }

  function becameReachable(): void {
    if (facts.power && facts.coverage) {
      sendAll();
      deps.network.reachable(msisdn);
    }
  }

  function receive(message: ShortMessage): void {
    const userData: UserData | undefined = message.hasHeader
      ? parseUserData(message.userData)
      : { elements: [], body: message.userData };
    const whole = userData && reassembly.add(message.from, userData);
    if (whole === undefined) {
      return;
    }
    if (isForTheCard(message)) {
      inCard.envelope(whole, message.from).catch((error: unknown) => {
        deps.emit('card.failed', { msisdn, reason: String(error) });
      });
      return;
    }
    const event = deps.emit('phone.sms', { msisdn, from: message.from });
    const text = readableText(message.dataCoding, whole.body);
    inbox = [{ seq: event.seq, from: message.from, text, at: event.at }, ...inbox].slice(0, KEPT_MESSAGES);
  }

  async function switchTo(next: { power: boolean }): Promise<void> {
    if (facts.power === next.power) {
      return;
    }
    facts.power = next.power;
    deps.emit('phone.power', { msisdn, on: next.power });
    if (next.power) {
      becameReachable();
      return;
    }
    unsent = [];
    showIt();
    await inCard.powerDown();
  }

  return {
    msisdn,
    card: () => inCard,
    view: () => viewOf({ msisdn, ...facts }, inCard, { screen: shown, behaviour }),
    inbox: () => inbox,
    isReachable: () => facts.power && facts.coverage,
    receive,
    press,
    setPower: (on) => switchTo({ power: on }),
    setCoverage(there) {
      if (facts.coverage !== there) {
        facts.coverage = there;
        deps.emit('phone.coverage', { msisdn, on: there });
        becameReachable();
      }
    },
    setUnlocked(unlocked) {
      if (facts.unlocked !== unlocked) {
        facts.unlocked = unlocked;
        deps.emit('phone.lock', { msisdn, unlocked });
        showIt();
      }
    },
    setBehaviour(next) {
      behaviour = next;
      person = { acted: false, wrongPinsTyped: 0 };
      deps.emit('phone.behaviour', { msisdn, mode: next.mode });
      if (asked !== null && shown !== null) {
        actByItself(asked, shown.seq);
      }
    },
    async insert(next) {
      const previous = inCard;
      inCard = next;
      unsent = [];
      await previous.powerDown();
      previous.insert(null);
      next.insert(handset);
      deps.emit('phone.sim', { msisdn });
    },
    async move(to) {
      await inCard.powerDown();
      inbox = [];
      unsent = [];
      reassembly = createReassembly(deps.now);
      Object.assign(facts, { coverage: true, unlocked: true, ...definedOf(to) });
      deps.emit('phone.moved', { msisdn });
      facts.power = true;
      becameReachable();
    },
  };
}

type Facts = Pick<PhoneView, 'msisdn' | 'label' | 'device' | 'power' | 'coverage' | 'unlocked'>;

function viewOf(facts: Facts, card: Card, now: { screen: ShownScreen | null; behaviour: Behaviour }): PhoneView {
  const enrolled = card.state.pin !== null;
  return {
    ...facts,
    iccid: card.sim.iccid,
    enrolled,
    triesLeft: enrolled ? card.state.tries : null,
    blocked: enrolled && card.state.tries === 0,
    screen: now.screen,
    behaviour: shownBehaviour(now.behaviour),
  };
}

function definedOf(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

// What the applet says to a person and how it takes the answer (sim-channel 5.5): texts, reference code, PIN, new PIN.
// A dialogue yields screens, receives keys and returns an outcome; it changes tries and never sends anything.

import { timingSafeEqual } from 'node:crypto';
import { RESULT, type Result } from './applet-answer.ts';
import { type AppletRequest, FLAG, hasFlag, referenceCodeOf } from './applet-message.ts';
import type { AppletTexts } from './applet-texts.ts';
import type { CardState } from './card-state.ts';
import { isWeakPin } from './pin-policy.ts';
import type { Key, ScreenContent, ScreenKind } from './screen.ts';

export interface DialogueContext {
  readonly request: AppletRequest;
  readonly state: CardState;
  readonly texts: AppletTexts;
  /** Puts the state on disk; what comes after it may rely on that. */
  readonly save: () => Promise<void>;
}

export interface Outcome {
  readonly result: Result;
  /** Wrong PINs before the right one, for octet 3 of the answer. */
  readonly wrongPins?: number;
  /** The PIN that was chosen, in the operations that end with a new one. */
  readonly newPin?: string;
  /** STATUS: the public key goes with the answer. */
  readonly showsKey?: boolean;
}

export type Dialogue = AsyncGenerator<ScreenContent, Outcome, Key>;
type Part<T> = AsyncGenerator<ScreenContent, T, Key>;
type End = { readonly kind: 'end'; readonly outcome: Outcome };

const CODE_ROUNDS = 2;
const NEW_PIN_ROUNDS = 3;
const MOST_WRONG_PINS = 15;

/** AUTHENTICATE and AUTHORIZE: text or reference code, then the PIN if it is wanted, else the click. */
export async function* approvalDialogue(context: DialogueContext): Dialogue {
  const code = openingOf(context, context.texts.approve);
  for (;;) {
    const opened = yield* code();
    if (opened.kind === 'end') {
      return opened.outcome;
    }
    if (!hasFlag(context.request, FLAG.pin)) {
      return { result: RESULT.done };
    }
    const entered = yield* pinEntry(context, { text: context.texts.enterPin, typed: opened.typedPin });
    if (entered.kind === 'end') {
      return entered.outcome;
    }
    if (entered.kind === 'right') {
      return { result: RESULT.done, wrongPins: entered.wrongPins };
    }
  }
}

/** ENROL and PIN_RESET: consent, then a new PIN twice. */
export async function* newPinDialogue(context: DialogueContext, consent: string): Dialogue {
  const opened = yield* openingOf(context, consent, 'confirm')();
  if (opened.kind === 'end') {
    return opened.outcome;
  }
  const policyBits = context.request.pinRules?.policyBits ?? context.state.policyBits;
  return yield* newPinEntry(context, policyBits);
}

/** PIN_CHANGE: the present PIN first, then a new one twice. */
export async function* pinChangeDialogue(context: DialogueContext): Dialogue {
  const opening = openingOf(context, context.texts.changePin);
  for (;;) {
    const opened = yield* opening();
    if (opened.kind === 'end') {
      return opened.outcome;
    }
    const entered = yield* pinEntry(context, { text: context.texts.currentPin, typed: opened.typedPin });
    if (entered.kind === 'end') {
      return entered.outcome;
    }
    if (entered.kind === 'right') {
      await context.save();
      const outcome = yield* newPinEntry(context, context.state.policyBits);
      return { ...outcome, wrongPins: entered.wrongPins };
    }
  }
}

type Opened = End | { readonly kind: 'go'; readonly typedPin: string | undefined };

// Wrong codes are counted over the whole dialogue: going back does not give new rounds.
function openingOf(context: DialogueContext, question: string, kind?: ScreenKind): () => Part<Opened> {
  const { request } = context;
  const expected = referenceCodeOf(request.challenge);
  let wrongCodes = 0;

  async function* typed(): Part<Opened> {
    while (wrongCodes < CODE_ROUNDS) {
      const asked = wrongCodes === 0 ? context.texts.typeCode : context.texts.wrongCode;
      const text = `${request.message ?? question}\n${asked}`;
      const key = yield { kind: 'code', title: titleOf(request), text, referenceCode: null, codeToType: expected };
      if (key.kind === 'code' && key.digits === expected) {
        return { kind: 'go', typedPin: undefined };
      }
      if (key.kind !== 'code') {
        return leaving(key);
      }
      wrongCodes += 1;
    }
    return end(RESULT.codeWrong);
  }

  async function* shown(): Part<Opened> {
    const leadsToPin = kind === undefined && hasFlag(request, FLAG.pin);
    const key = yield {
      kind: kind ?? (leadsToPin ? 'text' : 'confirm'),
      title: titleOf(request),
      text: request.message ?? question,
      referenceCode: shownCode(request),
      leadsToPin,
    };
    if (key.kind === 'ok' || key.kind === 'pin') {
      return { kind: 'go', typedPin: key.kind === 'pin' ? key.digits : undefined };
    }
    return leaving(key);
  }

  return hasFlag(request, FLAG.typeCode) ? typed : shown;
}

type Entered = End | { readonly kind: 'back' } | { readonly kind: 'right'; readonly wrongPins: number };

async function* pinEntry(context: DialogueContext, first: { text: string; typed: string | undefined }): Part<Entered> {
  const { request, state } = context;
  let { text, typed } = first;
  for (;;) {
    if (typed === undefined) {
      const key = yield { kind: 'pin', title: titleOf(request), text, referenceCode: shownCode(request) };
      if (key.kind === 'back') {
        return { kind: 'back' };
      }
      if (key.kind !== 'pin') {
        return leaving(key);
      }
      typed = key.digits;
    }
    const wrongPins = state.wrongPins;
    if (await isRightPin(context, typed)) {
      return { kind: 'right', wrongPins };
    }
    if (state.tries === 0) {
      return end(RESULT.blocked);
    }
    text = context.texts.wrongPin(state.tries);
    typed = undefined;
  }
}

// The try is taken on disk before the comparison: pulling the plug never gives one back.
async function isRightPin({ state, save }: DialogueContext, typed: string): Promise<boolean> {
  if (state.pin === null || state.tries === 0) {
    return false;
  }
  state.tries -= 1;
  state.wrongPins = Math.min(MOST_WRONG_PINS, state.wrongPins + 1);
  await save();
  if (!timingSafeEqual(Buffer.from(typed.padEnd(8)), Buffer.from(state.pin.padEnd(8)))) {
    return false;
  }
  state.tries = state.mostTries;
  state.wrongPins = 0;
  state.restores = 0;
  return true;
}

async function* newPinEntry(context: DialogueContext, policyBits: number): Dialogue {
  const { texts } = context;
  let notice = '';
  for (let round = 0; round < NEW_PIN_ROUNDS; round += 1) {
    const chosen = yield newPinScreen(context, `${notice}${texts.newPin}`);
    if (chosen.kind !== 'pin') {
      return leaving(chosen).outcome;
    }
    if (isWeakPin(chosen.digits, policyBits)) {
      notice = `${texts.weakPin}\n`;
      continue;
    }
    const repeated = yield newPinScreen(context, texts.repeatPin);
    if (repeated.kind !== 'pin') {
      return leaving(repeated).outcome;
    }
    if (repeated.digits === chosen.digits) {
      return { result: RESULT.done, newPin: chosen.digits };
    }
    notice = `${texts.pinsDiffer}\n`;
  }
  return { result: RESULT.newPinRefused };
}

function newPinScreen({ request }: DialogueContext, text: string): ScreenContent {
  return { kind: 'new-pin', title: titleOf(request), text, referenceCode: shownCode(request) };
}

function leaving(key: Key): End {
  return end(key.kind === 'fraud' ? RESULT.fraud : RESULT.cancelled);
}

function end(result: Result): End {
  return { kind: 'end', outcome: { result } };
}

function titleOf(request: AppletRequest): string {
  return request.serviceName ?? 'SIM';
}

function shownCode(request: AppletRequest): string | null {
  return hasFlag(request, FLAG.showCode) ? referenceCodeOf(request.challenge) : null;
}

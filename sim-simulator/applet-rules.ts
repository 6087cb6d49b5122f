// The rules of the applet that need no open dialogue (sim-channel 5.3 and 5.4): who may do what, what a new PIN changes,
// and how an outcome becomes an answer with its proof.

import { timingSafeEqual } from 'node:crypto';
import {
  answerHead,
  enrolmentAnswer,
  generateKpin,
  macAnswer,
  publicKeyOf,
  RESULT,
  signedAnswer,
} from './applet-answer.ts';
import { type AppletRequest, authorityOf, FLAG, hasFlag, OP, type SimIdentity } from './applet-message.ts';
import { appletTexts } from './applet-texts.ts';
import { type CardState, DEFAULT_TRIES } from './card-state.ts';
import { approvalDialogue, type Dialogue, newPinDialogue, type Outcome, pinChangeDialogue } from './dialogue.ts';
import type { ScreenContent } from './screen.ts';

const MOST_RESTORES = 5;
const NOT_ENROLLED_TRIES = 0xff;

/** A request as it came out of its packet, with what the answer's packet will need. */
export interface Envelope {
  readonly data: Buffer;
  readonly packetCounter: number;
  /** The short code that rang: where the answer goes. */
  readonly destination: string;
}

export interface AppletDeps {
  readonly sim: SimIdentity;
  readonly keys: { readonly kdev: Buffer; readonly kadm: Buffer };
  /** Shared with the card, changed in place, on disk after `save`. */
  readonly state: CardState;
  readonly save: () => Promise<void>;
  readonly display: (screen: ScreenContent | null) => void;
  readonly send: (answer: Buffer, envelope: Envelope) => void;
  /** The scalar that signs instead of the card's own: a fault that tests can ask for. */
  readonly signingKey: () => string | null;
  readonly randomBytes: (size: number) => Buffer;
  /** Runs `action` after `ms`, as a step of this card. */
  readonly later: (ms: number, action: () => Promise<void>) => () => void;
  readonly report: (type: string, details: { result?: number; op?: number }) => void;
}

/** What an answer answers. */
export interface Target {
  readonly envelope: Envelope;
  readonly opOctet: number;
  readonly challenge: Buffer;
}

/** Why a request is refused before anything is shown, if it is; the tries may be restored on the way. */
export async function refusal(deps: AppletDeps, request: AppletRequest, data: Buffer): Promise<Outcome | undefined> {
  const { state } = deps;
  const administrative = request.op === OP.enrol || request.op === OP.pinReset || request.op === OP.disable;
  const authorised = hasAuthority(deps, request, data);
  if (administrative && !authorised) {
    return { result: RESULT.noAuthority };
  }
  if (request.op === OP.enrol) {
    return state.pin === null ? undefined : { result: RESULT.badRequest };
  }
  if (state.pin === null) {
    return { result: RESULT.notEnrolled };
  }
  if (authorised && hasFlag(request, FLAG.restoreTries)) {
    await restoreTries(deps, request);
  }
  return state.tries === 0 && !administrative ? { result: RESULT.blocked } : undefined;
}

async function restoreTries({ state, save }: AppletDeps, request: AppletRequest): Promise<void> {
  if (state.tries > 0 || state.restores >= MOST_RESTORES) {
    return;
  }
  state.tries = state.mostTries;
  state.restores += 1;
  state.adminNumber = request.adminNumber ?? state.adminNumber;
  await save();
}

/** DISABLE: PIN and key are gone, the counters stay. */
export function disable(state: CardState, request: AppletRequest): Outcome {
  const { adminNumber = state.adminNumber } = request;
  Object.assign(state, { pin: null, kpin: null, wrongPins: 0, restores: 0, adminNumber });
  return { result: RESULT.done };
}

/** DATA of an answer. Octet 0 says "signature" exactly for result 00 of an operation that took the PIN. */
export function answerData(deps: AppletDeps, { envelope, opOctet, challenge }: Target, outcome: Outcome): Buffer {
  const { sim, keys, state } = deps;
  const done = outcome.result === RESULT.done;
  const makesKey = done && outcome.newPin !== undefined && opOctet !== OP.pinChange;
  const signed = makesKey || (done && outcome.wrongPins !== undefined);
  const head = answerHead({
    signed,
    opOctet,
    result: outcome.result,
    tries: triesOctet(state, outcome.wrongPins),
    counter: state.appletCounter,
    challenge,
  });
  const context = { sim, requestData: envelope.data };
  const kpin = deps.signingKey() ?? state.kpin;
  if (signed && kpin !== null) {
    const enrolmentKeys = { kdev: keys.kdev, kpin };
    return makesKey ? enrolmentAnswer(context, head, enrolmentKeys) : signedAnswer(context, head, kpin);
  }
  const publicKey = outcome.showsKey && done && state.kpin !== null ? { publicKey: publicKeyOf(state.kpin) } : {};
  return macAnswer(context, head, { kdev: keys.kdev, ...publicKey });
}

function triesOctet(state: CardState, wrongPins: number | undefined): number {
  return state.pin === null ? NOT_ENROLLED_TRIES : ((wrongPins ?? state.wrongPins) << 4) | state.tries;
}

/** The result of STATUS. */
export function statusOf(state: CardState): Outcome['result'] {
  if (state.pin === null) {
    return RESULT.notEnrolled;
  }
  return state.tries === 0 ? RESULT.blocked : RESULT.done;
}

function hasAuthority({ keys, sim, state }: AppletDeps, request: AppletRequest, data: Buffer): boolean {
  const { authority, adminNumber } = request;
  return (
    authority !== undefined &&
    adminNumber !== undefined &&
    adminNumber > state.adminNumber &&
    timingSafeEqual(authority, authorityOf(keys.kadm, sim, data))
  );
}

/** The dialogue of an operation that needs a person. */
export function dialogueFor({ state, save }: AppletDeps, request: AppletRequest): Dialogue {
  const texts = appletTexts(request.language);
  const context = { request, state, texts, save };
  switch (request.op) {
    case OP.enrol:
      return newPinDialogue(context, texts.enrol);
    case OP.pinReset:
      return newPinDialogue(context, texts.resetPin);
    case OP.pinChange:
      return pinChangeDialogue(context);
    default:
      return approvalDialogue(context);
  }
}

/** Puts a new PIN, and for ENROL and PIN_RESET a new key, in the place of the old: in the step that sends the answer. */
export function applyOutcome({ state, randomBytes }: AppletDeps, request: AppletRequest, outcome: Outcome): void {
  if (outcome.newPin === undefined) {
    return;
  }
  state.pin = outcome.newPin;
  if (request.op === OP.pinChange) {
    return;
  }
  const fallback = request.op === OP.enrol ? { mostTries: DEFAULT_TRIES, policyBits: 0 } : state;
  const { mostTries, policyBits } = request.pinRules ?? fallback;
  Object.assign(state, {
    kpin: generateKpin(randomBytes),
    mostTries,
    policyBits,
    tries: mostTries,
    wrongPins: 0,
    restores: 0,
    adminNumber: request.adminNumber ?? state.adminNumber,
  });
}

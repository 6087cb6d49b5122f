// The applet on the card (sim-channel 5.5): takes the DATA of a command packet, leads the dialogue, makes the proof.
// Calls reach it one at a time (see card.ts). It neither knows packets nor phones.

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
import {
  type AppletRequest,
  authorityOf,
  FLAG,
  hasFlag,
  OP,
  PROOF,
  parseRequest,
  type SimIdentity,
} from './applet-message.ts';
import { appletTexts } from './applet-texts.ts';
import { type CardState, DEFAULT_TRIES } from './card-state.ts';
import { approvalDialogue, type Dialogue, newPinDialogue, type Outcome, pinChangeDialogue } from './dialogue.ts';
import { type Key, type ScreenContent, takesKey } from './screen.ts';

const KEPT_ANSWERS = 4;
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

export interface Applet {
  handle(envelope: Envelope): Promise<void>;
  press(key: Key): Promise<'taken' | 'no_screen' | 'wrong_key'>;
  /** The phone was switched off: what was on the screen is gone, what is on disk stays. */
  powerDown(): void;
}

interface Session {
  readonly request: AppletRequest;
  envelope: Envelope;
  readonly dialogue: Dialogue;
  screen: ScreenContent | undefined;
  readonly stopTimer: () => void;
}

/** The applet of one card. */
export function createApplet(deps: AppletDeps): Applet {
  const { state } = deps;
  let session: Session | undefined;

  async function handle(envelope: Envelope): Promise<void> {
    const parsed = parseRequest(envelope.data);
    if (parsed.kind === 'unanswerable') {
      return;
    }
    const challenge = parsed.kind === 'bad' ? parsed.challenge : parsed.request.challenge;
    const given = state.answers.find((answer) => answer.challenge === challenge.toString('hex'));
    if (given !== undefined) {
      deps.send(Buffer.from(given.data, 'hex'), envelope);
    } else if (session?.request.challenge.equals(challenge)) {
      // Shown once: a repeated packet only tells which packet counter the answer will carry.
      session.envelope = envelope;
    } else if (parsed.kind === 'bad') {
      await answer({ envelope, opOctet: parsed.opOctet, challenge }, { result: RESULT.badRequest });
    } else {
      await begin(parsed.request, envelope);
    }
  }

  async function begin(request: AppletRequest, envelope: Envelope): Promise<void> {
    const target = { envelope, opOctet: request.op, challenge: request.challenge };
    if (request.op === OP.status) {
      return answer(target, { result: statusOf(state) }, request.proof === PROOF.mac);
    }
    if (request.op === OP.cancel) {
      return answer(target, { result: closeTarget(request) ? RESULT.done : RESULT.notEnrolled });
    }
    if (session !== undefined) {
      return answer(target, { result: RESULT.busy });
    }
    const refused = await refusal(request, envelope.data);
    if (refused !== undefined) {
      return answer(target, refused);
    }
    if (request.op === OP.disable) {
      disable(request);
      return answer(target, { result: RESULT.done });
    }
    await open(request, envelope);
  }

  async function refusal(request: AppletRequest, data: Buffer): Promise<Outcome | undefined> {
    const { op } = request;
    const administrative = op === OP.enrol || op === OP.pinReset || op === OP.disable;
    const authorised = hasAuthority(deps, request, data);
    if (administrative && !authorised) {
      return { result: RESULT.noAuthority };
    }
    if (op === OP.enrol) {
      return state.pin === null ? undefined : { result: RESULT.badRequest };
    }
    if (state.pin === null) {
      return { result: RESULT.notEnrolled };
    }
    if (authorised && hasFlag(request, FLAG.restoreTries)) {
      await restoreTries(request);
    }
    return state.tries === 0 && !administrative ? { result: RESULT.blocked } : undefined;
  }

  async function restoreTries(request: AppletRequest): Promise<void> {
    if (state.tries > 0 || state.restores >= MOST_RESTORES) {
      return;
    }
    state.tries = state.mostTries;
    state.restores += 1;
    state.adminNumber = request.adminNumber ?? state.adminNumber;
    await deps.save();
  }

  async function open(request: AppletRequest, envelope: Envelope): Promise<void> {
    const opened: Session = {
      request,
      envelope,
      dialogue: dialogueFor(deps, request),
      screen: undefined,
      stopTimer: deps.later(request.ttlSeconds * 1000, async () => {
        if (session === opened) {
          await finish(opened, { result: RESULT.noResponse });
        }
      }),
    };
    session = opened;
    deps.report('applet.request', { op: request.op });
    await advance(opened);
  }

  async function advance(current: Session, key?: Key): Promise<void> {
    try {
      const step = await (key === undefined ? current.dialogue.next() : current.dialogue.next(key));
      if (step.done) {
        return await finish(current, step.value);
      }
      current.screen = step.value;
      deps.display(step.value);
    } catch (error) {
      close();
      throw error;
    }
  }

  async function finish(current: Session, outcome: Outcome): Promise<void> {
    close();
    const { request, envelope } = current;
    applyOutcome(deps, request, outcome);
    await answer({ envelope, opOctet: request.op, challenge: request.challenge }, outcome);
  }

  function close(): void {
    session?.stopTimer();
    session = undefined;
    deps.display(null);
  }

  function closeTarget(request: AppletRequest): boolean {
    if (session === undefined || !request.target?.equals(session.request.challenge)) {
      return false;
    }
    close();
    return true;
  }

  function disable(request: AppletRequest): void {
    Object.assign(state, { pin: null, kpin: null, wrongPins: 0, restores: 0, adminNumber: request.adminNumber });
  }

  type Target = { readonly envelope: Envelope; readonly opOctet: number; readonly challenge: Buffer };

  async function answer(target: Target, outcome: Outcome, withKey?: boolean): Promise<void> {
    state.appletCounter += 1;
    const data = answerData(deps, { ...target, outcome, withKey: withKey === true });
    const kept = { challenge: target.challenge.toString('hex'), data: data.toString('hex') };
    state.answers = [...state.answers, kept].slice(-KEPT_ANSWERS);
    // Counter, tries and answer reach the disk together, before anybody else can see the answer.
    await deps.save();
    deps.report('applet.answer', { op: target.opOctet, result: outcome.result });
    deps.send(data, target.envelope);
  }

  return {
    handle,
    async press(key) {
      if (session?.screen === undefined) {
        return 'no_screen';
      }
      if (!takesKey(session.screen, key)) {
        return 'wrong_key';
      }
      await advance(session, key);
      return 'taken';
    },
    powerDown() {
      if (session !== undefined) {
        close();
      }
    },
  };
}

interface AnswerParts {
  readonly envelope: Envelope;
  readonly opOctet: number;
  readonly challenge: Buffer;
  readonly outcome: Outcome;
  readonly withKey: boolean;
}

// Octet 0 says "signature" exactly for result 00 of an operation that took the PIN.
function answerData({ sim, keys, state, signingKey }: AppletDeps, parts: AnswerParts): Buffer {
  const { outcome, opOctet, envelope } = parts;
  const done = outcome.result === RESULT.done;
  const makesKey = done && (opOctet === OP.enrol || opOctet === OP.pinReset);
  const kpin = signingKey() ?? state.kpin;
  const signed = makesKey || (done && opOctet !== OP.status && outcome.wrongPins !== undefined);
  const head = answerHead({
    signed,
    opOctet,
    result: outcome.result,
    tries: triesOctet(state, outcome.wrongPins),
    counter: state.appletCounter,
    challenge: parts.challenge,
  });
  const context = { sim, requestData: envelope.data };
  if (signed && kpin !== null) {
    return makesKey ? enrolmentAnswer(context, head, { kdev: keys.kdev, kpin }) : signedAnswer(context, head, kpin);
  }
  const showsKey = parts.withKey && done && state.kpin !== null;
  return macAnswer(context, head, {
    kdev: keys.kdev,
    ...(showsKey && state.kpin !== null ? { publicKey: publicKeyOf(state.kpin) } : {}),
  });
}

function triesOctet(state: CardState, wrongPins: number | undefined): number {
  return state.pin === null ? NOT_ENROLLED_TRIES : ((wrongPins ?? state.wrongPins) << 4) | state.tries;
}

function statusOf(state: CardState): Outcome['result'] {
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

function dialogueFor({ state, save }: AppletDeps, request: AppletRequest): Dialogue {
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

// The new PIN and key were made beside the old ones; here they take their place, in the step that sends the answer.
function applyOutcome({ state, randomBytes }: AppletDeps, request: AppletRequest, outcome: Outcome): void {
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

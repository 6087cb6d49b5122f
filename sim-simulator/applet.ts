// The applet on the card (sim-channel 5.5): takes the DATA of a command packet, leads one dialogue at a time, answers.
// Calls reach it one at a time (see card.ts). It neither knows packets nor phones.

import { RESULT } from './applet-answer.ts';
import { type AppletRequest, OP, PROOF, parseRequest } from './applet-message.ts';
import {
  type AppletDeps,
  answerData,
  applyOutcome,
  dialogueFor,
  disable,
  type Envelope,
  refusal,
  statusOf,
  type Target,
} from './applet-rules.ts';
import type { Dialogue, Outcome } from './dialogue.ts';
import { type Key, type ScreenContent, takesKey } from './screen.ts';

const KEPT_ANSWERS = 4;

interface Session {
  readonly request: AppletRequest;
  /** The newest packet that carried this request. */
  envelope: Envelope;
  readonly dialogue: Dialogue;
  screen: ScreenContent | undefined;
  readonly stopTimer: () => void;
}

/** The applet of one card. */
export class Applet {
  readonly #deps: AppletDeps;
  #session: Session | undefined;

  constructor(deps: AppletDeps) {
    this.#deps = deps;
  }

  /** Takes DATA of a packet whose sender the card has checked. */
  async handle(envelope: Envelope): Promise<void> {
    const parsed = parseRequest(envelope.data);
    if (parsed.kind === 'unanswerable') {
      return;
    }
    const challenge = parsed.kind === 'bad' ? parsed.challenge : parsed.request.challenge;
    const given = this.#deps.state.answers.find((answer) => answer.challenge === challenge.toString('hex'));
    if (given !== undefined) {
      this.#deps.send(Buffer.from(given.data, 'hex'), envelope);
    } else if (this.#session?.request.challenge.equals(challenge)) {
      // Shown once: a repeated packet only tells which packet counter the answer will carry.
      this.#session.envelope = { ...envelope, data: this.#session.envelope.data };
    } else if (parsed.kind === 'bad') {
      await this.#answer({ envelope, opOctet: parsed.opOctet, challenge }, { result: RESULT.badRequest });
    } else {
      await this.#begin(parsed.request, envelope);
    }
  }

  async press(key: Key): Promise<'taken' | 'no_screen' | 'wrong_key'> {
    if (this.#session?.screen === undefined) {
      return 'no_screen';
    }
    if (!takesKey(this.#session.screen, key)) {
      return 'wrong_key';
    }
    await this.#advance(this.#session, key);
    return 'taken';
  }

  /** The phone was switched off: what was on the screen is gone, what is on disk stays. */
  powerDown(): void {
    if (this.#session !== undefined) {
      this.#close();
    }
  }

  async #begin(request: AppletRequest, envelope: Envelope): Promise<void> {
    const target = { envelope, opOctet: request.op, challenge: request.challenge };
    const outcome = await this.#outcomeWithoutPerson(request, envelope.data);
    if (outcome === undefined) {
      await this.#open(request, envelope);
    } else {
      await this.#answer(target, outcome);
    }
  }

  // What can be answered at once; undefined when a person has to say something first.
  async #outcomeWithoutPerson(request: AppletRequest, data: Buffer): Promise<Outcome | undefined> {
    if (request.op === OP.status) {
      return { result: statusOf(this.#deps.state), showsKey: request.proof === PROOF.mac };
    }
    if (request.op === OP.cancel) {
      return { result: this.#closeTarget(request) ? RESULT.done : RESULT.notEnrolled };
    }
    if (this.#session !== undefined) {
      return { result: RESULT.busy };
    }
    const refused = await refusal(this.#deps, request, data);
    return refused ?? (request.op === OP.disable ? disable(this.#deps.state, request) : undefined);
  }

  async #open(request: AppletRequest, envelope: Envelope): Promise<void> {
    const opened: Session = {
      request,
      envelope,
      dialogue: dialogueFor(this.#deps, request),
      screen: undefined,
      stopTimer: this.#deps.later(request.ttlSeconds * 1000, async () => {
        if (this.#session === opened) {
          await this.#finish(opened, { result: RESULT.noResponse });
        }
      }),
    };
    this.#session = opened;
    this.#deps.report('applet.request', { op: request.op });
    await this.#advance(opened);
  }

  async #advance(current: Session, key?: Key): Promise<void> {
    try {
      const step = await (key === undefined ? current.dialogue.next() : current.dialogue.next(key));
      if (step.done) {
        await this.#finish(current, step.value);
        return;
      }
      current.screen = step.value;
      this.#deps.display(step.value);
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  async #finish({ request, envelope }: Session, outcome: Outcome): Promise<void> {
    this.#close();
    applyOutcome(this.#deps, request, outcome);
    await this.#answer({ envelope, opOctet: request.op, challenge: request.challenge }, outcome);
  }

  #close(): void {
    this.#session?.stopTimer();
    this.#session = undefined;
    this.#deps.display(null);
  }

  #closeTarget(request: AppletRequest): boolean {
    if (this.#session === undefined || !request.target?.equals(this.#session.request.challenge)) {
      return false;
    }
    this.#close();
    return true;
  }

  async #answer(target: Target, outcome: Outcome): Promise<void> {
    const { state, save, report, send } = this.#deps;
    state.appletCounter += 1;
    const data = answerData(this.#deps, target, outcome);
    const kept = { challenge: target.challenge.toString('hex'), data: data.toString('hex') };
    state.answers = [...state.answers, kept].slice(-KEPT_ANSWERS);
    // Counter, tries and answer reach the disk together, before anybody else can see the answer.
    await save();
    report('applet.answer', { op: target.opOctet, result: outcome.result });
    send(data, target.envelope);
  }
}

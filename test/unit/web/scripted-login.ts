// A sign-in and interactions whose every answer the test writes, and the web app around them on one issuer or two.
// They keep what they were asked, and change state only as the test says.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type { PhoneStatus, SignIn, SignInRequest, SignInView } from '../../../src/authentication/sign-in-types.ts';
import { AppError } from '../../../src/errors.ts';
import { createTexts } from '../../../src/i18n.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import type { InteractionDetails, Interactions } from '../../../src/oidc/interaction-types.ts';
import { createLog } from '../../../src/ops/log.ts';
import { createPages } from '../../../src/web/render.ts';
import { createWebApp, type WebAppDeps } from '../../../src/web/server.ts';
import type { WebIssuer, WebUseCases } from '../../../src/web/web-types.ts';
import { exempleBrand } from '../../support/brands.ts';

export const account = 'acc_alice' as AccountId;

export function phoneView(changes: Partial<Extract<SignInView, { step: 'phone' }>> = {}): SignInView {
  return {
    step: 'phone',
    status: 'pending',
    referenceCode: '4821',
    confirmation: 'compare',
    expiresAt: new Date('2026-03-01T10:02:00Z'),
    secondsLeft: 118,
    identifierShown: '+33 6 39 98 ** 01',
    passwordOffered: true,
    resend: { left: 2, inSeconds: 0 },
    ...changes,
  };
}

type Answers = {
  [K in 'identify' | 'useSim' | 'checkPassword' | 'resend' | 'finish']: Awaited<ReturnType<SignIn[K]>>;
};

/** A sign-in that shows `view` and gives `answers`; `calls` is what it was asked, in order. */
export class ScriptedSignIn implements SignIn {
  current: SignInView = { step: 'identify' };
  answers: Answers = {
    identify: { kind: 'ok' },
    useSim: { kind: 'ok' },
    checkPassword: { kind: 'ok' },
    resend: { kind: 'ok' },
    finish: { kind: 'done', accountId: account, level: 'sim-pin', authTime: 1_772_359_200 },
  };
  readonly calls: unknown[][] = [];
  readonly requests: SignInRequest[] = [];
  readonly #waiting = new Set<() => void>();

  /** Changes the view and wakes whoever waits. */
  show(view: SignInView): void {
    this.current = view;
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  async view(request: SignInRequest) {
    this.requests.push(request);
    return this.current;
  }

  async identify(request: SignInRequest, identifier: string) {
    this.#note(request, 'identify', identifier);
    return this.answers.identify;
  }

  async usePassword(request: SignInRequest) {
    this.#note(request, 'usePassword');
  }

  async useSim(request: SignInRequest) {
    this.#note(request, 'useSim');
    return this.answers.useSim;
  }

  async checkPassword(request: SignInRequest, password: string) {
    this.#note(request, 'checkPassword', password);
    return this.answers.checkPassword;
  }

  async resend(request: SignInRequest) {
    this.#note(request, 'resend');
    return this.answers.resend;
  }

  async cancel(request: SignInRequest) {
    this.#note(request, 'cancel');
  }

  async startOver(request: SignInRequest) {
    this.#note(request, 'startOver');
  }

  async chooseAccount(request: SignInRequest, accountId: string) {
    this.#note(request, 'chooseAccount', accountId);
  }

  async waitForChange(_request: SignInRequest, seen: PhoneStatus, wait: { timeoutMs: number; signal?: AbortSignal }) {
    if (this.current.step !== 'phone' || this.current.status !== seen || wait.signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, wait.timeoutMs);
    wait.signal?.addEventListener('abort', () => resolve(), { once: true });
    this.#waiting.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }

  async finish(request: SignInRequest) {
    this.#note(request, 'finish');
    return this.answers.finish;
  }

  #note(request: SignInRequest, ...call: unknown[]): void {
    this.requests.push(request);
    this.calls.push(call);
  }
}

export const interactionCookie = 'interaction=of-this-browser';

/** Interactions of one browser: the one that sends `interactionCookie`. */
export class ScriptedInteractions implements Interactions {
  current: InteractionDetails;
  readonly calls: unknown[][] = [];

  constructor(details: Partial<InteractionDetails> = {}) {
    this.current = {
      uid: 'uid-1',
      issuer: 'http://localhost:3000',
      basePath: '',
      prompt: 'login',
      client: {
        id: 'portal',
        name: 'Portail & Boutique',
        brand: 'exemple',
        party: 'first',
        logoUri: undefined,
        policyUri: undefined,
        allowPasswordFallback: true,
        confirmation: undefined,
      },
      least: 'pwd',
      wanted: 'sim-pin',
      loginHint: undefined,
      texts: {},
      uiLocales: [],
      consent: undefined,
      ...details,
    };
  }

  async details(request: IncomingMessage) {
    if (!request.headers.cookie?.includes(interactionCookie)) throw new AppError('interaction_lost');
    return this.current;
  }

  async finishLogin(
    _request: IncomingMessage,
    response: ServerResponse,
    login: Parameters<Interactions['finishLogin']>[2],
  ) {
    this.#end(response, ['finishLogin', login]);
  }

  async finishConsent(_request: IncomingMessage, response: ServerResponse, decision: 'allow' | 'deny') {
    this.#end(response, ['finishConsent', decision]);
  }

  async abort(_request: IncomingMessage, response: ServerResponse, error: string) {
    this.#end(response, ['abort', error]);
  }

  async abortNotRung(_request: IncomingMessage, response: ServerResponse, because: string) {
    this.#end(response, ['abortNotRung', because]);
  }

  #end(response: ServerResponse, call: unknown[]): void {
    this.calls.push(call);
    response.writeHead(303, { Location: 'http://localhost:3000/auth/uid-1', 'Content-Length': '0' }).end();
  }
}

export interface Scripted {
  readonly signIn: ScriptedSignIn;
  readonly interactions: ScriptedInteractions;
  readonly log: string[];
  readonly closing: AbortController;
  readonly app: ReturnType<typeof createWebApp>;
}

export const pages = createPages({ texts: createTexts() });
const nobody: Middleware = (_ctx, next) => next();

type Changes = Partial<Omit<WebAppDeps, 'issuers'> & WebUseCases> & {
  readonly issuers?: readonly Omit<WebIssuer, 'signIn'>[];
};

/** The web app on `http://localhost:3000`; `changes` replace single dependencies, `site` parts of the issuer. */
export function startScripted({ issuers, ...changes }: Changes = {}, site: Partial<WebIssuer> = {}): Scripted {
  const signIn = new ScriptedSignIn();
  const interactions = new ScriptedInteractions();
  const log: string[] = [];
  const closing = new AbortController();
  const root = { issuer: new URL('http://localhost:3000'), brand: exempleBrand, interactions, provider: nobody };
  const app = createWebApp({
    issuers: (issuers ?? [root]).map((one) => ({ signIn, ...changes, ...one, ...site })),
    pages,
    log: createLog('debug', { write: (line) => log.push(line) }),
    now: () => new Date(),
    randomBytes,
    keys: { cookies: ['a cookie key for tests'], csrf: Buffer.alloc(32, 7) },
    trustedProxies: [],
    limits: { take: async () => undefined },
    closing: closing.signal,
    ...changes,
  });
  return { signIn, interactions, log, closing, app };
}

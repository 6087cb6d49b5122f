// The API of a forgotten PIN (mission 4.5): for anybody, without a token, bound to a cookie. Every number gets the same
// answers.
import { z } from 'zod';
import type { PinResets, ResetOutcome, ResetView, ResetVisit } from '../enrolment/reset-pin-types.ts';
import { AppError, type ErrorCode, unreachable } from '../errors.ts';
import { InputError } from './problems.ts';
import { type ApiContext, type OpenCall, type OpenRoute, openWithInput } from './route-types.ts';

/** The use cases behind it. */
export interface PinResetDesk {
  readonly resets: PinResets;
  /** What binds a flow to the browser that began it. */
  newBrowser(): string;
}

const base = '/mc/v1/pin-resets';
const text = z.string().max(254);
const answers = (status: 200 | 202) => ({
  [status]: z.strictObject({
    flowId: z.string(),
    step: z.enum(['challenge', 'code', 'phone']),
    state: z.enum(['pending', 'done', 'failed']),
    /** The sum to be solved: as a picture, and for those who cannot see it. */
    challenge: z.strictObject({ image: z.string(), sum: z.tuple([z.number(), z.number()]) }).optional(),
    /** Of the code by e-mail. */
    email: z.enum(['none', 'asked', 'given']).optional(),
    referenceCode: z.string().optional(),
    /** Seconds. */
    expiresIn: z.number().optional(),
  }),
});
const refusals: readonly ErrorCode[] = ['not_found', 'temporarily_unavailable', 'validation'];

/** Its routes; none without a desk. */
export function pinResetRoutes({ pinResets: desk, brand }: ApiContext): OpenRoute[] {
  return desk === undefined ? [] : [...beginRoutes(desk, brand), ...stepRoutes(desk.resets)];
}

function beginRoutes({ resets, newBrowser }: PinResetDesk, brand: string): OpenRoute[] {
  return [
    openWithInput({
      ...{ open: true, method: 'POST', path: base, refusals },
      summary: 'Begin, for a number; the answer is the same for every number',
      answers: answers(202),
      input: z.strictObject({ msisdn: text }),
      async handle({ input, browser = newBrowser() }) {
        const begun = await resets.begin({ brand, number: input.msisdn, browser });
        if (begun.kind === 'malformed') throw new InputError([{ field: 'msisdn', problem: 'is no mobile number' }]);
        return { status: 202, browser, body: bodyOf(begun.id, await resets.view({ id: begun.id, browser })) };
      },
    }),
    {
      ...{ open: true, method: 'GET', path: `${base}/:id` },
      summary: 'Which step is due, in the browser that began',
      answers: answers(200),
      async handle(call) {
        const visit = visitOf(call);
        return { body: bodyOf(visit.id, await resets.view(visit)) };
      },
    },
  ];
}

function stepRoutes(resets: PinResets): OpenRoute[] {
  const common = { open: true, method: 'POST', answers: answers(202), refusals } as const;
  const finish = async (visit: ResetVisit, outcome: ResetOutcome, field: 'answer' | 'code') => {
    ensureTaken(outcome, field);
    return { status: 202, body: bodyOf(visit.id, await resets.view(visit)) };
  };
  return [
    openWithInput({
      ...{ ...common, path: `${base}/:id/challenge` },
      summary: 'Answer the robot check; the SMS with the code goes out',
      input: z.strictObject({ answer: text }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        return await finish(visit, await resets.answerRobot(visit, input.answer), 'answer');
      },
    }),
    openWithInput({
      ...{ ...common, path: `${base}/:id/code` },
      summary: 'Give the code of the SMS; the phone then asks for a new PIN',
      input: z.strictObject({ code: text, password: z.string().max(1024).optional(), emailCode: text.optional() }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        return await finish(visit, await resets.enterCode(visit, input), 'code');
      },
    }),
    openWithInput({
      ...{ ...common, path: `${base}/:id/email-code` },
      summary: 'Ask for a second code, by e-mail',
      input: z.strictObject({}),
      async handle(call) {
        const visit = visitOf(call);
        return await finish(visit, await resets.sendEmailCode(visit), 'code');
      },
    }),
  ];
}

function ensureTaken(outcome: ResetOutcome, field: 'answer' | 'code'): void {
  switch (outcome.kind) {
    case 'ok':
      return;
    case 'lost':
      throw new AppError('not_found');
    case 'limited':
      throw new AppError('too_many_requests', { retryAfterSeconds: outcome.retryAfterSeconds });
    case 'unavailable':
      throw new AppError('temporarily_unavailable');
    case 'wrong':
      // One word for all causes; a new challenge is read by GET.
      throw new InputError([{ field, problem: `${field}_invalid` }]);
    default:
      unreachable(outcome);
  }
}

function bodyOf(flowId: string, view: ResetView | undefined): object {
  if (view === undefined) throw new AppError('not_found');
  return { flowId, ...shown(view) };
}

function shown(view: ResetView): object {
  switch (view.step) {
    case 'robot': {
      const image = `data:image/svg+xml;base64,${Buffer.from(view.picture).toString('base64')}`;
      return { step: 'challenge', state: 'pending', challenge: { image, sum: view.sum } };
    }
    case 'code':
      return { step: 'code', state: 'pending', email: view.email };
    case 'phone':
      return {
        step: 'phone',
        state: view.status === 'refused' || view.status === 'expired' ? 'failed' : view.status,
        referenceCode: view.referenceCode,
        expiresIn: view.secondsLeft,
      };
    case 'over':
      return { step: 'code', state: 'failed' };
    default:
      return unreachable(view);
  }
}

function visitOf({ params, browser, address, locale }: Omit<OpenCall, 'input' | 'query'>): ResetVisit {
  const id = params['id'] ?? '';
  if (browser === undefined || id.length > 64) throw new AppError('not_found');
  return { id, browser, address, locale };
}

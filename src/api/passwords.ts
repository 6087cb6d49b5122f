// The API of passwords (mission 4.6): changed by the owner of an account; a forgotten one replaced by a code, for
// anybody and without a token, bound to a cookie. Every identifier gets the same answers (B06).
import { z } from 'zod';
import type {
  PasswordDesk,
  PasswordResetOutcome,
  PasswordResets,
  PasswordResetView,
  PasswordResetVisit,
} from '../customer/password-types.ts';
import { AppError, type ErrorCode, unreachable } from '../errors.ts';
import { challengeBody, challengeSchema, refusedPassword, refuseStep, visitOf } from './open-flows.ts';
import { InputError } from './problems.ts';
import {
  type ApiContext,
  type ApiRoute,
  type OpenAnswer,
  type OpenRoute,
  openWithInput,
  type Route,
  withInput,
} from './route-types.ts';

const base = '/account/v1/password-resets';
const text = z.string().max(254);
/** Octets are counted where it is judged; what is longer is not even looked at. */
export const passwordText = z.string().max(1_024);
const channelId = z.enum(['email', 'mobile']);
const resetSchema = z.strictObject({
  id: z.string(),
  step: z.enum(['challenge', 'channel', 'code', 'password', 'done']),
  state: z.enum(['pending', 'done', 'failed']),
  challenge: challengeSchema.optional(),
  /** Where the code went, if there is somebody to get it. */
  channel: channelId.optional(),
});
const channelSchema = z.strictObject({ id: channelId, mediumType: channelId, hint: z.string() });
const refusals: readonly ErrorCode[] = ['not_found', 'validation', 'too_many_requests'];

/** Its routes; none without a desk. */
export function passwordRoutes({ passwords: desk, brand }: ApiContext): Route[] {
  if (desk === undefined) return [];
  return [changeRoute(desk), ...beginRoutes(desk, brand), ...stepRoutes(desk.resets), ...lastRoutes(desk.resets)];
}

function changeRoute({ change }: PasswordDesk): ApiRoute {
  return withInput({
    ...{ method: 'POST', path: '/account/v1/me/password', scope: 'account.write', level: 'Pf' },
    summary: 'Change the password; every other session ends, and every refresh token',
    input: z.strictObject({ current: passwordText, new: passwordText, confirm: passwordText }),
    answers: { 204: null },
    refusals: ['validation', 'too_many_requests'],
    async handle({ token, input, address }) {
      const { accountId, session } = token;
      const typed = { password: input.new, confirmation: input.confirm };
      const outcome = await change({ accountId, address, current: input.current, typed, kept: { session } });
      switch (outcome.kind) {
        case 'changed':
          return {};
        case 'limited':
          throw new AppError('too_many_requests', { retryAfterSeconds: outcome.retryAfterSeconds });
        case 'wrong':
          throw new InputError([{ field: 'current', problem: 'wrong' }]);
        case 'refused':
          throw refusedPassword(outcome.problem);
        default:
          return unreachable(outcome);
      }
    },
  });
}

function beginRoutes({ resets, newBrowser }: PasswordDesk, brand: string): OpenRoute[] {
  return [
    openWithInput({
      ...{ open: true, method: 'POST', path: base, refusals },
      summary: 'Begin, for an e-mail address or a number; the answer is the same for every one',
      answers: { 202: resetSchema },
      input: z.strictObject({ identifier: text }),
      async handle({ input, browser = newBrowser() }) {
        const begun = await resets.begin({ brand, identifier: input.identifier, browser });
        if (begun.kind === 'malformed') throw new InputError([{ field: 'identifier', problem: 'malformed' }]);
        return { browser, ...(await answered(resets, { id: begun.id, browser }, 202)) };
      },
    }),
    {
      ...{ open: true, method: 'GET', path: `${base}/:id` },
      summary: 'Which step is due, in the browser that began',
      answers: { 200: resetSchema },
      handle: (call) => answered(resets, visitOf(call), 200),
    },
    {
      ...{ open: true, method: 'GET', path: `${base}/:id/channels` },
      summary: 'Where a code can be sent, masked; only after the robot check',
      answers: { 200: z.array(channelSchema) },
      refusals: ['conflict'],
      async handle(call) {
        const view = await resets.view(visitOf(call));
        if (view === undefined) throw new AppError('not_found');
        if (view.step !== 'channel' && view.step !== 'code') throw new AppError('conflict');
        return { body: view.channels.map(({ id, masked }) => ({ id, mediumType: id, hint: masked })) };
      },
    },
  ];
}

function stepRoutes(resets: PasswordResets): OpenRoute[] {
  const common = { open: true, method: 'POST', answers: { 202: resetSchema }, refusals } as const;
  return [
    openWithInput({
      ...{ ...common, path: `${base}/:id/challenge` },
      summary: 'Answer the robot check',
      input: z.strictObject({ answer: text }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        return await finish(resets, visit, { outcome: await resets.answerRobot(visit, input.answer), field: 'answer' });
      },
    }),
    openWithInput({
      ...{ ...common, path: `${base}/:id/channel` },
      summary: 'Have a code sent there, or another one; the one before counts no more',
      input: z.strictObject({ channel: channelId }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        const outcome = await resets.chooseChannel(visit, input.channel);
        return await finish(resets, visit, { outcome, field: 'channel' });
      },
    }),
  ];
}

function lastRoutes(resets: PasswordResets): OpenRoute[] {
  const common = { open: true, method: 'POST', answers: { 202: resetSchema }, refusals } as const;
  return [
    openWithInput({
      ...{ ...common, path: `${base}/:id/code` },
      summary: 'Give the code',
      input: z.strictObject({ code: text }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        return await finish(resets, visit, { outcome: await resets.enterCode(visit, input.code), field: 'code' });
      },
    }),
    openWithInput({
      ...{ ...common, path: `${base}/:id/password` },
      summary: 'Set the new password; every session of the account ends',
      input: z.strictObject({ new: passwordText, confirm: passwordText }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        const outcome = await resets.setPassword(visit, { password: input.new, confirmation: input.confirm });
        return await finish(resets, visit, { outcome, field: 'new' });
      },
    }),
  ];
}

type Where = Pick<PasswordResetVisit, 'id' | 'browser'>;

async function finish(
  resets: PasswordResets,
  visit: Where,
  { outcome, field }: { outcome: PasswordResetOutcome; field: string },
): Promise<OpenAnswer> {
  return outcome.kind === 'ok' ? await answered(resets, visit, 202) : refuseStep(outcome, field);
}

async function answered(resets: PasswordResets, visit: Where, status: number): Promise<OpenAnswer> {
  const view = await resets.view(visit);
  if (view === undefined) throw new AppError('not_found');
  return { status, body: { id: visit.id, ...bodyOf(view) } };
}

function bodyOf(view: PasswordResetView): object {
  switch (view.step) {
    case 'robot':
      return { step: 'challenge', state: 'pending', challenge: challengeBody(view) };
    case 'channel':
    case 'password':
      return { step: view.step, state: 'pending' };
    case 'code':
      return { step: 'code', state: 'pending', channel: view.channel.id };
    case 'done':
      return { step: 'done', state: 'done' };
    case 'over':
      return { step: 'code', state: 'failed' };
    default:
      return unreachable(view);
  }
}

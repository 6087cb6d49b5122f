// The line and SIM API (mission 4.9): suspend a lost phone, put it back, activate a new SIM, read the PUK.
import { z } from 'zod';
import type { LineCaller, LineDesk, ReactivateResult } from '../enrolment/line-desk-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { activationSchema, lineBody, lineSchema } from './line-body.ts';
import { listAnswer } from './lists.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery } from './schemas.ts';
import { strongCallerOf, strongRefusal } from './strong-level.ts';

const base = '/line/v1/lines';

const reactivationRefusals: readonly ErrorCode[] = [
  'insufficient_user_authentication',
  'mc_temporarily_unavailable',
  'code_required',
  'code_invalid',
  'shop_identity_check_required',
  'sim_terminated',
  'conflict',
  'too_many_requests',
];

interface Context {
  readonly desk: LineDesk;
  readonly now: () => Date;
  readonly issuer: string;
}

/** Its routes; none without a desk. */
export function lineRoutes({ lines: desk, now, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const context = { desk, now, issuer };
  return [...readRoutes(context), ...suspensionRoutes(context), ...simRoutes(context), pukRoute(context)];
}

function readRoutes(context: Context): ApiRoute[] {
  const { desk, issuer } = context;
  return [
    {
      method: 'GET',
      path: base,
      summary: 'The lines that the customer has to do with',
      scope: 'line.read',
      level: 'P',
      query: listQuery,
      answers: { 200: z.array(lineSchema) },
      async handle(call) {
        const lines = await desk.list(callerOf(context, call));
        const href = `${issuer}/api${base}`;
        return listAnswer(
          lines.map((line) => lineBody(line, `${issuer}/api${base}`)),
          { query: call.query, href },
        );
      },
    },
    {
      method: 'GET',
      path: `${base}/:id`,
      summary: 'One line: number, state, SIM, Mobile Connect',
      scope: 'line.read',
      level: 'P',
      answers: { 200: lineSchema },
      handle: async (call) => ({ body: await readLine(context, call) }),
    },
  ];
}

function suspensionRoutes(context: Context): ApiRoute[] {
  const { desk } = context;
  const path = `${base}/:id/suspension`;
  return [
    withInput({
      method: 'POST',
      path,
      summary: 'Suspend a lost or stolen phone’s line, at once',
      answers: { 200: lineSchema },
      scope: 'line.suspend',
      // The phone is gone: the password is all that is left. Urgent, and the same however often: it needs no key.
      level: 'P',
      input: z.strictObject({ reason: z.enum(['lost', 'stolen', 'other']) }),
      async handle(call) {
        const outcome = await desk.suspend(callerOf(context, call), idOf(call), call.input.reason);
        if (outcome === 'not-found') throw new AppError('not_found');
        return { body: await readLine(context, call) };
      },
    }),
    {
      method: 'POST',
      path: `${path}/codes`,
      summary: 'Send the code that puts the line back into service, where no PIN can be given',
      answers: { 202: z.strictObject({ sentTo: z.string() }) },
      refusals: reactivationRefusals,
      scope: 'line.suspend',
      level: 'Pf',
      idempotent: true,
      async handle(call) {
        const sent = await desk.sendCode(callerOf(context, call), idOf(call));
        if (sent.kind === 'limited') throw limited(sent.retryAfterSeconds);
        if (sent.kind === 'sent') return { status: 202, body: { sentTo: sent.to } };
        throw refusal(sent);
      },
    },
    withInput({
      method: 'DELETE',
      path,
      summary: 'Put a found phone’s line back into service',
      answers: { 200: lineSchema },
      refusals: reactivationRefusals,
      scope: 'line.suspend',
      // M*: what exactly is asked depends on the customer's lines.
      level: 'P',
      input: z.strictObject({ code: z.string().max(40) }).optional(),
      async handle(call) {
        const result = await desk.reactivate(callerOf(context, call), idOf(call), call.input?.code);
        if (result.kind !== 'reactivated' && result.kind !== 'not-suspended') throw refusal(result);
        return { body: await readLine(context, call) };
      },
    }),
  ];
}

function simRoutes(context: Context): ApiRoute[] {
  const { desk, issuer } = context;
  return [
    withInput({
      method: 'POST',
      path: `${base}/:id/sim-activations`,
      summary: 'Activate the new SIM by the 13-digit number on its back',
      answers: { 202: activationSchema.extend({ href: z.string() }) },
      refusals: ['sim_number_invalid', 'not_shipped', 'too_many_requests'],
      scope: 'line.sim',
      level: 'Pf',
      idempotent: true,
      input: z.strictObject({ simNumber: z.string().max(40) }),
      async handle(call): Promise<ApiAnswer> {
        const outcome = await desk.activateSim(callerOf(context, call), idOf(call), call.input.simNumber);
        switch (outcome.kind) {
          case 'activated':
          case 'activating':
          case 'failed': {
            const href = `${issuer}/api${base}/${idOf(call)}/sim-activations/${outcome.simId}`;
            const state = outcome.kind === 'activated' ? 'active' : outcome.kind;
            return { status: 202, body: { id: outcome.simId, href, state }, headers: { Location: href } };
          }
          case 'limited':
            throw limited(outcome.retryAfterSeconds);
          case 'invalid':
            throw new AppError('sim_number_invalid');
          case 'not-shipped':
            throw new AppError('not_shipped');
          default:
            throw new AppError('not_found');
        }
      },
    }),
    {
      method: 'GET',
      path: `${base}/:id/sim-activations/:activation`,
      summary: 'How far the activation of a new SIM is',
      answers: { 200: activationSchema },
      scope: 'line.sim',
      level: 'P',
      async handle(call) {
        const id = call.params['activation'] ?? '';
        const state = await desk.activation(callerOf(context, call), idOf(call), id);
        if (state === undefined) throw new AppError('not_found');
        return { body: { id, state } };
      },
    },
  ];
}

function pukRoute(context: Context): ApiRoute {
  const { desk } = context;
  return {
    method: 'POST',
    path: `${base}/:id/puk-disclosures`,
    summary: 'The code that unblocks the SIM card',
    answers: { 200: z.strictObject({ puk: z.string() }) },
    refusals: ['too_many_requests'],
    scope: 'line.puk',
    // Never the PIN: a card that asks for its PUK answers nothing (B27).
    level: 'Pf',
    async handle(call) {
      const outcome = await desk.disclosePuk(callerOf(context, call), idOf(call));
      if (outcome.kind === 'limited') throw limited(outcome.retryAfterSeconds);
      if (outcome.kind === 'none') throw new AppError('not_found');
      return { body: { puk: outcome.puk } };
    },
  };
}

function callerOf({ now }: Context, call: Pick<ApiCall, 'token' | 'address'>): LineCaller {
  return { ...strongCallerOf(call, now()), brand: call.token.brand };
}

function idOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

async function readLine(context: Context, call: Pick<ApiCall, 'token' | 'address' | 'params'>) {
  const line = await context.desk.find(callerOf(context, call), idOf(call));
  if (line === undefined) throw new AppError('not_found');
  return lineBody(line, `${context.issuer}/api${base}`);
}

function limited(retryAfterSeconds: number): AppError {
  return new AppError('too_many_requests', { retryAfterSeconds });
}

function refusal(result: ReactivateResult): AppError {
  switch (result.kind) {
    case 'sim-terminated':
      return new AppError('sim_terminated');
    case 'not-suspended':
      return new AppError('conflict', { detail: 'the line is not suspended' });
    case 'not-found':
    case 'reactivated':
      return new AppError('not_found');
    default:
      return strongRefusal(result);
  }
}

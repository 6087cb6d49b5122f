// The line and SIM API (mission 4.9): suspend a lost phone, put it back, activate a new SIM, read the PUK.
import { z } from 'zod';
import type { LineCaller, LineDesk, LineSummary, ReactivateResult } from '../enrolment/line-desk-types.ts';
import { AppError } from '../errors.ts';
import { listAnswer } from './lists.ts';
import { StepUpError, UnavailableUntilError } from './problems.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';

const freshSeconds = 300;
const base = '/line/v1/lines';

interface Context {
  readonly desk: LineDesk;
  readonly now: () => Date;
  readonly issuer: string;
}

/** Its routes; none without a desk. */
export function lineRoutes({ lines: desk, now, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const context = { desk, now, issuer };
  return [...readRoutes(context), ...suspensionRoutes(context), ...simRoutes(context)];
}

function readRoutes(context: Context): ApiRoute[] {
  const { desk, issuer } = context;
  return [
    {
      method: 'GET',
      path: base,
      scope: 'line.read',
      level: 'P',
      async handle(call) {
        const lines = await desk.list(callerOf(context, call));
        const href = `${issuer}/api${base}`;
        return listAnswer(
          lines.map((line) => lineBody(line, issuer)),
          { query: call.query, href },
        );
      },
    },
    {
      method: 'GET',
      path: `${base}/:id`,
      scope: 'line.read',
      level: 'P',
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
      scope: 'line.suspend',
      // The phone is gone: the password is all that is left.
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
      scope: 'line.suspend',
      level: 'Pf',
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
      scope: 'line.sim',
      level: 'Pf',
      input: z.strictObject({ simNumber: z.string().max(40) }),
      async handle(call): Promise<ApiAnswer> {
        const outcome = await desk.activateSim(callerOf(context, call), idOf(call), call.input.simNumber);
        switch (outcome.kind) {
          case 'activated': {
            const href = `${issuer}/api${base}/${idOf(call)}/sim-activations/${outcome.simId}`;
            return { status: 202, body: { id: outcome.simId, href, state: 'active' }, headers: { Location: href } };
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
      scope: 'line.sim',
      level: 'P',
      async handle(call) {
        const id = call.params['activation'] ?? '';
        const state = await desk.activation(callerOf(context, call), idOf(call), id);
        if (state === undefined) throw new AppError('not_found');
        return { body: { id, state } };
      },
    },
    {
      method: 'POST',
      path: `${base}/:id/puk-disclosures`,
      scope: 'line.puk',
      // Never the PIN: a card that asks for its PUK answers nothing (B27).
      level: 'Pf',
      async handle(call) {
        const outcome = await desk.disclosePuk(callerOf(context, call), idOf(call));
        if (outcome.kind === 'limited') throw limited(outcome.retryAfterSeconds);
        if (outcome.kind === 'none') throw new AppError('not_found');
        return { body: { puk: outcome.puk } };
      },
    },
  ];
}

function callerOf({ now }: Context, { token, address }: Pick<ApiCall, 'token' | 'address'>): LineCaller {
  const fresh = now().getTime() - token.authTime.getTime() <= freshSeconds * 1_000;
  return { accountId: token.accountId, brand: token.brand, address, withPin: token.loa >= 3, fresh };
}

function idOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

async function readLine(context: Context, call: Pick<ApiCall, 'token' | 'address' | 'params'>) {
  const line = await context.desk.find(callerOf(context, call), idOf(call));
  if (line === undefined) throw new AppError('not_found');
  return lineBody(line, context.issuer);
}

function limited(retryAfterSeconds: number): AppError {
  return new AppError('too_many_requests', { retryAfterSeconds });
}

function refusal(result: ReactivateResult): AppError {
  switch (result.kind) {
    case 'needs-pin':
      return new StepUpError('3', freshSeconds);
    case 'needs-fresh':
      return new StepUpError('1', freshSeconds);
    case 'later':
      return new UnavailableUntilError(result.availableAt);
    case 'needs-code':
      return new AppError('code_required');
    case 'wrong-code':
      return new AppError('code_invalid');
    case 'no-channel':
      return new AppError('shop_identity_check_required');
    case 'sim-terminated':
      return new AppError('sim_terminated');
    case 'not-suspended':
      return new AppError('conflict', { detail: 'the line is not suspended' });
    default:
      return new AppError('not_found');
  }
}

function lineBody(line: LineSummary, issuer: string) {
  const { id, number, kind, status, suspendedAt, suspendedReason, relation, sim, service, newSim } = line;
  return {
    id,
    href: `${issuer}/api${base}/${id}`,
    '@type': 'Line',
    number,
    kind,
    status,
    relation,
    ...(suspendedAt === null ? {} : { suspension: { since: suspendedAt, reason: suspendedReason } }),
    ...(sim && {
      sim: { id: sim.id, status: sim.state, appletCapable: sim.appletCapable, activatedAt: sim.activatedAt },
    }),
    ...(newSim && { newSim: { status: newSim } }),
    mobileConnect: { state: service.state, ...(service.until && { availableAt: service.until }) },
  };
}

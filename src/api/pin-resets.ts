// The API of a forgotten PIN (mission 4.5): for anybody, without a token, bound to a cookie. Every number gets the same
// answers. Reads JSON only, so that no form of another site can send it.
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import type Koa from 'koa';
import { z } from 'zod';
import type { PinResets, ResetOutcome, ResetView, ResetVisit } from '../enrolment/reset-pin-types.ts';
import { AppError, unreachable } from '../errors.ts';
import type { Log } from '../ops/log.ts';
import { answerProblems, InputError } from './problems.ts';

export interface PinResetApiDeps {
  readonly resets: PinResets;
  readonly brand: string;
  readonly log: Log;
  readonly randomBytes: (size: number) => Buffer;
  /** Requests of one address; resolves to the seconds to wait, or undefined. */
  readonly take: (address: string) => Promise<number | undefined>;
}

const cookieName = 'pin_reset';
const path = '/api/mc/v1/pin-resets';
const text = z.string().max(254);
const startSchema = z.strictObject({ msisdn: text });
const answerSchema = z.strictObject({ answer: text });
const codeSchema = z.strictObject({
  code: text,
  password: z.string().max(1024).optional(),
  emailCode: text.optional(),
});
const nothingSchema = z.strictObject({});

/** Answers what is below `/api/mc/v1/pin-resets`; everything else is the next middleware's. */
export function createPinResetApi(deps: PinResetApiDeps): Koa.Middleware {
  const router = new Router({ prefix: path });
  const { resets } = deps;
  router.post('/', async (ctx) => {
    const { msisdn } = await readInput(ctx, startSchema);
    const browser = ctx.cookies.get(cookieName) ?? deps.randomBytes(24).toString('base64url');
    const begun = await resets.begin({ brand: deps.brand, number: msisdn, browser });
    if (begun.kind === 'malformed') throw new InputError([{ field: 'msisdn', problem: 'is no mobile number' }]);
    const { secure } = ctx;
    ctx.cookies.set(cookieName, browser, { httpOnly: true, sameSite: 'strict', secure, signed: false, path });
    answer(ctx, begun.id, await resets.view({ id: begun.id, browser }));
  });
  router.get('/:id', async (ctx) => {
    const visit = visitOf(ctx);
    answer(ctx, visit.id, await resets.view(visit), 200);
  });
  router.post('/:id/challenge', async (ctx) => {
    const visit = visitOf(ctx);
    const { answer: given } = await readInput(ctx, answerSchema);
    await finish(deps, ctx, { visit, outcome: await resets.answerRobot(visit, given), field: 'answer' });
  });
  router.post('/:id/code', async (ctx) => {
    const visit = visitOf(ctx);
    const given = await readInput(ctx, codeSchema);
    await finish(deps, ctx, { visit, outcome: await resets.enterCode(visit, given), field: 'code' });
  });
  router.post('/:id/email-code', async (ctx) => {
    const visit = visitOf(ctx);
    await readInput(ctx, nothingSchema);
    await finish(deps, ctx, { visit, outcome: await resets.sendEmailCode(visit), field: 'code' });
  });
  const serve = router.routes();
  const guard = answerProblems(deps.log);
  return async (ctx, next) => {
    if (ctx.path !== path && !ctx.path.startsWith(`${path}/`)) return next();
    ctx.set('Cache-Control', 'no-store');
    await guard(ctx, async () => {
      const retryAfterSeconds = await deps.take(addressOf(ctx));
      if (retryAfterSeconds !== undefined) throw new AppError('too_many_requests', { retryAfterSeconds });
      await Reflect.apply(serve, undefined, [ctx, async () => refuse()]);
    });
  };
}

function refuse(): never {
  throw new AppError('not_found');
}

interface Finished {
  readonly visit: ResetVisit;
  readonly outcome: ResetOutcome;
  readonly field: 'answer' | 'code';
}

async function finish({ resets }: PinResetApiDeps, ctx: Koa.Context, { visit, outcome, field }: Finished) {
  switch (outcome.kind) {
    case 'ok':
      return answer(ctx, visit.id, await resets.view(visit));
    case 'lost':
      return refuse();
    case 'limited':
      throw new AppError('too_many_requests', { retryAfterSeconds: outcome.retryAfterSeconds });
    case 'unavailable':
      throw new AppError('temporarily_unavailable');
    case 'wrong':
      // One word for all causes; a new challenge is read by GET.
      throw new InputError([{ field, problem: `${field}_invalid` }]);
    default:
      return unreachable(outcome);
  }
}

function answer(ctx: Koa.Context, id: string, view: ResetView | undefined, status = 202): void {
  if (view === undefined) refuse();
  ctx.status = status;
  ctx.body = { flowId: id, ...shown(view) };
}

function shown(view: ResetView): object {
  switch (view.step) {
    case 'robot': {
      const image = `data:image/svg+xml;base64,${Buffer.from(view.picture).toString('base64')}`;
      return { step: 'challenge', state: 'pending', challenge: { image, sum: view.sum } };
    }
    case 'code':
      return { step: 'code', state: 'pending', emailCode: view.email };
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

function visitOf(ctx: Koa.Context): ResetVisit {
  const browser = ctx.cookies.get(cookieName);
  if (browser === undefined) return refuse();
  const params: unknown = ctx['params'];
  const { id } = z.object({ id: z.string().max(64) }).parse(params);
  const locale = ctx.acceptsLanguages('fr', 'en') === 'en' ? 'en' : 'fr';
  return { id, browser, address: addressOf(ctx), locale };
}

// The outer app has freed it of headers that strangers sent.
function addressOf(ctx: Koa.Context): string {
  const known: unknown = ctx.state['address'];
  return typeof known === 'string' ? known : ctx.ip;
}

const parseBody = bodyParser({
  enableTypes: ['json'],
  jsonLimit: '4kb',
  onError(error) {
    const isTooLarge = 'status' in error && error.status === 413;
    throw new AppError(isTooLarge ? 'body_too_large' : 'malformed', { cause: error });
  },
});

async function readInput<Input>(ctx: Koa.Context, schema: z.ZodType<Input>): Promise<Input> {
  if (!ctx.is('application/json')) throw new AppError('unsupported_media_type');
  await parseBody(ctx, async () => {});
  const parsed = schema.safeParse(ctx.request.body);
  if (parsed.success) return parsed.data;
  throw new InputError(parsed.error.issues.map(({ path: at, message }) => ({ field: at.join('.'), problem: message })));
}

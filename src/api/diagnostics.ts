// The diagnostics API (mission 4.10): tests of lines and Internet accesses, how far they are, the customer's part in
// them, and the cases that come of them.
import { z } from 'zod';
import { faultTypes, problemTypes } from '../customer/diagnosis-rules.ts';
import { diagnosisTexts, diagnosisWords } from '../customer/diagnosis-words.ts';
import type { DiagnosticCaller, DiagnosticDesk, StartOutcome, StepOutcome } from '../customer/diagnostic-types.ts';
import { AppError } from '../errors.ts';
import { diagnosticBase as base, caseBody, caseSchema, runBody, runSchema, type Saying } from './diagnostic-bodies.ts';
import { pagedAnswer, pageOf } from './lists.ts';
import { InputError } from './problems.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery } from './schemas.ts';

type Caller = Pick<ApiCall, 'token' | 'locale'>;

interface Context {
  readonly desk: DiagnosticDesk;
  readonly say: (call: Pick<ApiCall, 'locale'>) => Saying;
}

/** Its routes; none without a desk. */
export function diagnosticRoutes({ diagnostics: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const texts = diagnosisTexts();
  const context: Context = {
    desk,
    say: ({ locale }) => ({ apis: `${issuer}/api`, words: diagnosisWords(texts, locale) }),
  };
  return [...startRoutes(context), ...readRoutes(context), ...stepRoutes(context), casesRoute(context)];
}

const run = { scope: 'diag.run', level: 'P' } as const;

function startRoutes({ desk, say }: Context): ApiRoute[] {
  const post = { ...run, method: 'POST', idempotent: true } as const;
  const refusals = ['not_found', 'run_active', 'too_many_requests'] as const;
  return [
    withInput({
      ...{ ...post, path: `${base}/mobile-runs` },
      summary: 'Test and reconfigure a mobile line; its number is confirmed by typing it',
      input: z.strictObject({
        lineId: z.string().max(200),
        confirmedNumber: z.string().max(40),
        problemType: z.enum(problemTypes),
      }),
      answers: { 202: runSchema },
      refusals,
      async handle(call) {
        const { lineId, confirmedNumber, problemType: problem } = call.input;
        const idempotencyKey = call.idempotencyKey ?? '';
        const wanted = { lineId, confirmedNumber, problem, idempotencyKey };
        const outcome = await desk.startMobile(callerOf(call), wanted);
        return accepted(outcome, { saying: say(call), wrongKind: 'lineId' });
      },
    }),
    withInput({
      ...{ ...post, path: `${base}/internet-runs` },
      summary: 'Test the Internet access of a contract of kind INTERNET or OPEN',
      input: z.strictObject({ contractId: z.string().max(200), faultType: z.enum(faultTypes) }),
      answers: { 202: runSchema },
      refusals,
      async handle(call) {
        const { contractId, faultType: problem } = call.input;
        const idempotencyKey = call.idempotencyKey ?? '';
        const outcome = await desk.startInternet(callerOf(call), { contractId, problem, idempotencyKey });
        return accepted(outcome, { saying: say(call), wrongKind: 'contractId' });
      },
    }),
  ];
}

function accepted(outcome: StartOutcome, { saying, wrongKind }: { saying: Saying; wrongKind: string }): ApiAnswer {
  switch (outcome.kind) {
    case 'started': {
      const body = runBody(outcome.run, saying);
      return { status: 202, body, headers: { Location: body.href } };
    }
    case 'not-found':
      throw new AppError('not_found');
    case 'run-active':
      throw new AppError('run_active');
    case 'wrong-number':
      throw new InputError([{ field: 'confirmedNumber', problem: 'is not the number of this line' }]);
    case 'wrong-kind':
      throw new InputError([{ field: wrongKind, problem: 'is of a kind that this test is not for' }]);
    default:
      throw new AppError('too_many_requests', { retryAfterSeconds: outcome.retryAfterSeconds });
  }
}

function readRoutes({ desk, say }: Context): ApiRoute[] {
  const query = listQuery.extend({ line: z.string().max(200).optional(), contract: z.string().max(200).optional() });
  return [
    {
      ...{ ...run, method: 'GET', path: `${base}/runs` },
      summary: 'The diagnoses that the customer started, and those of contracts that she holds, newest first',
      query,
      answers: { 200: z.array(runSchema) },
      async handle(call) {
        const page = pageOf(call.query);
        const { line: lineId, contract: contractId } = query.parse(Object.fromEntries(call.query));
        const { items, total } = await desk.list(callerOf(call), { lineId, contractId, ...page });
        const saying = say(call);
        const body = items.map((one) => runBody(one, saying));
        return pagedAnswer(body, { ...page, total, href: `${saying.apis}${base}/runs` });
      },
    },
    {
      ...{ ...run, method: 'GET', path: `${base}/runs/:id` },
      summary: 'How far a diagnosis is; with `Prefer: wait=20` as soon as it has gone on',
      answers: { 200: runSchema },
      async handle(call) {
        const { wait } = call;
        const id = idOf(call);
        const found =
          wait === undefined
            ? await desk.find(callerOf(call), id)
            : await desk.findChanged(callerOf(call), id, { timeoutMs: wait.seconds * 1_000, signal: wait.signal });
        if (found === undefined) throw new AppError('not_found');
        const headers = { Vary: 'Prefer', ...(wait && { 'Preference-Applied': `wait=${wait.seconds}` }) };
        return { body: runBody(found, say(call)), headers };
      },
    },
  ];
}

function stepRoutes({ desk, say }: Context): ApiRoute[] {
  const path = `${base}/runs/:id`;
  const refusals = ['conflict'] as const;
  return [
    {
      ...{ ...run, method: 'POST', path: `${path}/restart-done` },
      summary: 'The phone has been switched off and on again',
      answers: { 200: runSchema },
      refusals,
      handle: async (call) => stepped(await desk.restartDone(callerOf(call), idOf(call)), say(call)),
    },
    withInput({
      ...{ ...run, method: 'POST', path: `${path}/confirmation` },
      summary: 'Whether everything works again; if not, a support case is opened',
      input: z.strictObject({ restored: z.boolean() }),
      answers: { 200: runSchema },
      refusals,
      handle: async (call) => stepped(await desk.confirm(callerOf(call), idOf(call), call.input.restored), say(call)),
    }),
  ];
}

function stepped(outcome: StepOutcome, saying: Saying): ApiAnswer {
  if (outcome.kind === 'ok') return { body: runBody(outcome.run, saying) };
  throw outcome.kind === 'not-found'
    ? new AppError('not_found')
    : new AppError('conflict', { detail: 'the diagnosis does not wait for this' });
}

function casesRoute({ desk, say }: Context): ApiRoute {
  return {
    ...{ ...run, method: 'GET', path: `${base}/cases` },
    summary: 'The support cases that came of diagnoses, newest first',
    query: listQuery,
    answers: { 200: z.array(caseSchema) },
    async handle(call) {
      const page = pageOf(call.query);
      const { items, total } = await desk.cases(callerOf(call), page);
      const saying = say(call);
      const body = items.map((one) => caseBody(one, saying));
      return pagedAnswer(body, { ...page, total, href: `${saying.apis}${base}/cases` });
    },
  };
}

function callerOf({ token }: Caller): DiagnosticCaller {
  return { accountId: token.accountId, brand: token.brand };
}

function idOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

// Diagnoses and support cases as the APIs show them (names of TMF653 serviceTest and TMF621 troubleTicket).
import { z } from 'zod';
import type { DiagnosisWords } from '../customer/diagnosis-words.ts';
import type { CaseView, RunState, RunView } from '../customer/diagnostic-types.ts';
import { moment } from './schemas.ts';

const reference = z.strictObject({ id: z.string(), href: z.string() });

export const runSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('ServiceTest'),
  category: z.enum(['mobile', 'internet']),
  problemType: z.string(),
  state: z.enum(['acknowledged', 'inProgress', 'done', 'terminatedWithError']),
  /** What is being waited for: the tests, the restart of the phone, the customer's word. */
  phase: z.enum(['queued', 'running', 'awaiting_restart', 'awaiting_confirmation', 'done', 'failed']),
  /** In percent; never less than before. */
  progress: z.number().int().min(0).max(100),
  startDateTime: moment,
  endDateTime: moment.optional(),
  line: reference.optional(),
  contract: reference.optional(),
  /** False: somebody else started it, and only she goes on with it. */
  own: z.boolean(),
  testMeasure: z.array(
    z.strictObject({ metricName: z.string(), name: z.string(), value: z.string(), captureDateTime: z.iso.datetime() }),
  ),
  /** Once it has ended; does not change any more. */
  result: z
    .strictObject({
      code: z.string(),
      text: z.string(),
      action: z.strictObject({ code: z.string(), text: z.string() }),
    })
    .optional(),
  troubleTicket: z.strictObject({ id: z.string() }).optional(),
});

const states: Readonly<Record<RunState, z.input<typeof runSchema>['state']>> = {
  queued: 'acknowledged',
  running: 'inProgress',
  awaiting_restart: 'inProgress',
  awaiting_confirmation: 'inProgress',
  done: 'done',
  failed: 'terminatedWithError',
};

export const diagnosticBase = '/diag/v1';

export interface Saying {
  /** Address of the APIs. */
  readonly apis: string;
  readonly words: DiagnosisWords;
}

/** The body of a run. */
export function runBody(run: RunView, { apis, words }: Saying): z.input<typeof runSchema> {
  const { id, kind, state, progress, startedAt, endedAt, result, lineId, contractId, caseId } = run;
  return {
    ...{ id, href: `${apis}${diagnosticBase}/runs/${id}`, '@type': 'ServiceTest' as const },
    ...{ category: kind, problemType: run.problem, state: states[state], phase: state, progress },
    ...{ startDateTime: startedAt, own: run.isOwn },
    ...(endedAt && { endDateTime: endedAt }),
    ...(lineId && { line: { id: lineId, href: `${apis}/line/v1/lines/${lineId}` } }),
    ...(contractId && { contract: { id: contractId, href: `${apis}/contract/v1/contracts/${contractId}` } }),
    testMeasure: run.measures.map(({ test, finding, at }) => ({
      ...{ metricName: test, name: words.test(test), value: finding, captureDateTime: at },
    })),
    ...(result && {
      result: {
        ...{ code: result.code, text: words.result(result.code) },
        action: { code: result.action, text: words.action(result.action) },
      },
    }),
    ...(caseId && { troubleTicket: { id: caseId } }),
  };
}

export const caseSchema = z.strictObject({
  id: z.string(),
  '@type': z.literal('TroubleTicket'),
  name: z.string(),
  description: z.string(),
  ticketType: z.literal('diagnosis'),
  status: z.enum(['acknowledged', 'pending', 'held', 'inProgress', 'resolved', 'closed', 'rejected', 'cancelled']),
  creationDate: moment,
  lastUpdate: moment,
  relatedEntity: z.array(
    z.strictObject({ id: z.string(), href: z.string(), '@referredType': z.enum(['ServiceTest', 'Line', 'Contract']) }),
  ),
});

/** The body of a case. */
export function caseBody(one: CaseView, { apis, words }: Saying): z.input<typeof caseSchema> {
  const { id, runId, lineId, contractId, reason, status, openedAt, changedAt } = one;
  return {
    ...{ id, '@type': 'TroubleTicket' as const, name: words.caseName(), description: words.result(reason) },
    ...{ ticketType: 'diagnosis' as const, status, creationDate: openedAt, lastUpdate: changedAt },
    relatedEntity: [
      { id: runId, href: `${apis}${diagnosticBase}/runs/${runId}`, '@referredType': 'ServiceTest' as const },
      ...(lineId === undefined
        ? []
        : [{ id: lineId, href: `${apis}/line/v1/lines/${lineId}`, '@referredType': 'Line' as const }]),
      ...(contractId === undefined
        ? []
        : [
            {
              ...{ id: contractId, href: `${apis}/contract/v1/contracts/${contractId}` },
              '@referredType': 'Contract' as const,
            },
          ]),
    ],
  };
}

// From a customer's lines to ready values for the views of `line-pages.ts`. Holds words and layout, no rule.
import type { LineSummary, ReactivateResult } from '../enrolment/line-desk-types.ts';
import type { ActivateSimOutcome } from '../enrolment/line-types.ts';
import type { Texts } from '../i18n.ts';
import { momentWords } from './moments.ts';
import { localeOf, type Shown } from './render.ts';
import type { WebContext } from './web-types.ts';

/** Something to put right; the text is `line.problem.<problem>`. */
export type LineProblem =
  | 'chooseLine'
  | 'limited'
  | 'numberWrong'
  | 'notShipped'
  | 'networkFailed'
  | 'noPuk'
  | 'needsPin'
  | 'later'
  | 'codeWrong'
  | 'noChannel'
  | 'noSim';

/** What is in the way of putting a line back into service. */
export function reactivationProblem({ kind }: ReactivateResult): { problem: LineProblem } {
  switch (kind) {
    case 'needs-pin':
      return { problem: 'needsPin' };
    case 'later':
      return { problem: 'later' };
    case 'no-channel':
      return { problem: 'noChannel' };
    case 'needs-code':
    case 'wrong-code':
      return { problem: 'codeWrong' };
    case 'sim-terminated':
      return { problem: 'noSim' };
    default:
      return { problem: 'chooseLine' };
  }
}

/** Why a SIM was not activated: one answer for every number that is not the right one (X54). */
export function activationProblem({ kind }: ActivateSimOutcome): LineProblem {
  if (kind === 'not-shipped') return 'notShipped';
  if (kind === 'failed') return 'networkFailed';
  return kind === 'not-found' ? 'chooseLine' : 'numberWrong';
}

/** The page, with the lines that it can do something for, and those that it has done it for. */
export function linesView(
  ctx: WebContext,
  texts: Texts,
  about: {
    readonly page: 'lost' | 'found' | 'sim' | 'puk';
    readonly lines: readonly LineSummary[];
    readonly problem: LineProblem | undefined;
    readonly status: number | undefined;
    readonly data: Readonly<Record<string, unknown>>;
  },
): Shown {
  const { page, problem, data } = about;
  const locale = localeOf(ctx);
  const place = { texts, locale, timeZone: ctx.state.site.timeZone };
  const heading = texts.t(locale, `line.${page}.title`);
  const lines = about.lines.map((line) => ({
    id: line.id,
    number: line.numberMasked,
    suspended: line.status === 'suspended',
    since: line.suspendedAt === null ? undefined : momentWords(place, line.suspendedAt),
    may: line.may,
    chosen: line.id === data['chosen'],
    service: line.service.state,
  }));
  return {
    view: `line-${page}`,
    title: problem === undefined ? heading : texts.t(locale, 'layout.problemTitle', { title: heading }),
    status: about.status ?? (problem === undefined ? 200 : 422),
    data: {
      ...data,
      heading,
      lines,
      problem: problem === undefined ? undefined : texts.t(locale, `line.problem.${problem}`),
      problemField: problem,
    },
  };
}

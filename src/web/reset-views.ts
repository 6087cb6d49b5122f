// From where a forgotten PIN stands to ready values for its views. Holds words and layout, no rule.
import type { ResetView } from '../enrolment/reset-pin-types.ts';
import { unreachable } from '../errors.ts';
import type { Locale, Texts } from '../i18n.ts';
import type { Shown } from './render.ts';
import type { WebContext } from './web-types.ts';

/** Something to put right; the text is `reset.problem.<problem>`. */
export type ResetProblem = 'numberMissing' | 'numberMalformed' | 'robotWrong' | 'codeWrong' | 'limited' | 'unavailable';

export interface ResetPage {
  readonly ctx: WebContext;
  readonly texts: Texts;
  readonly locale: Locale;
  readonly csrf: string;
  readonly problem?: ResetProblem | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** What was typed into the number field, kept when it has to be put right. */
  readonly typed?: string | undefined;
}

/** The first page: whose PIN. */
export function startView(page: ResetPage): Shown {
  return shown(page, 'reset-number', 'reset.number.title', { number: page.typed ?? '' });
}

/** The page for a step of the flow. */
export function resetView(view: ResetView, page: ResetPage): Shown {
  switch (view.step) {
    case 'robot':
      return shown(page, 'reset-robot', 'reset.robot.title', {
        picture: `data:image/svg+xml;base64,${Buffer.from(view.picture).toString('base64')}`,
        sum: view.sum.map((number) => page.texts.t(page.locale, `reset.numberWord.${number}`)),
      });
    case 'code':
      return shown(page, 'reset-code', 'reset.code.title', { numberShown: view.numberShown, email: view.email });
    case 'phone':
      return phoneView(view, page);
    case 'over':
      return shown(page, 'reset-over', 'reset.over.title', {});
    default:
      return unreachable(view);
  }
}

function phoneView(view: Extract<ResetView, { step: 'phone' }>, page: ResetPage): Shown {
  const { site } = page.ctx.state;
  return {
    ...shown(page, 'reset-phone', `reset.phone.title.${view.status}`, {
      ...view,
      digits: [...view.referenceCode],
      statusPath: `${page.ctx.path}/status`,
      simPhone: site.simPhone,
      clock: `${Math.floor(view.secondsLeft / 60)}:${String(view.secondsLeft % 60).padStart(2, '0')}`,
    }),
    refreshSeconds: view.status === 'pending' ? 3 : undefined,
  };
}

function shown(page: ResetPage, view: string, title: string, data: Readonly<Record<string, unknown>>): Shown {
  const { texts, locale, csrf, ctx } = page;
  const problem = page.problem === undefined ? undefined : problemText(page, page.problem);
  const heading = texts.t(locale, title);
  return {
    view,
    title: problem === undefined ? heading : texts.t(locale, 'layout.problemTitle', { title: heading }),
    status: statusOf(page),
    data: {
      ...data,
      csrf,
      heading,
      problem,
      problemField: page.problem,
      start: `${ctx.state.site.basePath}/mobile-connect/reset`,
    },
  };
}

function statusOf({ problem }: ResetPage): number {
  if (problem === undefined) return 200;
  if (problem === 'limited') return 429;
  return problem === 'unavailable' ? 503 : 422;
}

function problemText({ texts, locale, retryAfterSeconds = 0 }: ResetPage, problem: ResetProblem): string {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  return texts.t(locale, `reset.problem.${problem}`, {
    wait:
      retryAfterSeconds < 90
        ? texts.t(locale, 'wait.seconds', { count: retryAfterSeconds })
        : texts.t(locale, 'wait.minutes', { count: minutes }),
  });
}

// What the pages of an account's flows share: a forgotten password, an account that is opened. One address for each
// flow, bound to the browser; GET shows the step that is due, POST takes it. The way back to where somebody came from
// stays in the query.
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Locale, Texts } from '../i18n.ts';
import { ensureOpaqueCookie } from './cookies.ts';
import type { Csrf } from './csrf.ts';
import { waitWords } from './moments.ts';
import { localeOf, type Pages, type Shown, showPage } from './render.ts';
import type { Site, WebContext, WebLimits } from './web-types.ts';

export interface FlowPagesDeps {
  readonly site: Site;
  readonly pages: Pages;
  readonly csrf: Csrf;
  readonly limits: WebLimits;
  readonly randomBytes: (size: number) => Buffer;
}

/** A context with the parameters of its route. */
export type FlowContext = WebContext & { readonly params?: Record<string, string> };

/** A page of a flow. Texts stand below `<flow>.`. */
export interface FlowPage {
  readonly flow: string;
  readonly view: string;
  /** Names the form to its guard. */
  readonly scope: string;
  /** Key of the heading, below the flow. */
  readonly title: string;
  /** Key of what is to be put right, below `<flow>.problem`. */
  readonly problem?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Shows it. */
export function showFlow({ pages, csrf, site }: FlowPagesDeps, ctx: WebContext, page: FlowPage): void {
  const locale = localeOf(ctx);
  const { texts } = pages;
  const { flow, problem, retryAfterSeconds } = page;
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds));
  const heading = texts.t(locale, `${flow}.${page.title}`);
  const shown: Shown = {
    view: page.view,
    title: problem === undefined ? heading : texts.t(locale, 'layout.problemTitle', { title: heading }),
    status: statusOf(page),
    data: {
      ...page.data,
      csrf: csrf.token(ctx, page.scope),
      heading,
      flow,
      problem: problem === undefined ? undefined : problemText(texts, locale, page),
      problemField: problem,
      back: wayBack(ctx, site),
      base: site.basePath,
    },
  };
  showPage(ctx, pages, shown);
}

function statusOf({ problem, retryAfterSeconds }: FlowPage): number {
  if (problem === undefined) return 200;
  return retryAfterSeconds === undefined ? 422 : 429;
}

function problemText(texts: Texts, locale: Locale, { flow, problem, retryAfterSeconds = 0 }: FlowPage): string {
  return texts.t(locale, `${flow}.problem.${problem}`, { wait: waitWords(texts, locale, retryAfterSeconds) });
}

/** Where somebody was before: a login that waits, or the service's own login; nowhere else. */
export function wayBack(ctx: WebContext, { basePath }: Site): string | undefined {
  const { from } = ctx.query;
  const own = /^(?:interaction\/[A-Za-z0-9_-]{1,64}|mobile-connect\/login)$/;
  return typeof from === 'string' && own.test(from) ? `${basePath}/${from}` : undefined;
}

/** Sends the browser on, the way back with it. */
export function goOn(ctx: WebContext, path: string): void {
  const { from } = ctx.query;
  ctx.status = 303;
  ctx.set('Location', typeof from === 'string' ? `${path}?${new URLSearchParams({ from })}` : path);
}

/** The step that a request names, in its browser. */
export function flowVisit({ randomBytes }: FlowPagesDeps, ctx: FlowContext) {
  const browser = ensureOpaqueCookie(ctx, 'device', randomBytes);
  return { id: (ctx.params?.['id'] ?? '').slice(0, 64), browser, address: ctx.state.address };
}

const field = z.string().max(1024);
const formSchema = z.record(z.string().max(40), field);

/** The fields of a posted form. Throws AppError('malformed'). */
export function readFlowForm(ctx: WebContext): Readonly<Record<string, string | undefined>> {
  const result = formSchema.safeParse(ctx.request.body);
  if (!result.success) throw new AppError('malformed', { detail: `form: ${result.error.issues[0]?.path.join('.')}` });
  return result.data;
}

/** The robot check, as its view wants it. */
export function robotData(
  { pages }: FlowPagesDeps,
  ctx: WebContext,
  { picture, sum }: { picture: string; sum: readonly [number, number] },
) {
  return {
    picture: `data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}`,
    sum: sum.map((number) => pages.texts.t(localeOf(ctx), `reset.numberWord.${number}`)),
  };
}

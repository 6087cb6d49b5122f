// The frame of every page of the customer area: who is logged in, the APIs in her name, forms that come back with what
// was typed, and a stronger login where an API asks for one. A page is a path, a loader and a view; nothing more.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import {
  type ApiFile,
  ApiProblem,
  ApiUnavailable,
  type CallApi,
  type CustomerApi,
  StepUpNeeded,
} from './customer-api.ts';
import type { KeptForm, KeptForms, KeptProblem } from './kept-forms.ts';
import { meetsLevel } from './login-words.ts';
import type { Operator } from './operators.ts';
import { homeOf, type Pages } from './pages.ts';
import { formFields, personOf, redirect } from './relying-party.ts';
import type { Report } from './report.ts';
import { randomId, type Session, type Sessions, sameSecret } from './session.ts';
import { GrantRevoked } from './tokens.ts';

export interface AreaDeps {
  /** Whose area it is; paths of pages and forms are below its base, which they do not name. */
  readonly operator: Operator;
  readonly sessions: Sessions;
  readonly pages: Pages;
  readonly api: CustomerApi;
  readonly kept: KeptForms;
  readonly report: Report;
  /** Unread notices, for the bell. */
  readonly countUnread?: (api: CallApi) => Promise<number | undefined>;
  readonly now: () => Date;
}

/** Of the path: `:id`. */
export type Params = Readonly<Record<string, string>>;

export interface AreaCall {
  readonly ctx: Context;
  readonly params: Params;
  readonly session: Session;
  readonly api: CallApi;
  /** Values for the page's form: what was typed before, if it comes back. */
  readonly typed: Readonly<Record<string, string>>;
  /** Why it comes back. */
  readonly problem: KeptProblem | undefined;
  /** For the hidden field `key` of a form: makes a second press of the button the same intent. */
  readonly newKey: string;
}

export interface AreaPage {
  /** Below views/portal. */
  readonly view: string;
  /** Key of the title. */
  readonly title: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface FormCall extends Omit<AreaCall, 'typed' | 'problem' | 'newKey'> {
  /** As posted, texts only. */
  readonly fields: Readonly<Record<string, string>>;
  readonly idempotencyKey: string;
  /** Typed for an action that needs one. */
  readonly confirmationCode: string | undefined;
}

export interface FormOptions {
  /** The page that shows the form, with its parameters filled in; a form that fails goes back there. */
  readonly page: string | ((params: Params) => string);
  /** Of level M*: what a code is asked for when no PIN of a SIM can be given. */
  readonly action?: string;
}

type Load = (call: AreaCall) => Promise<AreaPage | ApiFile | string>;

export interface Area {
  /** A page, a file to keep, or an own path to go on to, for whoever is logged in; others log in first and come back. */
  page(path: string, load: Load): void;
  /**
   * A form; `act` gives the own path to go on to, with `?done=<word>` for a notice, or a page to show at once: for what
   * must neither stand in an address nor be asked for twice.
   */
  form(path: string, options: FormOptions, act: (call: FormCall) => Promise<string | AreaPage>): void;
}

/** Makes the frame round a router. */
export function createArea(router: Router, deps: AreaDeps): Area {
  return {
    page: (path, load) => void router.get(path, (ctx) => showPage(ctx, deps, load)),
    form: (path, options, act) => void router.post(path, (ctx) => takeForm(ctx, deps, { options, act })),
  };
}

async function showPage(ctx: Context, deps: AreaDeps, load: Load): Promise<void> {
  const session = deps.sessions.find(ctx);
  if (session === undefined) {
    redirect(ctx, loginPath(deps.operator, { returnTo: ctx.path + ctx.search }));
    return;
  }
  const kept = deps.kept.take(session, ctx.path, ctx.query['kept']);
  const api = deps.api.for(ctx, session);
  const params = paramsOf(ctx);
  const call = { ctx, params, session, api, typed: kept?.fields ?? {}, problem: kept?.problem, newKey: randomId() };
  try {
    const loaded = await load(call);
    if (typeof loaded === 'string') {
      redirect(ctx, deps.operator.base + loaded);
      return;
    }
    if ('content' in loaded) {
      giveFile(ctx, loaded);
      return;
    }
    const { view, title, data } = loaded;
    const { typed, problem, newKey } = call;
    const unread = await deps.countUnread?.(api);
    const frame = { typed, problem, newKey, unread, csrf: session.csrf, done: doneOf(ctx) };
    deps.pages.show(ctx, {
      site: deps.operator.site,
      view,
      title,
      person: personOf(session),
      data: { ...frame, ...data },
    });
  } catch (error) {
    goOn(ctx, deps, { session, error, kept: { path: ctx.path, fields: {}, problem: undefined } });
  }
}

/** Always to keep, never to open in this origin. */
function giveFile(ctx: Context, { content, mediaType, name }: ApiFile): void {
  ctx.set('Content-Disposition', `attachment; filename="${name}"`);
  ctx.type = mediaType;
  ctx.body = content;
}

interface Form {
  readonly options: FormOptions;
  readonly act: (call: FormCall) => Promise<string | AreaPage>;
}

async function takeForm(ctx: Context, deps: AreaDeps, { options, act }: Form): Promise<void> {
  const { base, site } = deps.operator;
  const path = base + (typeof options.page === 'string' ? options.page : options.page(paramsOf(ctx)));
  const session = deps.sessions.find(ctx);
  if (session === undefined) {
    redirect(ctx, loginPath(deps.operator, { returnTo: path }));
    return;
  }
  const fields = formFields(ctx);
  if (!sameSecret(session.csrf, fields['csrf'])) {
    const action = { href: path, text: 'action.back' };
    deps.pages.showMessage(ctx, { site, key: 'form-expired', status: 403, action, person: personOf(session) });
    return;
  }
  const api = deps.api.for(ctx, session);
  const confirmationCode = fields['confirmation_code'] || undefined;
  try {
    const call = { ctx, params: paramsOf(ctx), session, api, fields, idempotencyKey: keyOf(fields), confirmationCode };
    const next = await act(call);
    if (typeof next === 'string') redirect(ctx, base + next);
    else showAnswer(ctx, deps, { session, next });
  } catch (error) {
    const kept = { path, fields, problem: undefined };
    goOn(ctx, deps, { session, error: await withCode(error, { api, options }), kept });
  }
}

function showAnswer(
  ctx: Context,
  { pages, operator }: AreaDeps,
  { session, next }: { session: Session; next: AreaPage },
): void {
  const { view, title, data } = next;
  const frame = { typed: {}, problem: undefined, newKey: randomId(), csrf: session.csrf, done: undefined };
  const { site } = operator;
  pages.show(ctx, { site, view, title, person: personOf(session), data: { ...frame, ...data } });
}

/** Where a code is asked for, it is sent at once: the form comes back with a field for it. */
async function withCode(error: unknown, { api, options }: { api: CallApi; options: FormOptions }): Promise<unknown> {
  const { action } = options;
  if (!(error instanceof ApiProblem) || error.code !== 'code_required' || action === undefined) return error;
  try {
    const path = '/account/v1/me/confirmation-codes';
    const { body } = await api({ method: 'POST', path, body: { action }, idempotencyKey: randomId() });
    return new CodeSent(sentToOf(body));
  } catch (refused) {
    return refused;
  }
}

class CodeSent extends Error {
  override readonly name = 'CodeSent';
  readonly to: string;

  constructor(to: string) {
    super('a code was sent');
    this.to = to;
  }
}

function sentToOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'sentTo' in body ? String(body.sentTo).slice(0, 200) : '';
}

interface Failure {
  readonly session: Session;
  readonly error: unknown;
  readonly kept: KeptForm;
}

/** What follows from a failure: another login, the form again with the reason, or a page that says what is wrong. */
function goOn(ctx: Context, deps: AreaDeps, { session, error, kept }: Failure): void {
  const { path } = kept;
  const { site } = deps.operator;
  if (error instanceof StepUpNeeded && isUnmet(session, error, deps.now())) {
    const action = { href: path, text: 'action.back' };
    deps.pages.showMessage(ctx, { site, key: 'problem.level_unmet', status: 403, action, person: personOf(session) });
    return;
  }
  if (error instanceof StepUpNeeded) {
    const id = deps.kept.keep(session, { ...kept, problem: { code: 'step-up', fields: [] } });
    const returnTo = ctx.method === 'GET' ? path : `${path}?kept=${id}`;
    redirect(ctx, loginPath(deps.operator, { returnTo, acr: error.acr, maxAge: error.maxAgeSeconds }));
    return;
  }
  if (error instanceof GrantRevoked) {
    deps.report({ event: 'session-ended', site, reason: 'grant revoked' });
    deps.sessions.end(ctx);
    redirect(ctx, `${homeOf(site)}?notice=session-ended`);
    return;
  }
  const problem = problemOf(error);
  if (problem === undefined) throw error;
  if (problem.code === 'unavailable') deps.report({ event: 'api-failed', site, error });
  if (ctx.method !== 'GET') {
    redirect(ctx, `${path}?kept=${deps.kept.keep(session, { ...kept, problem })}`);
    return;
  }
  const action = { href: homeOf(site), text: 'action.home' };
  const isThere = problem.code !== 'not_found';
  const status = problem.code === 'unavailable' ? 503 : isThere ? 409 : 404;
  const key = problem.code === 'unavailable' ? 'area-unavailable' : isThere ? 'area-refused' : 'area-not-found';
  deps.pages.showMessage(ctx, { site, key, status, action, person: personOf(session) });
}

const justNowMs = 120_000;

/** The login that was asked for has just been, and ended lower: asking again would only go round in a circle. */
function isUnmet({ login }: Session, { acr }: StepUpNeeded, now: Date): boolean {
  const wasNow = login.at !== undefined && now.getTime() - login.at.getTime() < justNowMs;
  return wasNow && login.asked !== undefined && Number(login.asked) >= Number(acr) && !meetsLevel(login.acr, acr);
}

function problemOf(error: unknown): KeptProblem | undefined {
  if (error instanceof CodeSent) return { code: 'code_sent', fields: ['confirmation_code'], sentTo: error.to };
  if (error instanceof ApiUnavailable) return { code: 'unavailable', fields: [] };
  if (!(error instanceof ApiProblem)) return undefined;
  const { code, reason, availableAt, fields } = error;
  return { code, reason, availableAt, fields: fields.map(({ field }) => field) };
}

interface LoginWish {
  readonly returnTo: string;
  readonly acr?: string | undefined;
  readonly maxAge?: number | undefined;
}

function loginPath({ base }: Operator, { returnTo, acr, maxAge }: LoginWish): string {
  const query = new URLSearchParams({ returnTo });
  if (acr !== undefined) query.set('acr', acr);
  if (maxAge !== undefined) query.set('max_age', String(maxAge));
  return `${base}/login?${query}`;
}

const keyForm = /^[\w-]{20,64}$/;

function keyOf({ key = '' }: Readonly<Record<string, string>>): string {
  return keyForm.test(key) ? key : randomId();
}

// The router's, which the type of Koa's context does not know.
function paramsOf(ctx: Context): Params {
  const params: unknown = ctx['params'];
  return typeof params === 'object' && params !== null ? (params as Params) : {};
}

/** A word of a notice: views say `done.<word>` for those that they know, so a foreign link can put nothing there. */
function doneOf(ctx: Context): string | undefined {
  const word = ctx.query['done'];
  return typeof word === 'string' && /^[a-z-]{1,30}$/.test(word) ? word : undefined;
}

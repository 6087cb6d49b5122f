// What a person (or a program) gets when a request cannot go on: AppError by its code, an outage as 503,
// everything else as a neutral 500; logged once. The page tells the trace id and nothing of the inside. Edge 1 of 3.
import { AppError, errorCatalogue } from '../errors.ts';
import type { Log } from '../ops/log.ts';
import { toAppError } from '../ops/outages.ts';
import { localeOf, type Pages, showPage } from './render.ts';
import { errorForHub, goBackToHub } from './way-back.ts';
import type { WebContext, WebMiddleware } from './web-types.ts';

/** Turns what is thrown below into an answer. */
export function answerErrors({ pages, log }: { pages: Pages; log: Log }): WebMiddleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = toAppError(thrown);
      logError(log, ctx, error);
      // Half an answer has gone: nothing that we add could be read.
      if (ctx.headerSent || !ctx.writable) return;
      const forHub = errorForHub(error);
      if (forHub !== undefined && goBackToHub(ctx, forHub)) return;
      showError(ctx, pages, error);
    }
  };
}

/** The end of the list: whoever comes here asked for something that is not there, or with a method it does not take. */
export function refuseUnmatched(): WebMiddleware {
  return async (ctx, next) => {
    await next();
    if (!ctx.writable || ctx.headerSent || ctx.respond === false || hasBody(ctx)) return;
    if (ctx.status === 404) throw new AppError('not_found');
    if (ctx.status === 405 || ctx.status === 501) throw new AppError('method_not_allowed');
  };
}

/** Answers with the page or, to whoever does not ask for HTML, the problem document (RFC 9457) of an error. */
export function showError(ctx: WebContext, pages: Pages, error: AppError): void {
  const { code, status, retryAfterSeconds } = error;
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds));
  // An unread body would be taken for the next request.
  if (code === 'body_too_large' || code === 'unsupported_media_type') ctx.set('Connection', 'close');
  ctx.set('Cache-Control', 'no-store');
  ctx.vary('Accept');
  if (ctx.accepts('json', 'html') === 'html') {
    showErrorPage(ctx, pages, error);
    return;
  }
  ctx.status = status;
  ctx.body = { type: 'about:blank', title: errorCatalogue[code].meaning, status, code, trace: ctx.state.trace };
  ctx.type = 'application/problem+json';
}

function showErrorPage(ctx: WebContext, pages: Pages, { code, status }: AppError): void {
  const locale = localeOf(ctx);
  showPage(ctx, pages, {
    view: 'error',
    title: pages.texts.t(locale, `errorTitle.${code}`),
    status,
    data: {
      code,
      message: pages.texts.t(locale, `error.${code}`),
      ...tracePlace(ctx),
      retryHref: code === 'csrf_failed' ? ctx.path : undefined,
    },
  });
}

/** For the view: the trace id and, in the sandbox, where a developer reads why the request was refused. */
export function tracePlace({ state: { trace, site } }: WebContext): { trace: string; refusalHref: string | undefined } {
  const href = `${site.basePath}/developers/refusal?trace=${encodeURIComponent(trace)}`;
  return { trace, refusalHref: site.helpsDevelopers && trace !== '' ? href : undefined };
}

function logError(log: Log, ctx: WebContext, error: AppError): void {
  const { code, detail, cause } = error;
  log[errorCatalogue[code].log]({ trace: ctx.state.trace, error: code, detail, err: cause }, 'request refused');
}

function hasBody(ctx: WebContext): boolean {
  return ctx.body !== undefined && ctx.body !== null;
}

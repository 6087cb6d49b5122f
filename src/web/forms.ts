// Reads a posted form of the login pages: small, urlencoded, known fields only. A field `pin` is nobody's business
// here (A31): the PIN is typed on the phone, so whatever else is posted is dropped unread.
import { bodyParser } from '@koa/bodyparser';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { WebContext, WebMiddleware } from './web-types.ts';

const field = z.string().max(1024).optional();
const loginForm = z.object({
  csrf: field,
  identifier: field,
  password: field,
  choice: field,
  decision: field,
});

export type LoginForm = z.infer<typeof loginForm>;

const parseBody = bodyParser({
  enableTypes: ['form'],
  formLimit: '16kb',
  parsedMethods: ['POST'],
  onError(error) {
    throw toAppError(error);
  },
});

/** Reads the body, at most 16 kB of `application/x-www-form-urlencoded`. Throws AppError for anything else. */
export function readBody(): WebMiddleware {
  return (ctx, next) => {
    if (!ctx.is('application/x-www-form-urlencoded')) throw new AppError('unsupported_media_type');
    return parseBody(ctx, next);
  };
}

/** The fields of the form. Throws AppError('malformed') for a field that is repeated, nested or too long. */
export function readLoginForm(ctx: WebContext): LoginForm {
  const result = loginForm.safeParse(ctx.request.body);
  if (!result.success) throw new AppError('malformed', { detail: `form: ${result.error.issues[0]?.path.join('.')}` });
  return result.data;
}

function toAppError(error: Error & { status?: unknown }): unknown {
  if (error.status === 413) return new AppError('body_too_large');
  if (error.status === 415) return new AppError('unsupported_media_type');
  if (error.status === 400) return new AppError('malformed', { cause: error });
  return error;
}

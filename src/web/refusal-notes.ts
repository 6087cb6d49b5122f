// What pages and APIs refuse is kept for developers as well: their error pages and problem documents tell a trace id.
import { AppError, type ErrorCode, errorCatalogue } from '../errors.ts';
import type { RefusedRequest } from '../oidc/refusals.ts';
import { routePattern } from './access-log.ts';
import type { WebContext, WebMiddleware } from './web-types.ts';

// Whoever mistypes an address knows why.
const obvious = new Set<string>(['not_found', 'method_not_allowed']);

/** Notes what is thrown, and what an API below has answered as a problem document. Stands inside `answerErrors`. */
export function noteRefusals(
  noteOf: (ctx: WebContext) => ((request: RefusedRequest) => void) | undefined,
): WebMiddleware {
  return async (ctx, next) => {
    const note = (code: ErrorCode): void => {
      if (!obvious.has(code)) noteOf(ctx)?.(refusedRequest(ctx, code));
    };
    try {
      await next();
    } catch (thrown) {
      note(thrown instanceof AppError ? thrown.code : 'internal');
      throw thrown;
    }
    const code = problemCode(ctx);
    if (code !== undefined) note(code);
  };
}

function problemCode({ response, body }: WebContext): ErrorCode | undefined {
  // An answer without a body has no type.
  if (!response.type.startsWith('application/problem+json')) return undefined;
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined;
  const { code } = body;
  return typeof code === 'string' && isErrorCode(code) ? code : undefined;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

function refusedRequest(ctx: WebContext, code: ErrorCode): RefusedRequest {
  const { oauth, meaning } = errorCatalogue[code];
  return {
    trace: ctx.state.trace,
    endpoint: `${ctx.method} ${routePattern(ctx)}`,
    clientId: undefined,
    address: ctx.state.address,
    error: { name: 'AppError', message: code, error: oauth, error_description: meaning, row: code },
  };
}

// The trace id in every OAuth error that leaves the provider, as ` (trace <id>)` behind the description, so that a
// literal text stays a prefix. Three edges: JSON bodies and challenges here, redirects in the response modes.
import type Koa from 'koa';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';

/** The description with the trace id; only characters that RFC 6749 4.1.2.1 allows (%x20-21 / %x23-5B / %x5D-7E). */
export function withTrace(description: string | undefined, trace: string): string {
  const mark = `(trace ${trace})`;
  const text = plain(description ?? '');
  if (text.endsWith(mark)) return text;
  return text === '' ? mark : `${text} ${mark}`;
}

function plain(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/[^\x20-\x7e]/g, '?');
}

/** Middleware for OAuth endpoints: errors in JSON bodies and `WWW-Authenticate` challenges tell the trace id. */
export const traceErrors: Koa.Middleware = async (ctx, next) => {
  await next();
  const trace = traceOf(ctx);
  if (trace === undefined || ctx.status < 400) return;
  if (isOauthError(ctx.body)) ctx.body.error_description = withTrace(ctx.body.error_description, trace);
  traceChallenges(ctx, trace);
};

/**
 * The library's provider, but that errors on their way back to a relying party tell the trace id, whatever the
 * response mode. The library registers its modes through this method while it is constructed.
 */
export class TracingProvider extends Provider {
  override registerResponseMode(name: string, handler: Parameters<Provider['registerResponseMode']>[1]): void {
    super.registerResponseMode(name, function traced(this: Provider, ctx, redirectUri, payload) {
      return Reflect.apply(handler, this, [ctx, redirectUri, tracedPayload(ctx, payload)]);
    });
  }
}

function tracedPayload(ctx: KoaContextWithOIDC, payload: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const trace = traceOf(ctx);
  const { error, error_description: description } = payload;
  if (trace === undefined || typeof error !== 'string') return payload;
  return { ...payload, error_description: withTrace(typeof description === 'string' ? description : undefined, trace) };
}

/** The trace id of a request, which the outer application has made; undefined where there is none. */
export function traceOf({ state }: { readonly state: Koa.DefaultState }): string | undefined {
  const trace: unknown = state['trace'];
  return typeof trace === 'string' && trace !== '' ? trace : undefined;
}

function isOauthError(body: unknown): body is { error: string; error_description?: string } {
  if (typeof body !== 'object' || body === null || !('error' in body) || typeof body.error !== 'string') return false;
  return !('error_description' in body) || typeof body.error_description === 'string';
}

function traceChallenges(ctx: Koa.Context, trace: string): void {
  const header = ctx.response.headers['www-authenticate'];
  if (header === undefined) return;
  const lines = typeof header === 'string' ? [header] : header;
  ctx.set(
    'WWW-Authenticate',
    lines.map((line) => tracedChallenge(line, trace)),
  );
}

// A challenge without an error only asks for a token (RFC 6750 3.1).
function tracedChallenge(challenge: string, trace: string): string {
  if (!/\berror="/.test(challenge)) return challenge;
  const description = /(?<=\berror_description=")(?:[^"\\]|\\.)*/;
  if (!description.test(challenge)) return `${challenge}, error_description="${withTrace(undefined, trace)}"`;
  return challenge.replace(description, (text) => withTrace(text.replace(/\\(.)/g, '$1'), trace));
}

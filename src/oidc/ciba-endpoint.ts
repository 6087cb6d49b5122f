// What the library leaves open at the endpoints of CIBA: the word for a client without the grant, JSON for every error,
// and the end of a request by the client that began it (decisions 42).
import type Koa from 'koa';
import type { Client, Provider } from 'oidc-provider';
import type { Backchannel } from '../authentication/backchannel.ts';
import { hashId } from './adapter.ts';

const documents = new Set(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']);

/** There are no user codes; the library says in any case that there are (decisions 39). */
export const tellNoUserCode: Koa.Middleware = async (ctx, next) => {
  await next();
  if (!documents.has(ctx.path) || typeof ctx.body !== 'object' || ctx.body === null) return;
  if ('backchannel_authentication_endpoint' in ctx.body) {
    Object.assign(ctx.body, { backchannel_user_code_parameter_supported: false });
  }
};

const endpoints = new Set(['/backchannel', '/token']);
const notForThisClient = /is not allowed for this client$/;

/** Errors are JSON, whatever the client says it accepts; a grant that is not the client's own is told as such. */
export const speakAsCiba: Koa.Middleware = async (ctx, next) => {
  if (!endpoints.has(ctx.path)) return await next();
  ctx.req.headers.accept = 'application/json';
  await next();
  const { body } = ctx;
  if (!isError(body) || body.error !== 'invalid_request') return;
  // RFC 6749 5.2 and CIBA Core 13; the library says invalid_request.
  if (notForThisClient.test(body.error_description ?? '')) body.error = 'unauthorized_client';
};

function isError(body: unknown): body is { error: string; error_description?: string } {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string';
}

export interface CancelDeps {
  readonly issuer: string;
  readonly backchannel: Pick<Backchannel, 'cancel'>;
  readonly deliver: (attemptId: string) => Promise<void>;
}

const onePath = /^\/backchannel\/([^/]+)$/;
// The revocation endpoint authenticates the client; this is no token of anybody.
const noToken = Buffer.from('token=none');

/**
 * `DELETE /backchannel/{auth_req_id}` by the client that began it, authenticated as at any other endpoint: 204, also if
 * it has ended already; 404 for an id that is not the client's.
 */
export function createCancel(provider: Provider, deps: CancelDeps): Koa.Middleware {
  return async (ctx, next) => {
    const id = ctx.method === 'DELETE' ? onePath.exec(ctx.path)?.[1] : undefined;
    if (id === undefined) return await next();
    const client = await authenticate(provider, ctx, next);
    if (client === undefined) return;
    ctx.set('Cache-Control', 'no-store');
    const request = await provider.BackchannelAuthenticationRequest.find(id, { ignoreExpiration: true });
    if (request === undefined || request.clientId !== client.clientId) {
      ctx.status = 404;
      ctx.body = { error: 'invalid_request', error_description: 'there is no such request of this client' };
      return;
    }
    const attemptId = await deps.backchannel.cancel({ issuer: deps.issuer, requestHash: hashId(id) });
    if (attemptId !== undefined) await deps.deliver(attemptId);
    ctx.status = 204;
    ctx.body = null;
  };
}

/** Sends the request through the revocation endpoint, which answers it when the client is not who it says. */
async function authenticate({ OIDCContext }: Provider, ctx: Koa.Context, next: Koa.Next): Promise<Client | undefined> {
  const { req } = ctx;
  const { method, url } = req;
  const length = Number(req.headers['content-length'] ?? 0);
  req.headers['content-type'] ??= 'application/x-www-form-urlencoded';
  req.headers.accept = 'application/json';
  // In front of what the client has sent, if anything: its credentials may be in the body.
  const before = length > 0 || req.headers['transfer-encoding'] ? Buffer.concat([noToken, Buffer.from('&')]) : noToken;
  if (req.headers['transfer-encoding'] === undefined) req.headers['content-length'] = String(length + before.length);
  req.unshift(before);
  Object.assign(req, { method: 'POST', url: '/revocation' });
  try {
    await next();
  } finally {
    Object.assign(req, { method, url });
  }
  const oidc: unknown = Reflect.get(ctx, 'oidc');
  return ctx.status === 200 && oidc instanceof OIDCContext ? oidc.client : undefined;
}

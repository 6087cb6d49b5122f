// Stands before the library's authorization endpoint for clients with a Mobile Connect profile: their requests are
// checked by the table of the profile, and refused in its words. The refusal itself is left to the library: it gets a
// request with nothing but what may be echoed, and the error as soon as it has found the client. So the redirect URI
// is checked by the same code as ever, and nobody is sent anywhere else.
import type { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import { type Client, errors, type KoaContextWithOIDC, type OIDCContext, type Provider } from 'oidc-provider';
import { isForm, readForm } from './endpoint-middleware.ts';
import {
  type CheckedClient,
  type CheckedRequest,
  checkParameters,
  checkRequest,
  type RequestFault,
} from './mobile-connect-check.ts';
import { isDeviceInitiated } from './mobile-connect-scopes.ts';
import { settingsOf } from './profiles.ts';
import { allScopes, scopeList } from './scopes.ts';

/** Puts the gate on an instance of the library; the middleware comes before the one that turns POST into GET. */
export function createMobileConnectGate(provider: Provider): Koa.Middleware {
  const refused = new WeakMap<IncomingMessage, Error>();
  throwWhenClientIsKnown(provider, refused);
  return async (ctx, next) => {
    const raw = ctx.path === '/auth' ? await requestText(ctx) : undefined;
    const client = raw === undefined ? undefined : await clientOf(provider, raw);
    if (raw !== undefined && client !== undefined) {
      ctx.state[mark] = true;
      const request = checkOf(raw, ctx.method, client);
      if (request.kind === 'refused') refused.set(ctx.req, errorOf(request.fault));
      // An accepted form comes back as a GET, and is read then.
      if (request.kind === 'refused' || ctx.method === 'GET') askAnew(ctx, request.parameters);
    }
    await next();
  };
}

function checkOf(raw: string, method: string, client: Client): CheckedRequest {
  const [redirectUri, another] = new URLSearchParams(raw).getAll('redirect_uri');
  if (redirectUri === undefined || another !== undefined || !client.redirectUriAllowed(redirectUri)) {
    // Without an address the answer stays on our page.
    const parameters = new URLSearchParams({ client_id: client.clientId });
    return { kind: 'refused', fault: badRedirectUri, parameters };
  }
  return checkRequest(raw, method === 'POST' ? 'POST' : 'GET', checkedClient(client));
}

/** For requests that were pushed or signed: the same table, once the library has read them. */
export function checkPushedRequest({ oidc, state }: KoaContextWithOIDC): void {
  const { client, params, route } = oidc;
  const isToCheck = (route === 'authorization' && !state[mark]) || route === 'pushed_authorization_request';
  if (client === undefined || !isToCheck || !isDeviceInitiated(settingsOf(client).profile)) return;
  const given = Object.entries(params ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const fault = checkParameters(new URLSearchParams(given), checkedClient(client));
  if (fault !== undefined) throw errorOf(fault);
}

// On requests whose parameters stood in the open.
const mark = 'checkedByProfile';

const badRedirectUri: RequestFault = {
  error: 'invalid_request',
  description: 'redirect_uri is invalid',
  row: 'redirect_uri: missing or not registered',
};

// Once, as soon as the library knows the client: its error handler then has all that an answer needs.
function throwWhenClientIsKnown(provider: Provider, refused: WeakMap<IncomingMessage, Error>): void {
  const { entity } = provider.OIDCContext.prototype;
  provider.OIDCContext.prototype.entity = function withRefusal(this: OIDCContext, key, value) {
    Reflect.apply(entity, this, [key, value]);
    const { req }: KoaContextWithOIDC = Reflect.get(this, 'ctx');
    const error = key === 'Client' ? refused.get(req) : undefined;
    if (error === undefined) return;
    refused.delete(req);
    throw error;
  };
}

// The parameters as they came; undefined where this is not a request that stands in the address or a form.
async function requestText(ctx: Koa.Context): Promise<string | undefined> {
  if (ctx.method === 'GET') return ctx.querystring;
  return ctx.method === 'POST' && isForm(ctx) ? await readForm(ctx) : undefined;
}

async function clientOf(provider: Provider, raw: string): Promise<Client | undefined> {
  const sent = new URLSearchParams(raw);
  const [clientId, another] = sent.getAll('client_id');
  if (clientId === undefined || another !== undefined || isIndirect(sent)) return undefined;
  const client = await provider.Client.find(clientId);
  return client !== undefined && isDeviceInitiated(settingsOf(client).profile) ? client : undefined;
}

// Pushed or signed: what counts is not here. An empty parameter, or two, does not make a request indirect.
function isIndirect(sent: URLSearchParams): boolean {
  return ['request', 'request_uri'].some((name) => sent.getAll(name).length === 1 && sent.get(name) !== '');
}

function checkedClient(client: Client): CheckedClient {
  const { profile } = settingsOf(client);
  if (!isDeviceInitiated(profile)) throw new Error('not a client of Mobile Connect');
  const allowed = client.scope === undefined ? undefined : scopeList(client.scope);
  return {
    profile,
    name: client.clientName ?? client.clientId,
    mayAuthorize: client.grantTypeAllowed('authorization_code') && client.responseTypeAllowed('code'),
    forbidsScope: (scope) => allowed !== undefined && allScopes.includes(scope) && !allowed.includes(scope),
  };
}

function askAnew(ctx: Koa.Context, parameters: URLSearchParams): void {
  ctx.method = 'GET';
  ctx.querystring = parameters.toString();
}

function errorOf({ error, description, row }: RequestFault): Error {
  return Object.assign(new errors.CustomOIDCProviderError(error, description), { row, error_detail: row });
}

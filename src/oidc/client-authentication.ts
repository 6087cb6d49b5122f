// Client authentication for endpoints of ours: the request is sent through the library's revocation endpoint with a
// token that is none, so that every method a client may be registered with works here too, and by the same code.
import { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { mostFormBytes, readBounded } from './bounded-body.ts';

const credentialNames = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'] as const;

/** The members of a form or a flat JSON object; of several with one name, all. */
export type RequestFields = URLSearchParams;

/** Reads a form or a flat JSON object of at most 16 KB; undefined if it is neither. */
export async function readFields(ctx: Pick<Koa.Context, 'req' | 'is'>): Promise<RequestFields | undefined> {
  const kind = ctx.is('application/x-www-form-urlencoded', 'application/json');
  if (kind === null) return new URLSearchParams();
  const body = kind === false ? undefined : await readBounded(ctx.req, mostFormBytes);
  if (body === undefined) return undefined;
  return kind === 'application/json' ? fieldsOfJson(body) : new URLSearchParams(body);
}

function fieldsOfJson(body: string): RequestFields | undefined {
  const parsed = parseJson(body);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const entries = Object.entries(parsed).filter(([, value]) => value !== null);
  const isFlat = entries.every(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return isFlat
    ? new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)]))
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Authenticates the client of a request whose body was read already. Undefined: it did not, and the answer (401 or 400
 * with an OAuth error) stands in the context. Clients without any authentication are refused as well.
 */
export async function authenticateClient(
  ctx: Koa.ParameterizedContext,
  fields: RequestFields,
  next: Koa.Next,
): Promise<Client | undefined> {
  const { path, method, req } = ctx;
  const form = new URLSearchParams({ token: 'none' });
  for (const name of credentialNames) for (const value of fields.getAll(name)) form.append(name, value);
  const disguised = requestWith(req, form.toString());
  setRequest(ctx, disguised);
  ctx.method = 'POST';
  ctx.path = '/revocation';
  try {
    await next();
  } finally {
    setRequest(ctx, req);
    ctx.path = path;
    ctx.method = method;
  }
  if (ctx.status !== 200) return undefined;
  const client = isOfLibrary(ctx) ? ctx.oidc.client : undefined;
  if (client !== undefined && client.clientAuthMethod !== 'none') return client;
  refuse(ctx, { status: 401, error: 'invalid_client', description: 'the client must authenticate' });
  return undefined;
}

/** The library's route has put its own context there, which Koa's type does not know. */
function isOfLibrary(ctx: object): ctx is Pick<KoaContextWithOIDC, 'oidc'> {
  return 'oidc' in ctx && typeof ctx.oidc === 'object' && ctx.oidc !== null;
}

function setRequest(ctx: Koa.ParameterizedContext, request: IncomingMessage): void {
  ctx.req = request;
  ctx.request.req = request;
}

/** The same request with another body, which is a form. */
function requestWith(request: IncomingMessage, form: string): IncomingMessage {
  const copy = new IncomingMessage(request.socket);
  const { 'transfer-encoding': _, ...headers } = request.headers;
  copy.headers = {
    ...headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(form)),
  };
  copy.method = 'POST';
  copy.url = '/revocation';
  copy.push(form);
  copy.push(null);
  // Else its end would count as a broken connection and close the socket that it shares.
  copy.complete = true;
  return copy;
}

export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

/** Answers with an OAuth error. */
export function refuse(ctx: Koa.ParameterizedContext, { status, error, description }: Refusal): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = { error, error_description: description };
}

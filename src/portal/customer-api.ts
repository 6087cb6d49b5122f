// Calls the operator's APIs for a session: token, one renewal, and what an answer means for a page.
// The portal is a stranger on the network: it knows the published APIs and nothing else.
import type { Context } from 'koa';
import { z } from 'zod';
import { localeOf } from './pages.ts';
import type { Session } from './session.ts';
import type { TokenKeeper } from './tokens.ts';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api`: `/contract/v1/contracts`. */
  readonly path: string;
  readonly body?: object | undefined;
  /** Of a POST that demands it: the same for each try of one intent. */
  readonly idempotencyKey?: string | undefined;
  /** The code that the customer was sent for this action. */
  readonly confirmationCode?: string | undefined;
  /** Rather wait so long for news than get the old at once (`Prefer: wait`). */
  readonly waitSeconds?: number | undefined;
  /** The one that the person has seen, of `ApiReply`; another one is not changed. Empty: any. */
  readonly version?: string | undefined;
}

export interface ApiReply {
  readonly status: number;
  /** Undefined for an answer without a body. */
  readonly body: unknown;
  /** Length of the whole list, where the answer is a page of one. */
  readonly total: number | undefined;
  /** Of the object, for a change of it; empty where it has none. */
  readonly version: string;
}

const problem = z.object({
  code: z.string().max(60).catch('internal'),
  trace: z.string().max(64).optional().catch(undefined),
  fields: z.array(z.object({ field: z.string(), problem: z.string() })).catch([]),
  reason: z.string().max(80).optional().catch(undefined),
  availableAt: z.coerce.date().optional().catch(undefined),
});

/** The API refused; `code` is its stable word. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly fields: readonly { readonly field: string; readonly problem: string }[];
  readonly reason: string | undefined;
  readonly availableAt: Date | undefined;
  readonly trace: string | undefined;

  constructor(status: number, { code, fields, reason, availableAt, trace }: z.output<typeof problem>) {
    super(`${status} ${code}`);
    Object.assign(this, { status, code, fields, reason, availableAt, trace });
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.reason = reason;
    this.availableAt = availableAt;
    this.trace = trace;
  }
}

/** The API wants another login first (RFC 9470): at this level, this fresh. */
export class StepUpNeeded extends Error {
  override readonly name = 'StepUpNeeded';
  readonly acr: string;
  readonly maxAgeSeconds: number | undefined;

  constructor(acr: string, maxAgeSeconds: number | undefined) {
    super(`step-up to ${acr}`);
    this.acr = acr;
    this.maxAgeSeconds = maxAgeSeconds;
  }
}

/** The API could not be asked at all. */
export class ApiUnavailable extends Error {
  override readonly name = 'ApiUnavailable';
}

/** A file of an API, for the person to keep. */
export interface ApiFile {
  readonly content: Buffer;
  readonly mediaType: string;
  readonly name: string;
}

/** The APIs for one session; throws ApiProblem, StepUpNeeded, ApiUnavailable, and GrantRevoked of the tokens. */
export interface CallApi {
  (request: ApiRequest): Promise<ApiReply>;
  /** Fetches a file. */
  file(path: string): Promise<ApiFile>;
}

export interface CustomerApi {
  /** Identifier of the APIs as audience of tokens (RFC 8707). */
  readonly resource: string;
  for(ctx: Context, session: Session): CallApi;
}

export interface CustomerApiDeps {
  readonly issuer: string;
  readonly keeper: TokenKeeper;
}

const timeoutMs = 10_000;
const mostBytes = 512 * 1024;
const mostFileBytes = 8 * 1024 * 1024;

/** Creates the caller of `<issuer>/api`. */
export function createCustomerApi({ issuer, keeper }: CustomerApiDeps): CustomerApi {
  const resource = `${issuer}/api`;
  return {
    resource,
    for(ctx, session) {
      const ask = async (request: ApiRequest, accept = json): Promise<Answer> => {
        const once = async () =>
          await send(ctx, { request, accept, token: await tokenOf(keeper, session, resource), resource });
        const first = await once();
        if (first.status !== 401 || stepUpOf(first.headers) !== undefined) return first;
        // Refused before its time: revoked, or the provider's keys have changed. A new one settles it.
        keeper.forget(session.tokens, { resource });
        return await once();
      };
      const call = async (request: ApiRequest) => replyOf(await ask(request));
      return Object.assign(call, { file: async (path: string) => fileOf(await ask({ path }, anyFile)) });
    },
  };
}

const json = 'application/json';
const anyFile = 'application/pdf, text/csv';

async function tokenOf(keeper: TokenKeeper, { tokens }: Session, resource: string): Promise<string> {
  const token = await keeper.accessToken(tokens, { resource });
  if (token === undefined) throw new ApiUnavailable('no token');
  return token;
}

interface Sending {
  readonly request: ApiRequest;
  readonly accept: string;
  readonly token: string;
  readonly resource: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly content: Buffer;
}

async function send(ctx: Context, { request, accept, token, resource }: Sending): Promise<Answer> {
  const { method = 'GET', path, body, idempotencyKey, confirmationCode, version, waitSeconds } = request;
  const headers = {
    accept,
    authorization: `Bearer ${token}`,
    'accept-language': localeOf(ctx),
    // Where the person's browser is: the operator uses it to see whether she is at home.
    'x-forwarded-for': browserAddressOf(ctx),
    ...(body === undefined ? {} : { 'content-type': json }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    ...(confirmationCode === undefined ? {} : { 'confirmation-code': confirmationCode }),
    ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
    ...(version ? { 'if-match': `"${version}"` } : {}),
  };
  try {
    const response = await fetch(`${resource}${path}`, {
      ...{ method, headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const content = await readBounded(response, accept === json ? mostBytes : mostFileBytes);
    return { status: response.status, headers: response.headers, content };
  } catch (cause) {
    throw new ApiUnavailable(cause instanceof Error ? cause.name : 'unknown', { cause });
  }
}

function replyOf({ status, headers, content }: Answer): ApiReply {
  const body = bodyOf(content);
  if (status >= 400) throw refusalOf({ status, headers, body });
  const total = headers.get('x-total-count');
  return { status, body, total: total === null ? undefined : Number(total), version: versionOf(headers.get('etag')) };
}

function fileOf({ status, headers, content }: Answer): ApiFile {
  if (status >= 400) throw refusalOf({ status, headers, body: bodyOf(content) });
  const [mediaType = ''] = (headers.get('content-type') ?? '').split(';');
  if (!anyFile.split(', ').includes(mediaType)) throw new ApiUnavailable('no file');
  const name = /filename="([\w.-]{1,80})"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? 'document';
  return { content, mediaType, name };
}

function bodyOf(content: Buffer): unknown {
  if (content.length === 0) return undefined;
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw new ApiUnavailable('no JSON', { cause });
  }
}

function refusalOf({ status, headers, body }: { status: number; headers: Headers; body: unknown }): Error {
  const stepUp = status === 401 ? stepUpOf(headers) : undefined;
  if (stepUp !== undefined) return stepUp;
  if (status >= 500 || status === 401) return new ApiUnavailable(`status ${status}`);
  return new ApiProblem(status, problem.parse(typeof body === 'object' && body !== null ? body : {}));
}

/** Without its quotes: a form carries it. */
function versionOf(etag: string | null): string {
  return /^"([\x21\x23-\x7e]{1,100})"$/.exec(etag ?? '')?.[1] ?? '';
}

function stepUpOf(headers: Headers): StepUpNeeded | undefined {
  const challenge = headers.get('www-authenticate');
  if (challenge === null || !challenge.includes('error="insufficient_user_authentication"')) return undefined;
  const acr = /acr_values="([1-3])"/.exec(challenge)?.[1] ?? '3';
  const maxAge = /max_age="?(\d{1,5})/.exec(challenge)?.[1];
  return new StepUpNeeded(acr, maxAge === undefined ? undefined : Number(maxAge));
}

async function readBounded(response: Response, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > most) throw new RangeError('The answer is too large.');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The address of the browser as the socket tells it; an IPv4 address in IPv6 clothes is undressed. */
export function browserAddressOf(ctx: Context): string {
  return (ctx.req.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

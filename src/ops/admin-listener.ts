// The listener for staff and, in the sandbox, for its clock: on 127.0.0.1 only, always with a bearer token, JSON in
// and out. What it can do comes in as a table. It guards against pages in a browser on this machine: a foreign Host
// (DNS rebinding) or Origin is refused, a write must be JSON, and no CORS header is ever sent (decisions 30).
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ZodError } from 'zod';
import { AppError, errorCatalogue } from '../errors.ts';
import { isLoopbackHost } from './config-values.ts';
import { type OpenListener, openListener } from './http-listener.ts';
import type { Log } from './log.ts';

export interface AdminRequest {
  /** The parsed JSON body; undefined when there is none. Foreign data: parse it. */
  readonly body: unknown;
  readonly query: URLSearchParams;
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Compared as a whole: `/admin/key.list`. */
  readonly path: string;
  /** Gives the JSON of a 200, or undefined for a 204. AppError and ZodError become problem details. */
  handler(request: AdminRequest): Promise<unknown>;
}

export interface AdminListenerDeps {
  readonly port: number;
  readonly token: string;
  readonly routes: readonly AdminRoute[];
  readonly log: Log;
}

const host = '127.0.0.1';
const bodyLimit = 1024 * 1024;

/** Starts the admin listener; port 0 takes a free one. Throws when the port is taken. */
export async function startAdminListener({ port, token, routes, log }: AdminListenerDeps): Promise<OpenListener> {
  const table = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  const paths = new Set(routes.map(({ path }) => path));
  const expected = digest(`Bearer ${token}`);

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    refuseForeign(request);
    const given = digest(request.headers.authorization ?? '');
    if (!timingSafeEqual(given, expected)) throw new AppError('unauthorized');
    const url = readTarget(request);
    const route = table.get(`${request.method} ${url.pathname}`);
    if (route === undefined) throw new AppError(paths.has(url.pathname) ? 'method_not_allowed' : 'not_found');
    return await route.handler({ body: await readBody(request), query: url.searchParams });
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (value) => sendValue(response, value),
      (error: unknown) => sendProblem(response, { error, log }),
    );
  });
  return await openListener(server, { host, port });
}

// Digests have one length, so that the comparison tells nothing about the token's.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refuseForeign({ headers }: IncomingMessage): void {
  if (!isLoopbackAuthority(headers.host)) throw new AppError('forbidden_origin');
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${headers.host}`) throw new AppError('forbidden_origin');
}

function isLoopbackAuthority(authority: string | undefined): boolean {
  const url = `http://${authority}`;
  if (authority === undefined || !URL.canParse(url)) return false;
  const { hostname, pathname, username } = new URL(url);
  return pathname === '/' && username === '' && isLoopbackHost(hostname);
}

function readTarget({ url = '/' }: IncomingMessage): URL {
  const text = `http://${host}${url}`;
  if (!url.startsWith('/') || !URL.canParse(text)) throw new AppError('malformed');
  return new URL(text);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  // Only JSON: a form of a foreign page can send no such thing without asking first.
  if (isWrite && type !== 'application/json') throw new AppError('unsupported_media_type');
  const text = await readText(request);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('malformed', { detail: 'the body is not JSON' });
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed on the way out: the refusal still has to be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const octets = Buffer.from(chunk);
    size += octets.length;
    if (size > bodyLimit) throw new AppError('body_too_large');
    chunks.push(octets);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendValue(response: ServerResponse, value: unknown): void {
  response.setHeader('cache-control', 'no-store');
  if (value === undefined) {
    response.writeHead(204).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
}

/** RFC 9457. The caller is staff with the token, so `detail` is told; it never holds a secret. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** For `validation`: what is wrong with which field. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** What an error is to the caller; a bug or an outage says nothing of itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ZodError) {
    const errors = error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
    return { ...problemFor('validation'), errors };
  }
  if (!(error instanceof AppError)) return problemFor('internal');
  return { ...problemFor(error.code), ...(error.detail === undefined ? {} : { detail: error.detail }) };
}

function problemFor(code: AppError['code']): Problem {
  const { status, meaning } = errorCatalogue[code];
  return { status, code, title: meaning };
}

function sendProblem(response: ServerResponse, { error, log }: { error: unknown; log: Log }): void {
  const problem = problemOf(error);
  if (problem.status >= 500) log.error({ err: error }, 'an admin request failed');
  if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer');
  response.setHeader('cache-control', 'no-store');
  // What is left of a body that was refused is not read.
  response.setHeader('connection', 'close');
  response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
  response.end(`${JSON.stringify(problem)}\n`);
}

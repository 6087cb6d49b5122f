// One HTTP exchange of the control API: the guards before it (loopback host, own origin, token), JSON in with a limit,
// JSON or a problem (RFC 9457) out. Knows no route.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const MAX_BODY = 16 * 1024;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

const PROBLEMS = {
  malformed: { status: 400, title: 'The body is not JSON' },
  unauthorized: { status: 401, title: 'The token is missing or wrong' },
  foreign_origin: { status: 403, title: 'This page may not call the simulator' },
  not_loopback: { status: 403, title: 'The simulator answers to loopback names only' },
  not_found: { status: 404, title: 'There is no such address' },
  unknown_sim: { status: 404, title: 'No SIM of the fleet has this number' },
  method_not_allowed: { status: 405, title: 'This address does not take this method' },
  no_screen: { status: 409, title: 'There is nothing on the screen to answer' },
  wrong_key: { status: 409, title: 'This screen does not take that key' },
  not_reachable: { status: 409, title: 'The phone is off or without coverage' },
  sim_in_use: { status: 409, title: 'This SIM is in another phone' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Bodies are application/json' },
  validation: { status: 422, title: 'A field has a value that is not allowed' },
  internal: { status: 500, title: 'The simulator failed' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** A request that cannot go on; `detail` is shown to the caller. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail?: string) {
    super(detail ?? PROBLEMS[code].title);
    this.code = code;
  }
}

/** Refuses (throws Problem) what a web page elsewhere could send; with a token other hosts may call. */
export function checkCaller(request: IncomingMessage, expose: { token: string } | undefined): void {
  const host = request.headers.host ?? '';
  if (expose === undefined && !LOOPBACK_NAMES.includes(host.replace(/:\d+$/, '').toLowerCase())) {
    throw new Problem('not_loopback');
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new Problem('foreign_origin');
  }
}

/** Refuses (throws Problem) a call without the token, when there is one. */
export function checkToken(request: IncomingMessage, expose: { token: string } | undefined): void {
  if (expose === undefined) {
    return;
  }
  const shown = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!timingSafeEqual(sha256(shown), sha256(expose.token))) {
    throw new Problem('unauthorized');
  }
}

/** The JSON body of a write; undefined when there is none. Throws Problem. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const octets = Buffer.from(chunk);
    size += octets.length;
    if (size > MAX_BODY) {
      throw new Problem('body_too_large');
    }
    chunks.push(octets);
  }
  if (size === 0) {
    return undefined;
  }
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new Problem('unsupported_media_type');
  }
  return parseJson(Buffer.concat(chunks).toString('utf8'));
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

export function sendNothing(response: ServerResponse): void {
  response.writeHead(204, { 'cache-control': 'no-store' });
  response.end();
}

/** Answers with a problem; anything that is not one is a fault and told to `onFault`, not to the caller. */
export function sendProblem(response: ServerResponse, error: unknown, onFault: (error: unknown) => void): void {
  if (!(error instanceof Problem)) {
    onFault(error);
  }
  const { code, message: detail } = error instanceof Problem ? error : new Problem('internal');
  const { status, title } = PROBLEMS[code];
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ type: 'about:blank', title, status, code, detail });
  response.writeHead(status, {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(code === 'unauthorized' ? { 'www-authenticate': 'Bearer realm="SIM simulator"' } : {}),
    // What is left of a refused body is not read.
    ...(code === 'body_too_large' ? { connection: 'close' } : {}),
  });
  response.end(body);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('malformed');
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

// A request of a client that has been authenticated in another way, handed to an endpoint of the library as if it had
// come with the client's secret. Nothing leaves the process.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Client, Provider } from 'oidc-provider';

export interface InnerAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfter: string | undefined;
}

export interface InnerRequest {
  readonly path: '/backchannel' | '/token';
  readonly client: Client;
  readonly fields: Readonly<Record<string, string | undefined>>;
  /** Value of the header Prefer, for a long poll. */
  readonly prefer?: string | undefined;
}

/** Asks the library; the answer of these endpoints is always a JSON object. */
export async function askInside(provider: Provider, inner: InnerRequest): Promise<InnerAnswer> {
  const request = requestOf(provider, inner);
  const response = new ServerResponse(request);
  const body = new Promise<string>((resolve) => {
    // The library gives its answer in one piece.
    response.end = (chunk?: unknown) => {
      resolve(typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.toString() : '');
      return response;
    };
  });
  await provider.callback()(request, response);
  const retryAfter = response.getHeader('retry-after');
  return {
    status: response.statusCode,
    body: parseObject(await body),
    retryAfter: retryAfter === undefined ? undefined : String(retryAfter),
  };
}

function requestOf(provider: Provider, { path, client, fields, prefer }: InnerRequest): IncomingMessage {
  const { host, protocol } = new URL(provider.issuer);
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const form = new URLSearchParams(given).toString();
  const encoded = [client.clientId, client.clientSecret ?? ''].map(encodeURIComponent).join(':');
  const request = new IncomingMessage(new Socket());
  request.method = 'POST';
  request.url = path;
  request.headers = {
    host,
    'x-forwarded-proto': protocol.slice(0, -1),
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(encoded).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(form)),
    ...(prefer === undefined ? {} : { prefer }),
  };
  request.push(form);
  request.push(null);
  request.complete = true;
  return request;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}

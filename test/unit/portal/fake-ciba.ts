// A small CIBA provider for the call centre's tests: it holds polls like the real one and answers as a test says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

type Decision = 'approve' | 'access_denied' | 'expired_token' | 'invalid_grant';

export interface FakeCiba {
  readonly issuer: string;
  readonly asked: URLSearchParams[];
  readonly cancelled: string[];
  readonly preferences: string[];
  /** The next request is refused with this status and error. */
  refuse(status: number, error: string): void;
  /** Decides the request that was asked last. */
  decide(decision: Decision): void;
  /** Drops connections of polls, as a restart does. */
  dropPolls(): void;
  stop(): Promise<void>;
}

export async function startFakeCiba(): Promise<FakeCiba> {
  const key = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
  const asked: URLSearchParams[] = [];
  const cancelled: string[] = [];
  const preferences: string[] = [];
  const polls = new Set<ServerResponse>();
  let refusal: { status: number; error: string } | undefined;
  let decided = Promise.withResolvers<Decision>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

  async function tokens() {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { sub: 'acc-alice', acr: '2', amr: ['sc', 'mca'], auth_time: now, nonce: undefined };
    const idToken = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(issuer)
      .setAudience('callcentre')
      .setIssuedAt(now)
      .setExpirationTime(now + 300)
      .sign(key.privateKey);
    return { access_token: 'the-access-token', token_type: 'Bearer', expires_in: 300, id_token: idToken };
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    preferences.push(String(request.headers['prefer']));
    polls.add(response);
    const decision = await decided.promise;
    if (response.destroyed) return;
    if (decision === 'approve') json(response, 200, await tokens());
    else json(response, 400, { error: decision, error_description: 'no (trace 00ff00ff00ff00ff)' });
  }

  async function backchannel(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await bodyOf(request));
    const credentials = Buffer.from(String(request.headers.authorization).slice(6), 'base64').toString();
    if (decodeURIComponent(credentials) !== 'callcentre:callcentre-demo-secret-32-characters-long') {
      return json(response, 401, { error: 'invalid_client' });
    }
    if (refusal !== undefined) return json(response, refusal.status, { error: refusal.error });
    asked.push(form);
    decided = Promise.withResolvers();
    const body = { auth_req_id: `request-${asked.length}`, expires_in: 120, interval: 1, reference_code: '4821' };
    json(response, 200, body);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (request.method === 'DELETE') {
      cancelled.push(path);
      response.writeHead(204).end();
    } else if (path === '/backchannel') await backchannel(request, response);
    else if (path === '/token') await token(request, response);
    else if (path === '/jwks') json(response, 200, jwks);
    else if (path === '/userinfo') json(response, 200, { sub: 'acc-alice', name: 'Alice Martin' });
    else json(response, 200, metadata(issuer));
  }

  return {
    ...{ issuer, asked, cancelled, preferences },
    refuse(status, error) {
      refusal = { status, error };
    },
    decide: (decision) => decided.resolve(decision),
    dropPolls() {
      for (const poll of polls) poll.destroy();
      polls.clear();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function metadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    backchannel_authentication_endpoint: `${issuer}/backchannel`,
    backchannel_token_delivery_modes_supported: ['poll'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

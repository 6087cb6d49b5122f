// A minimal OpenID provider with an account API for the portal's tests: a real HTTP server with real signatures.
// It approves every login at once; a test bends single answers through `behaviour`.

import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type ApiReply, goodBehaviour } from './fake-behaviour.ts';

interface Code {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string;
  readonly scope: string;
  readonly acr: string | undefined;
}

export const secrets: Record<string, string> = {
  portal: 'portal-demo-secret-32-characters-long',
  shop: 'shop-demo-secret-32-characters-long',
  hub: 'hub-demo-secret-32-characters-long',
};

export type FakeIssuer = Awaited<ReturnType<typeof startFakeIssuer>>;

/** Starts it on a free port, or on a given one. */
export async function startFakeIssuer(port = 0) {
  const key = await generateKeyPair('ES256', { extractable: true });
  const foreignKey = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
  const behaviour = goodBehaviour();
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, Code>();
  const accessTokens = new Map<string, { kind: 'userinfo' | 'api'; subject: string }>();
  const log = {
    authorizations: [] as URLSearchParams[],
    tokens: [] as URLSearchParams[],
    api: [] as IncomingMessage['headers'][],
    revoked: [] as string[],
    /** Everything secret that was ever given out; no page may show one of these. */
    issued: [] as string[],
  };
  let discoveries = 0;
  let sequence = 0;

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

  const subjectFor = (clientId: string) => (clientId === 'portal' ? 'acc-alice' : `pairwise-of-alice-at-${clientId}`);

  function sign(claims: JWTPayload, typ = 'JWT', foreign = behaviour.signWithForeignKey): Promise<string> {
    const signingKey = foreign ? foreignKey.privateKey : key.privateKey;
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', typ }).sign(signingKey);
  }

  async function signIdToken({ clientId, nonce, acr = '3' }: Code): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const amr = acr === '1' ? ['pwd'] : acr === '2' ? ['sc', 'mca'] : ['sc', 'pin', 'mfa', 'mca'];
    const claims = {
      iss: issuer,
      sub: subjectFor(clientId),
      aud: clientId,
      iat: now,
      exp: now + 300,
      auth_time: now,
      sid: `sid-${clientId}`,
      acr,
      amr,
      nonce,
      ...behaviour.idToken,
    };
    return sign(Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null)) as JWTPayload);
  }

  async function tokensFor(code: Code, resource: string | null) {
    sequence += 1;
    const accessToken = `${resource === null ? 'opaque' : 'api'}-token-${sequence}-${randomUUID()}`;
    const kind = resource === null ? 'userinfo' : 'api';
    accessTokens.set(accessToken, { kind, subject: subjectFor(code.clientId) });
    const refreshToken = `refresh-token-${sequence}-${randomUUID()}`;
    refreshTokens.set(refreshToken, code);
    const idToken = await signIdToken(code);
    log.issued.push(accessToken, refreshToken, idToken);
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: behaviour.expiresIn,
      id_token: idToken,
      scope: code.scope,
      ...(behaviour.noRefreshToken || !code.scope.includes('offline_access') ? {} : { refresh_token: refreshToken }),
    };
  }

  function authorize(url: URL, response: ServerResponse): ServerResponse {
    const asked = url.searchParams;
    log.authorizations.push(asked);
    const code = randomUUID();
    codes.set(code, {
      clientId: asked.get('client_id') ?? '',
      redirectUri: asked.get('redirect_uri') ?? '',
      challenge: asked.get('code_challenge') ?? '',
      nonce: asked.get('nonce') ?? '',
      scope: asked.get('scope') ?? '',
      acr: asked.get('acr_values') ?? undefined,
    });
    log.issued.push(code);
    const back = new URL(asked.get('redirect_uri') ?? '');
    const parameters = { code, state: asked.get('state'), iss: issuer, ...behaviour.answer };
    for (const [name, value] of Object.entries(parameters)) if (value !== null) back.searchParams.set(name, value);
    return response.writeHead(303, { location: back.href }).end();
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const form = new URLSearchParams(await bodyOf(request));
    log.tokens.push(form);
    const clientId = clientOf(request, form);
    if (clientId === undefined) return json(response, 401, { error: 'invalid_client' });
    const isRefresh = form.get('grant_type') === 'refresh_token';
    const failure = behaviour.tokenError[isRefresh ? 'refresh_token' : 'authorization_code'];
    if (failure !== undefined) return json(response, failure.status, failure.body);
    const code = isRefresh ? takeFrom(refreshTokens, form.get('refresh_token')) : takeFrom(codes, form.get('code'));
    const isGood = code?.clientId === clientId && (isRefresh || isCodeFor(code, form));
    if (!isGood) return json(response, 400, { error: 'invalid_grant' });
    return json(response, 200, await tokensFor(code, form.get('resource')));
  }

  function userInfo(request: IncomingMessage, response: ServerResponse): ServerResponse {
    const known = accessTokens.get(bearerOf(request));
    if (known?.kind !== 'userinfo') return json(response, 401, { error: 'invalid_token' });
    return json(response, behaviour.userInfoStatus, { sub: known.subject, ...behaviour.userInfo });
  }

  function api(request: IncomingMessage, response: ServerResponse): ServerResponse {
    log.api.push(request.headers);
    if (accessTokens.get(bearerOf(request))?.kind !== 'api') return json(response, 401, { code: 'invalid_token' });
    const { status, body } = behaviour.apiOnce.shift() ?? behaviour.api;
    return json(response, status, body);
  }

  async function otherApi(url: URL, request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const isOpen = /^\/api\/help\/v1\/(?!contact)/.test(url.pathname);
    const isKnown = accessTokens.get(bearerOf(request))?.kind === 'api';
    if (!isOpen && !isKnown) return json(response, 401, { code: 'invalid_token' });
    if (`${url.pathname}${url.search}` === '/api/notification/v1/notifications?read=false&limit=1') {
      response.setHeader('X-Total-Count', behaviour.unread);
      return json(response, 200, []);
    }
    const text = await bodyOf(request);
    const call = {
      ...{ method: request.method ?? '', path: `${url.pathname.slice(4)}${url.search}` },
      ...{ body: text === '' ? undefined : JSON.parse(text), headers: request.headers },
    };
    const reply = behaviour.apis(call) ?? { status: 404, body: { code: 'not_found' } };
    return send(response, reply);
  }

  function metadata() {
    discoveries += 1;
    return {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      revocation_endpoint: `${issuer}/revocation`,
      ...(behaviour.noEndSession ? {} : { end_session_endpoint: `${issuer}/session/end` }),
      response_types_supported: ['code'],
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  function endSession(url: URL, response: ServerResponse): ServerResponse {
    const back = new URL(url.searchParams.get('post_logout_redirect_uri') ?? '');
    back.searchParams.set('state', url.searchParams.get('state') ?? '');
    return response.writeHead(303, { location: back.href }).end();
  }

  async function revoke(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    log.revoked.push(new URLSearchParams(await bodyOf(request)).get('token') ?? '');
    return response.writeHead(200).end();
  }

  type Route = (url: URL, request: IncomingMessage, response: ServerResponse) => unknown;
  const routes: Record<string, Route> = {
    '/.well-known/openid-configuration': (_url, _request, response) => json(response, 200, metadata()),
    '/jwks': (_url, _request, response) => json(response, 200, jwks),
    '/auth': (url, _request, response) => authorize(url, response),
    '/token': (_url, request, response) => token(request, response),
    '/userinfo': (_url, request, response) => userInfo(request, response),
    '/api/account/v1/me': (url, request, response) =>
      behaviour.apisAnswerProfile ? otherApi(url, request, response) : api(request, response),
    '/session/end': (url, _request, response) => endSession(url, response),
    '/revocation': (_url, request, response) => revoke(request, response),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    const route = routes[url.pathname];
    if (route === undefined && url.pathname.startsWith('/api/')) await otherApi(url, request, response);
    else if (route === undefined) response.writeHead(404).end();
    else await route(url, request, response);
  }

  return {
    issuer,
    behaviour,
    log,
    discoveries: () => discoveries,
    /** Back to the defaults; what has been issued stays known. */
    reset: () => Object.assign(behaviour, goodBehaviour()),
    /** Makes a good logout token for the portal; the overrides make it a bad one. */
    logoutToken({ typ = 'logout+jwt', foreign = false, ...overrides }: Record<string, unknown> = {}): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: issuer,
        aud: 'portal',
        iat: now,
        exp: now + 120,
        jti: randomUUID(),
        sub: 'acc-alice',
        sid: 'sid-portal',
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        ...overrides,
      };
      const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
      return sign(kept as JWTPayload, String(typ), foreign === true);
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function takeFrom(store: Map<string, Code>, handle: string | null): Code | undefined {
  const code = store.get(handle ?? '');
  store.delete(handle ?? '');
  return code;
}

function isCodeFor({ clientId, challenge, redirectUri }: Code, form: URLSearchParams): boolean {
  // The protocol of hubs has no PKCE.
  if (clientId === 'hub') return challenge === '' && !form.has('code_verifier');
  const proof = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  return challenge === proof && redirectUri === form.get('redirect_uri');
}

function json(response: ServerResponse, status: number, body: unknown): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function send(response: ServerResponse, { status, body, file, headers = {} }: ApiReply): ServerResponse {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (file !== undefined) return response.writeHead(status).end(file);
  return body === undefined ? response.writeHead(status).end() : json(response, status, body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function bearerOf(request: IncomingMessage): string {
  return request.headers.authorization?.replace(/^Bearer /, '') ?? '';
}

function clientOf(request: IncomingMessage, form: URLSearchParams): string | undefined {
  const posted = form.get('client_id') ?? '';
  if (posted === 'hub') return form.get('client_secret') === secrets[posted] ? posted : undefined;
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':').map(decodeURIComponent);
  return scheme === 'Basic' && secrets[id] === secret ? id : undefined;
}

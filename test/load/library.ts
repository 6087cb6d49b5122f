// What the product is compared with: the library that it stands on, alone. CIBA whose result is there at once, a login
// of one page without a password, no phones, no limits, no audit, no translations.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Configuration, Provider, type ResourceServer } from 'oidc-provider';
import { demoSecret } from '../../src/demo/clients.ts';
import { openLibraryStore } from './library-store.ts';

export interface LibraryServer {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Starts it on a free port; `store` as openLibraryStore takes it. */
export async function startLibrary(store: string): Promise<LibraryServer> {
  const { adapter, close } = await openLibraryStore(store);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const origin = `http://localhost:${address.port}`;
  const provider: Provider = new Provider(origin, {
    ...configurationOf(origin, () => provider),
    ...(adapter && { adapter }),
  });
  const handle = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) void handle(request, response);
    else answerPage(provider, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  return {
    origin,
    async stop() {
      await closeServer(server);
      await close();
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function configurationOf(origin: string, provider: () => Provider): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = ['name', 'given_name', 'family_name', 'preferred_username', 'gender', 'birthdate', 'locale'];
  return {
    clients: [
      {
        client_id: 'tester',
        client_secret: demoSecret('tester'),
        token_endpoint_auth_method: 'client_secret_basic',
        redirect_uris: ['http://127.0.0.1:9876/callback'],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials', cibaGrant],
        backchannel_token_delivery_mode: 'poll',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: names,
      email: ['email', 'email_verified'],
      phone: ['phone_number', 'phone_number_verified'],
    },
    scopes: ['openid', 'offline_access', 'account.read'],
    cookies: { keys: [randomBytes(32)] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'library' }] },
    features: {
      devInteractions: { enabled: false },
      ciba: cibaOf(provider),
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf ?? [],
        getResourceServerInfo: () => resourceServer(origin),
      },
    },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => claimsOf(id) }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    responseTypes: ['code'],
    rotateRefreshToken: true,
    // Those of the product.
    routes: { userinfo: '/userinfo', introspection: '/introspection', backchannel_authentication: '/backchannel' },
    ttl: {
      ...{ Session: 3_600, Grant: 86_400, Interaction: 600, RefreshToken: 86_400, IdToken: 3_600, AccessToken: 3_600 },
      ...{ BackchannelAuthenticationRequest: 120, ClientCredentials: 600 },
    },
  } as Configuration;
}

const cibaGrant = 'urn:openid:params:grant-type:ciba';

function claimsOf(id: string): { sub: string; [name: string]: string | boolean } {
  return {
    sub: id,
    name: 'Essai Automatique',
    given_name: 'Essai',
    family_name: 'Automatique',
    email: 'essai@exemple.test',
    email_verified: true,
    phone_number: id,
    phone_number_verified: true,
  };
}

function resourceServer(origin: string): ResourceServer {
  return {
    scope: 'account.read',
    audience: `${origin}/api`,
    accessTokenFormat: 'jwt',
    accessTokenTTL: 600,
    jwt: { sign: { alg: 'ES256' } },
  };
}

type CibaFeature = NonNullable<NonNullable<Configuration['features']>['ciba']>;

/** The customer has approved before the answer goes out. */
function cibaOf(provider: () => Provider): CibaFeature {
  return {
    enabled: true,
    deliveryModes: ['poll'],
    processLoginHint: (_ctx, hint) => hint,
    processLoginHintToken: () => undefined,
    validateBindingMessage: () => {},
    validateRequestContext: () => {},
    verifyUserCode: () => {},
    async triggerAuthenticationDevice(_ctx, request, account, client) {
      const { Grant } = provider();
      const grant = new Grant({ accountId: account.accountId, clientId: client.clientId });
      grant.addOIDCScope(String(request.params?.['scope']));
      if (typeof request.resource === 'string') grant.addResourceScope(request.resource, 'account.read');
      await grant.save();
      await provider().backchannelResult(request, grant, { acr: '3', amr: ['sc', 'pin'], authTime: seconds() });
    },
  } as CibaFeature;
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** GET: a form for the number. POST: whoever types one is logged in and consents. */
async function answerPage(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end('<!doctype html><title>Login</title><form method="post"><input name="identifier"></form>');
    return;
  }
  const accountId = new URLSearchParams(await textOf(request)).get('identifier') ?? '';
  const grant = new provider.Grant({ accountId, clientId: String(details.params['client_id']) });
  grant.addOIDCScope(String(details.params['scope']));
  const grantId = await grant.save();
  const login = { accountId, acr: '3', amr: ['sc', 'pin'] };
  await provider.interactionFinished(request, response, { login, consent: { grantId } });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

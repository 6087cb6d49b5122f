// A federation hub as such hubs run it: openid-client 5 without tolerance of clocks, what it sends, the keys that it
// publishes, and what it is registered as.
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type ClientMetadata, custom, Issuer, type IssuerMetadata, type TokenSet } from 'openid-client-5';
import { demoSecret } from '../../src/demo/clients.ts';

export const hubCallback = 'https://hub.exemple.test/api/v2/oidc-callback';
export const hubLogoutCallback = 'https://hub.exemple.test/api/v2/client/logout-callback';

/** What a hub is registered with beside its algorithms. */
export function hubClient(id: string, more: Record<string, unknown> = {}) {
  return {
    client_id: id,
    client_name: 'Portail des services',
    client_secret: demoSecret(id),
    profile: 'hub',
    party: 'first',
    token_endpoint_auth_method: 'client_secret_post',
    redirect_uris: [hubCallback],
    post_logout_redirect_uris: [hubLogoutCallback],
    ...more,
  };
}

/** The key set that a hub publishes, at an address of its own. */
export interface HubKeys {
  readonly uri: string;
  readonly host: string;
  readonly privateSet: { readonly keys: JWK[] };
  /** How often it was asked for. */
  asked(): number;
  close(): Promise<void>;
}

/** Publishes encryption keys for RSA and for ECDH on P-256. */
export async function publishHubKeys(): Promise<HubKeys> {
  const pairs = await Promise.all(
    [
      { alg: 'RSA-OAEP-256', kid: 'hub-rsa-256' },
      { alg: 'RSA-OAEP', kid: 'hub-rsa' },
      { alg: 'ECDH-ES', kid: 'hub-ec', crv: 'P-256' },
    ].map(async ({ alg, kid, ...options }) => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { ...options, extractable: true });
      const about = { alg, kid, use: 'enc' };
      return {
        publicJwk: { ...(await exportJWK(publicKey)), ...about },
        privateJwk: { ...(await exportJWK(privateKey)), ...about },
      };
    }),
  );
  let asked = 0;
  const server: Server = createServer((_request, response) => {
    asked++;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=600' });
    response.end(JSON.stringify({ keys: pairs.map(({ publicJwk }) => publicJwk) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    uri: `http://${host}/api/v2/client/.well-known/keys`,
    host,
    privateSet: { keys: pairs.map(({ privateJwk }) => privateJwk) },
    asked: () => asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface HubLogin {
  readonly state: string;
  readonly nonce: string;
  readonly url: URL;
}

/** The hub's own client: what it was registered with, and the keys to open what is sealed for it. */
export async function hubParty(
  world: { readonly issuer: string },
  registered: ReturnType<typeof hubClient> & Record<string, unknown>,
  keys?: { readonly keys: JWK[] },
) {
  const issuer = await Issuer.discover(world.issuer);
  const { profile: _profile, party: _party, ...metadata } = registered;
  const client = new issuer.Client({ response_types: ['code'], ...(metadata as ClientMetadata) }, keys as never);
  client[custom.clock_tolerance] = 0;
  return {
    client,
    metadata: issuer.metadata as IssuerMetadata,
    /** Exactly the parameters of the hub, with 64 characters of state and nonce. */
    begin(more: Record<string, string> = {}): HubLogin {
      const [state, nonce] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
      const url = client.authorizationUrl({
        redirect_uri: hubCallback,
        response_type: 'code',
        scope: 'openid profile email birth',
        state,
        nonce,
        acr_values: 'eidas1',
        prompt: 'login',
        ...more,
      });
      return { state, nonce, url: new URL(url) };
    },
    async exchange(left: URL, { state, nonce }: HubLogin): Promise<TokenSet> {
      const parameters = client.callbackParams(left.href);
      return await client.callback(hubCallback, parameters, { state, nonce, response_type: 'code' });
    },
  };
}

export type HubParty = Awaited<ReturnType<typeof hubParty>>;

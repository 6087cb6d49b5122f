// Relying-party libraries that nobody here has written, each against the whole app: it registers itself, sends a customer
// to the phone, checks what it gets, reads userinfo, refreshes, logs out, and is refused where it should be.
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { generators, Issuer } from 'openid-client-5';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoRegistrationToken } from '../../src/demo/clients.ts';
import {
  cameBackTo,
  confirmLogout,
  registerSite,
  selfRefusing,
  siteMetadata,
  type Visit,
  visitWithSim,
} from '../support/client-login.ts';
import { openPassportSite, type PassportSite } from '../support/client-passport.ts';
import { engines } from '../support/databases.ts';
import { noteTokens } from '../support/flow-relying-party.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';
import { apacheChapter } from './apache.ts';
import { databaseGoneChapter } from './database-gone.ts';

let world: FlowWorld;
const scope = 'openid profile email offline_access';
const callback = 'http://127.0.0.1:9876/callback';
const stopAt = 'http://127.0.0.1:9876/';
const person = { given_name: 'Essai', email_verified: true };

beforeAll(async () => {
  world = await startFlowWorld({ engine: engines.at(-1) ?? 'pglite' });
});
afterAll(() => world?.stop());

apacheChapter(() => world);

describe('openid-client 6', () => {
  async function register() {
    return await openid.dynamicClientRegistration(
      new URL(world.issuer),
      siteMetadata('Six', callback),
      openid.ClientSecretBasic(),
      {
        initialAccessToken: demoRegistrationToken,
        execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
      },
    );
  }

  async function request(config: openid.Configuration) {
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const checks = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope,
      prompt: 'consent',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    return { url, checks };
  }

  test('registers itself, logs in with the SIM, refreshes and logs out (O42, O43, O53, O54)', async () => {
    const config = await register();
    const { url, checks } = await request(config);
    const visit = await visitWithSim(world, url, { stopAt });
    const tokens = await openid.authorizationCodeGrant(config, cameBackTo(visit), checks);
    noteTokens(tokens);
    const claims = tokens.claims();
    expect(claims).toMatchObject({ iss: world.issuer, acr: '3', auth_time: expect.any(Number) });
    expect(await openid.fetchUserInfo(config, tokens.access_token, claims!.sub)).toMatchObject(person);
    const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token!);
    noteTokens(fresh);
    expect(fresh.claims()?.sub).toBe(claims!.sub);
    const end = openid.buildEndSessionUrl(config, {
      id_token_hint: fresh.id_token!,
      post_logout_redirect_uri: `${stopAt}bye`,
    });
    expect((await confirmLogout(visit, end)).stoppedAt?.href).toBe(`${stopAt}bye`);
  });

  test('hears a refusal on the phone as access_denied, with state and iss', async () => {
    const config = await register();
    const { url, checks } = await request(config);
    const back = cameBackTo(await visitWithSim(world, url, { stopAt, number: selfRefusing }));
    expect(back.searchParams.get('iss')).toBe(world.issuer);
    await expect(openid.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({
      error: 'access_denied',
    });
  });
});

describe('openid-client 5', () => {
  async function register() {
    const issuer = await Issuer.discover(world.issuer);
    const metadata = { ...siteMetadata('Five', callback), id_token_signed_response_alg: 'RS256' };
    return new issuer.Client(await registerSite(world.issuer, metadata));
  }

  async function request(client: Awaited<ReturnType<typeof register>>) {
    const checks = {
      code_verifier: generators.codeVerifier(),
      state: generators.state(),
      nonce: generators.nonce(),
      response_type: 'code',
    };
    const url = client.authorizationUrl({
      scope,
      prompt: 'consent',
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: generators.codeChallenge(checks.code_verifier),
      code_challenge_method: 'S256',
    });
    return { url, checks };
  }

  test('set to RS256 logs in with the SIM, refreshes and logs out (O42, O43, O53, O54)', async () => {
    const client = await register();
    const { url, checks } = await request(client);
    const visit = await visitWithSim(world, url, { stopAt });
    const back = client.callbackParams(cameBackTo(visit).href);
    const tokens = await client.callback(callback, back, checks);
    const claims = tokens.claims();
    expect(claims).toMatchObject({ iss: world.issuer, acr: '3', nonce: checks.nonce });
    expect(await client.userinfo(tokens)).toMatchObject({ ...person, sub: claims.sub });
    const fresh = await client.refresh(tokens);
    expect(fresh.claims().sub).toBe(claims.sub);
    expect(await client.introspect(fresh.refresh_token!)).toMatchObject({ active: true });
    await client.revoke(fresh.refresh_token!);
    await expect(client.refresh(fresh)).rejects.toMatchObject({ error: 'invalid_grant' });
    const end = client.endSessionUrl({ id_token_hint: fresh, post_logout_redirect_uri: `${stopAt}bye` });
    expect((await confirmLogout(visit, end)).stoppedAt?.href).toBe(`${stopAt}bye`);
  });

  test('with another verifier gets invalid_grant (O39, O41)', async () => {
    const client = await register();
    const { url, checks } = await request(client);
    const back = client.callbackParams(cameBackTo(await visitWithSim(world, url, { stopAt })).href);
    const other = { ...checks, code_verifier: generators.codeVerifier() };
    await expect(client.callback(callback, back, other)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('oauth4webapi', () => {
  const insecure = { [oauth.allowInsecureRequests]: true };

  async function register() {
    const issuer = new URL(world.issuer);
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    const metadata = { ...siteMetadata('Bare', callback), token_endpoint_auth_method: 'client_secret_post' };
    const client = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(server, metadata, {
        ...insecure,
        initialAccessToken: demoRegistrationToken,
      }),
    );
    return { server, client, secret: oauth.ClientSecretPost(String(client['client_secret'])) };
  }

  type Registered = Awaited<ReturnType<typeof register>>;

  async function pushed({ server, client, secret }: Registered) {
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const parameters = {
      ...{ redirect_uri: callback, response_type: 'code', scope, prompt: 'consent', state, nonce },
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    const response = await oauth.pushedAuthorizationRequest(server, client, secret, parameters, insecure);
    const { request_uri } = await oauth.processPushedAuthorizationResponse(server, client, response);
    const url = new URL(server.authorization_endpoint!);
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri }).toString();
    return { url, verifier, state, nonce };
  }

  test('pushes its request, logs in with the SIM, checks each signature and refreshes (O42, O43, O50)', async () => {
    const registered = await register();
    const { server, client, secret } = registered;
    const { url, verifier, state, nonce } = await pushed(registered);
    const back = cameBackTo(await visitWithSim(world, url, { stopAt }));
    const code = oauth.validateAuthResponse(server, client, back, state);
    const response = await oauth.authorizationCodeGrantRequest(
      ...([server, client, secret, code, callback, verifier, insecure] as const),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    noteTokens(tokens);
    await oauth.validateApplicationLevelSignature(server, response, insecure);
    const claims = oauth.getValidatedIdTokenClaims(tokens)!;
    expect(claims).toMatchObject({ iss: world.issuer, aud: client.client_id, acr: '3' });
    const about = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
    expect(await oauth.processUserInfoResponse(server, client, claims.sub, about)).toMatchObject(person);
    const again = await oauth.refreshTokenGrantRequest(server, client, secret, tokens.refresh_token!, insecure);
    const fresh = await oauth.processRefreshTokenResponse(server, client, again);
    noteTokens(fresh);
    expect(oauth.getValidatedIdTokenClaims(fresh)?.sub).toBe(claims.sub);
  });

  test('with a wrong secret gets invalid_client', async () => {
    const registered = await register();
    const wrong = { ...registered, secret: oauth.ClientSecretPost('x'.repeat(43)) };
    await expect(pushed(wrong)).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
  });
});

describe('passport-openidconnect on Express', () => {
  let site: PassportSite;
  beforeAll(async () => {
    site = await openPassportSite(world.issuer, (redirectUri) => {
      const metadata = { ...siteMetadata('Passport', redirectUri), require_pkce: false };
      return registerSite(world.issuer, { ...metadata, token_endpoint_auth_method: 'client_secret_post' });
    });
  });
  afterAll(() => site?.close());

  const me = async ({ browser }: Visit) => await (await browser.request(`${site.url}/me`)).json();

  test('logs in with the SIM by nonce and secret, without PKCE, and reads userinfo (O39, O43)', async () => {
    const visit = await visitWithSim(world, `${site.url}/login`);
    expect(visit.page.url.href).toBe(`${site.url}/me`);
    expect(await me(visit)).toMatchObject({
      iss: world.issuer,
      profile: { id: expect.any(String), name: { givenName: 'Essai' } },
      context: { class: '3', methods: ['sc', 'pin', 'mfa', 'mca'] },
    });
  });

  test('hears a refusal on the phone, and lets nobody in', async () => {
    const visit = await visitWithSim(world, `${site.url}/login`, { number: selfRefusing });
    expect(visit.page.url.searchParams.get('error')).toBe('access_denied');
    expect(visit.page.status).toBe(401);
    expect(await me(visit)).toBeNull();
  });

  test('takes no answer that another browser began (X116)', async () => {
    const visit = await visitWithSim(world, `${site.url}/login`, { stopAt: `${site.url}/callback` });
    const other = await world.browser().open(cameBackTo(visit));
    expect(other.status).toBe(403);
  });
});

databaseGoneChapter(() => world);

// How the answer comes back to the client: in the query, by a form, or signed (JARM); and that nothing of it leaks.
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alice, callback } from './people.ts';
import { authorize, login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.oidc.clients.add({
    client_id: 'forms',
    client_secret: 'forms-demo-secret-32-characters-long',
    party: 'first',
    redirect_uris: [callback],
    response_modes: ['form_post', 'form_post.jwt'],
  });
});
afterAll(async () => {
  await world.close();
});

const mode = (response_mode: string, more: Record<string, string> = {}) => ({
  parameters: { response_mode, ...more },
});
const verify = async (response: string, audience = 'portal') =>
  (await jwtVerify(response, createRemoteJWKSet(new URL(`${world.issuer}/jwks`)), { issuer: world.issuer, audience }))
    .payload;
const inputOf = (html: string, name: string) =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1]?.replaceAll('&#x2F;', '/');

describe('query', () => {
  test('is what a code comes in, with state and issuer (O42, O43)', async () => {
    const { left, checks } = await authorize(world);
    expect(left?.hash).toBe('');
    expect(Object.fromEntries(left!.searchParams)).toEqual({
      code: expect.stringMatching(/^[\w-]{43}$/),
      state: checks.expectedState,
      iss: world.issuer,
    });
  });

  test('brings errors with state and issuer too (O42)', async () => {
    const { left, checks } = await authorize(world, { parameters: { prompt: 'none' } });
    expect(Object.fromEntries(left!.searchParams)).toMatchObject({
      error: 'login_required',
      state: checks.expectedState,
      iss: world.issuer,
    });
  });
});

describe('form_post', () => {
  test('is a page that posts the answer, kept by no cache', async () => {
    const { page, checks } = await authorize(world, mode('form_post'));
    const html = await page!.text();
    expect(page!.headers.get('cache-control')).toBe('no-store');
    expect(html).toContain(`action="${callback}"`);
    expect(html).toContain('<noscript>');
    expect(inputOf(html, 'state')).toBe(checks.expectedState);
    expect(inputOf(html, 'code')).toMatch(/^[\w-]{43}$/);
    expect(inputOf(html, 'iss')).toBe(world.issuer);
  });

  test('escapes what the client sent', async () => {
    const { page } = await authorize(world, mode('form_post', { state: '"><script>alert(1)</script>' }));
    expect(await page!.text()).not.toContain('<script>alert');
  });

  test('brings errors too', async () => {
    const { page } = await authorize(world, mode('form_post', { prompt: 'none' }));
    expect(inputOf(await page!.text(), 'error')).toBe('login_required');
  });
});

describe('a signed answer (JARM)', () => {
  test.each(['jwt', 'query.jwt'])('%s carries code, state, issuer, audience and an end', async (name) => {
    const { left, checks } = await authorize(world, mode(name));
    expect([...left!.searchParams.keys()]).toEqual(['response']);
    const response = left!.searchParams.get('response') ?? '';
    expect(decodeProtectedHeader(response).alg).toBe('ES256');
    expect(await verify(response)).toMatchObject({
      code: expect.stringMatching(/^[\w-]{43}$/),
      state: checks.expectedState,
      exp: expect.any(Number),
    });
  });

  test('is read by openid-client as it comes', async () => {
    const { left, config, checks } = await authorize(world, mode('jwt'));
    openid.useJwtResponseMode(config);
    expect((await openid.authorizationCodeGrant(config, left!, checks)).claims()?.sub).toBe(alice);
  });

  test('fragment.jwt and form_post.jwt are the same elsewhere', async () => {
    const { left } = await authorize(world, mode('fragment.jwt'));
    expect(await verify(new URLSearchParams(left!.hash.slice(1)).get('response') ?? '')).toHaveProperty('code');
    const { page } = await authorize(world, mode('form_post.jwt'));
    expect(await verify(inputOf(await page!.text(), 'response') ?? '')).toHaveProperty('code');
  });

  test('brings errors signed', async () => {
    const { left } = await authorize(world, mode('jwt', { prompt: 'none' }));
    expect(await verify(left!.searchParams.get('response') ?? '')).toMatchObject({ error: 'login_required' });
  });
});

test('a mode that there is not, and one that the client did not register, is refused', async () => {
  const { left } = await authorize(world, mode('smoke-signals'));
  expect(left!.searchParams.get('error')).toBe('unsupported_response_mode');
  const { page, left: none } = await authorize(world, { client: 'forms', ...mode('query') });
  const error = none?.searchParams.get('error') ?? inputOf((await page?.text()) ?? '', 'error');
  expect(error).toBe('invalid_request');
});

describe('a form-posted login', () => {
  test('ends like any other', async () => {
    const done = await authorize(world, mode('form_post'));
    const html = await done.page!.text();
    const answer = new URL(callback);
    for (const name of ['code', 'state', 'iss']) answer.searchParams.set(name, inputOf(html, name) ?? '');
    const tokens = await openid.authorizationCodeGrant(done.config, answer, done.checks);
    expect(tokens.claims()?.sub).toBe(alice);
    expect((await login(world)).claims?.sub).toBe(alice);
  });
});

// The trace id in every error that leaves the provider, and what is kept of it for the developer.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import Koa from 'koa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RefusedRequest } from '../../../src/oidc/refusals.ts';
import { traceErrors, withTrace } from '../../../src/oidc/trace.ts';
import { callback } from './people.ts';
import { beginLogin, openWorld, type World } from './relying-party.ts';

const trace = '0123456789abcdef';
const headers = { 'x-trace': trace };
const refused: RefusedRequest[] = [];
let world: World;
beforeAll(async () => {
  world = await openWorld({ onRefusal: (request) => refused.push(request) });
});
afterAll(() => world.close());
beforeEach(() => {
  refused.length = 0;
  world.log.length = 0;
});

async function post(path: string, body: Record<string, string>, more: Record<string, string> = {}) {
  const init = { method: 'POST', body: new URLSearchParams(body), headers: { ...headers, ...more } };
  const response = await fetch(`${world.issuer}${path}`, init);
  return { response, body: JSON.parse(await response.text()) };
}

/** Asks `/auth` with one parameter changed; empty takes it away. */
async function askAuth(parameters: Record<string, string>) {
  const { url, browser } = await beginLogin(world, { parameters });
  for (const [name, value] of Object.entries(parameters)) if (value === '') url.searchParams.delete(name);
  const response = await browser.fetch(url, { headers: { ...headers, accept: 'application/json' } });
  return { response, location: response.headers.get('location') };
}

describe('the description of an error', () => {
  test('stays a prefix, and the trace id follows', () => {
    expect(withTrace('MANDATORY parameter nonce is missing (or) invalid.', trace)).toBe(
      `MANDATORY parameter nonce is missing (or) invalid. (trace ${trace})`,
    );
  });

  test('is the trace id alone when there was none, and tells it once', () => {
    expect(withTrace(undefined, trace)).toBe(`(trace ${trace})`);
    expect(withTrace(withTrace('no', trace), trace)).toBe(`no (trace ${trace})`);
  });

  test('keeps to the characters of RFC 6749', () => {
    expect(withTrace('café "x" \\ \n', trace)).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});

describe('a challenge of ours', () => {
  test.each([
    ['Bearer', 'Bearer'],
    ['Bearer error="invalid_token"', `Bearer error="invalid_token", error_description="(trace ${trace})"`],
    [
      'Bearer error="insufficient_user_authentication", error_description="Say \\"again\\".", acr_values="3"',
      `Bearer error="insufficient_user_authentication", error_description="Say 'again'. (trace ${trace})", acr_values="3"`,
    ],
  ])('%s tells the trace id of an error', async (challenge, traced) => {
    const app = new Koa();
    const ctx = app.createContext(
      new IncomingMessage(new Socket()),
      new ServerResponse(new IncomingMessage(new Socket())),
    );
    ctx.state['trace'] = trace;
    await traceErrors(ctx, async () => {
      ctx.status = 401;
      ctx.set('WWW-Authenticate', challenge);
    });
    expect([ctx.response.get('WWW-Authenticate')].flat()).toEqual([traced]);
  });
});

describe('a refusal tells its trace id', () => {
  test('in the JSON body of the token endpoint, and in the log line of it', async () => {
    const { response, body } = await post('/token', { grant_type: 'authorization_code', client_id: 'nobody' });
    expect(response.status).toBe(401);
    expect(body).toEqual({
      error: 'invalid_client',
      error_description: `client authentication failed (trace ${trace})`,
    });
    expect(world.log.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ trace, event: 'grant.error', error: 'invalid_client' }),
    );
  });

  test('in the challenge of userinfo as in its body', async () => {
    const more = { authorization: 'Bearer none' };
    const { response, body } = await post('/userinfo', {}, more);
    expect(body.error_description).toBe(`invalid token provided (trace ${trace})`);
    expect(response.headers.get('www-authenticate')).toContain(
      `error_description="invalid token provided (trace ${trace})"`,
    );
  });

  test('on its way back to the relying party, in the query, the fragment and a posted form', async () => {
    const wrong = { prompt: 'none' };
    const query = await askAuth(wrong);
    expect(new URL(query.location!).searchParams.get('error_description')).toMatch(/.\(trace 0123456789abcdef\)$/);
    const fragment = await askAuth({ ...wrong, response_mode: 'fragment' });
    expect(new URLSearchParams(new URL(fragment.location!).hash.slice(1)).get('error_description')).toMatch(
      /\(trace 0123456789abcdef\)$/,
    );
    const form = await askAuth({ ...wrong, response_mode: 'form_post' });
    expect(await form.response.text()).toMatch(/name="error_description" value="[^"]+\(trace 0123456789abcdef\)"/);
  });

  test('after the interaction too', async () => {
    world.answer(() => ({ abort: 'access_denied' }));
    const { url, browser } = await beginLogin(world);
    let at: URL = url;
    while (at.origin === world.issuer) {
      const response = await browser.fetch(at, { headers });
      at = new URL(response.headers.get('location')!, at);
    }
    world.answer(() => ({}));
    expect(at.searchParams.get('error')).toBe('access_denied');
    expect(at.searchParams.get('error_description')).toBe(`(trace ${trace})`);
  });

  test('in what the endpoints answer to a method or address that they do not have', async () => {
    const response = await fetch(`${world.issuer}/token`, { headers });
    expect(await response.json()).toEqual({ error: 'invalid_request', error_description: `(trace ${trace})` });
  });

  test('and good answers tell none', async () => {
    const response = await fetch(`${world.issuer}/jwks`, { headers });
    expect(await response.text()).not.toContain(trace);
    const { url, browser } = await beginLogin(world);
    const { left } = await browser.follow(url);
    expect(left?.href.startsWith(callback)).toBe(true);
    expect([...left!.searchParams.keys()]).toEqual(['code', 'state', 'iss']);
  });
});

describe('a refusal is noted for its developer', () => {
  test.each([
    ['/token', 'token', 'invalid_client'],
    ['/reg', 'registration', 'invalid_request'],
    ['/par', 'pushed_authorization_request', 'invalid_client'],
    ['/introspection', 'introspection', 'invalid_client'],
    ['/revocation', 'revocation', 'invalid_client'],
    ['/userinfo', 'userinfo', 'invalid_token'],
  ])('of %s', async (path, endpoint, error) => {
    const authorization = error === 'invalid_token' ? 'Bearer none' : `Basic ${btoa('nobody:x')}`;
    const parameters = error === 'invalid_token' ? {} : { grant_type: 'authorization_code', token: 'x' };
    await post(path, parameters, { authorization });
    expect(refused).toEqual([expect.objectContaining({ trace, endpoint, clientId: undefined })]);
    expect(refused[0]?.error.error).toBe(error);
  });

  test('what our own middleware refuses, once', async () => {
    await fetch(`${world.issuer}/token`, { headers });
    expect(refused).toEqual([
      expect.objectContaining({
        trace,
        endpoint: 'GET /token',
        error: expect.objectContaining({ error: 'invalid_request' }),
      }),
    ]);
  });

  test('an authorization request, with the client that it named', async () => {
    await askAuth({ response_type: 'token' });
    expect(refused.at(-1)).toMatchObject({ trace, endpoint: 'authorization', clientId: 'portal' });
    expect(refused.at(-1)?.error.error).toBe('unsupported_response_type');
  });
});

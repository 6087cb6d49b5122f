// The pages for developers: refused requests by their trace ids, a test client, the parameters, texts for the SIM.
import { beforeEach, describe, expect, test } from 'vitest';
import { errorCatalogue } from '../../../src/errors.ts';
import { parameterRules } from '../../../src/oidc/mobile-connect-rules.ts';
import type { Refusal, RefusedRequest } from '../../../src/oidc/refusals.ts';
import type { TestClientRequest } from '../../../src/oidc/self-registration.ts';
import type { DeveloperTools } from '../../../src/web/developers-types.ts';
import { Browser, textOf } from './browser.ts';
import { startScripted } from './scripted-login.ts';

const trace = '00ff00ff00ff00ff';
const refusal: Refusal = {
  trace,
  refusedAt: new Date('2026-03-01T10:02:00Z'),
  endpoint: 'authorization',
  clientId: 'shop',
  error: 'invalid_request',
  description: 'MANDATORY parameter nonce is missing (or) invalid.',
  rule: 'nonce: missing',
  detail: null,
};

const noted: RefusedRequest[] = [];
const asked: [TestClientRequest, string][] = [];
let outcome: Awaited<ReturnType<DeveloperTools['register']>>;
let limited: number | undefined;
let open = true;
beforeEach(() => {
  noted.length = 0;
  asked.length = 0;
  outcome = { kind: 'registered', clientId: 'new-client', secret: 'its-secret' };
  limited = undefined;
  open = true;
});

const tools: DeveloperTools = {
  get registrationOpen() {
    return open;
  },
  endpoints: () => [
    { name: 'discovery', url: 'https://op.example/.well-known/openid-configuration' },
    { name: 'authorization', url: 'https://op.example/auth' },
    { name: 'token', url: 'https://op.example/token' },
  ],
  async register(request, address) {
    asked.push([request, address]);
    return outcome;
  },
  findRefusal: async (id) => (id === trace ? refusal : undefined),
  note: (request) => noted.push(request),
};

const { app } = startScripted({ limits: { take: async () => limited } }, { developers: tools });
const browser = (language = 'en') => new Browser(app, { language, begun: false });
const form = { name: 'My test', redirect_uris: 'https://rp.example/cb', profile: 'oidc' };

describe('why a request was refused', () => {
  test('is told for its trace id, with the row of the parameter', async () => {
    const page = await browser().get(`/developers/refusal?trace=${trace}`);
    expect(page.status).toBe(200);
    const text = textOf(page.text);
    for (const fact of ['nonce: missing', 'shop', 'authorization', refusal.description!, '2026-03-01 10:02:00 UTC']) {
      expect(text).toContain(fact);
    }
    expect(page.text).toContain('href="/developers/parameters#mc-nonce"');
    expect(page.headers['cache-control']).toBe('no-store');
  });

  test.each([
    `MANDATORY parameter nonce is missing (or) invalid. (trace ${trace})`,
    `MANDATORY+parameter+nonce+is+missing.+(trace+${trace})`,
    ` ${trace.toUpperCase()} `,
  ])('is found in what a developer pastes: %s', async (typed) => {
    const page = await browser().get(`/developers/refusal?trace=${encodeURIComponent(typed)}`);
    expect(page.text).toContain(`data-refusal="${trace}"`);
  });

  test('an id that is not known and a text that is none get a friendly answer, and say nothing else', async () => {
    const unknown = await browser().get('/developers/refusal?trace=1111111111111111');
    expect(unknown.status).toBe(200);
    expect(textOf(unknown.text)).toContain('Nothing is kept under this trace id');
    const none = await browser().get('/developers/refusal?trace=<script>');
    expect(textOf(none.text)).toContain('This is no trace id');
    expect(none.text).not.toContain('<script>');
    expect((await browser().get('/developers/refusal?trace=a&trace=b')).status).toBe(200);
  });

  test('guessing is limited', async () => {
    limited = 30;
    expect((await browser().get(`/developers/refusal?trace=${trace}`)).status).toBe(429);
  });
});

describe('a test client', () => {
  test('is shown with its secret, an address to open and a line of curl', async () => {
    const page = await browser().submit('/developers/clients', { ...form, redirect_uris: 'https://rp.example/cb\n' });
    expect(page.status).toBe(201);
    const text = textOf(page.text).replaceAll('&#39;', "'");
    expect(text).toContain('new-client');
    expect(text).toContain("-u 'new-client:its-secret'");
    expect(text).toContain('https://op.example/auth?client_id=new-client&redirect_uri=https%3A%2F%2Frp.example%2Fcb');
    expect(page.headers['cache-control']).toBe('no-store');
    expect(asked).toEqual([
      [
        {
          name: 'My test',
          redirectUris: ['https://rp.example/cb'],
          profile: 'oidc',
          keySet: undefined,
          initialAccessToken: undefined,
        },
        expect.any(String),
      ],
    ]);
  });

  test('outside the sandbox the form asks for an initial access token and never shows it again', async () => {
    open = false;
    expect((await browser().get('/developers/clients')).text).toContain('name="token"');
    outcome = { kind: 'token-refused' };
    const page = await browser().submit('/developers/clients', { ...form, token: 'the-token' });
    expect(page.status).toBe(403);
    expect(page.text).not.toContain('the-token');
    expect(asked[0]?.[0].initialAccessToken).toBe('the-token');
  });

  test.each<[typeof outcome, number, string]>([
    [{ kind: 'refused', why: 'redirect_uris must hold absolute URIs' }, 422, 'redirect_uris must hold absolute URIs'],
    [{ kind: 'full' }, 503, 'Too many clients'],
    [{ kind: 'limited', retryAfterSeconds: 60 }, 429, 'Too many registrations'],
  ])('that cannot be registered keeps what was typed: %j', async (answer, status, words) => {
    outcome = answer;
    const page = await browser().submit('/developers/clients', form);
    expect(page.status).toBe(status);
    expect(textOf(page.text)).toContain(words);
    expect(page.text).toContain('value="My test"');
  });

  test('needs our own form, a profile that is open and a name', async () => {
    expect((await browser().post('/developers/clients', form)).status).toBe(403);
    expect((await browser().submit('/developers/clients', { ...form, profile: 'hub' })).status).toBe(400);
    expect((await browser().submit('/developers/clients', { ...form, name: ' ' })).status).toBe(422);
    expect(asked).toEqual([]);
  });
});

test('the table has every rule of Mobile Connect with its literal answer', async () => {
  const page = await browser().get('/developers/parameters');
  for (const rule of parameterRules) {
    expect(page.text).toContain(`id="mc-${rule.name}"`);
    expect(textOf(page.text)).toContain(`${rule.bad.error}: ${rule.bad.description}`);
  }
});

describe('the linter', () => {
  test('shows how the phone would show a text, and its size', async () => {
    const fields = { client_name: 'Boutique', binding_message: 'Code AB12', context: 'Pay 12 €' };
    const page = await browser().submit('/developers/text', fields);
    expect(page.text).toContain('data-fit="fits"');
    expect(textOf(page.text)).toContain('septets: 19');
    expect(textOf(page.text)).toMatch(/\d+ octets of 242/);
  });

  test('names the characters that are refused', async () => {
    const page = await browser().submit('/developers/text', { client_name: 'Boutique', binding_message: 'hi 💶' });
    expect(page.text).toContain('data-fit="unsupported-character"');
    expect(page.text).toContain('U+1F4B6');
  });
});

describe('every page', () => {
  test.each(['', '/refusal', '/parameters', '/clients', '/text'])(
    '/developers%s is there in both languages',
    async (path) => {
      for (const language of ['fr', 'en']) {
        const page = await browser(language).get(`/developers${path}`);
        expect(page.status).toBe(200);
        expect(page.text).toContain(`<html lang="${language}"`);
        expect(page.text).toContain('aria-current="page"');
      }
    },
  );

  test('is linked from the front page', async () => {
    expect((await browser().get('/')).text).toContain('href="/developers"');
  });
});

describe('what pages refuse', () => {
  test('is noted under the trace id that the error page shows', async () => {
    const page = await browser().post('/developers/text', { client_name: 'x' });
    const shown = /data-trace>([0-9a-f]{16})</.exec(page.text)?.[1];
    expect(noted).toEqual([
      {
        trace: shown,
        endpoint: 'POST /developers/text',
        clientId: undefined,
        address: expect.any(String),
        error: expect.objectContaining({ row: 'csrf_failed', error_description: errorCatalogue.csrf_failed.meaning }),
      },
    ]);
  });

  test('is not noted where there is nothing to tell', async () => {
    await browser().get('/nowhere');
    expect(noted).toEqual([]);
  });
});

// Whose address counts (X87, decision 50), and that Host and scheme of a request change nothing of what we say.
import type { Middleware } from 'koa';
import { describe, expect, test } from 'vitest';
import { addressKey, plainAddress } from '../../../src/web/proxies.ts';
import { exempleBrand, ileBrand } from '../../support/brands.ts';
import { Browser, csrfOf, textOf } from './browser.ts';
import { phoneView, ScriptedInteractions, startScripted } from './scripted-login.ts';

const page = '/interaction/uid-1';

async function addressSeen(trustedProxies: string[], headers: Record<string, string>): Promise<string | undefined> {
  const { app, signIn } = startScripted({ trustedProxies });
  await new Browser(app).get(page, headers);
  return signIn.requests[0]?.address;
}

describe('X87: the address of the browser', () => {
  test.each([
    'X-Forwarded-For',
    'X-Real-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'X-Client-IP',
    'X-Cluster-Client-IP',
    'Client-IP',
  ])('is the socket’s, whatever %s says', async (name) => {
    expect(await addressSeen([], { [name]: '192.0.2.10' })).toBe('127.0.0.1');
    expect(await addressSeen(['203.0.113.0/24'], { [name]: '192.0.2.10' })).toBe('127.0.0.1');
  });

  test('is not what Forwarded says, not even from a trusted proxy', async () => {
    expect(await addressSeen(['127.0.0.1'], { Forwarded: 'for=192.0.2.10' })).toBe('127.0.0.1');
  });

  test.each(['127.0.0.1', '127.0.0.0/8', '::ffff:127.0.0.1', '::ffff:127.0.0.0/104'])(
    'is what the proxy says that %s trusts',
    async (trusted) => {
      expect(await addressSeen([trusted], { 'X-Forwarded-For': '192.0.2.10' })).toBe('192.0.2.10');
    },
  );

  test.each([
    ['the right-most stranger', '192.0.2.10, 198.51.100.7', '198.51.100.7'],
    ['the one before further trusted proxies', '192.0.2.10, 198.51.100.7, 10.0.0.5', '198.51.100.7'],
    ['freed of its port', '198.51.100.7:4711', '198.51.100.7'],
    ['freed of brackets', '[2001:db8::7]:4711', '2001:db8::7'],
    ['IPv4 where it is mapped', '::ffff:198.51.100.7', '198.51.100.7'],
    ['the proxy’s own where the list makes no sense', '192.0.2.10, unknown', '127.0.0.1'],
    ['the proxy’s own where the list is empty', '', '127.0.0.1'],
    ['the far end where all hops are trusted', '10.0.0.9, 10.0.0.5', '10.0.0.9'],
  ])('is %s', async (_name, header, address) => {
    expect(await addressSeen(['127.0.0.1', '10.0.0.0/8'], { 'X-Forwarded-For': header })).toBe(address);
  });

  test('is the same in the provider, by Koa’s own ctx.ip', async () => {
    const seen: string[] = [];
    const provider: Middleware = (ctx) => {
      seen.push(ctx.ip, ctx.host, ctx.protocol);
      ctx.body = 'ok';
    };
    const { app } = startScripted({ trustedProxies: ['127.0.0.1'] }, { provider });
    await new Browser(app).get('/auth', { 'X-Forwarded-For': '192.0.2.10, 198.51.100.7' });
    expect(seen).toEqual(['198.51.100.7', 'localhost:3000', 'http']);
  });

  test('a proxy that is no address is refused at start', () => {
    expect(() => startScripted({ trustedProxies: ['loopback'] })).toThrow('loopback');
  });
});

describe('O48: the client’s TLS certificate', () => {
  const certificates = { certificateHeader: 'x-client-certificate', verifiedHeader: 'x-client-verified' };
  const sent = { 'X-Client-Certificate': 'PEM', 'X-Client-Verified': 'SUCCESS' };

  async function seen(trustedProxies: string[], headers: Record<string, string>, with_ = certificates) {
    const found: unknown[] = [];
    const provider: Middleware = (ctx) => {
      const left = Object.keys(ctx.req.headers).filter((name) => name.startsWith('x-client-'));
      found.push(ctx.state['clientCertificate'], left);
      ctx.body = 'ok';
    };
    const { app } = startScripted({ trustedProxies, certificates: with_ }, { provider });
    await new Browser(app).get('/auth', headers);
    return found;
  }

  test('is what a trusted proxy says, and its header goes no further', async () => {
    expect(await seen(['127.0.0.1'], sent)).toEqual([{ text: 'PEM', verified: true }, []]);
    expect(await seen(['127.0.0.1'], { ...sent, 'X-Client-Verified': 'FAILED' })).toEqual([
      { text: 'PEM', verified: false },
      [],
    ]);
  });

  test('is none when anybody else says so, or when there is no such header', async () => {
    expect(await seen([], sent)).toEqual([undefined, []]);
    expect(await seen(['203.0.113.0/24'], sent)).toEqual([undefined, []]);
    expect(await seen(['127.0.0.1'], {})).toEqual([undefined, []]);
    expect(await seen(['127.0.0.1'], { 'X-Client-Certificate': '' })).toEqual([undefined, []]);
  });

  test('may come in the header of RFC 9440, which is not believed of strangers either', async () => {
    const rfc = { certificateHeader: 'client-cert', verifiedHeader: 'x-client-verified' };
    expect(await seen(['127.0.0.1'], { 'Client-Cert': ':AA==:' }, rfc)).toEqual([
      { text: ':AA==:', verified: false },
      [],
    ]);
    expect(await seen([], { 'Client-Cert': ':AA==:' }, rfc)).toEqual([undefined, []]);
  });
});

describe('limits per address', () => {
  test('count by address and kind, and a page says how long to wait', async () => {
    const taken: string[][] = [];
    const limits = {
      take: async (kind: 'page' | 'form', key: string) => {
        taken.push([kind, key]);
        return kind === 'form' ? 30 : undefined;
      },
    };
    const { app, signIn } = startScripted({ limits });
    const browser = new Browser(app);
    const csrf = csrfOf((await browser.get(page)).text);
    const response = await browser.post(page, { identifier: '0639980001', csrf });
    expect([response.status, response.headers['retry-after']]).toEqual([429, '30']);
    expect(textOf(response.text)).toContain('Trop de demandes');
    expect(signIn.calls).toEqual([]);
    expect(taken).toEqual([
      ['page', '127.0.0.1'],
      ['form', '127.0.0.1'],
    ]);
  });

  test('take an IPv6 customer as one', () => {
    expect(addressKey('192.0.2.10')).toBe('192.0.2.10');
    expect(addressKey('2001:db8:1:2::1')).toBe('2001:0db8:0001:0000::/56');
    expect(addressKey('2001:db8:1:2ff::1')).toBe('2001:0db8:0001:0200::/56');
    expect(addressKey('2001:db8:1:2aa:ffff::1')).toBe(addressKey('2001:db8:1:2bb::2'));
  });

  test.each([
    ['::ffff:c000:20a', '192.0.2.10'],
    ['0:0:0:0:0:ffff:192.0.2.10', '192.0.2.10'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['192.0.2.300', undefined],
    ['evil', undefined],
  ])('read %s as %s', (text, address) => {
    expect(plainAddress(text)).toBe(address);
  });
});

describe('Host and scheme', () => {
  const provider: Middleware = (ctx) => {
    ctx.body = ctx.href;
  };

  test('of the request do not reach the provider', async () => {
    const { app } = startScripted({ trustedProxies: ['127.0.0.1'] }, { provider });
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' };
    expect((await new Browser(app).get('/auth?x=1', headers)).text).toBe('http://localhost:3000/auth?x=1');
  });

  test('E16: an https issuer is served behind a trusted proxy that says https, with HSTS (O58)', async () => {
    const issuer = new URL('https://login.exemple.fr');
    const { app } = startScripted({ trustedProxies: ['127.0.0.1'] }, { issuer, provider });
    const response = await new Browser(app).get('/auth', { 'X-Forwarded-Proto': 'https' });
    expect(response.text).toBe('https://login.exemple.fr/auth');
    expect(response.headers['strict-transport-security']).toBe('max-age=31536000');
  });

  test('an https issuer refuses plain http, and whoever only claims https', async () => {
    const issuer = new URL('https://login.exemple.fr');
    const { app, log } = startScripted({}, { issuer, provider });
    expect((await new Browser(app).get('/auth')).status).toBe(400);
    expect((await new Browser(app).get('/auth', { 'X-Forwarded-Proto': 'https' })).status).toBe(400);
    expect(log.join('')).toContain('TRUSTED_PROXIES');
  });
});

describe('two issuers', () => {
  const echo: Middleware = (ctx) => {
    ctx.body = `${ctx['mountPath'] ?? ''} ${ctx.path}`;
  };
  const start = () => {
    const interactions = new ScriptedInteractions();
    const ile = new ScriptedInteractions({ basePath: '/ile', uid: 'uid-9' });
    const api: Middleware = (ctx) => {
      ctx.body = `api ${ctx.path}`;
    };
    const root = { issuer: new URL('http://localhost:3000'), brand: exempleBrand, interactions, provider: echo, api };
    const below = { ...root, issuer: new URL('http://localhost:3000/ile'), brand: ileBrand, interactions: ile };
    return startScripted({ issuers: [root, below] });
  };

  test('have pages of their own, each in its brand', async () => {
    const { app, signIn } = start();
    signIn.show(phoneView());
    const browser = new Browser(app);
    const response = await browser.get('/ile/interaction/uid-9');
    expect(response.text).toContain('data-brand="ile"');
    expect(response.text).toContain('Île Télécom');
    expect(response.text).toContain('data-status-path="/ile/interaction/uid-9/status"');
    const moved = await browser.submit('/ile/interaction/uid-9', { choice: 'resend' });
    expect(moved.headers['location']).toBe('/ile/interaction/uid-9');
    expect(signIn.requests.at(-1)?.brand).toBe('ile');
    expect((await browser.get('/interaction/uid-1')).text).toContain('data-brand="exemple"');
  });

  test.each([
    ['/auth', ' /auth'],
    ['/ile/auth', '/ile /auth'],
    ['/ilex/auth', ' /ilex/auth'],
    ['/.well-known/openid-configuration', ' /.well-known/openid-configuration'],
    ['/.well-known/openid-configuration/ile', '/ile /.well-known/openid-configuration'],
    ['/.well-known/oauth-authorization-server/ile', '/ile /.well-known/oauth-authorization-server'],
    ['/.well-known/openid-configuration/x', ' /.well-known/openid-configuration/x'],
    ['/api/account/v1/me', 'api /api/account/v1/me'],
    ['/ile/api/account/v1/me', 'api /api/account/v1/me'],
    ['/apis', ' /apis'],
  ])('%s goes to its own part', async (path, answer) => {
    expect((await new Browser(start().app).get(path)).text).toBe(answer);
  });

  test('without a root one are refused at start when there is none at all', () => {
    expect(() => startScripted({ issuers: [] })).toThrow('no issuer');
  });
});

// Clients with a TLS certificate behind a proxy that hands it on (RFC 8705): what counts as one, who is believed, and
// tokens that are good with it only.
import { createHash, X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenPresentation } from '../../../src/oidc/access-tokens.ts';
import { mutualTlsAuthMethods, parseCertificate, subjectMatches } from '../../../src/oidc/mutual-tls.ts';
import { believeProxies } from '../../../src/web/proxies.ts';
import { certificate, otherCertificate } from './certificates.ts';
import { callback } from './people.ts';
import { authorize, openWorld, type World } from './relying-party.ts';
import { post } from './signing-client.ts';

const parsed = new X509Certificate(certificate);
const der = parsed.raw.toString('base64');
const thumbprint = createHash('sha256').update(parsed.raw).digest('base64url');

describe('a certificate in a header', () => {
  test.each([
    ['PEM', certificate],
    ['PEM in one line', certificate.replaceAll('\n', ' ')],
    ['PEM, URL-encoded as nginx does', encodeURIComponent(certificate)],
    ['base64 of DER', der],
    ['RFC 9440', `:${der}:`],
  ])('is read as %s', (_what, text) => {
    expect(parseCertificate(text)?.raw.equals(parsed.raw)).toBe(true);
  });

  test.each(['', '(null)', 'nonsense', '%', '%zz', der.slice(0, 40), `:${der}`, 'A'.repeat(20_000)])(
    'is none when it is %j',
    (text) => {
      expect(parseCertificate(text)).toBeUndefined();
    },
  );
});

describe('the registered name', () => {
  const own = (property: Parameters<typeof subjectMatches>[1], expected: string) =>
    subjectMatches(parsed, property, expected);

  test.each([
    ['tls_client_auth_subject_dn', 'CN=rp.exemple.test,O=Exemple\\, SA,C=FR'],
    ['tls_client_auth_subject_dn', 'cn=rp.exemple.test, o=Exemple\\, SA, c=FR'],
    ['tls_client_auth_san_dns', 'rp.exemple.test'],
    ['tls_client_auth_san_email', 'rp@exemple.test'],
    ['tls_client_auth_san_ip', '192.0.2.7'],
    ['tls_client_auth_san_uri', 'https://rp.exemple.test/id'],
  ] as const)('%s %s matches', (property, expected) => {
    expect(own(property, expected)).toBe(true);
  });

  test.each([
    ['tls_client_auth_subject_dn', 'CN=rp.exemple.test'],
    ['tls_client_auth_subject_dn', 'C=FR,O=Exemple\\, SA,CN=rp.exemple.test'],
    ['tls_client_auth_subject_dn', 'CN=rp.exemple.test,O=Exemple,C=FR'],
    ['tls_client_auth_san_dns', 'exemple.test'],
    ['tls_client_auth_san_email', 'other@exemple.test'],
    ['tls_client_auth_san_ip', '192.0.2.8'],
    ['tls_client_auth_san_uri', 'https://rp.exemple.test/'],
  ] as const)('%s %s does not', (property, expected) => {
    expect(own(property, expected)).toBe(false);
  });

  test('is not met by a wildcard', () => {
    const wild = new X509Certificate(otherCertificate);
    expect(subjectMatches(wild, 'tls_client_auth_san_dns', 'rp.exemple.test')).toBe(false);
  });
});

test('without a header there is no such method, and without a word on the chain only self-signed ones', () => {
  expect(mutualTlsAuthMethods({})).toEqual([]);
  expect(mutualTlsAuthMethods({ certificateHeader: 'x-c' })).toEqual(['self_signed_tls_client_auth']);
  expect(mutualTlsAuthMethods({ certificateHeader: 'x-c', verifiedHeader: 'x-v' })).toHaveLength(2);
});

describe('behind a proxy', () => {
  const headers = { certificateHeader: 'x-certificate', verifiedHeader: 'x-verified' };
  let world: World;
  let trusting: Server;
  let distrusting: Server;

  beforeAll(async () => {
    world = await openWorld({ mutualTls: { ...headers, url: 'https://mtls.exemple.test' } });
    trusting = await front(['127.0.0.1']);
    distrusting = await front(['192.0.2.1']);
    const common = { party: 'first', redirect_uris: [callback], grant_types: ['authorization_code', 'refresh_token'] };
    const bound = { tls_client_certificate_bound_access_tokens: true };
    await world.oidc.clients.add({
      ...{ ...common, ...bound, client_id: 'authority', token_endpoint_auth_method: 'tls_client_auth' },
      tls_client_auth_san_dns: 'rp.exemple.test',
    });
    const { x5c, ...jwk } = jwkOf(parsed);
    await world.oidc.clients.add({
      ...{ ...common, ...bound, client_id: 'self', token_endpoint_auth_method: 'self_signed_tls_client_auth' },
      jwks: { keys: [{ ...jwk, x5c }] },
    });
    await world.oidc.clients.add({
      ...{ ...common, ...bound, client_id: 'public', token_endpoint_auth_method: 'none' },
    });
  });
  afterAll(async () => {
    await world.close();
    for (const server of [trusting, distrusting]) await new Promise((resolve) => server.close(resolve));
  });

  /** The provider behind the web layer's own treatment of headers. */
  async function front(trusted: readonly string[]): Promise<Server> {
    const app = new Koa();
    app.use(believeProxies(trusted, headers) as unknown as Koa.Middleware);
    app.use(world.oidc.middleware);
    const server = createServer(app.callback());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  }
  const at = (server: Server, path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const handed = (pem: string, verified = 'SUCCESS') => ({
    'x-certificate': encodeURIComponent(pem),
    'x-verified': verified,
  });
  const introspect = async (clientId: string, sent: Record<string, string>, server = trusting) =>
    (await post(at(server, '/introspection'), { client_id: clientId, token: 'unknown' }, sent)).status;

  test('a client is known by a certificate of an authority (O48)', async () => {
    expect(await introspect('authority', handed(certificate))).toBe(200);
    expect(await introspect('authority', handed(otherCertificate))).toBe(401);
    expect(await introspect('authority', handed(certificate, 'FAILED:self signed'))).toBe(401);
    expect(await introspect('authority', { 'x-certificate': encodeURIComponent(certificate) })).toBe(401);
    expect(await introspect('authority', {})).toBe(401);
  });

  test('or by one that it registered itself, whatever the chain (O48)', async () => {
    expect(await introspect('self', handed(certificate, 'NONE'))).toBe(200);
    expect(await introspect('self', handed(otherCertificate))).toBe(401);
    expect(await introspect('self', {})).toBe(401);
  });

  test('a header that no trusted proxy sent is no certificate (O48)', async () => {
    expect(await introspect('authority', handed(certificate), distrusting)).toBe(401);
    expect(await introspect('self', handed(certificate), distrusting)).toBe(401);
    const direct = await post(`${world.issuer}/introspection`, { client_id: 'self', token: 'x' }, handed(certificate));
    expect(direct.status).toBe(401);
  });

  /** Logs in and exchanges the code with this certificate. */
  async function exchange(clientId: string, sent: Record<string, string>) {
    const resource = `${world.issuer}/api`;
    const parameters = { client_id: clientId, scope: 'openid offline_access account.read', resource };
    const { left, verifier } = await authorize(world, { parameters });
    const code = left?.searchParams.get('code') ?? '';
    return await post(
      at(trusting, '/token'),
      {
        ...{ grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: callback },
        ...{ code_verifier: verifier, resource },
      },
      sent,
    );
  }

  test('tokens are bound to the certificate, and refused at the APIs without it or with another (O24, O48)', async () => {
    const { body } = await exchange('authority', handed(certificate));
    const token: string = body.access_token;
    expect(decodeJwt(token)).toMatchObject({ cnf: { 'x5t#S256': thumbprint } });
    const present = async (shown: string | undefined) => {
      const presented: TokenPresentation = {
        ...{ scheme: 'Bearer', proof: undefined, method: 'GET', url: `${world.issuer}/api/x` },
        ...{ certificate: shown, offerNonce: () => {} },
      };
      return await world.oidc.verifyAccessToken(token, presented);
    };
    expect(await present(encodeURIComponent(certificate))).toMatchObject({ clientId: 'authority' });
    for (const shown of [undefined, otherCertificate, 'nonsense']) {
      await expect(present(shown)).rejects.toMatchObject({ code: 'invalid_token' });
    }
    await expect(world.oidc.verifyAccessToken(token)).rejects.toMatchObject({ code: 'invalid_token' });
  });

  test('a public client’s refresh token goes on with its certificate only (O44)', async () => {
    const { body } = await exchange('public', handed(certificate));
    const refresh = async (sent: Record<string, string>) => {
      const asking = { grant_type: 'refresh_token', client_id: 'public', refresh_token: body.refresh_token };
      return (await post(at(trusting, '/token'), asking, sent)).body.error;
    };
    expect(await refresh(handed(otherCertificate))).toBe('invalid_grant');
    expect(await refresh({})).toBe('invalid_grant');
    expect(await refresh(handed(certificate))).toBeUndefined();
  });

  test('without a certificate there are no tokens', async () => {
    expect((await exchange('public', {})).body.error).toBe('invalid_grant');
  });

  test('userinfo asks for the certificate too', async () => {
    const parameters = { client_id: 'public', scope: 'openid' };
    const { left, verifier } = await authorize(world, { parameters });
    const code = left?.searchParams.get('code') ?? '';
    const asking = { grant_type: 'authorization_code', client_id: 'public', code, redirect_uri: callback };
    const { body } = await post(at(trusting, '/token'), { ...asking, code_verifier: verifier }, handed(certificate));
    const call = async (sent: Record<string, string>) =>
      (await fetch(at(trusting, '/userinfo'), { headers: { authorization: `Bearer ${body.access_token}`, ...sent } }))
        .status;
    expect([await call(handed(certificate)), await call(handed(otherCertificate)), await call({})]).toEqual([
      200, 401, 401,
    ]);
  });

  test('discovery names the methods, the binding and where to bring certificates', async () => {
    const found = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as {
      mtls_endpoint_aliases: Record<string, string>;
    };
    expect(found).toMatchObject({
      tls_client_certificate_bound_access_tokens: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
    });
    expect(found.mtls_endpoint_aliases).toMatchObject({
      token_endpoint: 'https://mtls.exemple.test/token',
      userinfo_endpoint: 'https://mtls.exemple.test/userinfo',
      pushed_authorization_request_endpoint: 'https://mtls.exemple.test/par',
    });
    expect(found.mtls_endpoint_aliases).not.toHaveProperty('authorization_endpoint');
  });
});

function jwkOf(one: X509Certificate): Record<string, unknown> & { x5c: string[] } {
  return { ...one.publicKey.export({ format: 'jwk' }), use: 'sig', x5c: [one.raw.toString('base64')] };
}

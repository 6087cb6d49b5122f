// Whom the provider calls, and whom it does not (SSRF).
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createOutboundFetch, isPrivateAddress, OutboundRefused } from '../../../src/oidc/outbound.ts';

function aFetch({ allow = [] as string[], addresses = ['93.184.216.34'] } = {}) {
  const sent: { url: string; init: RequestInit }[] = [];
  const outbound = createOutboundFetch({
    allow,
    resolve: async () => addresses,
    fetch: async (url, init) => {
      sent.push({ url: String(url), init: init ?? {} });
      return new Response('ok');
    },
  });
  return { outbound, sent };
}

describe('an outbound request', () => {
  test('to a public host goes out, along no redirect (O53)', async () => {
    const { outbound, sent } = aFetch();
    await outbound('https://rp.exemple.test/jwks', { method: 'GET' });
    expect(sent[0]).toMatchObject({ url: 'https://rp.exemple.test/jwks', init: { redirect: 'error' } });
  });

  test.each([
    'http://127.0.0.1/',
    'http://127.0.0.1:3004/admin',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://10.1.2.3/',
    'http://169.254.169.254/latest/meta-data',
    'http://192.168.1.1/',
    'http://172.20.0.1/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://[fd00::1]/',
    'file:///etc/passwd',
    'ftp://rp.exemple.test/',
  ])('to %s is refused', async (url) => {
    const { outbound, sent } = aFetch();
    await expect(outbound(url, {})).rejects.toBeInstanceOf(OutboundRefused);
    expect(sent).toEqual([]);
  });

  test('to a name with one private address among public ones is refused (O53)', async () => {
    const { outbound, sent } = aFetch({ addresses: ['93.184.216.34', '10.0.0.5'] });
    await expect(outbound('https://rebind.exemple.test/', {})).rejects.toBeInstanceOf(OutboundRefused);
    expect(sent).toEqual([]);
  });

  test('to an unknown name is refused', async () => {
    const { outbound } = aFetch({ addresses: [] });
    await expect(outbound('https://nowhere.exemple.test/', {})).rejects.toBeInstanceOf(OutboundRefused);
  });

  test('to a named host goes out even if it is local, to its port only', async () => {
    const { outbound, sent } = aFetch({ allow: ['localhost:3001'], addresses: ['127.0.0.1'] });
    await outbound('http://localhost:3001/backchannel-logout', { method: 'POST' });
    expect(sent).toHaveLength(1);
    await expect(outbound('http://localhost:3004/admin', {})).rejects.toBeInstanceOf(OutboundRefused);
  });

  test('to a host that is named without a port goes out on any port, and to no other host', async () => {
    const { outbound, sent } = aFetch({ allow: ['localhost'], addresses: ['127.0.0.1'] });
    await outbound('http://localhost:3001/backchannel-logout', { method: 'POST' });
    await outbound('https://LOCALHOST/jwks', {});
    expect(sent).toHaveLength(2);
    await expect(outbound('http://localhost.exemple.test:3001/', {})).rejects.toBeInstanceOf(OutboundRefused);
  });
});

test('public addresses are not private', () => {
  expect(['93.184.216.34', '2606:4700::1111', '8.8.8.8'].map(isPrivateAddress)).toEqual([false, false, false]);
  expect(isPrivateAddress('no address')).toBe(true);
});

test('a name that was public when it was checked and is local when it is connected to reaches nothing (X112)', async () => {
  let reached = 0;
  const server = createServer((_request, response) => {
    reached += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://localhost:${port}/`;
  const rebound = createOutboundFetch({ allow: [], resolve: async () => ['93.184.216.34'] });
  await expect(rebound(url, { method: 'POST' })).rejects.toThrow();
  expect(reached).toBe(0);
  await createOutboundFetch({ allow: ['localhost'] })(url, { method: 'POST' });
  expect(reached).toBe(1);
  await new Promise((resolve) => server.close(resolve));
});

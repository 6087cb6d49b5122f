// Pings: when a client is told, what it is told, where it may be called; and what its registration must say.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPingQueue, pingJob } from '../../../src/messaging/pings.ts';
import { cibaProblem, completeCiba } from '../../../src/oidc/ciba-metadata.ts';
import { postPing } from '../../../src/oidc/ciba-ping.ts';
import { createOutboundFetch } from '../../../src/oidc/outbound.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { type CibaWorld, cibaClients, openCibaWorld, pingEndpoint } from './ciba-world.ts';
import { masterKey } from './people.ts';

describe('a client in ping mode', () => {
  let world: CibaWorld;
  beforeAll(async () => {
    world = await openCibaWorld();
  });
  afterAll(() => world?.close());

  const begin = async () => {
    const customer = await world.customer();
    const pinged = world.party('pinged');
    const more = { client_notification_token: 'token-of-the-client' };
    const { id } = await pinged.begin({ login_hint: `tel:${customer.msisdn}`, ...more });
    world.pings.length = 0;
    return { customer, id, pinged };
  };
  const told = (requestId: string) => [
    { clientId: 'pinged', uri: pingEndpoint, requestId, notificationToken: 'token-of-the-client' },
  ];

  test('is told of an approval, once, and its token call after that succeeds at once (O21, O30)', async () => {
    const { customer, id, pinged } = await begin();
    await pinged.poll(id);
    await world.answer(customer);
    await world.oidc.ciba?.sweep();
    await world.oidc.ciba?.sweep();
    expect(world.pings).toEqual(told(id));
    expect((await pinged.poll(id)).status).toBe(200);
  });

  test('is told of a refusal too, and of the end of the time (O30)', async () => {
    const { customer, id, pinged } = await begin();
    await world.answer(customer, { result: 0x01 });
    await world.oidc.ciba?.sweep();
    expect(world.pings).toEqual(told(id));
    expect((await pinged.poll(id)).body['error']).toBe('access_denied');
    const late = await begin();
    await advanceClock(world.database.db, 400);
    await world.oidc.ciba?.sweep();
    expect(world.pings).toEqual(told(late.id));
    expect((await late.pinged.poll(late.id)).body['error']).toBe('expired_token');
  });
});

describe('the post', () => {
  const requests: { request: IncomingMessage; body: string }[] = [];
  let status = 204;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    requests.push({ request, body });
    response.writeHead(status, status === 301 ? { location: '/elsewhere' } : {}).end(status === 200 ? 'thanks' : '');
  });
  let uri = '';
  let allow: string[] = [];
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    uri = `http://localhost:${port}/ping`;
    allow = [`localhost:${port}`];
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const ping = () => ({ clientId: 'pinged', uri, requestId: 'the-id', notificationToken: 'its-token' });

  test('says the id and nothing else, with the client’s own token (O29)', async () => {
    expect(await postPing(createOutboundFetch({ allow }), ping())).toBe('taken');
    const { request, body } = requests.at(-1)!;
    expect([request.method, request.headers['content-type']]).toEqual(['POST', 'application/json']);
    expect(request.headers.authorization).toBe('Bearer its-token');
    expect(JSON.parse(body)).toEqual({ auth_req_id: 'the-id' });
  });

  test.each([
    [200, 'taken'],
    [301, 'never'],
    [401, 'never'],
    [403, 'never'],
    [500, 'again'],
    [503, 'again'],
  ])('answered with %i it is %s (O29, O30, X112)', async (answered, outcome) => {
    status = answered;
    const before = requests.length;
    expect(await postPing(createOutboundFetch({ allow }), ping())).toBe(outcome);
    expect(requests).toHaveLength(before + 1);
  });

  test('goes to no private or loopback address that is not named (O31, X112)', async () => {
    const before = requests.length;
    expect(await postPing(createOutboundFetch({ allow: [] }), ping())).toBe('never');
    const metadata = { ...ping(), uri: 'https://169.254.169.254/latest' };
    expect(await postPing(createOutboundFetch({ allow }), metadata)).toBe('never');
    expect(requests).toHaveLength(before);
  });

  test('that meets no server is tried again', async () => {
    const fetch = async () => {
      throw new TypeError('fetch failed');
    };
    const outbound = createOutboundFetch({ allow: ['client.exemple.test'], fetch });
    await expect(postPing(outbound, { ...ping(), uri: pingEndpoint })).rejects.toThrow('fetch failed');
  });

  test('is a job whose table shows neither id nor token; only trouble on the other side repeats it (O59)', async () => {
    const job = pingJob(masterKey, ping());
    expect(JSON.stringify(job)).not.toMatch(/the-id|its-token/);
    const got: unknown[] = [];
    const queue = (outcome: 'taken' | 'again' | 'never') =>
      createPingQueue(masterKey, async (post) => {
        got.push(post);
        return outcome;
      });
    const run = (outcome: 'taken' | 'again' | 'never') =>
      queue(outcome).handle(job, { id: 'job', signal: AbortSignal.timeout(1_000) });
    await run('taken');
    expect(got).toEqual([ping()]);
    await expect(run('again')).rejects.not.toMatchObject({ name: 'PermanentJobError' });
    await expect(run('never')).rejects.toMatchObject({ name: 'PermanentJobError' });
  });
});

test('a client that is pinged at anything but https is not registered (O31)', async () => {
  const world = await openCibaWorld();
  try {
    const pinged = cibaClients.find((client) => client.client_id === 'pinged');
    for (const address of ['http://client.exemple.test/', 'http://localhost:4000/ping', 'no address']) {
      const client = { ...pinged, client_id: 'bad', backchannel_client_notification_endpoint: address };
      await expect(world.oidc.clients.add(client)).rejects.toMatchObject({ name: 'ClientMetadataError' });
    }
  } finally {
    await world.close();
  }
});

describe('the registration of a client', () => {
  const ciba = { grant_types: ['urn:openid:params:grant-type:ciba'] };
  test.each([
    [{ ...ciba, token_endpoint_auth_method: 'none' }, /must authenticate/],
    [{ backchannel_user_code_parameter: true }, /no user codes/],
    [{ ...ciba, profile: 'hub' }, /hub/],
    [{ ...ciba, profile: 'fapi-2.0' }, /signing_alg is required/],
  ])('is refused with %o (O02, O09, O15)', (metadata, problem) => {
    expect(cibaProblem(metadata)).toMatch(problem);
  });

  test.each([
    {},
    ciba,
    { ...ciba, backchannel_client_notification_endpoint: pingEndpoint },
    { ...ciba, profile: 'fapi-2.0', backchannel_authentication_request_signing_alg: 'PS256' },
  ])('is fine with %o', (metadata) => {
    expect(cibaProblem(metadata)).toBeUndefined();
  });

  test('needs no redirect URI when it has no browser flow', () => {
    const metadata: Record<string, unknown> = { ...ciba };
    completeCiba(metadata);
    expect(metadata['response_types']).toEqual([]);
    const both: Record<string, unknown> = { grant_types: [...ciba.grant_types, 'authorization_code'] };
    completeCiba(both);
    expect(both['response_types']).toBeUndefined();
  });
});

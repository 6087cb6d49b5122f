// The provider on Redis: a login as always; and Redis that is killed in the middle of logins, and comes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedis } from '../../src/storage/redis.ts';
import { cibaParty } from '../support/flow-ciba.ts';
import { answerWithPin, loginWithPin, openLogin, ring } from '../support/flow-login.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';
import { canStartRedis, keysOf, type RedisServer, redisAddress, startRedisServer } from '../support/redis.ts';

const alice = { msisdn: '+33639980001', pin: '4071' };
const david = { msisdn: '+33639980004', pin: '7391' };
const emma = '+33639980005';

describe.skipIf(!canStartRedis)('the provider on Redis (TEST_REDIS_URL and redis-server or valkey-server)', () => {
  let server: RedisServer;
  let world: FlowWorld;
  const probe = (path: string) => fetch(`${world.app.opsUrl}${path}`);
  const ready = async () => (await (await probe('/readyz')).json()) as { ready: boolean; checks: object };
  const back = () => until('it is ready again', async () => (await ready()).ready);
  const rowsOf = async (table: string) =>
    Number((await world.database.executeSql(`select count(*) as n from ${table}`)).rows[0]?.['n']);
  const exchange = (code: string) =>
    fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('tester:tester-demo-secret-32-characters-long')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: 'x',
        code_verifier: 'x'.repeat(43),
      }),
    });

  const recordsIn = async () => {
    const own = await openRedis(redisAddress(server.url));
    const keys = await keysOf(own);
    await own.close();
    return keys;
  };

  beforeAll(async () => {
    server = await startRedisServer();
    world = await startFlowWorld({ environment: { REDIS_URL: server.url } });
  });
  afterAll(async () => {
    await world?.stop();
    await server?.stop();
  });

  test('keeps short-lived records and limits there, and nothing of them in the database', async () => {
    expect((await ready()).checks).toMatchObject({ database: 'up', redis: 'up' });
    const { done } = await loginWithPin(world, { phone: world.phone(david.msisdn), pin: david.pin });
    expect(done.claims.acr).toBe('3');
    expect(await rowsOf('ephemeral_records')).toBe(0);
    expect(await rowsOf('rate_limits')).toBe(0);
    expect((await recordsIn()).some((key) => key.includes(' AuthorizationCode'))).toBe(true);
  });

  test('lets nobody in while it is gone, says so, keeps what lasts, and recovers by itself (X120)', async () => {
    const locked = await ring(world, emma);
    await world.phone(emma).waitForScreen();
    for (const pin of ['9182', '9183', '9184']) await world.phone(emma).pin(pin);
    await locked.settled();
    const ciba = cibaParty(world.issuer, 'callcentre');
    const asked = await ciba.begin({ login_hint: `tel:${david.msisdn}`, binding_message: 'W4SCT' });
    await world.phone(david.msisdn).waitForScreen();
    const waiting = await ring(world, alice.msisdn);
    await world.phone(alice.msisdn).waitForScreen();
    const atPassword = await openLogin(world);
    const begun = await world.startLogin();
    const attempts = await rowsOf('attempts');

    const lost = until('it knows that Redis is gone', async () => !(await ready()).ready);
    await server.kill();
    await lost;
    expect((await ready()).checks).toMatchObject({ database: 'up', redis: 'down' });
    expect((await probe('/livez')).status).toBe(200);
    expect(await (await probe('/metrics')).text()).toContain('redis_events_total{event="lost"} 1');

    const refused = await world.browser().open(begun.url);
    // The relying party's own page can say it better than ours (RFC 6749 4.1.2.1).
    expect(refused.stoppedAt?.searchParams.get('error')).toBe('temporarily_unavailable');
    expect(refused.stoppedAt?.href).not.toMatch(/redis|connection/i);
    await atPassword.identify(alice.msisdn);
    expect(atPassword.page.status).toBe(503);
    expect(atPassword.page.text).toContain('data-error="temporarily_unavailable"');
    expect(atPassword.page.text).not.toMatch(/redis|connection/i);
    await waiting.reload();
    expect(waiting.page.status).toBe(503);
    const exchanged = await exchange('x'.repeat(43));
    expect([exchanged.status, await exchanged.json()]).toEqual([
      503,
      expect.objectContaining({ error: 'temporarily_unavailable' }),
    ]);
    const polled = await ciba.poll(asked.id);
    expect([polled.status, polled.body['error']]).toEqual([503, 'temporarily_unavailable']);
    const another = await ciba.ask({ login_hint: `tel:${emma}`, binding_message: 'W4SCT' });
    expect([another.status, another.body['error']]).toEqual([503, 'temporarily_unavailable']);
    // The answers of the phones are not lost: they go to the database.
    await world.phone(alice.msisdn).pin(alice.pin);
    expect(await rowsOf('attempts')).toBe(attempts);

    await server.start();
    await back();
    // What Redis has forgotten is over, cleanly: a new login, a new request.
    await waiting.reload();
    expect(waiting.page.status).toBe(400);
    expect(waiting.page.stoppedAt).toBeUndefined();
    const after = await ciba.poll(asked.id);
    expect([after.status, after.body['error']]).toEqual([400, 'invalid_grant']);
    const sent = await world.messagesTo(emma);
    const still = await ring(world, emma, { browser: world.browser({ address: '198.51.100.20' }) });
    expect(still.shownStatus).toBe('pending');
    expect(await world.messagesTo(emma)).toBe(sent);
    await world.nextDay();
    const reset = await world.admin('POST', '/sandbox/reset');
    expect(reset.status).toBe(200);
    expect(await recordsIn()).toEqual([]);
    const login = await ring(world, alice.msisdn);
    await answerWithPin(world.phone(alice.msisdn), login, alice.pin);
    expect(await login.settled()).toBe('approved');
    const done = await login.finish();
    expect(done.claims.acr).toBe('3');
  });
});

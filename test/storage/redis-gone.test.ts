// Redis dies, restarts, hangs or is full: whoever needs it fails at once and closed, and it comes back by itself.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { isOutage } from '../../src/ops/outages.ts';
import { createRedisEphemeralStore } from '../../src/storage/ephemeral-redis.ts';
import { createRedisCounters } from '../../src/storage/rate-limits-redis.ts';
import { openRedis, type Redis, type RedisOptions } from '../../src/storage/redis.ts';
import { startWakeUps } from '../../src/storage/wake-ups.ts';
import { until } from '../support/flow-until.ts';
import { freePorts } from '../support/free-ports.ts';
import { canStartRedis, keysOf, type RedisServer, redisAddress, startRedisServer } from '../support/redis.ts';

const content = { value: 'value', ttlSeconds: 60 };
const unavailable = { name: 'RedisUnavailableError', code: 'REDIS_UNAVAILABLE' };
const deaf = { listen: async () => async () => {} };

describe.skipIf(!canStartRedis)('X120: Redis (TEST_REDIS_URL and redis-server or valkey-server)', () => {
  const endings: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function opened(settings: readonly string[] = [], options: RedisOptions = {}) {
    const server = await startRedisServer(settings);
    endings.push(() => server.stop());
    const events: string[] = [];
    const redis = await openRedis(redisAddress(server.url), {
      onEvent: (event, reason) => events.push(reason === undefined ? event : `${event} ${reason}`),
      ...options,
    });
    endings.push(() => redis.close());
    const store = createRedisEphemeralStore(redis);
    const limit = createRedisCounters(redis)({ name: 'password', points: 2, seconds: 600 });
    return { server, redis, store, limit, events };
  }

  const back = (redis: Redis) =>
    until('Redis is back', () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    );

  async function killed(server: RedisServer, redis: Redis): Promise<void> {
    const lost = new Promise((resolve) => redis.client.once('close', resolve));
    await server.kill();
    await lost;
  }

  test('that is gone refuses everything at once, limits too, and comes back by itself', async () => {
    const { server, redis, store, limit, events } = await opened();
    await store.put('Code', 'k', content);
    await limit.take('a');
    await killed(server, redis);
    const refused = [
      () => store.find('Code', 'k'),
      () => store.put('Code', 'k', content),
      () => store.insert('Replay', 'k', content),
      () => store.consume('Code', 'k'),
      () => store.take('Code', 'k'),
      () => store.remove('Code', 'k'),
      () => limit.take('a'),
      () => limit.wait('a'),
      () => limit.forgive('a'),
      () => redis.ping(),
      () => redis.publish('c', 'x'),
    ];
    for (const call of refused) {
      const thrown = await call().catch((error: unknown) => error);
      expect(thrown).toMatchObject(unavailable);
      expect(isOutage(thrown)).toBe(true);
    }
    expect(events.filter((event) => event === 'lost')).toHaveLength(1);
    expect(events).toContain('failed no connection');

    await server.start();
    await back(redis);
    expect(events.filter((event) => event === 'connected')).toHaveLength(2);
    expect(await limit.take('a')).toBeUndefined();
    await store.put('Code', 'k', content);
    expect(await store.consume('Code', 'k')).toBe(true);
  });

  test('that restarts from a copy of before a code was used does not give the code back', async () => {
    const { server, redis, store, limit } = await opened(['--dbfilename', 'dump.rdb']);
    await store.put('Code', 'k', content);
    for (const _ of [1, 2]) await limit.take('a');
    await redis.client.save();
    expect(await store.consume('Code', 'k')).toBe(true);
    await killed(server, redis);
    await server.start();
    await back(redis);
    // The copy holds it, unused; it stands under a run of the server that is over.
    expect((await keysOf(redis)).filter((key) => key.includes('{k}'))).toHaveLength(1);
    expect(await store.find('Code', 'k')).toBeUndefined();
    expect(await store.consume('Code', 'k')).toBe(false);
    expect(await store.take('Code', 'k')).toBeUndefined();
    // A budget that was used up stays so.
    expect(await limit.take('a')).toBeGreaterThan(0);
  });

  test('that restarts with nothing knows neither the code nor that it was used', async () => {
    const { server, redis, store } = await opened();
    await store.put('Code', 'k', content);
    await store.consume('Code', 'k');
    await killed(server, redis);
    await server.start();
    await back(redis);
    expect(await store.find('Code', 'k')).toBeUndefined();
    expect(await store.consume('Code', 'k')).toBe(false);
  });

  test('that dies in the middle of many uses of one code lets at most one through', async () => {
    const { server, redis, store } = await opened();
    await store.put('Code', 'k', content);
    const uses = Array.from({ length: 200 }, () => store.consume('Code', 'k').catch(() => false));
    await uses[0];
    await server.kill();
    expect((await Promise.all(uses)).filter(Boolean).length).toBeLessThanOrEqual(1);
    await server.start();
    await back(redis);
    expect(await store.consume('Code', 'k')).toBe(false);
  });

  test('that hangs is not waited for, and its connection is given up', async () => {
    const { server, redis, store, limit, events } = await opened([], { limitMs: 500 });
    await store.put('Code', 'k', content);
    server.freeze();
    await expect(store.consume('Code', 'k')).rejects.toMatchObject({ ...unavailable, reason: 'timed out' });
    await expect(limit.take('a')).rejects.toMatchObject(unavailable);
    await until('the connection is given up', () => events.includes('lost'));
    server.thaw();
    await back(redis);
    // The server has done what nobody heard of: the code is spent, and stays so.
    expect(await store.consume('Code', 'k')).toBe(false);
  });

  test('that is full refuses what is new, and nobody passes', async () => {
    const { redis, store, limit } = await opened();
    await store.put('Code', 'k', content);
    await redis.client.config('SET', 'maxmemory', '1');
    await expect(store.put('Code', 'l', content)).rejects.toMatchObject({ ...unavailable, reason: 'OOM' });
    await expect(store.insert('Replay', 'l', content)).rejects.toMatchObject(unavailable);
    await expect(limit.take('a')).rejects.toMatchObject(unavailable);
  });

  test('that may throw records away is complained about', async () => {
    const evicting = await opened(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']);
    expect(evicting.events).toContain('evicting');
    const keeping = await opened(['--maxmemory', '100mb', '--maxmemory-policy', 'noeviction']);
    expect(keeping.events).toEqual(['connected']);
  });

  test('wakes everybody to look again when it is back, and what is announced then arrives', async () => {
    const { server, redis } = await opened();
    const wakeUps = await startWakeUps(deaf, redis);
    endings.push(() => wakeUps.stop());
    const waiting = wakeUps.wait('a', { timeoutMs: 60_000 });
    await killed(server, redis);
    await server.start();
    await waiting;
    await back(redis);
    const next = wakeUps.wait('b', { timeoutMs: 60_000 });
    await redis.publish('wake_up', 'b');
    await next;
  });

  test('that is not there, or wants another password, is told without the address', async () => {
    const { server } = await opened(['--requirepass', 'right-password'], {}).catch(async (error: unknown) => {
      // The opener came without one.
      expect(error).toMatchObject({ ...unavailable, reason: 'NOAUTH' });
      return { server: undefined };
    });
    expect(server).toBeUndefined();
    const guarded = await startRedisServer(['--requirepass', 'right-password']);
    endings.push(() => guarded.stop());
    const withPassword = (word: string) => redisAddress(guarded.url.replace('//', `//:${word}@`));
    const thrown = await openRedis(withPassword('wrong-password')).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ ...unavailable, reason: 'WRONGPASS' });
    expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toMatch(/wrong-password|127\.0\.0\.1/);
    const redis = await openRedis(withPassword('right-password'));
    await redis.ping();
    await redis.close();
    await guarded.kill();
    const away = await openRedis(withPassword('right-password')).catch((error: unknown) => error);
    expect(away).toMatchObject({ ...unavailable, reason: 'ECONNREFUSED' });
    expect(JSON.stringify(away, Object.getOwnPropertyNames(away))).not.toMatch(/right-password|127\.0\.0\.1/);
  });

  test('over TLS is used only if its certificate is vouched for', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'test-redis-tls-'));
    endings.push(() => rmSync(directory, { recursive: true, force: true }));
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const own = ['-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...own, ...names], { stdio: 'ignore' });
    const [port = 0] = await freePorts(1);
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'];
    const server = await startRedisServer(['--tls-port', String(port), ...files]);
    endings.push(() => server.stop());
    const address = redisAddress(`rediss://127.0.0.1:${port}`);
    await expect(openRedis(address)).rejects.toMatchObject({ ...unavailable, reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const known = getCACertificates();
    endings.push(() => setDefaultCACertificates(known));
    setDefaultCACertificates([...known, readFileSync(cert, 'utf8')]);
    const redis = await openRedis(address);
    endings.push(() => redis.close());
    const store = createRedisEphemeralStore(redis);
    await store.put('Code', 'k', content);
    expect(await store.consume('Code', 'k')).toBe(true);
    // The other port of the same server speaks no TLS.
    await expect(openRedis(redisAddress(server.url.replace('redis:', 'rediss:')))).rejects.toMatchObject(unavailable);
  });

  test('as a cluster keeps records, counts and wakes', async () => {
    const server = await startRedisServer(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
    endings.push(() => server.stop());
    const alone = await openRedis(redisAddress(server.url));
    await alone.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until('the cluster is up', async () => /cluster_state:ok/.test(String(await alone.client.cluster('INFO'))));
    await alone.close();
    const redis = await openRedis(redisAddress(`${server.url}?cluster=true`));
    endings.push(() => redis.close());
    const store = createRedisEphemeralStore(redis);
    for (const kind of ['Code', 'Interaction']) await store.put(kind, 'one', content);
    expect(await Promise.all([1, 2, 3].map(() => store.consume('Code', 'one')))).toEqual([true, false, false]);
    expect(await store.find('Interaction', 'one')).toEqual({ value: 'value', consumedAt: null });
    const slots = await Promise.all((await keysOf(redis)).map((key) => redis.client.cluster('KEYSLOT', key)));
    expect(slots).toHaveLength(2);
    expect(new Set(slots).size).toBe(1);
    const limit = createRedisCounters(redis)({ name: 'password', points: 1, seconds: 600 });
    expect(await limit.take('a')).toBeUndefined();
    expect(await limit.take('a')).toBeGreaterThan(0);
    expect(await limit.wait('a')).toBeGreaterThan(0);
    const wakeUps = await startWakeUps(deaf, redis);
    endings.push(() => wakeUps.stop());
    const waiting = wakeUps.wait('a', { timeoutMs: 60_000 });
    await redis.publish('wake_up', 'a');
    await waiting;
    await redis.client.set('of somebody else', '1');
    await redis.forgetAll();
    expect(await redis.client.keys('*')).toEqual(['of somebody else']);
    await server.kill();
    await expect(store.find('Code', 'one')).rejects.toMatchObject(unavailable);
    await expect(limit.take('a')).rejects.toMatchObject(unavailable);
  });
});

// The processes of docker/compose.yaml without containers: two providers without jobs and a worker, on one PostgreSQL
// and one Redis, behind the TLS proxy of the trial. Steps of one login go to either node; nodes, Redis and the line to
// the SMSC go away in the middle of logins. The order matters: the last chapters take nodes away.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from '../support/browser.ts';
import { postgresUrl } from '../support/databases.ts';
import { type Login, openLogin, ring } from '../support/flow-login.ts';
import { sumIn } from '../support/flow-reset.ts';
import { until } from '../support/flow-until.ts';
import { canRunProxy } from '../support/platform.ts';
import {
  inParallel,
  nodeNames,
  type PlatformWorld,
  selfApproving,
  startPlatformWorld,
  stubbornLogin,
  testerClient,
} from '../support/platform-world.ts';
import { canStartRedis } from '../support/redis.ts';

const nora = '+33639985001';
const omar = '+33639985002';
const providers = ['provider-1', 'provider-2'] as const;
const canRun = postgresUrl !== undefined && canStartRedis && canRunProxy;

describe.skipIf(!canRun)('the processes of compose.yaml (PostgreSQL, redis-server or valkey-server, caddy)', () => {
  let world: PlatformWorld;
  const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const ready = (...names: readonly (typeof nodeNames)[number][]) =>
    until(
      'the nodes are ready',
      async () => {
        const all = await Promise.all(names.map((name) => world.readiness(name).catch(() => ({ status: 0 }))));
        return all.every(({ status }) => status === 200);
      },
      60,
    );

  beforeAll(async () => {
    world = await startPlatformWorld({
      ATTEMPT_TTL_SECONDS: '60',
      SEND_LEASE_SECONDS: '2',
      // Everybody comes from one address and by one client.
      ...{ STARTS_PER_ADDRESS: '100000', STARTS_PER_CLIENT: '100000' },
    });
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);

  test('are ready, each bound to the SMSC with the same system id, and write nothing to disk', async () => {
    for (const name of nodeNames) {
      const { status, checks } = await world.readiness(name);
      expect([status, checks]).toEqual([
        200,
        { serving: 'up', database: 'up', redis: 'up', smsc: 'up', workers: 'up' },
      ]);
      expect(await world.metric(name, 'smpp_bound')).toBe(1);
    }
    expect((await fetch(world.platform.portalUrl)).status).toBe(200);
    await expect(fetch(`http://${world.node('worker').address}:3000/`)).rejects.toThrow();
    expect(world.platform.writtenFiles()).toEqual([]);
  });

  test('know a client at once that the command line adds, and forget it at once', async () => {
    const knows = async () => {
      const asked = providers.map((name) => world.ciba(name).ask({ login_hint: 'tel:+33639985009', client: 'x' }));
      return (await Promise.all(asked)).map(({ status }) => status !== 401);
    };
    expect(await knows()).toEqual([false, false]);
    const folder = mkdtempSync(join(tmpdir(), 'platform-client-'));
    const file = join(folder, 'client.json');
    writeFileSync(file, JSON.stringify(testerClient));
    await world.platform.cli('client', 'add', '--file', file);
    await until('both know it', async () => (await knows()).every((one) => one), 2);
    await world.platform.cli('client', 'remove', 'tester');
    await until('both have forgotten it', async () => (await knows()).every((one) => !one), 2);
    await world.platform.cli('client', 'add', '--file', file);
    rmSync(folder, { recursive: true });
    await until('both know it again', async () => (await knows()).every((one) => one), 2);
  }, 60_000);

  test('take the steps of a login in turn, as the proxy sends them', async () => {
    const served = () =>
      Promise.all(providers.map((name) => world.metric(name, 'http_request_duration_seconds_count', 'interaction')));
    const before = await served();
    const login = await ring(world, nora);
    const screen = await world.phone(nora).waitForScreen();
    expect(screen.referenceCode).toBe(login.referenceCode);
    await world.phone(nora).pin('4071');
    expect(await login.settled()).toBe('approved');
    const { claims, tokens } = await login.finish();
    expect(claims.acr).toBe('3');
    const after = await served();
    for (const index of [0, 1]) expect(after[index]).toBeGreaterThan(before[index] ?? 0);
    for (const name of providers) {
      const answer = await world.at(name, '/userinfo', { authorization: `Bearer ${tokens.access_token}` });
      expect(await answer.json()).toMatchObject({ sub: claims.sub });
    }
  });

  test('begin a request without a browser at one node and answer the long poll at the other, wherever the phone’s answer arrives', async () => {
    const numbers = selfApproving.slice(0, 12);
    const answers = await inParallel(numbers, 4, async (number) => {
      const [here, there] = numbers.indexOf(number) % 2 === 0 ? providers : providers.toReversed();
      const { id } = await world
        .ciba(here ?? 'provider-1')
        .begin({ login_hint: `tel:${number}`, binding_message: 'W4SCT' });
      return await world.ciba(there ?? 'provider-2').poll(id, { wait: 20 });
    });
    expect(answers.map(({ status }) => status)).toEqual(numbers.map(() => 200));
    const judged = await Promise.all(nodeNames.map((name) => world.metric(name, 'attempts_ended_total', 'approved')));
    expect(judged.every((count) => count > 0)).toBe(true);
    expect(judged.reduce((sum, count) => sum + count)).toBe(numbers.length + 1);
  });

  test('leave messages to the worker, whichever node ordered them', async () => {
    const before = await world.phone(nora).inbox();
    await askForCode(nora, 'mobile');
    await askForCode('nora@exemple.test', 'email');
    await world.phone(nora).waitForSms({ after: before[0]?.seq ?? 0, seconds: 20 });
    await until('the e-mail comes', async () => (await world.mail('nora@exemple.test')).length > 0, 20);
    expect(await world.metric('worker', 'jobs_total', 'completed')).toBeGreaterThan(1);
    for (const name of providers) expect(await world.metric(name, 'jobs_total')).toBe(0);
  });

  /** A forgotten password, up to the code. */
  async function askForCode(identifier: string, channel: string) {
    const browser = world.browser();
    let page = await browser.submit(await browser.open(`${world.issuer}/account/password-reset`), { identifier });
    page = await browser.submit(page, { answer: sumIn(page.text) });
    page = await browser.submit(page, { channel });
    expect(page.text).toContain('name="code"');
  }

  test('sign with the next keys at once after a rotation, without a restart', async () => {
    const kids = (name: (typeof providers)[number]) =>
      world.at(name, '/jwks').then(async (answer) => {
        const { keys } = (await answer.json()) as { keys: { kid: string }[] };
        return keys.map(({ kid }) => kid).join();
      });
    const before = await kids('provider-1');
    await world.platform.cli('key', 'rotate');
    await until(
      'both publish the same new set',
      async () => {
        const [one, two] = await Promise.all(providers.map(kids));
        return one === two && one !== before;
      },
      5,
    );
    const { claims } = await stubbornLogin(world, selfApproving[20] ?? '');
    expect(claims.acr).toBe('3');
  }, 60_000);

  test('lose no login when one of them is killed in the middle of 200, approve none twice, keep no number occupied', async () => {
    const killed = (async () => {
      await until('a quarter is done', async () => (await approvals()) > 60, 60);
      await world.node('provider-1').end('SIGKILL');
    })();
    const done = await inParallel(selfApproving, 16, (number) => stubbornLogin(world, number));
    await killed;
    expect(world.node('provider-1').isRunning).toBe(false);
    expect(new Set(done.map(({ claims }) => claims.sub)).size).toBe(selfApproving.length);
    expect(done.every(({ claims }) => claims.acr === '3')).toBe(true);
    // Nobody had to begin again but those whose last answer the dying node took with it.
    expect(done.filter(({ begunAgain }) => begunAgain > 0).length).toBeLessThanOrEqual(16);
    for (const action of ['sign_in.approved', 'attempt.answered']) {
      const twice = await world.query(
        `select object from audit_events where action = '${action}' and coalesce(details->>'counted', 'true') = 'true' group by object having count(*) > 1`,
      );
      expect(twice).toEqual([]);
    }
    await until(
      'no number is occupied',
      async () => {
        const rows = await world.query(`select id from attempts where holds_slot and state = 'pending'`);
        return rows.length === 0;
      },
      60,
    );
    await world.node('provider-1').start();
  }, 180_000);

  async function approvals(): Promise<number> {
    const [row] = await world.query(`select count(*)::int as n from attempts where state = 'approved'`);
    return Number(row?.['n']);
  }

  test('finish what was on the phones when the line to the SMSC was cut for 10 s; meanwhile say at once that it is gone', async () => {
    const login = await ring(world, nora);
    await world.phone(nora).waitForScreen();
    const { id } = await world.ciba('provider-2').begin({ login_hint: `tel:${omar}`, binding_message: 'W4SCT' });
    const poll = world.ciba('provider-1').poll(id, { wait: 30 });
    await world.phone(omar).waitForScreen();
    world.relay.cut();
    const cutAt = Date.now();
    try {
      await until('all have noticed', async () => {
        const all = await Promise.all(nodeNames.map((name) => world.readiness(name)));
        return all.every(({ checks }) => checks['smsc'] === 'down');
      });
      await world.phone(nora).pin('4071');
      await world.phone(omar).pin('7391');
      expect((await ring(world, selfApproving[30] ?? '')).shownStatus).toBe('unavailable');
      const asked = await world
        .ciba('provider-1')
        .ask({ login_hint: `tel:${selfApproving[31]}`, binding_message: 'W4SCT' });
      expect([asked.status, asked.body['error']]).toEqual([503, 'temporarily_unavailable']);
      await pause(10 - (Date.now() - cutAt) / 1_000);
      expect(await login.status()).toBe('pending');
    } finally {
      world.relay.restore();
    }
    await until('the answer has come', async () => (await login.status(10)) === 'approved', 40);
    expect((await login.finish()).claims.acr).toBe('3');
    expect((await poll).status).toBe(200);
    await ready(...nodeNames);
    expect((await stubbornLogin(world, selfApproving[30] ?? '')).acknowledged).toBe(1);
  }, 90_000);

  test('let nobody in without Redis, end what runs cleanly, and recover by themselves under load', async () => {
    const atPassword = await openLogin(world);
    const resets = world.browser();
    const resetPage = await resets.open(`${world.issuer}/account/password-reset`);
    world.seenStatuses();
    let over = false;
    const load = inParallel(selfApproving.slice(40, 70), 10, async (number) => {
      while (!over) await stubbornLogin(world, number, 1).catch(() => undefined);
    });
    await pause(1);
    await world.redis.kill();
    try {
      await refusedWithoutRedis({ atPassword, resets, resetPage });
    } finally {
      await world.redis.start();
    }
    await ready(...nodeNames);
    over = true;
    await load;
    const statuses = world.seenStatuses();
    expect(statuses.filter((status) => status === 500 || status === 502)).toEqual([]);
    const after = await inParallel(selfApproving.slice(40, 50), 5, (number) => stubbornLogin(world, number));
    expect(after.every(({ claims }) => claims.acr === '3')).toBe(true);
  }, 120_000);

  async function refusedWithoutRedis({
    atPassword,
    resets,
    resetPage,
  }: {
    atPassword: Login;
    resets: Browser;
    resetPage: Page;
  }) {
    await until('all have noticed', async () => {
      const all = await Promise.all(nodeNames.map((name) => world.readiness(name)));
      return all.every(({ status, checks }) => status === 503 && checks['redis'] === 'down');
    });
    // The proxy goes on sending: the provider's own words are better than a proxy's.
    await atPassword.submit({ identifier: nora, choice: 'password' });
    expect(atPassword.page.status).toBe(503);
    expect(atPassword.page.text).toContain('data-error="temporarily_unavailable"');
    const reset = await resets.submit(resetPage, { identifier: nora });
    expect([reset.status, reset.text.includes('name="code"')]).toEqual([503, false]);
    const asked = await world.ciba('provider-1').ask({ login_hint: `tel:${nora}`, binding_message: 'W4SCT' });
    expect([asked.status, asked.body['error']]).toEqual([503, 'temporarily_unavailable']);
    await pause(1);
  }

  test('leave in order: not ready first, then what was begun is finished, then the SMPP session is ended', async () => {
    for (const name of ['provider-1', 'provider-2'] as const) {
      await until(`${name} is bound`, async () => (await world.readiness(name)).checks['smsc'] === 'up');
    }
    const { id } = await world.ciba('provider-1').begin({ login_hint: `tel:${nora}`, binding_message: 'W4SCT' });
    const poll = world.ciba('provider-2').poll(id, { wait: 30 });
    await until('it waits', async () => (await world.metric('provider-2', 'waiting', 'poller')) > 0);
    const unbinds = world.relay.unbinds;
    world.seenStatuses();
    const load = inParallel(selfApproving.slice(80, 110), 10, (number) => stubbornLogin(world, number));
    world.node('provider-2').signal('SIGTERM');
    await until(
      'it says that it leaves',
      async () => (await world.readiness('provider-2')).checks['serving'] === 'down',
      2,
    );
    expect((await world.at('provider-2', '/.well-known/openid-configuration')).status).toBe(200);
    // Not cut off: told that nothing is there yet.
    expect([(await poll).status, (await poll).body['error']]).toEqual([400, 'authorization_pending']);
    expect(await world.node('provider-2').ended()).toBe(0);
    expect(world.relay.unbinds).toBe(unbinds + 1);
    const done = await load;
    expect(done.every(({ acknowledged, begunAgain }) => acknowledged === 1 && begunAgain === 0)).toBe(true);
    // 503 asks a browser to come again, and it does; whoever had begun is not failed.
    expect(world.seenStatuses().filter((status) => status >= 500 && status !== 503)).toEqual([]);
    await world.phone(nora).pin('4071');
    expect((await world.ciba('provider-1').poll(id, { wait: 20 })).status).toBe(200);
    await world.node('provider-2').start();
  }, 120_000);

  test('give jobs back: what a worker that leaves had in hand is done by the next one', async () => {
    const jobs = () =>
      world.query(
        `select state::text from pgboss.job where name in ('code', 'sms', 'account-code') and state not in ('completed')`,
      );
    world.relay.cut();
    const before = await world.phone(nora).inbox();
    await askForCode(nora, 'mobile');
    await until('the job is there', async () => (await jobs()).length > 0);
    expect(await world.node('worker').end('SIGTERM')).toBe(0);
    const left = await jobs();
    expect(left).toHaveLength(1);
    expect(left[0]?.['state']).not.toBe('active');
    world.relay.restore();
    await world.node('worker').start();
    await world.phone(nora).waitForSms({ after: before[0]?.seq ?? 0, seconds: 30 });
    await until('nothing is left', async () => (await jobs()).length === 0);
    expect(await world.phone(nora).inbox()).toHaveLength(before.length + 1);
  }, 120_000);
});

// Metrics and probes, over the real listener.
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { OpenListener } from '../../../src/ops/http-listener.ts';
import { createMetrics, metricCatalogue, renderMetricDocs } from '../../../src/ops/metrics.ts';
import { checkReadiness, type ReadinessCheck, startOpsListener } from '../../../src/ops/monitoring.ts';

let listener: OpenListener | undefined;
afterEach(() => listener?.close());

const up = async (): Promise<void> => {};
const down = async (): Promise<void> => {
  throw new Error('password of the database: hunter2');
};
const never = (): Promise<void> => new Promise(() => {});

async function start(checks: Record<string, ReadinessCheck> = {}, limitMs = 50): Promise<string> {
  listener = await startOpsListener({ host: '127.0.0.1', port: 0, metrics: createMetrics(), checks, limitMs });
  return listener.url;
}

test('alive says that the process answers, whatever its parts do', async () => {
  const response = await fetch(`${await start({ database: down })}/livez`);
  expect(response.status).toBe(200);
});

test('ready is 200 only when every part is up', async () => {
  const response = await fetch(`${await start({ database: up, smsc: up, workers: up })}/readyz`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ ready: true, checks: { database: 'up', smsc: 'up', workers: 'up' } });
});

test('ready is 503 with the part that is down, and tells nothing of why', async () => {
  const response = await fetch(`${await start({ database: up, smsc: down })}/readyz`);
  expect(response.status).toBe(503);
  const text = await response.text();
  expect(JSON.parse(text)).toEqual({ ready: false, checks: { database: 'up', smsc: 'down' } });
  expect(text).not.toContain('hunter2');
});

test('a check that says false, throws at once or hangs is not up', async () => {
  const throwing = (): Promise<void> => {
    throw new Error('at once');
  };
  const state = await checkReadiness({ said: async () => false, threw: throwing, hung: never, fine: up }, 20);
  expect(state).toEqual({
    ready: false,
    checks: { said: 'down', threw: 'down', hung: 'timed out', fine: 'up' },
  });
});

test('readiness follows its parts, and recovers by itself', async () => {
  let bound = false;
  const url = await start({ smsc: async () => bound });
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  bound = true;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('a check can be left out: a load balancer asks only for what is this node’s alone', async () => {
  const url = await start({ serving: up, redis: down, smsc: down });
  const response = await fetch(`${url}/readyz?exclude=redis&exclude=smsc&exclude=unknown`);
  expect([response.status, await response.json()]).toEqual([200, { ready: true, checks: { serving: 'up' } }]);
  expect((await fetch(`${url}/readyz?exclude=smsc`)).status).toBe(503);
});

test('probes that come together share one round of checks', async () => {
  let rounds = 0;
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const url = await start(
    {
      database: async () => {
        rounds += 1;
        await gate;
      },
    },
    5_000,
  );
  const probes = [1, 2, 3].map(() => fetch(`${url}/readyz`));
  await fetch(`${url}/livez`);
  release();
  expect((await Promise.all(probes)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(rounds).toBe(1);
});

test('metrics are Prometheus text, counted by few labels', async () => {
  const metrics = createMetrics();
  metrics.countEvent({ action: 'password.login', outcome: 'success' });
  metrics.countSubmit('accepted');
  metrics.countJob({ queue: 'sms', outcome: 'done' });
  metrics.observeRequest({ route: '/interaction/:uid', method: 'GET', status: 204, seconds: 0.01 });
  listener = await startOpsListener({ host: '127.0.0.1', port: 0, metrics, checks: {} });
  const response = await fetch(`${listener.url}/metrics`);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const text = await response.text();
  expect(text).toContain('audit_events_total{action="password.login",outcome="success"} 1');
  expect(text).toContain('sms_submits_total{outcome="accepted"} 1');
  expect(text).toContain('jobs_total{queue="sms",outcome="done"} 1');
  expect(text).toContain('http_request_duration_seconds_count{route="/interaction/:uid",method="GET",status="2xx"} 1');
});

test('gauges are read when somebody asks; one that cannot be read leaves the others', async () => {
  const metrics = createMetrics();
  let inFlight = 3;
  metrics.watch('smpp_window', () => ({ in_flight: inFlight, waiting: 0 }));
  metrics.watch('smpp_bound', () => 1);
  metrics.watch('jobs_queued', async () => Promise.reject(new Error('the database is gone')));
  expect(await metrics.text()).toContain('smpp_window{place="in_flight"} 3');
  inFlight = 5;
  const text = await metrics.text();
  expect(text).toContain('smpp_window{place="in_flight"} 5');
  expect(text).toContain('smpp_bound 1');
  expect(text).not.toMatch(/^jobs_queued/m);
});

test('who waits is counted until it waits no more, once', async () => {
  const metrics = createMetrics();
  const leave = metrics.enterWaiting('browser');
  metrics.enterWaiting('poller');
  expect(await metrics.text()).toContain('waiting{who="browser"} 1');
  leave();
  leave();
  const text = await metrics.text();
  expect(text).toContain('waiting{who="browser"} 0');
  expect(text).toContain('waiting{who="poller"} 1');
});

test('each metric of the table is there, under its name and with its words', async () => {
  const text = await createMetrics().text();
  const counted = Object.entries(metricCatalogue).filter(([, entry]) => !('gauge' in entry));
  for (const [name, { help }] of counted) expect(text).toContain(`# HELP ${name} ${help}`);
  const docs = renderMetricDocs();
  for (const name of Object.keys(metricCatalogue)) expect(docs).toContain(`| \`${name}\` |`);
});

test('the process speaks of itself where it is asked to', async () => {
  expect(await createMetrics({ process: true }).text()).toContain('process_cpu_seconds_total');
  expect(await createMetrics().text()).not.toContain('process_cpu_seconds_total');
});

test('other paths are not found and writes are refused', async () => {
  const url = await start();
  expect((await fetch(`${url}/admin`)).status).toBe(404);
  expect((await fetch(`${url}/livez`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${url}/livez?verbose`, { method: 'HEAD' })).status).toBe(200);
});

test('a port that is taken is an error at the start', async () => {
  await start();
  const { port } = listener!;
  const second = startOpsListener({ host: '127.0.0.1', port, metrics: createMetrics(), checks: {} });
  await expect(second).rejects.toThrow('EADDRINUSE');
});

test('closing does not wait for connections that only stay open', async () => {
  await start();
  const socket = connect(listener!.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  await fetch(`${listener!.url}/livez`);
  socket.destroy();
  await listener!.close();
  await expect(fetch(`${listener!.url}/livez`)).rejects.toThrow();
});

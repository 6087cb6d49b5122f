// Metrics with few labels, and the operations listener: /livez, /readyz, /metrics. Checks are functions passed in,
// each with a time limit. Serves no secret and needs no token; it must not be reachable from the Internet.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { type OpenListener, openListener } from './http-listener.ts';

export interface Metrics {
  countEvent(labels: { action: string; outcome: string }): void;
  countDroppedAnswer(reason: string): void;
  /** `outcome`: `accepted`, `refused`, `throttled`, `unknown` … a small closed set. */
  countSubmit(outcome: string): void;
  countJob(labels: { queue: string; outcome: string }): void;
  /** `connected`, `lost`, `failed` (a command), `evicting` (it may throw records away). */
  countRedis(event: string): void;
  /** `route` is a pattern, never a path (decisions 42). */
  observeRequest(request: { route: string; method: string; status: number; seconds: number }): void;
  /** Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Makes a registry of its own; `process: true` adds what prom-client says of memory, event loop and handles. */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const events = counter('audit_events_total', 'Business events.', ['action', 'outcome']);
  const dropped = counter('sim_answers_dropped_total', 'SIM answers that failed a check.', ['reason']);
  const submits = counter('sms_submits_total', 'Short messages offered to the SMSC.', ['outcome']);
  const jobs = counter('jobs_total', 'Jobs that ended.', ['queue', 'outcome']);
  const redis = counter('redis_events_total', 'Connections to Redis and commands that failed.', ['event']);
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer, by route pattern.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
    registers: [registry],
  });
  return {
    countEvent: (labels) => events.inc(labels),
    countDroppedAnswer: (reason) => dropped.inc({ reason }),
    countSubmit: (outcome) => submits.inc({ outcome }),
    countJob: (labels) => jobs.inc(labels),
    countRedis: (event) => redis.inc({ event }),
    observeRequest: ({ route, method, status, seconds }) =>
      requests.observe({ route, method, status: `${Math.floor(status / 100)}xx` }, seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** Resolves when the part works, rejects (or gives false) when it does not. */
export type ReadinessCheck = () => Promise<unknown>;

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'up' | 'down' | 'timed out'>>;
}

/** Runs all checks at once; one that takes longer than `limitMs` counts as timed out. Never rejects. */
export async function checkReadiness(
  checks: Readonly<Record<string, ReadinessCheck>>,
  limitMs: number,
): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check, limitMs)] as const),
  );
  return { ready: results.every(([, state]) => state === 'up'), checks: Object.fromEntries(results) };
}

async function runCheck(check: ReadinessCheck, limitMs: number): Promise<'up' | 'down' | 'timed out'> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'timed out'>((resolve) => {
    timer = setTimeout(resolve, limitMs, 'timed out');
  });
  const run = Promise.resolve()
    .then(check)
    .then(
      (answer) => (answer === false ? ('down' as const) : ('up' as const)),
      () => 'down' as const,
    );
  const state = await Promise.race([run, limit]);
  clearTimeout(timer);
  return state;
}

export interface OpsListenerDeps {
  readonly host: string;
  readonly port: number;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  /** By the name that /readyz shows: `database`, `redis`, `smsc`, `workers`. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  /** Milliseconds that one check may take. */
  readonly limitMs?: number;
}

/** Starts the operations listener. Throws when the port is taken. */
export async function startOpsListener(deps: OpsListenerDeps): Promise<OpenListener> {
  const { metrics, checks, limitMs = 2_000 } = deps;
  let running: Promise<Readiness> | undefined;
  // Probes that come together share one round of checks, so that probing costs the database little.
  const readiness = (): Promise<Readiness> => {
    running ??= checkReadiness(checks, limitMs).finally(() => {
      running = undefined;
    });
    return running;
  };
  const answers: Record<string, (response: ServerResponse) => Promise<void>> = {
    '/livez': async (response) => send(response, { status: 200, type: 'text/plain', body: 'alive\n' }),
    '/readyz': async (response) => {
      const state = await readiness();
      const body = `${JSON.stringify(state)}\n`;
      send(response, { status: state.ready ? 200 : 503, type: 'application/json', body });
    },
    '/metrics': async (response) =>
      send(response, { status: 200, type: metrics.contentType, body: await metrics.text() }),
  };
  const server = createServer((request, response) => {
    const answer = answers[pathOf(request)];
    if (answer === undefined) return send(response, { status: 404, type: 'text/plain', body: 'not found\n' });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, { status: 405, type: 'text/plain', body: 'only GET\n' });
    }
    answer(response).catch(() => send(response, { status: 500, type: 'text/plain', body: 'failed\n' }));
  });
  return await openListener(server, deps);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function send(response: ServerResponse, { status, type, body }: { status: number; type: string; body: string }): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

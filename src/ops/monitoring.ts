// The operations listener: /livez, /readyz, /metrics. Checks are functions passed in, each with a time limit. Serves no
// secret and needs no token; it must not be reachable from the Internet.
import { createServer, type ServerResponse } from 'node:http';
import { type OpenListener, openListener } from './http-listener.ts';
import type { Metrics } from './metrics.ts';

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
  const running = new Map<string, Promise<Readiness>>();
  // Probes that come together share one round of checks, so that probing costs the database little.
  const readiness = (excluded: readonly string[]): Promise<Readiness> => {
    const asked = Object.entries(checks).filter(([name]) => !excluded.includes(name));
    const key = asked.map(([name]) => name).join();
    const round =
      running.get(key) ?? checkReadiness(Object.fromEntries(asked), limitMs).finally(() => running.delete(key));
    running.set(key, round);
    return round;
  };
  const answers: Record<string, (response: ServerResponse, query: URLSearchParams) => Promise<void>> = {
    '/livez': async (response) => send(response, { status: 200, type: 'text/plain', body: 'alive\n' }),
    // `?exclude=smsc` leaves a check out: a load balancer need not send people away for what all nodes share.
    '/readyz': async (response, query) => {
      const state = await readiness(query.getAll('exclude'));
      const body = `${JSON.stringify(state)}\n`;
      send(response, { status: state.ready ? 200 : 503, type: 'application/json', body });
    },
    '/metrics': async (response) =>
      send(response, { status: 200, type: metrics.contentType, body: await metrics.text() }),
  };
  const server = createServer((request, response) => {
    const [path = '/', query] = (request.url ?? '/').split('?', 2);
    const answer = answers[path];
    if (answer === undefined) return send(response, { status: 404, type: 'text/plain', body: 'not found\n' });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, { status: 405, type: 'text/plain', body: 'only GET\n' });
    }
    answer(response, new URLSearchParams(query)).catch(() =>
      send(response, { status: 500, type: 'text/plain', body: 'failed\n' }),
    );
  });
  return await openListener(server, deps);
}

function send(response: ServerResponse, { status, type, body }: { status: number; type: string; body: string }): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

// Counts what each request to a provider asks of the database and of Redis, sendings that it sets off included.
// Statements and commands belong to the request in whose flow of control they are sent; what runs beside all requests
// (jobs, answers of phones) belongs to none and is not counted. Subscribe before the database is opened.
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { statementChannel } from '../../src/storage/statement-channel.ts';

/** One request, and the round trips that it has caused until now. */
export interface CountedRequest {
  /** `GET /interaction/:uid`; of the token endpoint with its grant, once that is said. */
  readonly name: string;
  /** Texts of the statements; a transaction adds `begin` and `commit`. */
  readonly statements: readonly string[];
  /** Names of the commands. */
  readonly commands: readonly string[];
}

export interface RoundTripCounter {
  /** The requests to the provider on this port that `work` makes, in their order. */
  during(port: number, work: () => Promise<unknown>): Promise<CountedRequest[]>;
  /** What belongs to no request: work that a job does as well. */
  beside(work: () => Promise<unknown>): Promise<CountedRequest>;
  stop(): void;
}

interface Counting {
  readonly port: number;
  readonly name: string;
  readonly statements: string[];
  readonly commands: string[];
}

/** Starts listening. */
export function countRoundTrips(): RoundTripCounter {
  const flows = new AsyncLocalStorage<Counting>();
  let requests: Counting[] = [];
  const onRequest = (message: unknown): void => {
    const { request, server } = message as {
      request: { method: string; url: string };
      server: { address(): { port: number } };
    };
    const name = `${request.method} ${routeOf(request.url)}`;
    const counting = { port: server.address().port, name, statements: [], commands: [] };
    requests.push(counting);
    flows.enterWith(counting);
  };
  const onStatement = (text: unknown): void => void flows.getStore()?.statements.push(String(text));
  const onCommand = (message: unknown): void => {
    flows.getStore()?.commands.push((message as { command: string }).command);
  };
  const subscriptions = [
    ['http.server.request.start', onRequest],
    [statementChannel, onStatement],
    ['tracing:ioredis:command:start', onCommand],
  ] as const;
  for (const [name, listener] of subscriptions) subscribe(name, listener);
  return {
    async during(port, work) {
      requests = [];
      await work();
      return requests.filter((one) => one.port === port);
    },
    async beside(work) {
      const counting = { port: 0, name: '', statements: [], commands: [] };
      await flows.run(counting, work);
      return counting;
    },
    stop() {
      for (const [name, listener] of subscriptions) unsubscribe(name, listener);
    },
  };
}

// Ids in addresses are of nobody's interest.
function routeOf(url: string): string {
  const path = url.split('?')[0] ?? '';
  return path.replace(/^\/(interaction|auth)\/[^/]+/, '/$1/:uid');
}

// What a node has in hand, read when somebody asks for its metrics.
import type { SimChannel } from './app-sim-channel.ts';
import type { Metrics } from './ops/metrics.ts';
import type { Database } from './storage/database.ts';

interface LoadParts {
  readonly database: Pick<Database, 'connections'>;
  readonly channel: {
    readonly smsc: Pick<SimChannel['smsc'], 'isBound' | 'load'>;
    readonly jobs: Pick<SimChannel['jobs'], 'waiting'>;
  };
}

/** Registers the gauges. */
export function watchLoad(metrics: Pick<Metrics, 'watch'>, { database, channel }: LoadParts): void {
  const { smsc, jobs } = channel;
  metrics.watch('smpp_bound', () => Number(smsc.isBound()));
  metrics.watch('smpp_window', () => {
    const { inFlight, waiting } = smsc.load();
    return { in_flight: inFlight, waiting };
  });
  metrics.watch('jobs_queued', () => jobs.waiting());
  metrics.watch('database_connections', () => ({ ...database.connections?.() }));
}

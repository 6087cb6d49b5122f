// How often each request asks the database and Redis: the numbers of docs/round-trips.md, so that none grows unseen.
// `UPDATE_ROUND_TRIPS=1 vitest run test/flow/round-trips.test.ts` writes them; PRINT_STATEMENTS=1 shows what is sent.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFlowWorld } from '../support/flow-world.ts';
import { canStartRedis, startRedisServer } from '../support/redis.ts';
import { countFlow, type FlowCounts, flows, readDocument, writeDocument } from '../support/round-trip-flows.ts';
import { countRoundTrips } from '../support/round-trips.ts';

const updating = process.env['UPDATE_ROUND_TRIPS'] === '1';
const measured = { alone: [] as FlowCounts[], redis: [] as FlowCounts[] };
afterAll(() => {
  if (updating) writeDocument(measured.alone, measured.redis);
});

describe('without Redis', () => holds('alone'));
describe.skipIf(!canStartRedis)('with Redis (TEST_REDIS_URL and redis-server or valkey-server)', () => holds('redis'));

function holds(store: 'alone' | 'redis'): void {
  const counter = countRoundTrips();
  const closers: (() => unknown)[] = [() => counter.stop()];
  let world: Awaited<ReturnType<typeof startFlowWorld>>;
  beforeAll(async () => {
    const server = store === 'redis' ? await startRedisServer() : undefined;
    if (server !== undefined) closers.push(() => server.stop());
    world = await startFlowWorld(server === undefined ? {} : { environment: { REDIS_URL: server.url } });
    closers.push(() => world.stop());
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  test.each(Object.keys(flows))('%s takes as many round trips as are written down', async (flow) => {
    const written = readDocument()
      .filter((row) => row.flow === flow)
      .map(({ request, numbers: [statements, ...others] }) =>
        store === 'alone'
          ? { request, statements, commands: 0 }
          : { request, statements: others[0], commands: others[1] },
      );
    // A sweep that comes in between does a request's work for it: of three times one is without.
    let counts = await countFlow(flow, world, counter);
    for (let more = 2; more > 0 && JSON.stringify(counts.requests) !== JSON.stringify(written); more--) {
      counts = await countFlow(flow, world, counter);
    }
    measured[store].push(counts);
    if (!updating) expect(counts.requests).toEqual(written);
  });
}

// A provider for requests without a browser on a real port: customers with small cards, clients that poll by plain
// HTTP, pings that are kept instead of posted. Two nodes over one database if a test wants them.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { sql } from 'kysely';
import { createBackchannel } from '../../../src/authentication/backchannel.ts';
import type { SimPushRules } from '../../../src/authentication/sim-push.ts';
import { hashId } from '../../../src/oidc/adapter.ts';
import type { PingDelivery } from '../../../src/oidc/ciba-ping.ts';
import { createOidcProvider, type OidcProvider } from '../../../src/oidc/provider.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { startWakeUps } from '../../../src/storage/wake-ups.ts';
import type { Engine } from '../../support/databases.ts';
import { type CibaParty, cibaGrant, cibaParty } from '../../support/flow-ciba.ts';
import { type Customer, openSimWorld, rules } from '../authentication/sim-world.ts';
import type { Said, SmallCard } from '../authentication/small-card.ts';
import { secretOf } from './people.ts';
import { baseDeps } from './relying-party.ts';

const poll = { grant_types: [cibaGrant], response_types: [], backchannel_token_delivery_mode: 'poll' };

export const pingEndpoint = 'https://client.exemple.test/ping';

/** Clients of these tests; `secretOf(id)` is their secret. */
export const cibaClients = [
  { client_id: 'callcentre', client_name: 'Service clients', party: 'first', ...poll },
  { client_id: 'desk', party: 'first', shows_reference_code: true, confirmation: 'type', ...poll },
  { client_id: 'other', party: 'first', ...poll, grant_types: [cibaGrant, 'refresh_token'] },
  { client_id: 'partner', party: 'third', policy_uri: 'https://partner.exemple.test/', ...poll },
  { client_id: 'told', party: 'first', reveal_enrolment: true, ...poll },
  { client_id: 'told-eidas', party: 'first', reveal_enrolment: true, acr_vocabulary: 'eidas', ...poll },
  { client_id: 'eidas', party: 'first', acr_vocabulary: 'eidas', ...poll },
  {
    client_id: 'pinged',
    party: 'first',
    ...poll,
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: pingEndpoint,
  },
  {
    client_id: 'browsers',
    party: 'first',
    redirect_uris: ['http://localhost:4001/callback'],
    grant_types: ['authorization_code'],
  },
  {
    client_id: 'public',
    party: 'first',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['http://localhost:4001/callback'],
  },
];

export interface CibaWorldOptions {
  readonly engine?: Engine;
  readonly pushRules?: Partial<SimPushRules>;
  readonly startsPerClient?: number;
  readonly startsPerCustomer?: number;
  /** Hosts of the test's own that the provider may ask. */
  readonly outboundAllow?: readonly string[];
}

/** SMS of the message that this one begins (3GPP TS 23.040 9.2.3.24.1). */
function partsOf(body: Buffer | undefined): number {
  return body?.[1] === 0x00 ? (body[4] ?? 1) : 1;
}

/** What stands in a request under a tag (sim-channel 5.3). */
export function tagOf({ data }: { data: Buffer }, tag: number): Buffer | undefined {
  for (let at = 21; at < data.length; at += 2 + (data[at + 1] ?? 0)) {
    if (data[at] === tag) return data.subarray(at + 2, at + 2 + (data[at + 1] ?? 0));
  }
  return undefined;
}

/** Opens the world; share it in a file, for each customer has a number of her own. */
export async function openCibaWorld(options: CibaWorldOptions = {}) {
  const sim = await openSimWorld(options.engine === undefined ? {} : { engine: options.engine });
  const { database } = sim;
  const answers = sim.answersWith();
  const pings: PingDelivery[] = [];
  let sending = Promise.resolve();
  const sender = {
    sendInTurn({ id }: { id: string }) {
      sending = sending.then(() => sim.sender.send(id));
    },
  };
  const closers: (() => unknown)[] = [];
  let issuer = '';
  let left = 0;

  /** One more process; the first one's address is the issuer. */
  const node = async (): Promise<{ url: string; oidc: OidcProvider }> => {
    const wakeUps = await startWakeUps(database);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    issuer ||= url;
    const limit = (points = 100_000) => createRateLimit(database, { name: randomUUID(), points, seconds: 600 });
    const now = () => new Date();
    const oidc = await createOidcProvider({
      ...baseDeps(issuer, database),
      masterKey: sim.masterKey,
      outboundAllow: options.outboundAllow ?? [],
      wakeUps,
      log: sim.log,
      ciba: {
        backchannel: createBackchannel({
          ...sim,
          wakeUps,
          now,
          push: sim.pushWith(options.pushRules),
          sender,
          transport: sim.wire,
          limits: { client: limit(options.startsPerClient), customer: limit(options.startsPerCustomer) },
          rules: { ...rules, finishSeconds: 60 },
        }),
        enqueuePing: async (ping) => void pings.push(ping),
        lifeSeconds: 120,
      },
    });
    const app = new Koa();
    app.use(async (ctx, next) => {
      ctx.res.once('close', () => {
        if (!ctx.res.writableFinished) left++;
      });
      await next();
    });
    app.use(oidc.middleware);
    server.on('request', app.callback());
    closers.push(async () => {
      oidc.ciba?.endWaits();
      oidc.stop();
      await wakeUps.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return { url, oidc };
  };
  const { oidc } = await node();
  for (const client of cibaClients) {
    const isPublic = 'token_endpoint_auth_method' in client;
    await oidc.clients.seed([{ ...client, ...(isPublic ? {} : { client_secret: secretOf(client.client_id) }) }]);
  }

  const taken = new Map<SmallCard, number>();
  const take = async ({ card, msisdn }: Customer): Promise<void> => {
    await sending;
    const sent = sim.wire.sentTo(msisdn);
    const bodies = sent.slice(taken.get(card) ?? 0).map(({ body }) => body);
    while (bodies.length > 0) card.receive(bodies.splice(0, partsOf(bodies[0])));
    taken.set(card, sent.length);
  };
  return {
    ...sim,
    issuer,
    oidc,
    node,
    pings,
    /** Clients that have gone before they were answered. */
    left: () => left,
    party: (clientId: string, url = issuer): CibaParty => cibaParty(url, clientId, { secret: secretOf(clientId) }),
    /** The phone takes what was sent. */
    take,
    /** The phone takes it, and its user answers: with the PIN, unless something else is said. */
    async answer(customer: Customer, said: Said = {}): Promise<void> {
      await take(customer);
      await answers.receive({ source: customer.msisdn.slice(1), body: customer.card.reply(said) });
      await answers.settle();
    },
    /** As if the interval had passed. */
    async waitInterval(id: string): Promise<void> {
      await sql`update ciba_requests set polled_at = polled_at - make_interval(secs => interval_seconds)
        where request_hash = ${hashId(id)}`.execute(database.db);
    },
    async row(id: string) {
      const rows = database.db.selectFrom('cibaRequests').selectAll().where('requestHash', '=', hashId(id));
      return await rows.executeTakeFirstOrThrow();
    },
    async close() {
      for (const close of closers.splice(0).reverse()) await close();
      await sending;
      await sim.close();
    },
  };
}

export type CibaWorld = Awaited<ReturnType<typeof openCibaWorld>>;

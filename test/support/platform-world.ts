// What happens on the platform's processes: customers, phones, browsers through the proxy, relying parties, and counts
// of what each process says of itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { demoSecret } from '../../src/demo/clients.ts';
import { type Browser, createBrowser } from './browser.ts';
import { openSmscRelay, type SmscRelay } from './browser-smsc-relay.ts';
import { createEmptyDatabase, postgresUrl } from './databases.ts';
import { type CibaParty, cibaParty } from './flow-ciba.ts';
import { type Login, openLogin } from './flow-login.ts';
import { createFlowPhone, type FlowPhone } from './flow-phone.ts';
import { createRelyingParties, type FinishedLogin, type RelyingParties, testerCallback } from './flow-relying-party.ts';
import { until } from './flow-until.ts';
import { noteNeedles } from './log-directory.ts';
import { type Platform, type PlatformOptions, type PlatformProcess, startPlatform } from './platform.ts';
import { dockerFolder } from './platform-compose.ts';
import { type RedisServer, startRedisServer } from './redis.ts';

export const nodeNames = ['provider-1', 'provider-2', 'worker'] as const;

/** Numbers that approve by themselves. */
export const selfApproving = Array.from({ length: 200 }, (_, n) => `+3363998${String(6_000 + n)}`);

/** The relying party of the tests. */
export const testerClient = {
  client_id: 'tester',
  client_name: 'Banc d’essai',
  client_secret: demoSecret('tester'),
  party: 'first',
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: [testerCallback],
  grant_types: ['authorization_code', 'refresh_token', 'urn:openid:params:grant-type:ciba'],
  backchannel_token_delivery_mode: 'poll',
};

export interface PlatformWorld extends RelyingParties {
  readonly platform: Platform;
  readonly relay: SmscRelay;
  readonly redis: RedisServer;
  readonly issuer: string;
  node(name: (typeof nodeNames)[number]): PlatformProcess;
  /** One request to one node, past the proxy. */
  at(name: 'provider-1' | 'provider-2', path: string, headers?: Record<string, string>): Promise<Response>;
  phone(msisdn: string): FlowPhone;
  browser(): Browser;
  /** Every status that a browser got through the proxy since this was last asked. */
  seenStatuses(): number[];
  /** A relying party without a browser at one node. */
  ciba(name: 'provider-1' | 'provider-2'): CibaParty;
  /** What `GET /readyz` says. */
  readiness(
    name: (typeof nodeNames)[number],
    query?: string,
  ): Promise<{ status: number; checks: Record<string, string> }>;
  /** The sum of a metric's lines in which all these words are. */
  metric(name: (typeof nodeNames)[number], metric: string, ...words: readonly string[]): Promise<number>;
  mail(to: string): Promise<{ subject: string; text: string }[]>;
  query(statement: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Starts the processes over a database and a Redis of their own. */
export async function startPlatformWorld(environment: Readonly<Record<string, string>>): Promise<PlatformWorld> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const database = await createEmptyDatabase(postgresUrl ?? '');
    closers.push(database.drop);
    const redis = await startRedisServer();
    closers.push(() => redis.stop());
    const relay = await openSmscRelay();
    closers.push(() => relay.close());
    const world = worldFile();
    const options: PlatformOptions = { databaseUrl: database.url, redisUrl: redis.url, relay, world, environment };
    const platform = await startPlatform(options);
    closers.push(() => platform.stop());
    return { ...worldOf(platform, database.url), platform, relay, redis, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** That of the trial, with the self-approving numbers. */
function worldFile(): object {
  const world = JSON.parse(readFileSync(join(dockerFolder, 'world.json'), 'utf8')) as { subscribers: object[] };
  const more = selfApproving.map((msisdn) => {
    const digits = msisdn.slice(-4);
    return {
      brand: 'exemple',
      person: { givenName: 'Essai', familyName: digits },
      accounts: [{ email: `essai-${digits}@exemple.test`, label: `Essai ${digits}` }],
      lines: [
        {
          msisdn,
          sim: { iccid: `8933010000000${digits}860`, serial13: `900000860${digits}` },
          phone: { pin: '2580', behaviour: { mode: 'approve', pin: '2580', delayMs: 50 + (Number(digits) % 8) * 50 } },
        },
      ],
    };
  });
  return { ...world, subscribers: [...world.subscribers, ...more] };
}

function worldOf(
  platform: Platform,
  databaseUrl: string,
): Omit<PlatformWorld, 'platform' | 'relay' | 'redis' | 'stop'> {
  const { issuer, simulatorUrl, processes, secrets } = platform;
  for (const [what, value] of Object.entries(secrets)) noteNeedles({ form: 'text', what, value });
  const token = secrets['SIM_TOKEN'] ?? '';
  const node = (name: string): PlatformProcess => {
    const found = processes[name];
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  const publicUrl = (name: string) => `http://${node(name).address}:3000`;
  const opsUrl = (name: string) => `http://${node(name).address}:3003`;
  const seen: number[] = [];
  // As the proxy sends it on.
  const { host } = new URL(issuer);
  const proxied = { host, 'x-forwarded-host': host, 'x-forwarded-proto': 'https' };
  return {
    ...createRelyingParties(issuer),
    issuer,
    node,
    at: (name, path, headers = {}) => fetch(`${publicUrl(name)}${path}`, { headers: { ...proxied, ...headers } }),
    phone: (msisdn) => createFlowPhone(simulatorUrl, msisdn, token),
    browser: () => watchedBrowser(seen),
    seenStatuses: () => seen.splice(0),
    ciba: (name) => cibaParty(publicUrl(name), 'tester', { headers: proxied }),
    async readiness(name, query = '') {
      const response = await fetch(`${opsUrl(name)}/readyz${query}`);
      return {
        status: response.status,
        checks: ((await response.json()) as { checks: Record<string, string> }).checks,
      };
    },
    async metric(name, metric, ...words) {
      const lines = (await (await fetch(`${opsUrl(name)}/metrics`)).text()).split('\n');
      const fitting = lines.filter((line) => line.startsWith(metric) && words.every((word) => line.includes(word)));
      return fitting.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async mail(to) {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${simulatorUrl}/v1/mail?to=${encodeURIComponent(to)}`, { headers });
      return (await response.json()) as { subject: string; text: string }[];
    },
    async query(statement) {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(statement)).rows;
      } finally {
        await client.end();
      }
    },
  };
}

function watchedBrowser(seen: number[]): Browser {
  return createBrowser({ onStatus: (status) => void seen.push(status) });
}

export interface StubbornLogin extends FinishedLogin {
  /** How often a page with a reference code was shown: an attempt was taken on. */
  readonly acknowledged: number;
  /** The last step's answer was lost with a node, and the person began again. */
  readonly begunAgain: number;
}

/**
 * A person who logs in on a self-approving number, whatever happens to the nodes: a page that fails is loaded again, a
 * login whose waiting page was shown is never given up. Throws when it was, or when it takes longer than `seconds`.
 */
export async function stubbornLogin(world: PlatformWorld, number: string, seconds = 60): Promise<StubbornLogin> {
  const end = Date.now() + seconds * 1_000;
  const count = { acknowledged: 0, begunAgain: 0 };
  const story: string[] = [];
  const browser = world.browser();
  while (Date.now() < end) {
    try {
      const login = await openLogin(world, { browser });
      // The session is there already when only the last answer was lost.
      if (login.page.stoppedAt === undefined) await ringAndWait(login, { number, end, count });
      return { ...(await login.finish()), ...count };
    } catch (error) {
      if (error instanceof LostLogin) throw error;
      // The node went in the middle of it, or nobody answers yet.
      if (count.acknowledged > 0) count.begunAgain += 1;
      story.push(String(error));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`${number}: not logged in within ${seconds} s: ${story.slice(-5).join('; ')}`);
}

async function ringAndWait(
  login: Login,
  { number, end, count }: { number: string; end: number; count: { acknowledged: number } },
) {
  await login.identify(number);
  if (login.referenceCode === undefined) throw new Error(`no waiting page: ${login.page.status}`);
  count.acknowledged += 1;
  const left = (end - Date.now()) / 1_000;
  const status = await until('the phone has answered', () => settledOf(login), left);
  if (status !== 'approved') throw new LostLogin(`${number}: an acknowledged login was ${status}`);
}

class LostLogin extends Error {
  override readonly name = 'LostLogin';
}

/** Undefined while it is to be asked again. Throws when this login is unknown by now. */
async function settledOf(login: Login): Promise<string | undefined> {
  try {
    const status = await login.status(5);
    return status === 'pending' ? undefined : status;
  } catch (error) {
    if (/\(4\d\d\)/.test(String(error))) throw error;
    return undefined;
  }
}

/** Does it for all, so many at a time; in the order of the list. */
export async function inParallel<In, Out>(
  all: readonly In[],
  atOnce: number,
  work: (one: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) results[index] = await work(all[index] as In);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

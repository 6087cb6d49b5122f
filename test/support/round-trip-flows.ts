// The flows whose round trips are counted, each as a relying party and a person go through it; and the table of
// docs/round-trips.md, where the numbers stand.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as openid from 'openid-client';
import { cibaParty } from './flow-ciba.ts';
import { answerWithPin, openLogin } from './flow-login.ts';
import { noteTokens } from './flow-relying-party.ts';
import { until } from './flow-until.ts';
import type { FlowWorld } from './flow-world.ts';
import type { CountedRequest, RoundTripCounter } from './round-trips.ts';
import { repositoryRoot } from './source-files.ts';

/** What one request costs; a transaction counts two statements more than it holds. */
export interface RoundTrips {
  readonly request: string;
  readonly statements: number;
  readonly commands: number;
}

export interface FlowCounts {
  readonly flow: string;
  readonly requests: readonly RoundTrips[];
}

interface Count {
  /** Every request of `work`; with a name, the one that it begins with. */
  requests(name: string, work: () => Promise<unknown>): Promise<RoundTrips[]>;
  beside(name: string, work: () => Promise<unknown>): Promise<RoundTrips>;
}
type Flow = (world: FlowWorld, count: Count) => Promise<RoundTrips[]>;

const alice = { msisdn: '+33639980001', pin: '4071' };
const david = { msisdn: '+33639980004', pin: '7391' };

/** The flows by their names. */
export const flows: Readonly<Record<string, Flow>> = {
  async 'CIBA with the PIN of the SIM'(world, count) {
    const party = cibaParty(world.issuer, 'callcentre');
    const phone = world.phone(david.msisdn);
    // So that its client is known.
    await party.poll('none');
    let id = '';
    const started = await count.requests('POST /backchannel', async () => {
      ({ id } = await party.begin({ login_hint: `tel:${david.msisdn}` }));
      await world.messagesTo(david.msisdn);
    });
    const pending = await count.requests('POST /token, nobody has answered', () => party.poll(id));
    await phone.waitForScreen();
    await phone.pin(david.pin);
    await approved(world);
    // The first poll delivers, outside of its own flow of control, if no sweep has done so before.
    const delivered = await count.beside('the result is delivered', async () => world.app.parts.oidc.ciba?.sweep());
    const told = await count.requests('POST /token, approved', () => party.poll(id));
    return [...started, ...pending, delivered, ...told];
  },

  async 'Login with the PIN of the SIM (code flow)'(world, count) {
    const browser = world.browser();
    let login = await openLogin(world);
    const opened = await count.requests('', async () => {
      login = await openLogin(world, { browser });
    });
    const rung = await count.requests('', async () => {
      await login.identify(alice.msisdn);
      await world.messagesTo(alice.msisdn);
    });
    const waited = await count.requests('', () => login.status());
    await answerWithPin(world.phone(alice.msisdn), login, alice.pin);
    await approved(world);
    const finished = await count.requests('', () => login.reload());
    const { begun, page } = login;
    let tokens: openid.TokenEndpointResponse | undefined;
    const exchanged = await count.requests('POST /token, code', async () => {
      ({ tokens } = await world.exchange(begun, page));
    });
    const asked = await count.requests('GET /userinfo', () =>
      openid.fetchUserInfo(begun.config, tokens?.access_token ?? '', openid.skipSubjectCheck),
    );
    const again = await count.requests('', () => openLogin(world, { browser }));
    return [...opened, ...rung, ...waited, ...finished, ...exchanged, ...asked, ...named(again, 'with a session')];
  },

  async 'Login with the password'(world, count) {
    const login = await openLogin(world);
    const identified = await count.requests('', () =>
      login.submit({ identifier: 'ines@exemple.test', choice: 'password' }),
    );
    const proved = await count.requests('', () => login.password('ines-demo-password'));
    return [...named(identified, 'identifier'), ...named(proved, 'password')];
  },

  async 'Refresh, and a call of an API'(world, count) {
    const resource = `${world.issuer}/api`;
    const login = await openLogin(world, { scope: 'openid offline_access account.read', resource });
    await login.submit({ identifier: 'ines@exemple.test', choice: 'password' });
    await login.password('ines-demo-password');
    const { tokens } = await login.finish({ resource });
    let fresh: openid.TokenEndpointResponse | undefined;
    const refreshed = await count.requests('POST /token, refresh token', async () => {
      fresh = await openid.refreshTokenGrant(login.begun.config, tokens.refresh_token ?? '', { resource });
      noteTokens(fresh);
    });
    const read = await count.requests('GET /api/account/v1/me', async () => {
      const headers = { authorization: `Bearer ${fresh?.access_token}` };
      const { status } = await fetch(`${world.issuer}/api/account/v1/me`, { headers });
      if (status !== 200) throw new Error(`the API has answered with ${status}`);
    });
    return [...refreshed, ...read];
  },

  async 'Public documents'(world, count) {
    const get = (path: string) => fetch(`${world.issuer}${path}`);
    await get('/jwks');
    const discovery = await count.requests('', () => get('/.well-known/openid-configuration'));
    return [...discovery, ...(await count.requests('', () => get('/jwks')))];
  },
};

/** The phone's answer is in the database: whoever asks now hears of it. */
async function approved({ database: { db } }: FlowWorld): Promise<void> {
  const newest = db.selectFrom('attempts').select('state').orderBy('createdAt', 'desc').limit(1);
  await until('the answer has come', async () => (await newest.executeTakeFirst())?.state === 'approved');
}

function named(counts: readonly RoundTrips[], more: string): RoundTrips[] {
  return counts.map((one) => ({ ...one, request: `${one.request}, ${more}` }));
}

/** Goes through a flow and counts. */
export async function countFlow(flow: string, world: FlowWorld, counter: RoundTripCounter): Promise<FlowCounts> {
  const port = Number(new URL(world.issuer).port);
  const count: Count = {
    async requests(said, work) {
      const made = await counter.during(port, work);
      return made.filter(({ name }) => said === '' || said.startsWith(name)).map((one) => counted(one, said));
    },
    beside: async (name, work) => counted(await counter.beside(work), name),
  };
  const go = flows[flow];
  if (go === undefined) throw new Error(`there is no flow "${flow}"`);
  return { flow, requests: await go(world, count) };
}

function counted({ name, statements, commands }: CountedRequest, said: string): RoundTrips {
  if (process.env['PRINT_STATEMENTS'] === '1')
    process.stdout.write(`${said || name}\n${[...statements, ...commands].join('\n')}`);
  return { request: said || name, statements: statements.length, commands: commands.length };
}

const document = join(repositoryRoot, 'docs', 'round-trips.md');
const begin = '<!-- table -->';
const end = '<!-- /table -->';

/** A row of the table: a request without Redis and with it. */
export interface DocumentedRow {
  readonly flow: string;
  readonly request: string;
  /** Statements without Redis; statements and commands with it. */
  readonly numbers: readonly [number, number, number];
}

/** The numbers as docs/round-trips.md has them. */
export function readDocument(): DocumentedRow[] {
  const table = readFileSync(document, 'utf8').split(begin)[1]?.split(end)[0] ?? '';
  const cells = table.split('\n').flatMap((line) => /^\| (.+) \| (.+) \| (\d+) \| (\d+) \| (\d+) \|$/.exec(line) ?? []);
  const rows: DocumentedRow[] = [];
  for (let at = 0; at < cells.length; at += 6) {
    const [, flow = '', request = '', ...numbers] = cells.slice(at, at + 6);
    const [alone = 0, statements = 0, commands = 0] = numbers.map(Number);
    rows.push({ flow, request: request.replaceAll('`', ''), numbers: [alone, statements, commands] });
  }
  return rows;
}

/** Writes them there. */
export function writeDocument(alone: readonly FlowCounts[], withRedis: readonly FlowCounts[]): void {
  const lines = alone.flatMap(({ flow, requests }, which) =>
    requests.map(({ request, statements }, at) => {
      const other = withRedis[which]?.requests[at];
      return `| ${flow} | \`${request}\` | ${statements} | ${other?.statements ?? '?'} | ${other?.commands ?? '?'} |`;
    }),
  );
  const head = ['| flow | request | statements | with Redis: statements | commands |', '|---|---|---|---|---|'];
  const [before = '', rest = ''] = readFileSync(document, 'utf8').split(begin);
  const after = rest.split(end)[1] ?? '\n';
  writeFileSync(document, `${before}${begin}\n${[...head, ...lines].join('\n')}\n${end}${after}`);
}

// The flows that are measured, for any side alike: whoever runs them knows an origin, a client and numbers.
import { createHash, randomBytes } from 'node:crypto';
import { demoSecret } from '../../src/demo/clients.ts';
import { type Answer, createVisitor, type Http, type Page, type Visitor } from './http-client.ts';

/** Where a flow runs. */
export interface Party {
  readonly origin: string;
  readonly http: Http;
  /** Numbers whose phones approve by themselves; no two flows at once take the same. */
  readonly numbers: readonly string[];
  /** How many flows run at once. */
  readonly workers: number;
}

type Place = Pick<Party, 'http' | 'origin'>;

export interface Flow {
  readonly id: string;
  readonly title: string;
  /** So many of it in the place of one; for what is too short to be seen in the processor's time. */
  readonly times: number;
  /** Gets ready what is not measured; what comes back runs one flow for a worker (0, 1, …). Throws when one fails. */
  prepare(party: Party): Promise<(worker: number) => Promise<void>>;
}

export const cibaGrant = 'urn:openid:params:grant-type:ciba';
const callback = 'http://127.0.0.1:9876/callback';
const basic = `Basic ${Buffer.from(`tester:${demoSecret('tester')}`).toString('base64')}`;
const asClient = { authorization: basic };
const longPoll = { ...asClient, prefer: 'wait=20' };

type Json = Readonly<Record<string, unknown>>;

function read(answer: Answer, what: string): Json {
  if (answer.status === 200) return JSON.parse(answer.text) as Json;
  throw new Error(`${what} answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
}

function text(json: Json, name: string): string {
  const value = json[name];
  if (typeof value === 'string') return value;
  throw new Error(`there is no ${name} in the answer`);
}

/** Gives each worker its own numbers in turn. */
function numbersOf({ numbers, workers }: Party): (worker: number) => string {
  const turns = new Map<number, number>();
  const each = Math.floor(numbers.length / workers);
  if (each === 0) throw new Error(`${workers} flows at once need as many numbers`);
  return (worker) => {
    const turn = turns.get(worker) ?? 0;
    turns.set(worker, turn + 1);
    return numbers[worker + (turn % each) * workers] ?? '';
  };
}

interface CibaWish {
  readonly number: string;
  readonly scope?: string;
  readonly resource?: string;
}

/** Request, phone, token. Waits for the result at the token endpoint (RFC 7240) where that is understood. */
async function ciba({ http, origin }: Party, { number, scope = 'openid', resource }: CibaWish): Promise<Json> {
  const target: Record<string, string> = resource === undefined ? {} : { resource };
  const form = { scope, login_hint: `tel:${number}`, ...target };
  const begun = read(await http.send(`${origin}/backchannel`, { headers: asClient, form }), 'the request');
  const poll = { grant_type: cibaGrant, auth_req_id: text(begun, 'auth_req_id'), ...target };
  const tokens = read(await http.send(`${origin}/token`, { headers: longPoll, form: poll }), 'the poll');
  text(tokens, 'id_token');
  return tokens;
}

const cibaFlow: Flow = {
  id: 'ciba',
  title: 'CIBA with SIM PIN: request, phone, token',
  times: 1,
  async prepare(party) {
    const numberFor = numbersOf(party);
    return async (worker) => {
      await ciba(party, { number: numberFor(worker) });
    };
  },
};

const codeFlow: Flow = {
  id: 'code',
  title: 'Authorization code with PKCE and SIM PIN: browser, phone, token, userinfo',
  times: 1,
  async prepare(party) {
    const numberFor = numbersOf(party);
    return (worker) => logIn(party, numberFor(worker));
  },
};

interface BegunLogin {
  readonly visitor: Visitor;
  readonly page: Page;
  readonly verifier: string;
}

/** Up to the page after the number was typed. */
async function beginLogin({ http, origin }: Place, number: string): Promise<BegunLogin> {
  const verifier = randomBytes(32).toString('base64url');
  const visitor = createVisitor(http);
  const query = new URLSearchParams({
    ...{ response_type: 'code', client_id: 'tester', redirect_uri: callback, scope: 'openid profile email phone' },
    ...{ state: randomBytes(16).toString('base64url'), nonce: randomBytes(16).toString('base64url') },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const form = await visitor.open(`${origin}/auth?${query}`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(form.text)?.[1] ?? '';
  const page = await visitor.open(form.url.href, { headers: { origin }, form: { csrf, identifier: number } });
  return { visitor, page, verifier };
}

async function logIn({ http, origin }: Party, number: string): Promise<void> {
  const { visitor, page: first, verifier } = await beginLogin({ http, origin }, number);
  let page = first;
  if (page.left === undefined) {
    await waitForPhone(visitor, page);
    page = await visitor.open(page.url.href);
  }
  const code = page.left?.searchParams.get('code');
  if (!code) throw new Error(`no code came back from ${page.url.pathname} (${page.status})`);
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier };
  const tokens = read(await http.send(`${origin}/token`, { headers: asClient, form: exchange }), 'the exchange');
  text(tokens, 'id_token');
  await userinfo({ http, origin }, text(tokens, 'access_token'));
}

/** A browser that waits for a phone. */
export interface WaitingBrowser {
  readonly number: string;
  readonly referenceCode: string;
  /** Resolves when the phone has approved. */
  readonly answer: Promise<void>;
}

/** Opens a login and lets its page wait. */
export async function startWaiting(place: Place, number: string): Promise<WaitingBrowser> {
  const { visitor, page } = await beginLogin(place, number);
  const referenceCode = /data-reference-code="(\d{4})"/.exec(page.text)?.[1] ?? '';
  return { number, referenceCode, answer: waitForPhone(visitor, page) };
}

/** As the page's script does it. */
async function waitForPhone(visitor: Visitor, { url, text: html }: Page): Promise<void> {
  const path = /data-status-path="([^"]+)"/.exec(html)?.[1];
  if (path === undefined) throw new Error(`${url.pathname} does not wait for a phone`);
  const headers = { accept: 'application/json', prefer: 'wait=20' };
  for (;;) {
    const { status } = read(await visitor.send(new URL(path, url).href, { headers }), 'the status');
    if (status === 'approved') return;
    if (status !== 'pending') throw new Error(`the phone's answer is ${String(status)}`);
  }
}

async function userinfo({ http, origin }: Place, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  text(read(await http.send(`${origin}/userinfo`, { headers }), 'userinfo'), 'sub');
}

/** No customer: a client for itself. Only where the provider offers that to anybody. */
function clientFlow(id: 'client' | 'client-jwt', title: string): Flow {
  const isJwt = id === 'client-jwt';
  return {
    ...{ id, title, times: 5 },
    async prepare({ origin, http }) {
      const form = {
        grant_type: 'client_credentials',
        ...(isJwt ? { resource: `${origin}/api`, scope: 'account.read' } : {}),
      };
      return async () => {
        const tokens = read(await http.send(`${origin}/token`, { headers: asClient, form }), 'the token endpoint');
        checkForm(tokens, isJwt);
      };
    },
  };
}

function checkForm(tokens: Json, isJwt: boolean): void {
  const parts = text(tokens, 'access_token').split('.').length;
  if ((parts === 3) !== isJwt) throw new Error('the access token has another form');
}

/** What the provider says of itself that it grants tokens for. */
export async function grantsOffered({ http, origin }: Place): Promise<readonly string[]> {
  const said = read(await http.send(`${origin}/.well-known/openid-configuration`), 'discovery');
  const grants = said['grant_types_supported'];
  return Array.isArray(grants) ? grants.map(String) : [];
}

/** Each worker keeps one family of refresh tokens and uses the newest. */
function refreshFlow(id: 'refresh' | 'refresh-jwt', title: string): Flow {
  const isJwt = id === 'refresh-jwt';
  return {
    ...{ id, title, times: 3 },
    async prepare(party) {
      const resource = isJwt ? { resource: `${party.origin}/api` } : {};
      const scope = `openid offline_access${isJwt ? ' account.read' : ''}`;
      const newest = new Map<number, string>();
      for (let worker = 0; worker < party.workers; worker++) {
        const tokens = await ciba(party, { number: party.numbers[worker] ?? '', scope, ...resource });
        newest.set(worker, text(tokens, 'refresh_token'));
      }
      return async (worker) => {
        const form = { grant_type: 'refresh_token', refresh_token: newest.get(worker) ?? '', ...resource };
        const tokens = read(await party.http.send(`${party.origin}/token`, { headers: asClient, form }), 'the refresh');
        newest.set(worker, text(tokens, 'refresh_token'));
        checkForm(tokens, isJwt);
      };
    },
  };
}

const introspectionFlow: Flow = {
  id: 'introspection',
  title: 'Introspection of an opaque token',
  times: 5,
  async prepare(party) {
    const tokens = await ciba(party, { number: party.numbers[0] ?? '' });
    const form = { token: text(tokens, 'access_token') };
    return async () => {
      const url = `${party.origin}/introspection`;
      const { active } = read(await party.http.send(url, { headers: asClient, form }), 'introspection');
      if (active !== true) throw new Error('the token is not active');
    };
  },
};

/** The operator's own API with a JWT; the library has none, its userinfo with an opaque token stands for it. */
function readFlow(id: 'api' | 'userinfo', title: string): Flow {
  return {
    ...{ id, title, times: 5 },
    async prepare(party) {
      const isApi = id === 'api';
      const wish = isApi ? { scope: 'openid account.read', resource: `${party.origin}/api` } : {};
      const tokens = await ciba(party, { number: party.numbers[0] ?? '', ...wish });
      const headers = { authorization: `Bearer ${text(tokens, 'access_token')}` };
      const url = isApi ? `${party.origin}/api/account/v1/me` : `${party.origin}/userinfo`;
      return async () => {
        read(await party.http.send(url, { headers }), id);
      };
    },
  };
}

export const flows = {
  ciba: cibaFlow,
  code: codeFlow,
  client: clientFlow('client', 'Client credentials, opaque access token'),
  clientJwt: clientFlow('client-jwt', 'Client credentials, JWT access token (ES256)'),
  refresh: refreshFlow('refresh', 'Refresh with rotation, opaque access token'),
  refreshJwt: refreshFlow('refresh-jwt', 'Refresh with rotation, JWT access token (ES256)'),
  introspection: introspectionFlow,
  api: readFlow('api', 'API read with a JWT (our /api/account/v1/me)'),
  userinfo: readFlow('userinfo', 'userinfo with an opaque token'),
} as const satisfies Record<string, Flow>;

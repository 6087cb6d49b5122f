// Who may call what: a sweep over every route that is published, made from the document itself, so that a new route is
// swept from its first day. Each answer is held against the document too.
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AccountId } from '../../src/identifiers.ts';
import { insertAccount } from '../../src/storage/provisioning.ts';
import { makePayment } from '../support/access-payments.ts';
import {
  accountOf,
  bodies,
  laterSeeds,
  makeConsent,
  makeProxy,
  makeSession,
  ordersAreDone,
  ownedByNobody,
  type Seed,
  seeds,
  wholeDatabase,
} from '../support/access-world.ts';
import type { Browser } from '../support/browser.ts';
import { answerWithPin, openLogin } from '../support/flow-login.ts';
import type { LoginWish } from '../support/flow-relying-party.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';
import { createMint, type Mint, type TokenWish } from '../support/minted-tokens.ts';
import { brokenRules } from '../support/openapi-rules.ts';
import { addressOf, instancesOf, keyOf, note, type OwnIds, objectOf, readEverything } from '../support/own-ids.ts';
import { type PublishedApis, type PublishedRoute, readPublishedApis } from '../support/published-routes.ts';
import { createRawHttp, type RawAnswer, type RawHttp } from '../support/raw-http.ts';

interface Person {
  readonly accountId: string;
  readonly own: OwnIds;
  /** What she has read, by address. */
  seen?: ReadonlyMap<string, unknown>;
}

let world: FlowWorld;
let apis: PublishedApis;
let mint: Mint;
let http: RawHttp;
let everyScope: string[];
let protectedRoutes: PublishedRoute[];
/** Who must not see anything of `alice` and `bruno`; she has all that they have. */
let ines: Person;
let alice: Person;
let bruno: Person;
let david: Person;

beforeAll(async () => {
  world = await startFlowWorld();
  [apis, mint] = await Promise.all([readPublishedApis(world.issuer), createMint(world)]);
  http = createRawHttp(world.issuer);
  protectedRoutes = apis.routes.filter(({ scope }) => scope !== undefined);
  everyScope = [...new Set(protectedRoutes.map(({ scope }) => scope ?? ''))];
  alice = await personOf('Alice Martin', 'shop');
  bruno = await personOf('Bruno Lefèvre', 'shop');
  david = await personOf('David Moreau', 'shop');
  ines = await personOf('Inès Garcia', 'hub');
  await makeProxies();
  for (const seed of seeds) await plant(seed);
  for (const person of everybody()) person.seen = await readAll(person);
  for (const seed of laterSeeds) await plant(seed);
  await until('nothing moves by itself any more', () => ordersAreDone(world.database), 40);
  for (const person of everybody()) await readAll(person);
});
afterAll(async () => {
  http?.close();
  await world?.stop();
});

const theOthers = () => ({ alice, bruno, david });
const everybody = () => [...Object.values(theOthers()), ines];

async function personOf(label: string, consentTo: string): Promise<Person> {
  const accountId = await accountOf(world.database, label);
  const name = label.split(' ')[0]?.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const email = `${name}@exemple.test`;
  await makeConsent(world, accountId, consentTo);
  await makePayment(world.database, accountId);
  // A login takes its time; two people with a session will do.
  if (label.startsWith('Alice') || label.startsWith('Inès')) {
    await makeSession(world, email, `${name}-demo-password`);
  }
  const person = { accountId, own: new Map() };
  await readAll(person);
  return person;
}

/** Everybody's contract has a proxy: somebody who is no part of this. */
async function makeProxies(): Promise<void> {
  const helper = await accountOf(world.database, 'Gisèle Roux');
  for (const { own } of everybody()) {
    await makeProxy(world.database, own.get('/contract/v1/contracts/{}')?.[0]?.[0] ?? '', helper);
  }
}

/** Gives an order in their names. */
async function plant(seed: Seed): Promise<void> {
  const route = apis.routes.find(({ name }) => keyOf(name) === seed.route);
  if (route === undefined) throw new Error(`${seed.route} is not published`);
  const answers: string[] = [];
  for (const person of seed.who === undefined ? everybody() : [theOthers()[seed.who]]) {
    const [values] = instancesOf(route, person.own);
    if (values !== undefined) answers.push(await plantFor(person, { seed, route, values }));
  }
  if (!answers.some((one) => one.startsWith('2'))) throw new Error(`${seed.route}: ${answers.join(' · ')}`);
}

interface Order {
  readonly seed: Seed;
  readonly route: PublishedRoute;
  readonly values: readonly string[];
}

/** Gives it in her name, and notes what came of it. */
async function plantFor(person: Person, { seed, route, values }: Order): Promise<string> {
  const token = await tokenOf(person, { loa: seed.loa ?? 1 });
  const { status, body, headers } = await send(route, values, {
    token,
    body: seed.body?.(person.own, person.seen ?? new Map()),
  });
  const location = String(headers['location'] ?? '');
  const id = z.object({ id: z.string() }).safeParse(body).data?.id;
  if (status < 300 && location !== '') noteLocation(person, location);
  else if (status < 300 && id !== undefined) note(person.own, `${keyOf(route.path)}/{}`, [...values, id]);
  return `${status} ${JSON.stringify(body)}`;
}

/** What was made stands where the answer says. */
function noteLocation({ own }: Person, location: string): void {
  const path = location.slice(`${world.issuer}/api`.length);
  const route = apis.routes.find(({ path: one }) => new RegExp(`^${one.replace(/\{\w+\}/g, '([^/]+)')}$`).test(path));
  if (route === undefined) throw new Error(`${path} is not published`);
  const values = path.split('/').filter((_, index) => route.path.split('/')[index]?.startsWith('{'));
  note(own, keyOf(route.path), values);
}

async function readAll(person: Person): Promise<Map<string, unknown>> {
  const token = await tokenOf(person);
  return await readEverything(apis.routes, person.own, async (path) => {
    return bodied(await http.send({ method: 'GET', path: `/api${path}`, headers: bearer(token) }));
  });
}

/** What is no JSON is a file: a bill, a receipt. */
function bodied({ status, headers, text }: Awaited<ReturnType<RawHttp['send']>>): { status: number; body: unknown } {
  const isJson = /^application\/(\w+\+)?json\b/.test(String(headers['content-type']));
  return { status, body: isJson ? JSON.parse(text) : undefined };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Good for everything, unless said otherwise. */
function tokenOf({ accountId }: Pick<Person, 'accountId'>, wish: Partial<TokenWish> = {}): Promise<string> {
  return mint({ accountId, scopes: everyScope, loa: 3, ...wish });
}

interface Sent {
  readonly token?: string;
  /** Undefined: the sample of the route. */
  readonly body?: object | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

let lastKey = 0;

/** Calls a route as a careful client does; the answer has to fit the document. */
async function send(route: PublishedRoute, values: readonly string[], { token, body }: Sent): Promise<Answer> {
  const path = addressOf(route, values);
  const given = body ?? bodies[keyOf(route.name)]?.(ines.own) ?? route.sample;
  const { status, headers, text } = await http.send({
    method: route.method,
    path: `/api${path}`,
    headers: {
      ...(token === undefined ? {} : bearer(token)),
      ...(route.takesBody ? { 'content-type': 'application/json' } : {}),
      ...(route.isIdempotent ? { 'idempotency-key': `sweep-${++lastKey}` } : {}),
    },
    body: route.takesBody ? JSON.stringify(given) : undefined,
  });
  const answer = bodied({ status, headers, text }).body;
  const contentType = String(headers['content-type'] ?? '') || null;
  apis.check({ method: route.method, url: `${world.issuer}/api${path}`, status, contentType, body: answer });
  if (status >= 400) expect(headers['cache-control']).toBe('no-store');
  return { status, headers, body: answer };
}

const challengeOf = ({ headers }: Answer) => String(headers['www-authenticate'] ?? '');
const codeOf = ({ body }: Answer) => (body as { code?: string } | undefined)?.code;
const anyId = (route: PublishedRoute) => route.ids.map(() => 'abc_0000000000000000000000');

/** Sends to each route and gives what is wrong, a line each. */
async function sweep(
  routes: readonly PublishedRoute[],
  judge: (route: PublishedRoute) => Promise<string | undefined>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const route of routes) {
    const found = await judge(route).catch((error: unknown) => String(error));
    if (found !== undefined) wrong.push(`${route.name}: ${found}`);
  }
  return wrong;
}

test('what is published is an OpenAPI 3.1 document by its rules', () => {
  expect(brokenRules(apis.document)).toEqual([]);
  expect(protectedRoutes.length).toBeGreaterThan(80);
});

describe('the token', () => {
  test('is asked for by every route but those for anybody, with a challenge that leads to one (C05, RFC 9728)', async () => {
    const wrong = await sweep(protectedRoutes, async (route) => {
      const answer = await send(route, anyId(route), {});
      const challenge = challengeOf(answer);
      const leads = challenge.includes(`resource_metadata="${world.issuer}/.well-known/oauth-protected-resource/api"`);
      return answer.status === 401 && /^Bearer (?!error)/.test(challenge) && leads
        ? undefined
        : `${answer.status} ${challenge}`;
    });
    expect(wrong).toEqual([]);
  });

  test('of another issuer, audience, kind or brand, expired, not yet valid or forged opens none', async () => {
    const past = Math.floor(Date.now() / 1_000) - 3_600;
    const good = await tokenOf(ines);
    const [head = '', payload = '', signature = ''] = good.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    const refused = [
      await tokenOf(ines, { claims: { iss: 'https://other.example' } }),
      await tokenOf(ines, { claims: { aud: `${world.issuer}/userinfo` } }),
      await tokenOf(ines, { claims: { exp: past } }),
      await tokenOf(ines, { claims: { nbf: past + 7_200 } }),
      await tokenOf(ines, { claims: { sub: 'nobody' } }),
      await tokenOf(ines, { typ: 'JWT' }),
      `${head}.${payload}.${signature.slice(0, -6)}AAAAAA`,
      `${none}.${payload}.`,
      'opaque',
    ];
    const wrong = await sweep(protectedRoutes, async (route) => {
      for (const [index, token] of refused.entries()) {
        const answer = await send(route, anyId(route), { token });
        const right = answer.status === 401 && challengeOf(answer).startsWith('Bearer error="invalid_token"');
        if (!right) return `token ${index}: ${answer.status}`;
      }
      return undefined;
    });
    expect(wrong).toEqual([]);
  });

  test('without the scope of a route gets 403 and the name of that scope, whatever else it has (C05)', async () => {
    const wrong = await sweep(protectedRoutes, async (route) => {
      const scopes = everyScope.filter((one) => one !== route.scope);
      const answer = await send(route, anyId(route), { token: await tokenOf(ines, { scopes }) });
      const named = challengeOf(answer).includes(`error="insufficient_scope", scope="${route.scope}"`);
      return answer.status === 403 && named ? undefined : `${answer.status} ${challengeOf(answer)}`;
    });
    expect(wrong).toEqual([]);
  });

  test('of too low or too old a login gets 401 and what would do (RFC 9470)', async () => {
    const tooWeak: Record<string, readonly (readonly [Partial<TokenWish>, string])[]> = {
      P: [],
      Pf: [[{ ageSeconds: 301 }, 'acr_values="1", max_age="300"']],
      M: [
        [{ loa: 2 }, 'acr_values="3", max_age="900"'],
        [{ ageSeconds: 901 }, 'acr_values="3", max_age="900"'],
      ],
      'M*': [
        [{ loa: 1 }, 'acr_values="3", max_age="300"'],
        [{ ageSeconds: 301 }, 'acr_values="3", max_age="300"'],
      ],
    };
    const wrong = await sweep(protectedRoutes, async (route) => {
      for (const [wish, challenge] of tooWeak[route.level ?? 'P'] ?? []) {
        const [values = anyId(route)] = instancesOf(route, ines.own);
        const answer = await send(route, values, { token: await tokenOf(ines, wish) });
        if (answer.status !== 401 || !challengeOf(answer).includes(challenge)) {
          return `${JSON.stringify(wish)}: ${answer.status} ${codeOf(answer)} ${challengeOf(answer)}`;
        }
      }
      return undefined;
    });
    expect(wrong).toEqual([]);
  });
});

describe('X85 other people’s ids', () => {
  /** Written by asking, not by having. */
  const notes = ['rate_limits', 'audit_events', 'audit_head', 'refusals', 'ephemeral'];

  test('somebody in this world owns one of everything that has an id', () => {
    const kinds = new Set(protectedRoutes.filter(({ ids }) => ids.length > 0).map(({ path }) => objectOf(path)));
    const missing = [...kinds].filter((kind) => !Object.values(theOthers()).some(({ own }) => own.has(kind)));
    // A kind too many: let access-world.ts make one, or say there why nobody owns it.
    expect(missing.toSorted()).toEqual(Object.keys(ownedByNobody).toSorted());
  });

  test('open nothing on any route, tell nothing from ids that nobody has, and change nothing', async () => {
    const before = await wholeDatabase(world.database, notes);
    expect(await openToOthers(ines, Object.values(theOthers()))).toEqual([]);
    expect(await wholeDatabase(world.database, notes)).toEqual(before);
  });

  test('X94 open nothing of the main account to its secondary mailboxes, had they even all scopes', async () => {
    const { db } = world.database;
    const row = await db
      .selectFrom('accounts')
      .select('id')
      .where('parentAccountId', '=', ines.accountId as AccountId)
      .executeTakeFirst();
    const secondary: Person = { accountId: row?.id ?? '', own: new Map() };
    const seen = await readAll(secondary);
    expect(seen.get('/contract/v1/contracts')).toEqual([]);
    expect(seen.get('/line/v1/lines')).toEqual([]);
    expect(seen.get('/mailbox/v1/mailboxes')).toHaveLength(1);
    const before = await wholeDatabase(world.database, notes);
    expect(await openToOthers(secondary, [ines])).toEqual([]);
    expect(await wholeDatabase(world.database, notes)).toEqual(before);
  });

  /** What a caller can tell of objects of these others; a line each. */
  async function openToOthers(caller: Person, others: readonly Person[]): Promise<string[]> {
    const token = await tokenOf(caller);
    return await sweep(
      protectedRoutes.filter(({ ids }) => ids.length > 0),
      async (route) => {
        for (const values of valuesOfOthers(route, caller, others)) {
          const answer = await send(route, values, { token });
          if (!isClosed(answer)) return `${values.join(' ')}: ${answer.status} ${codeOf(answer)}`;
          const unknown = await send(route, values.map(unlike), { token });
          if (factsOf(answer) !== factsOf(unknown)) return `${factsOf(answer)} is told from ${factsOf(unknown)}`;
        }
        return undefined;
      },
    );
  }

  // A code is refused in one word for all causes; what is asked of the caller herself comes before any object.
  const beforeAnyObject = new Set(['code_invalid', 'code_required', 'shop_identity_check_required']);
  const isClosed = (answer: Answer) => [403, 404].includes(answer.status) || beforeAnyObject.has(codeOf(answer) ?? '');

  /** Each of their objects; where a path has two ids, also one of the caller's own before theirs. */
  function valuesOfOthers(route: PublishedRoute, caller: Person, others: readonly Person[]): string[][] {
    const mine = new Set(instancesOf(route, caller.own).map((one) => one.join(' ')));
    const found = others.flatMap(({ own }) => instancesOf(route, own).slice(0, 2));
    const [own] = instancesOf({ ...route, path: route.path.slice(0, route.path.indexOf('}') + 1) }, caller.own);
    const mixed = route.ids.length < 2 || own === undefined ? [] : found.map((one) => [...own, ...one.slice(1)]);
    return [...found, ...mixed].filter((one) => !mine.has(one.join(' ')));
  }

  const unlike = (id: string) => id.replace(/_.*/, (rest) => `_${[...rest.slice(1)].toReversed().join('')}`);

  function factsOf({ status, body }: Answer): string {
    const { trace: _, ...rest } = body as { trace?: string };
    return `${status} ${JSON.stringify(rest)}`;
  }
});

// Who is no company has no accounts of one.
const listsOfCompanies = new Set(['/billing/v1/groups/me/accounts']);

// What is signed is refused as a whole when it is not, whatever is in it.
const isUnsigned = ({ path }: PublishedRoute, { status, text }: RawAnswer) =>
  path === '/billing/v1/psp/notifications' && status === 400 && text.includes('"code":"notification_refused"');

describe('nonsense', () => {
  test('in the place of an id is not found, and breaks nothing', async () => {
    const token = await tokenOf(ines);
    const ids = [
      '%00',
      'x'.repeat(10_000),
      '%F0%9F%98%80',
      '..',
      '%2e%2e%2f',
      '%',
      '%FF',
      "'%20or%201=1--",
      '%3Cb%3E',
      '-1',
    ];
    const wrong = await sweep(
      apis.routes.filter((route) => route.ids.length > 0),
      async (route) => {
        for (const id of ids) {
          const body = route.takesBody
            ? JSON.stringify(bodies[keyOf(route.name)]?.(ines.own) ?? route.sample)
            : undefined;
          const { status } = await http.send({
            method: route.method,
            path: `/api${addressOf(
              route,
              route.ids.map(() => id),
            )}`,
            headers: { ...bearer(token), 'content-type': 'application/json', 'idempotency-key': `sweep-${++lastKey}` },
            body,
          });
          if (![400, 404, 405, 410, 422, 431].includes(status)) return `${id.slice(0, 20)}: ${status}`;
        }
        return undefined;
      },
    );
    expect(wrong).toEqual([]);
  });

  test('in the place of a body is refused as what it is', async () => {
    const token = await tokenOf(ines);
    const json = 'application/json';
    const manyKeys = JSON.stringify(Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`key${n}`, n])));
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const cases: readonly (readonly [what: string, type: string, body: string, statuses: readonly number[]])[] = [
      ['broken JSON', json, '{"a":', [400]],
      ['a list', json, '[]', [422]],
      ['a text', json, '"text"', [400, 422]],
      ['a number', json, '7', [400, 422]],
      ['null', json, 'null', [400, 422]],
      ['1,000 keys', json, manyKeys, [422]],
      ['prototypes', json, '{"__proto__":{"admin":true},"constructor":1}', [400, 422]],
      ['5,000 levels', json, deep, [400, 422]],
      ['too much', json, JSON.stringify({ a: 'x'.repeat(70_000) }), [413]],
      ['a form', 'application/x-www-form-urlencoded', 'a=b', [415]],
      ['XML', 'application/xml', '<a/>', [415]],
      ['another charset', 'application/json; charset=nonsense', '{}', [400, 404, 415, 422]],
    ];
    const wrong = await sweep(
      apis.routes.filter((route) => route.takesBody),
      async (route) => {
        for (const [what, type, body, statuses] of cases) {
          const path = addressOf(route, anyId(route));
          const key = { 'idempotency-key': `sweep-${++lastKey}` };
          const headers = { ...bearer(token), 'content-type': type, ...key };
          const answer = await http.send({ method: route.method, path: `/api${path}`, headers, body });
          if (!statuses.includes(answer.status) && !isUnsigned(route, answer))
            return `${what}: ${answer.status} ${answer.text.slice(0, 200)}`;
          const contentType = String(answer.headers['content-type']);
          const url = `${world.issuer}/api${path}`;
          apis.check({ method: route.method, url, status: answer.status, contentType, body: JSON.parse(answer.text) });
        }
        return undefined;
      },
    );
    expect(wrong).toEqual([]);
  });

  test('U+0000 in a text of a body is refused', async () => {
    const token = await tokenOf(ines);
    const wrong = await sweep(
      apis.routes.filter(({ sample }) => JSON.stringify(sample)?.includes(':"')),
      async (route) => {
        const body: object = JSON.parse(JSON.stringify(route.sample).replaceAll(/:"[^"]*"/g, ':"a\\u0000b"'));
        const answer = await send(route, anyId(route), { token, body });
        return answer.status === 422 ? undefined : `${answer.status} ${codeOf(answer)}`;
      },
    );
    expect(wrong).toEqual([]);
  });

  const lists = () => protectedRoutes.filter(({ method, ids }) => method === 'GET' && ids.length === 0);
  const get = async (path: string) =>
    await http.send({ method: 'GET', path: `/api${path}`, headers: bearer(await tokenOf(ines)) });

  test('in the query is passed over', async () => {
    const odd = 'nonsense=1&__proto__=x&a[b]=1&%00=%00&nonsense=2';
    const wrong = await sweep(lists(), async (route) => {
      const plain = await get(addressOf(route, []));
      const { status } = await get(`${route.path}?${route.query}&${odd}`);
      return status === plain.status ? undefined : `${plain.status} became ${status}`;
    });
    expect(wrong).toEqual([]);
  });

  function wrongPages({ path }: PublishedRoute, first: RawAnswer, beyond: RawAnswer): string | undefined {
    if (listsOfCompanies.has(path)) return first.status === 404 ? undefined : `no company: ${first.status}`;
    const { text, headers } = first;
    const entries: unknown[] = JSON.parse(text);
    if (entries.length > 1 || headers['x-result-count'] !== String(entries.length)) return `limit=1: ${text}`;
    return beyond.status === 200 && beyond.text === '[]' ? undefined : `beyond the end: ${beyond.text}`;
  }

  test('in the place of a page is refused; a page has what was asked for, and none is beyond the end', async () => {
    const outOfBounds = ['limit=0', 'limit=101', 'limit=-1', 'limit=x', 'offset=-1', 'offset=1e99', 'limit=1.5'];
    const wrong = await sweep(
      lists().filter(({ isList }) => isList),
      async (route) => {
        const page = async (query: string) => await get(`${addressOf({ ...route, query }, [])}&${route.query}`);
        for (const query of outOfBounds) {
          const { status } = await page(query);
          if (status !== 422) return `${query}: ${status}`;
        }
        return wrongPages(route, await page('limit=1'), await page('offset=999999&limit=100'));
      },
    );
    expect(wrong).toEqual([]);
  });
});

describe('methods and origins', () => {
  /** Each address with the routes that it has, any ids filled in. */
  const addresses = () =>
    [...Map.groupBy(apis.routes, ({ path }) => path)].map(([path, routes]) => {
      const query = routes.find(({ method }) => method === 'GET')?.query ?? '';
      const taken = routes.map(({ method }) => method);
      return { taken, path: `/api${addressOf({ path, query }, ['a', 'b', 'c'])}` };
    });

  test('an address tells which methods it takes', async () => {
    const headers = bearer(await tokenOf(ines));
    const all = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
    const wrong: string[] = [];
    for (const { taken, path } of addresses()) {
      for (const method of all.filter((one) => !taken.includes(one))) {
        const answer = await http.send({ method, path, headers });
        const allow = String(answer.headers['allow'] ?? '').split(', ');
        const isTold = answer.status === 405 && taken.every((one) => allow.includes(one));
        if (!isTold) wrong.push(`${method} ${path}: ${answer.status} ${allow}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a HEAD is a GET without its body', async () => {
    const headers = bearer(await tokenOf(ines));
    for (const { path } of addresses().filter(({ taken }) => taken.includes('GET'))) {
      const got = await http.send({ method: 'GET', path, headers });
      const head = await http.send({ method: 'HEAD', path, headers });
      expect([path, head.status, head.text]).toEqual([path, got.status, '']);
    }
  });

  test('no other site’s script may read an answer', async () => {
    const token = await tokenOf(ines);
    const foreign = { origin: 'https://evil.example', 'access-control-request-method': 'GET' };
    const wrong = await sweep(apis.routes, async (route) => {
      for (const method of [route.method === 'GET' ? 'GET' : 'HEAD', 'OPTIONS']) {
        const path = `/api${addressOf(route, anyId(route))}`;
        const { headers } = await http.send({ method, path, headers: { ...bearer(token), ...foreign } });
        const allowed = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
        if (allowed.length > 0) return `${method} ${allowed}`;
      }
      return undefined;
    });
    expect(wrong).toEqual([]);
  });
});

describe('one account', () => {
  const identifiers = ['ines@exemple.test', '06 39 98 00 09', '+33 6 39 98 00 09', 'INES@Exemple.test'];

  /** Logs in for the APIs, as somebody who types this. */
  async function tokensBy(identifier: string, way: 'password' | 'pin', wish: LoginWish & { browser?: Browser } = {}) {
    const resource = `${world.issuer}/api`;
    const login = await openLogin(world, { scope: 'openid contract.read', ...wish, resource });
    if (way === 'password') {
      await login.submit({ identifier, choice: 'password' });
      await login.password('ines-demo-password');
    } else {
      await login.identify(identifier);
      // An e-mail address leads to the password first.
      if (login.shownStatus === undefined) await login.choose('sim');
      await answerWithPin(world.phone('+33639980009'), login, '6027');
      await login.settled();
    }
    return (await login.finish({ resource })).tokens;
  }

  test('C24 X83 B04 has the same contracts, byte for byte, whatever it is logged in with', async () => {
    const lists = new Set<string>();
    for (const way of ['password', 'pin'] as const) {
      for (const identifier of way === 'pin' ? identifiers.slice(0, 2) : identifiers) {
        const { access_token: token } = await tokensBy(identifier, way);
        const path = '/api/contract/v1/contracts';
        const { status, text } = await http.send({ method: 'GET', path, headers: bearer(token) });
        lists.add(`${status} ${text}`);
      }
    }
    expect([...lists]).toEqual([expect.stringMatching(/^200 \[.*"kind":"OPEN"/)]);
  });

  test('B02 B03 has the same services and answers in the app, which needs no secret, and in the portal', async () => {
    const scope = `openid ${everyScope.join(' ')}`;
    const callbacks = { app: 'http://127.0.0.1:51234/callback', portal: `${world.portalUrl}/callback` };
    const tokens: string[] = [];
    const granted: string[][] = [];
    for (const [client, redirectUri] of Object.entries(callbacks)) {
      const browser = world.browser({ stopAt: redirectUri });
      const given = await tokensBy('ines@exemple.test', 'password', { client, redirectUri, browser, scope });
      expect(decodeJwt(given.access_token)).toMatchObject({ client_id: client });
      granted.push((given.scope ?? '').split(' ').filter((one) => everyScope.includes(one)));
      tokens.push(given.access_token);
    }
    expect(granted.map((some) => some.toSorted())).toEqual([everyScope.toSorted(), everyScope.toSorted()]);
    const [inApp, inPortal] = [await readBy(tokens[0] ?? ''), await readBy(tokens[1] ?? '')];
    expect(inApp.size).toBeGreaterThan(20);
    expect(inPortal).toEqual(inApp);
  });

  /** All answers to a token but those that each login or look changes. */
  async function readBy(token: string): Promise<Map<string, unknown>> {
    const seen = await readEverything(apis.routes, new Map(), async (path) => {
      const { status, body } = bodied(await http.send({ method: 'GET', path: `/api${path}`, headers: bearer(token) }));
      return { status: status < 400 ? 200 : status, body };
    });
    for (const path of ['/account/v1/me/sessions', '/account/v1/me/security-events', '/mc/v1/history'])
      seen.delete(path);
    return seen;
  }

  test('B01 without a contract can log in, finds its lists empty, and may add one or read the help', async () => {
    const bare = await accountWithoutContract();
    const token = await tokenOf(bare);
    const seen = await readAll(bare);
    for (const list of ['/contract/v1/contracts', '/line/v1/lines', '/mc/v1/status'])
      expect(seen.get(list)).toEqual([]);
    expect(seen.get('/account/v1/me')).toMatchObject({ name: 'Lou Sans', accountKind: 'main' });
    const routeOf = (name: string) => apis.routes.find((one) => one.name === name)!;
    const body = { kind: 'MOBILE', segment: 'consumer' };
    expect((await send(routeOf('POST /contract/v1/attachments'), [], { token, body })).status).toBe(201);
    expect((await send(routeOf('GET /help/v1/tree'), [], {})).status).toBe(200);
  });

  async function accountWithoutContract(): Promise<Person> {
    const accountId = 'acc_without_contract_00000' as AccountId;
    const account = { id: accountId, brand: 'exemple', kind: 'main', personId: null, parentAccountId: null } as const;
    const more = { label: 'Lou Sans', contactEmail: null, createdAt: new Date(), contactEmailVerifiedAt: null };
    await world.database.transaction((tx) => insertAccount(tx, { ...account, ...more }, []));
    return { accountId, own: new Map() };
  }
});

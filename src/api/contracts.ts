// The contract API (mission 4.7) as far as it reads and names, takes contracts out of an area, and ends proxies.
// Attribute names of TMF637 (product) where one exists.
import { z } from 'zod';
import type { ContractDesk } from '../customer/contract-types.ts';
import { AppError } from '../errors.ts';
import { contractBody, contractSchema, detailBody, detailSchema, homeSchema, proxySchema } from './contract-bodies.ts';
import { listAnswer } from './lists.ts';
import { type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery } from './schemas.ts';

const base = '/contract/v1/contracts';

interface Context {
  readonly desk: ContractDesk;
  readonly issuer: string;
}

/** Its routes; none without a desk. */
export function contractRoutes({ contracts: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const context = { desk, issuer };
  return [...readRoutes(context), ...changeRoutes(context), ...proxyRoutes(context)];
}

const filter = listQuery.extend({
  kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']).optional(),
  relation: z.enum(['holder', 'proxy', 'user']).optional(),
});

function readRoutes({ desk, issuer }: Context): ApiRoute[] {
  const href = `${issuer}/api${base}`;
  const read = { scope: 'contract.read', level: 'P' } as const;
  return [
    {
      ...{ method: 'GET', path: base, ...read },
      summary: 'The contracts that the customer holds, manages or uses',
      query: filter,
      answers: { 200: z.array(contractSchema) },
      async handle({ token, query }) {
        const { kind, relation } = filter.parse(Object.fromEntries(query));
        const found = await desk.list(token.accountId, { kind, relation });
        const body = found.map((one) => contractBody(one, href));
        return listAnswer(body, { query, href });
      },
    },
    {
      ...{ method: 'GET', path: `${base}/:id`, ...read },
      summary: 'One contract: offer, lines, and what its holder alone may see',
      answers: { 200: detailSchema },
      async handle({ token, params }) {
        const found = await desk.find(token.accountId, params['id'] ?? '');
        if (found === undefined) throw new AppError('not_found');
        return { body: detailBody(found, href) };
      },
    },
    {
      ...{ method: 'GET', path: `${base}/:id/home`, ...read },
      summary: 'What stands at home: fixed number, speed, shared Wi-Fi, TV decoder',
      answers: { 200: homeSchema },
      async handle({ token, params }) {
        const home = await desk.home(token.accountId, params['id'] ?? '');
        if (home === undefined) throw new AppError('not_found');
        return { body: home };
      },
    },
  ];
}

// By code points, so that an emoji is one character; control characters would break whoever prints it (X84).
const label = z
  .string()
  .trim()
  .refine((text) => Array.from(text).length <= 40, 'has more than 40 characters')
  .refine((text) => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text), 'has control characters');

function changeRoutes({ desk, issuer }: Context): ApiRoute[] {
  const manage = { scope: 'contract.manage', level: 'P' } as const;
  return [
    withInput({
      ...{ method: 'PUT', path: `${base}/:id/label`, ...manage },
      summary: 'The customer’s own name for a contract; empty for the default',
      input: z.strictObject({ label }),
      answers: { 200: detailSchema },
      async handle(call) {
        const { accountId } = call.token;
        const id = contractOf(call);
        const { label: text } = call.input;
        if (!(await desk.rename(accountId, id, text === '' ? null : text))) throw new AppError('not_found');
        const found = await desk.find(accountId, id);
        if (found === undefined) throw new AppError('not_found');
        return { body: detailBody(found, `${issuer}/api${base}`) };
      },
    }),
    withInput({
      ...{ method: 'DELETE', path: `${base}/:id/attachment`, ...manage },
      summary: 'Take a contract out of this customer area',
      input: z.strictObject({ confirm: z.literal(true) }),
      answers: { 204: null },
      async handle(call) {
        if (!(await desk.detach(call.token.accountId, contractOf(call)))) throw new AppError('not_found');
        return {};
      },
    }),
  ];
}

function proxyRoutes({ desk, issuer }: Context): ApiRoute[] {
  const path = `${base}/:id/proxies`;
  return [
    {
      ...{ method: 'GET', path, scope: 'contract.manage', level: 'P' },
      summary: 'Who manages the contract by proxy; for its holder',
      query: listQuery,
      answers: { 200: z.array(proxySchema) },
      async handle(call) {
        const proxies = await desk.proxies(call.token.accountId, contractOf(call));
        if (proxies === undefined) throw new AppError('not_found');
        const href = `${issuer}/api${base}/${contractOf(call)}/proxies`;
        const body = proxies.map((proxy) => ({ ...proxy, href: `${href}/${proxy.id}` }));
        return listAnswer(body, { query: call.query, href });
      },
    },
    deferralRoute(desk, { path: `${path}/:proxy`, issuer }),
    {
      ...{ method: 'DELETE', path: `${path}/:proxy`, scope: 'contract.manage', level: 'Pf' },
      summary: 'End a proxy, at once',
      answers: { 204: null },
      async handle(call) {
        const proxy = call.params['proxy'] ?? '';
        if (!(await desk.endProxy(call.token.accountId, contractOf(call), proxy))) throw new AppError('not_found');
        return {};
      },
    },
  ];
}

function deferralRoute(desk: ContractDesk, { path, issuer }: { path: string; issuer: string }): ApiRoute {
  return withInput({
    ...{ method: 'PATCH', path, scope: 'contract.manage', level: 'Pf', action: 'order' },
    summary: 'Let a proxy order on the bill of the contract, as strongly as the holder would; or not any more',
    needsStrong: ({ mayDefer }) => mayDefer,
    input: z.strictObject({ mayDefer: z.boolean() }),
    answers: { 200: proxySchema },
    async handle(call) {
      const proxyId = call.params['proxy'] ?? '';
      const contractId = contractOf(call);
      const { mayDefer } = call.input;
      const proxy = await desk.setProxyDeferral(call.token.accountId, contractId, { proxyId, mayDefer });
      if (proxy === undefined) throw new AppError('not_found');
      return { body: { ...proxy, href: `${issuer}/api${base}/${contractId}/proxies/${proxyId}` } };
    },
  });
}

function contractOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

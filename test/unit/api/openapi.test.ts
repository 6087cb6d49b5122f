// The published document: made from the route table, valid OpenAPI, and true of what the routes answer.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildOpenApi } from '../../../src/api/openapi.ts';
import type { Route } from '../../../src/api/route-types.ts';
import { apiRoutes } from '../../../src/api/router.ts';
import { moment, money } from '../../../src/api/schemas.ts';
import { errorCatalogue } from '../../../src/errors.ts';
import { createApiClient } from '../../support/api-client.ts';
import { createAnswerCheck } from '../../support/openapi-answers.ts';
import { brokenRules } from '../../support/openapi-rules.ts';
import { apiDeps } from './api-deps.ts';

const issuer = 'https://id.exemple.test';
const things: Route[] = [
  {
    method: 'POST',
    path: '/thing/v1/things/:id/parts',
    summary: 'Add a part',
    scope: 'thing.write',
    level: 'M*',
    action: 'order',
    idempotent: true,
    input: z.strictObject({ name: z.string().max(10), colour: z.enum(['red', 'blue']).optional() }),
    query: z.object({ dry: z.enum(['true', 'false']).optional() }),
    answers: { 201: z.strictObject({ id: z.string(), price: money, at: moment }), 204: null },
    refusals: ['conflict'],
    handle: async () => ({}),
  },
  {
    open: true,
    method: 'GET',
    path: '/thing/v1/catalogue',
    summary: 'What there is',
    answers: { 200: z.array(z.strictObject({ name: z.string() })) },
    handle: async () => ({ body: [] }),
  },
];
const document = z.any().parse(buildOpenApi({ issuer }, things));

describe('an operation', () => {
  const post = document.paths['/thing/v1/things/{id}/parts'].post;
  test('says who may call it: scope and level', () => {
    expect(post.security).toEqual([{ oauth: ['thing.write'] }]);
    expect(post['x-level']).toBe('M*');
    expect(document.paths['/thing/v1/catalogue'].get.security).toEqual([]);
  });
  test('names its parameters, those of the headers too', () => {
    const named = post.parameters.map(
      (one: Record<string, unknown>) => `${one['in']} ${one['name']} ${one['required']}`,
    );
    expect(named).toEqual([
      'path id true',
      'query dry false',
      'header Idempotency-Key true',
      'header Confirmation-Code false',
    ]);
  });
  test('describes body and answers; a moment is text on the wire', () => {
    expect(post.requestBody.content['application/json'].schema).toMatchObject({
      required: ['name'],
      properties: { name: { type: 'string', maxLength: 10 } },
      additionalProperties: false,
    });
    const created = post.responses['201'].content['application/json'].schema;
    expect(created.properties.at).toEqual({ type: 'string', format: 'date-time' });
    expect(post.responses['204'].content).toBeUndefined();
  });
  test('names the codes of its refusals by status', () => {
    expect(post.responses['409'].description.split(', ')).toEqual(
      expect.arrayContaining(['conflict', 'code_required', 'request_in_progress', 'mc_temporarily_unavailable']),
    );
    expect(post.responses['404'].description).toBe('not_found');
    expect(Object.keys(document.paths['/thing/v1/catalogue'].get.responses)).toEqual(['200', '429', '500']);
  });
});

describe('the rules of OpenAPI 3.1', () => {
  const change = (text: (whole: string) => string): unknown => JSON.parse(text(JSON.stringify(document)));
  test('are kept', () => expect(brokenRules(document)).toEqual([]));
  test.each([
    [
      'an operationId twice',
      (text: string) => text.replace('getThingV1Catalogue', 'postThingV1ThingsIdParts'),
      'twice',
    ],
    [
      'a reference that leads nowhere',
      (text: string) => text.replaceAll('schemas/Problem', 'schemas/Nothing'),
      'nowhere',
    ],
    [
      'a parameter that the path has not',
      (text: string) => text.replace('"name":"id"', '"name":"other"'),
      'its parameters',
    ],
    ['a schema that is none', (text: string) => text.replace('"maxLength":10', '"maxLength":"ten"'), 'maxLength'],
    ['a keyword that nobody knows', (text: string) => text.replace('"maxLength":10', '"longest":10'), 'longest'],
    ['a tag that is not declared', (text: string) => text.replace('"tags":[{"name":"thing"}]', '"tags":[]'), 'tag'],
    [
      'an answer without a word',
      (text: string) => text.replace('"description":"Done"', '"description":""'),
      'description',
    ],
  ])('%s is found', (_what, text, found) => {
    expect(brokenRules(change(text)).join('\n')).toContain(found);
  });
  test('a schema that names itself stands among the components', () => {
    interface Node {
      readonly below: readonly Node[];
    }
    const node: z.ZodType<Node> = z.strictObject({
      get below() {
        return z.array(node);
      },
    });
    const wrapped = z.strictObject({ top: node });
    const open = { open: true, method: 'GET', summary: 'A tree', handle: async () => ({}) } as const;
    const trees = [
      { ...open, path: '/a/v1/tree', answers: { 200: node } },
      { ...open, path: '/b/v1/tree', answers: { 200: wrapped } },
    ];
    const whole = buildOpenApi({ issuer }, trees);
    expect(brokenRules(whole)).toEqual([]);
    expect(JSON.stringify(whole)).not.toContain('$defs');
  });
});

describe('the document', () => {
  test('is given anew only when it has changed', async () => {
    const api = createApiClient({ database: undefined as never });
    const first = await api.anybody('GET', '/openapi.json');
    expect([first.status, first.headers['cache-control']]).toEqual([200, 'public, max-age=300']);
    const etag = first.headers['etag'] ?? '';
    const again = await api.anybody('GET', '/openapi.json', { headers: { 'if-none-match': etag } });
    expect([again.status, again.body, again.headers['etag']]).toEqual([304, undefined, etag]);
    expect((await api.anybody('GET', '/openapi.json', { headers: { 'if-none-match': '"old"' } })).status).toBe(200);
  });
});

describe('the check of answers', () => {
  const check = createAnswerCheck(document);
  const url = `${issuer}/api/thing/v1/things/1/parts`;
  const json = 'application/json; charset=utf-8';
  const body = { id: '1', price: { unit: 'EUR', value: 1.5 }, at: '2026-01-01T00:00:00.000Z' };
  const answer = { method: 'POST', url, status: 201, contentType: json, body };
  test('lets pass what fits', () => expect(() => check(answer)).not.toThrow());
  test.each([
    ['a member too many', { ...answer, body: { ...body, secret: 'x' } }, /additional properties/],
    ['a member missing', { ...answer, body: { id: '1' } }, /required property/],
    ['another type', { ...answer, body: { ...body, at: 'yesterday' } }, /date-time/],
    ['a status that is not published', { ...answer, status: 200 }, /no such status/],
    ['a body where there is none', { ...answer, status: 204 }, /no body/],
    ['a refusal that is no problem document', { ...answer, status: 409 }, /not in the document/],
  ])('refuses %s', (_what, wrong, message) => expect(() => check(wrong)).toThrow(message));
});

describe('the real table', () => {
  const context = apiDeps({ issuer, database: undefined as never });
  const desks = { lines: {} as never, mobileConnect: { activation: {}, confirmations: {} } as never };
  const routes = apiRoutes({ ...context, ...desks });
  test('has one route for each method and path, with a summary and answers', () => {
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
    for (const route of routes) {
      expect(route.summary.length).toBeGreaterThan(5);
      expect(Object.keys(route.answers).length).toBeGreaterThan(0);
    }
  });
  test('names an action wherever level M* stands', () => {
    for (const route of routes) if (!('open' in route)) expect(route.level === 'M*').toBe(route.action !== undefined);
  });
  test('is described whole, and every refusal has its meaning in docs/errors.md', () => {
    const whole = z.any().parse(buildOpenApi({ issuer }, routes));
    expect(Object.values(whole.paths).flatMap((one) => Object.keys(one as object))).toHaveLength(routes.length);
    const known = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    for (const code of routes.flatMap((route) => route.refusals ?? [])) {
      expect(errorCatalogue[code].meaning).toBeTruthy();
      expect(known).toContain(`\`${code}\``);
    }
  });
});

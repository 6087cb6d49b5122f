// The OpenAPI 3.1 document of the APIs, made from the route table, and the route that serves it.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ErrorCode, errorCatalogue } from '../errors.ts';
import { createJsonSchemas, type Json, type JsonSchemas } from './json-schemas.ts';
import { type ApiContext, type ApiRoute, isOpen, type OpenRoute, type Route } from './route-types.ts';
import { problemSchema } from './schemas.ts';

const levels: Record<ApiRoute['level'], string> = {
  P: 'P: any login',
  Pf: 'Pf: a login at most 5 minutes ago',
  M: 'M: the PIN of the SIM, at most 15 minutes ago',
  'M*': 'M*: the PIN of the SIM at most 5 minutes ago; without a SIM that can give one, a fresh login and Confirmation-Code',
};

const always: readonly ErrorCode[] = ['too_many_requests', 'internal'];
const withToken: readonly ErrorCode[] = ['invalid_token', 'insufficient_scope'];
const withBody: readonly ErrorCode[] = ['malformed', 'validation', 'unsupported_media_type', 'body_too_large'];

/** The document of a table. */
export function buildOpenApi({ issuer }: { issuer: string }, routes: readonly Route[]): Json {
  const schemas = createJsonSchemas();
  const problem = schemas.of(problemSchema, { name: 'Problem', io: 'output' });
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Customer APIs',
      version: '1',
      description:
        'A customer’s own view of account, contracts and lines. Attribute names follow TM Forum where one exists; ' +
        'the APIs are not TM Forum conformant. Errors are problem documents (RFC 9457) with a stable code.',
    },
    servers: [{ url: `${issuer}/api` }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...schemas.components, Problem: problem },
      securitySchemes: {
        oauth: { type: 'openIdConnect', openIdConnectUrl: `${issuer}/.well-known/openid-configuration` },
      },
    },
  };
}

/** The route of the document of the other routes. */
export function openApiRoutes(context: ApiContext, routes: readonly Route[]): OpenRoute[] {
  // Made once: it changes only with the program.
  let document: Json | undefined;
  let etag = '';
  const own: OpenRoute = {
    open: true,
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    answers: { 200: z.looseObject({ openapi: z.string() }), 304: null },
    async handle() {
      if (document === undefined) {
        document = buildOpenApi(context, [...routes, own]);
        etag = `"${createHash('sha256').update(JSON.stringify(document)).digest('base64url').slice(0, 22)}"`;
      }
      return { body: document, headers: { 'Cache-Control': 'public, max-age=300', ETag: etag } };
    },
  };
  return [own];
}

function tagOf({ path }: Route): string {
  const first = path.split('/')[1] ?? '';
  return first.includes('.') ? 'documents' : first;
}

/** Unique, for a method and a path are. */
function operationIdOf({ method, path }: Route): string {
  return method.toLowerCase() + path.replace(/\W+(\w)/g, (_, one: string) => one.toUpperCase());
}

function operation(route: Route, schemas: JsonSchemas): Json {
  return {
    summary: route.summary,
    tags: [tagOf(route)],
    operationId: operationIdOf(route),
    ...(isOpen(route)
      ? { security: [] }
      : { description: levels[route.level], security: [{ oauth: [route.scope] }], 'x-level': route.level }),
    ...parameters(route, schemas),
    ...requestBody(route, schemas),
    responses: { ...answers(route, schemas), ...refusals(route) },
  };
}

function requestBody(route: Route, schemas: JsonSchemas): Json {
  if (route.input === undefined) return {};
  const required = !route.input.safeParse(undefined).success;
  const schema = schemas.of(route.input, { name: `${operationIdOf(route)}Input`, io: 'input' });
  return { requestBody: { required, content: { 'application/json': { schema } } } };
}

function parameters(route: Route, schemas: JsonSchemas): Json {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string' },
  }));
  const shape: Record<string, z.core.$ZodType> = route.query?.shape ?? {};
  const inQuery = Object.entries(shape).map(([name, schema]) => ({
    ...{ name, in: 'query', required: !z.safeParse(schema, undefined).success },
    schema: schemas.of(schema, { name: `${operationIdOf(route)}${name}`, io: 'input' }),
  }));
  const headers = headersOf(route).map((header) => ({
    ...{ ...header, in: 'header' },
    schema: { type: 'string', maxLength: 64 },
  }));
  const all = [...inPath, ...inQuery, ...headers];
  return all.length === 0 ? {} : { parameters: all };
}

function headersOf(route: Route): { name: string; required: boolean; description: string }[] {
  if (isOpen(route)) return [];
  return [
    ...(route.idempotent
      ? [{ name: 'Idempotency-Key', required: true, description: 'One per order; a repetition gets the same answer' }]
      : []),
    ...(isStrong(route)
      ? [{ name: 'Confirmation-Code', required: false, description: 'Of POST /account/v1/me/confirmation-codes' }]
      : []),
    ...(codesOf(route).some((code) => errorCatalogue[code].status === 412)
      ? [{ name: 'If-Match', required: false, description: 'The ETag that was read; refused if it changed since' }]
      : []),
  ];
}

function answers(route: Route, schemas: JsonSchemas): Json {
  const isList = route.query !== undefined && 'offset' in route.query.shape;
  const good = Object.entries(route.answers).map(([status, schema]) => {
    const place = { name: `${operationIdOf(route)}${status}`, io: 'output' } as const;
    const json = schema === null ? {} : { 'application/json': { schema: schemas.of(schema, place) } };
    const all = { ...json, ...(status === '200' ? filesOf(route) : {}) };
    const content = Object.keys(all).length === 0 ? {} : { content: all };
    const headers = isList && schema !== null ? { headers: listHeaders } : {};
    return [status, { description: descriptions[status] ?? 'Done', ...headers, ...content }];
  });
  return Object.fromEntries(good);
}

/** Files have no schema: their media type says all (OpenAPI 3.1, 4.8.14.3). */
function filesOf({ files = [] }: Route): Json {
  return Object.fromEntries(files.map((type) => [type, {}]));
}

const descriptions: Readonly<Record<string, string>> = { 201: 'Made', 202: 'Begun', 304: 'As the caller has it' };
const count = { type: 'integer', minimum: 0 };
const listHeaders: Json = {
  'X-Total-Count': { description: 'Entries of the whole list', schema: count },
  'X-Result-Count': { description: 'Entries of this page', schema: count },
  Link: { description: 'The previous and the next page (RFC 8288)', schema: { type: 'string' } },
};

/** Refusals by status, the codes of each in its description. */
function refusals(route: Route): Json {
  const byStatus = Map.groupBy(codesOf(route), (code) => errorCatalogue[code].status);
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      String(status),
      { description: some.join(', '), ...refusalHeaders[status], content },
    ]),
  );
}

const text = { type: 'string' };
const refusalHeaders: Readonly<Record<number, Json>> = {
  401: { headers: { 'WWW-Authenticate': { description: 'What would do (RFC 6750, RFC 9470)', schema: text } } },
  429: { headers: { 'Retry-After': { description: 'Seconds', schema: text } } },
};

function codesOf(route: Route): ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      ...always,
      ...(isOpen(route) ? [] : refusalsOfToken(route)),
      ...(route.refusals ?? []),
      ...(route.input === undefined ? [] : withBody),
      ...(route.query === undefined ? [] : (['validation'] as const)),
      ...(route.path.includes(':') ? (['not_found'] as const) : []),
    ]),
  ];
}

/** Always, or for some bodies. */
function isStrong({ level, needsStrong }: ApiRoute): boolean {
  return level === 'M*' || needsStrong !== undefined;
}

function refusalsOfToken(route: ApiRoute): ErrorCode[] {
  const { level, idempotent } = route;
  return [
    ...withToken,
    ...(level === 'P' ? [] : (['insufficient_user_authentication'] as const)),
    ...(level === 'M' ? (['mc_temporarily_unavailable'] as const) : []),
    ...(isStrong(route) ? strongRefusals : []),
    ...(idempotent ? idempotency : []),
  ];
}

const strongRefusals: readonly ErrorCode[] = [
  'code_required',
  'code_invalid',
  'mc_temporarily_unavailable',
  'shop_identity_check_required',
];
const idempotency: readonly ErrorCode[] = ['idempotency_key_missing', 'idempotency_mismatch', 'request_in_progress'];

// The OpenAPI 3.1 document of the APIs, made from the route table, and the route that serves it.
import { z } from 'zod';
import { type ErrorCode, errorCatalogue } from '../errors.ts';
import { type ApiContext, type ApiRoute, isOpen, type OpenRoute, type Route } from './route-types.ts';
import { problemSchema } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

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
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
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
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema) },
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
  const own: OpenRoute = {
    open: true,
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    async handle() {
      document ??= buildOpenApi(context, [...routes, own]);
      return { body: document, headers: { 'Cache-Control': 'public, max-age=300' } };
    },
  };
  return [own];
}

function operation(route: Route): Json {
  return {
    summary: route.summary,
    tags: [route.path.split('/')[1] ?? ''],
    operationId: `${route.method.toLowerCase()}${route.path.replace(/\W+(\w)/g, (_, one: string) => one.toUpperCase())}`,
    ...(isOpen(route)
      ? { security: [] }
      : { description: levels[route.level], security: [{ oauth: [route.scope] }], 'x-level': route.level }),
    ...parameters(route),
    ...(route.input === undefined ? {} : requestBody(route.input)),
    responses: responses(route),
  };
}

function requestBody(input: z.ZodType): Json {
  const required = !input.safeParse(undefined).success;
  return { requestBody: { required, content: { 'application/json': { schema: schemaOf(input, 'input') } } } };
}

function parameters(route: Route): Json {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string' },
  }));
  const shape: Record<string, z.core.$ZodType> = route.query?.shape ?? {};
  const inQuery = Object.entries(shape).map(([name, schema]) => ({
    ...{ name, in: 'query', required: false },
    schema: schemaOf(schema, 'input'),
  }));
  const headers = [
    ...(!isOpen(route) && route.idempotent ? [{ name: 'Idempotency-Key', required: true }] : []),
    ...(!isOpen(route) && route.level === 'M*' ? [{ name: 'Confirmation-Code', required: false }] : []),
  ].map((header) => ({ ...header, in: 'header', schema: { type: 'string', maxLength: 64 } }));
  const all = [...inPath, ...inQuery, ...headers];
  return all.length === 0 ? {} : { parameters: all };
}

function responses(route: Route): Json {
  const good = Object.entries(route.answers).map(([status, schema]) => [
    status,
    {
      description: status === '202' ? 'Begun' : 'Done',
      ...(schema === null ? {} : { content: { 'application/json': { schema: schemaOf(schema) } } }),
    },
  ]);
  return { ...Object.fromEntries(good), ...refusals(route) };
}

/** Refusals by status, the codes of each in its description. */
function refusals(route: Route): Json {
  const codes = new Set<ErrorCode>([
    ...always,
    ...(isOpen(route) ? [] : refusalsOfToken(route)),
    ...(route.refusals ?? []),
  ]);
  if (route.input !== undefined) for (const code of withBody) codes.add(code);
  if (route.query !== undefined) codes.add('validation');
  if (route.path.includes(':')) codes.add('not_found');
  const byStatus = Map.groupBy(codes, (code) => errorCatalogue[code].status);
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [String(status), { description: some.join(', '), content }]),
  );
}

function refusalsOfToken({ level, idempotent }: ApiRoute): ErrorCode[] {
  return [
    ...withToken,
    ...(level === 'P' ? [] : (['insufficient_user_authentication'] as const)),
    ...(level === 'M*' ? strongRefusals : []),
    ...(idempotent ? idempotency : []),
  ];
}

const strongRefusals: readonly ErrorCode[] = [
  'code_required',
  'code_invalid',
  'mc_temporarily_unavailable',
  'shop_identity_check_required',
];
const idempotency: readonly ErrorCode[] = ['idempotency_key_missing', 'idempotency_key_reused', 'request_in_progress'];

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output' = 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: dateAsText });
  return rest;
}

// What is a Date in a handler is its ISO form on the wire.
function dateAsText({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}) {
  if (zodSchema._zod.def.type !== 'date') return;
  jsonSchema.type = 'string';
  jsonSchema.format = 'date-time';
}

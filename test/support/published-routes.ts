// The routes of the APIs as they are published: what a test that goes over all of them needs to call each.
import { z } from 'zod';
import { type Components, sampleOf, schemaSchema } from '../../src/web/api-schemas.ts';
import { createAnswerCheck } from './openapi-answers.ts';

export interface PublishedRoute {
  /** `POST /contract/v1/contracts/{id}/label`. */
  readonly name: string;
  readonly method: string;
  /** Below `/api`, with `{id}`. */
  readonly path: string;
  /** Undefined for a route without a token. */
  readonly scope: string | undefined;
  readonly level: 'P' | 'Pf' | 'M' | 'M*' | undefined;
  /** Names of the parameters in its path. */
  readonly ids: readonly string[];
  readonly isList: boolean;
  readonly isIdempotent: boolean;
  readonly takesBody: boolean;
  /** A body with its mandatory fields, as the schema has them; undefined where none is taken. */
  readonly sample: unknown;
  /** Mandatory parameters of the query, filled in. */
  readonly query: string;
}

const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        security: z.array(z.record(z.string(), z.array(z.string()))),
        'x-level': z.enum(['P', 'Pf', 'M', 'M*']).optional(),
        parameters: z
          .array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: schemaSchema }))
          .default([]),
        requestBody: z.object({ content: z.record(z.string(), z.object({ schema: schemaSchema })) }).optional(),
      }),
    ),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), schemaSchema) }),
});

export interface PublishedApis {
  readonly document: unknown;
  readonly routes: readonly PublishedRoute[];
  /** Throws for an answer that does not fit the document. */
  readonly check: ReturnType<typeof createAnswerCheck>;
}

/** Reads the document of an issuer. */
export async function readPublishedApis(issuer: string): Promise<PublishedApis> {
  const document: unknown = await (await fetch(`${issuer}/api/openapi.json`)).json();
  const { paths, components } = documentSchema.parse(document);
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      routeOf({ path, method: method.toUpperCase(), operation, components: components.schemas }),
    ),
  );
  return { document, routes, check: createAnswerCheck(z.any().parse(document)) };
}

interface Entry {
  readonly path: string;
  readonly method: string;
  readonly operation: z.output<typeof documentSchema>['paths'][string][string];
  readonly components: Components;
}

function routeOf({ path, method, operation, components }: Entry): PublishedRoute {
  const { parameters, security, requestBody } = operation;
  const schema = requestBody?.content['application/json']?.schema;
  const query = parameters.filter((one) => one.in === 'query' && one.required);
  return {
    ...{ name: `${method} ${path}`, method, path, level: operation['x-level'] },
    scope: security[0] === undefined ? undefined : Object.values(security[0])[0]?.[0],
    ids: parameters.filter((one) => one.in === 'path').map(({ name }) => name),
    isList: parameters.some(({ name }) => name === 'offset'),
    isIdempotent: parameters.some(({ name }) => name === 'Idempotency-Key'),
    takesBody: schema !== undefined,
    sample: schema === undefined ? undefined : sampleOf(schema, components),
    query: new URLSearchParams(
      query.map((one): [string, string] => [one.name, String(sampleOf(one.schema, components))]),
    ).toString(),
  };
}

// What the page of the APIs shows, taken from their OpenAPI document. Pure.
import { z } from 'zod';
import { type Components, type FieldRow, fieldRows, sampleOf, schemaSchema } from './api-schemas.ts';
import { quoted } from './developers-curl.ts';

export interface ApiParameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly type: string;
  readonly limits: string;
}

export interface ApiAnswerShown {
  readonly status: string;
  readonly description: string;
  readonly fields: readonly FieldRow[];
  /** JSON that fits; undefined for an answer without a body. */
  readonly example: string | undefined;
}

export interface ApiOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** Undefined where no token is needed. */
  readonly scope: string | undefined;
  readonly level: string | undefined;
  readonly parameters: readonly ApiParameter[];
  readonly body: { readonly required: boolean; readonly fields: readonly FieldRow[] } | undefined;
  readonly answers: readonly ApiAnswerShown[];
  readonly refusals: readonly { readonly status: string; readonly codes: readonly string[] }[];
  readonly curl: string;
}

export interface ApiGroup {
  readonly name: string;
  readonly operations: readonly ApiOperation[];
}

// A file has none: its media type says all.
const content = z.record(z.string(), z.object({ schema: schemaSchema.optional() })).optional();
const operationSchema = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: schemaSchema }))
    .default([]),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content })),
});
const documentSchema = z.object({
  servers: z.array(z.object({ url: z.string() })).min(1),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), schemaSchema) }),
});
type Operation = z.output<typeof operationSchema>;

interface Place {
  readonly method: string;
  readonly path: string;
  readonly server: string;
  readonly components: Components;
}

const json = 'application/json';

/** The operations by API, in the document's order. Throws if the document is not of the form that `api` gives it. */
export function readApiGroups(document: unknown): ApiGroup[] {
  const { servers, paths, components } = documentSchema.parse(document);
  const server = servers[0]?.url ?? '';
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const place = { method: method.toUpperCase(), path, server, components: components.schemas };
      return { group: operation.tags[0] ?? '', shown: shownOf(operation, place) };
    }),
  );
  return [...Map.groupBy(all, ({ group }) => group)].map(([name, some]) => ({
    name,
    operations: some.map(({ shown }) => shown),
  }));
}

function shownOf(operation: Operation, place: Place): ApiOperation {
  const { components } = place;
  const [security] = operation.security;
  const bodySchema = operation.requestBody?.content?.[json]?.schema;
  const answers = Object.entries(operation.responses);
  return {
    ...{ id: operation.operationId, method: place.method, path: place.path, summary: operation.summary },
    scope: security === undefined ? undefined : Object.values(security).flat().join(' '),
    level: security === undefined ? undefined : operation.description,
    parameters: operation.parameters.map(({ schema, ...one }) => {
      const [row] = fieldRows(schema, components);
      return { ...one, type: row?.type ?? '', limits: row?.limits ?? '' };
    }),
    body:
      bodySchema === undefined
        ? undefined
        : { required: operation.requestBody?.required === true, fields: fieldRows(bodySchema, components) },
    answers: answers.filter(([status]) => Number(status) < 400).map((answer) => answerOf(answer, components)),
    refusals: answers
      .filter(([status]) => Number(status) >= 400)
      .map(([status, { description }]) => ({ status, codes: description.split(', ') })),
    curl: curlOf(operation, place),
  };
}

function answerOf(
  [status, { description, content: media }]: [string, Operation['responses'][string]],
  components: Components,
): ApiAnswerShown {
  const schema = media?.[json]?.schema;
  if (schema === undefined) return { status, description, fields: [], example: undefined };
  const example = JSON.stringify(sampleOf(schema, components), null, 2);
  return { status, description, fields: fieldRows(schema, components), example };
}

/** A line that a POSIX shell takes, `$TOKEN` and capital words to be filled in. */
function curlOf({ parameters, security, requestBody }: Operation, { method, path, server, components }: Place): string {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  const needed = parameters.filter(({ required }) => required);
  const query = needed.filter((one) => one.in === 'query').map(({ name }) => `${name}=${name.toUpperCase()}`);
  const headers = needed.filter((one) => one.in === 'header').map(({ name }) => `-H ${quoted(`${name}: first-try-1`)}`);
  const schema = requestBody?.content?.[json]?.schema;
  const words = [
    method === 'GET' ? 'curl' : `curl -X ${method}`,
    ...(security.length === 0 ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...headers,
    ...(schema === undefined
      ? []
      : [`-H ${quoted(`Content-Type: ${json}`)}`, `-d ${quoted(JSON.stringify(sampleOf(schema, components)))}`]),
    quoted(`${server}${address}${query.length === 0 ? '' : `?${query.join('&')}`}`),
  ];
  return words.join(' \\\n  ');
}

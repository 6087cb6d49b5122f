// The rules of OpenAPI 3.1 that a document of ours could break, and those that we add: what programs that read it need.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { z } from 'zod';

const schema = z.union([z.record(z.string(), z.unknown()), z.boolean()]);
// A file of bytes has no schema in 3.1; JSON always has one.
const isJson = (type: string): boolean => /^application\/(\w+\+)?json$/.test(type);
const content = z
  .record(z.string(), z.strictObject({ schema: schema.optional() }))
  .refine((types) => Object.entries(types).every(([type, one]) => (one.schema !== undefined) === isJson(type)), {
    message: 'JSON has a schema, and nothing else has',
  });
const operation = z.strictObject({
  summary: z.string().min(5),
  description: z.string().optional(),
  tags: z.array(z.string()).length(1),
  operationId: z.string().regex(/^[A-Za-z]\w*$/),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  'x-level': z.enum(['P', 'Pf', 'M', 'M*']).optional(),
  parameters: z
    .array(
      z.strictObject({
        ...{ name: z.string(), in: z.enum(['path', 'query', 'header']), required: z.boolean(), schema },
        description: z.string().optional(),
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(
    z.string().regex(/^[2-5]\d\d$/),
    z.strictObject({
      description: z.string().min(1),
      content: content.optional(),
      headers: z.record(z.string(), z.strictObject({ description: z.string(), schema })).optional(),
    }),
  ),
});
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.0'),
  jsonSchemaDialect: z.literal('https://json-schema.org/draft/2020-12/schema'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.url() })).length(1),
  tags: z.array(z.strictObject({ name: z.string() })),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation),
  ),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), schema),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.literal('openIdConnect'), openIdConnectUrl: z.url() }),
    ),
  }),
});
type Document = z.output<typeof documentSchema>;

/** What is broken, a line each. */
export function brokenRules(given: unknown): string[] {
  const parsed = documentSchema.safeParse(given);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const document = parsed.data;
  return [
    ...repeated(operationsOf(document).map((one) => one.operation.operationId)).map((id) => `operationId ${id} twice`),
    ...repeated(Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/g, '{}'))).map(
      (path) => `path ${path} twice`,
    ),
    ...operationsOf(document).flatMap((one) => brokenIn(one, document)),
    ...danglingReferences(document),
    ...badSchemas(document),
  ];
}

interface Operation {
  readonly name: string;
  readonly path: string;
  readonly operation: z.output<typeof operation>;
}

function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, one]) => ({ name: `${method} ${path}`, path, operation: one })),
  );
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function brokenIn({ name, path, operation: one }: Operation, document: Document): string[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, id]) => id).toSorted();
  const parameters = one.parameters ?? [];
  const declared = parameters
    .filter((each) => each.in === 'path')
    .map((each) => each.name)
    .toSorted();
  const schemes = one.security.flatMap((each) => Object.keys(each));
  const wrong = [
    [String(inPath) !== String(declared), `its path has ${inPath}, its parameters ${declared}`],
    [parameters.some((each) => each.in === 'path' && !each.required), 'a parameter of its path is not required'],
    [repeated(parameters.map((each) => `${each.in} ${each.name}`)).length > 0, 'a parameter stands twice'],
    [schemes.some((scheme) => document.components.securitySchemes[scheme] === undefined), 'an unknown security scheme'],
    [one.tags.some((tag) => !document.tags.some((each) => each.name === tag)), 'an undeclared tag'],
    [!Object.keys(one.responses).some((status) => status.startsWith('2')), 'no good answer'],
    [one.responses['204']?.content !== undefined, 'a 204 with a body'],
    [one.security.length > 0 !== (one['x-level'] !== undefined), 'a scope without a level, or the other way round'],
  ] as const;
  return wrong.filter(([is]) => is).map(([, what]) => `${name}: ${what}`);
}

function danglingReferences(document: Document): string[] {
  const references = new Set(
    [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, target = '']) => target),
  );
  return [...references]
    .filter((target) => at(document, target) === undefined)
    .map((target) => `${target} leads nowhere`);
}

function at(document: unknown, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
      document,
    );
}

function badSchemas(document: Document): string[] {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    allErrors: true,
  });
  addFormats.default(ajv);
  const moved = (one: unknown) =>
    z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(JSON.stringify(one).replaceAll('"#/components/schemas/', '"document#/$defs/')));
  ajv.addSchema({ $id: 'document', $defs: moved(document.components.schemas) });
  const good = new Set<string>();
  const schemas = operationsOf(document).flatMap(({ name, operation: one }) => [
    ...(one.parameters ?? []).map((each) => [`${name} ${each.name}`, each.schema] as const),
    ...Object.values(one.requestBody?.content ?? {}).map((each) => [`${name} body`, each.schema] as const),
    ...Object.entries(one.responses).flatMap(([status, { content: media = {}, headers = {} }]) =>
      [...Object.values(media).filter((each) => each.schema !== undefined), ...Object.values(headers)].map(
        (each) => [`${name} ${status}`, each.schema] as const,
      ),
    ),
  ]);
  return schemas.flatMap(([name, each]) => {
    const text = JSON.stringify(each);
    if (good.has(text)) return [];
    try {
      ajv.compile(moved(each));
      good.add(text);
      return [];
    } catch (error) {
      return [`${name}: ${error instanceof Error ? error.message : error}`];
    }
  });
}

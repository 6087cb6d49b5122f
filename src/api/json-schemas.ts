// The JSON schemas (draft 2020-12) of what routes take and give, as parts of an OpenAPI 3.1 document. A schema that
// names itself or another (a tree, a schema with an id) is put among the components, so that each reference resolves.
import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

export interface SchemaPlace {
  /** For components that have no name of their own. */
  readonly name: string;
  /** What a client sends, or what it gets. */
  readonly io: 'input' | 'output';
}

export interface JsonSchemas {
  of(schema: z.core.$ZodType, place: SchemaPlace): Json;
  /** Everything that `of` has put aside so far, by name. */
  readonly components: Json;
}

/** An empty collection. */
export function createJsonSchemas(): JsonSchemas {
  const components: Record<string, Json> = {};
  return {
    components,
    of(schema, { name, io }) {
      const made: Json = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: dateAsText });
      const { $schema: _, $defs, ...root } = made;
      const definitions = Object.entries(z.record(z.string(), z.unknown()).parse($defs ?? {}));
      const nameOf = (own: string) => (own.startsWith('__') ? `${name}${own.replace(/\W|_/g, '')}` : own);
      const target = (own: string) => `#/components/schemas/${own === '' ? name : nameOf(own)}`;
      for (const [own, definition] of definitions) components[nameOf(own)] = asJson(redirected(definition, target));
      const moved = asJson(redirected(root, target));
      if (!JSON.stringify(root).includes('"$ref":"#"')) return moved;
      components[name] = moved;
      return { $ref: target('') };
    },
  };
}

/** The same with each reference inside the schema pointing into the components. */
function redirected(node: unknown, target: (own: string) => string): unknown {
  if (Array.isArray(node)) return node.map((one) => redirected(one, target));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      const own = key === '$ref' && typeof value === 'string' ? /^#(?:\/\$defs\/(.+))?$/.exec(value) : null;
      return [key, own === null ? redirected(value, target) : target(own[1] ?? '')];
    }),
  );
}

function asJson(node: unknown): Json {
  return z.record(z.string(), z.unknown()).parse(node);
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

// A JSON schema as people read it: one row for each field, and an example that fits. For the page of the APIs.
import { z } from 'zod';

/** What of a schema (draft 2020-12) is shown. */
export interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly default?: unknown;
  readonly format?: string | undefined;
  readonly pattern?: string | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly required?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | boolean | undefined;
  readonly prefixItems?: readonly Schema[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly allOf?: readonly Schema[] | undefined;
}

/** Reads one; parts of a form that is not known are left out. */
export const schemaSchema: z.ZodType<Schema> = z.lazy(() => {
  const number = z.number().optional();
  const text = z.string().optional();
  const many = z.array(schemaSchema).optional();
  return z.object({
    ...{ $ref: text, format: text, pattern: text, const: z.unknown().optional(), default: z.unknown().optional() },
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    ...{ minLength: number, maxLength: number, minimum: number, maximum: number, minItems: number, maxItems: number },
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), schemaSchema).optional(),
    items: z.union([schemaSchema, z.boolean()]).optional(),
    ...{ prefixItems: many, anyOf: many, oneOf: many, allOf: many },
  });
});

/** The components of the document, by name. */
export type Components = Readonly<Record<string, Schema>>;

export interface FieldRow {
  /** `place.city`, `contactMedium[].mediumType`; empty for the body itself. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  /** Limits and values, in the words of the schema. */
  readonly limits: string;
}

const deepest = 6;

/** A row for each field at any depth; a list or a plain value has its own row first. */
export function fieldRows(schema: Schema, components: Components): FieldRow[] {
  return rowsOf({ name: '', schema, required: true, depth: 0 }, components);
}

interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
  readonly depth: number;
}

function rowsOf({ name, schema: given, required, depth }: Field, components: Components): FieldRow[] {
  const schema = resolved(given, components);
  if (depth > deepest) return [];
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  const own = name === '' && schema.properties !== undefined;
  const row = { name, type: typeOf(schema, components), required, limits: limitsOf(schema) };
  const below = [
    ...choices.flatMap((one) => partsOf({ name, schema: resolved(one, components), required, depth })),
    ...partsOf({ name, schema, required, depth }),
  ].flatMap((part) => rowsOf(part, components));
  const seen = new Set<string>();
  return [...(own ? [] : [row]), ...below].filter(({ name: one }) => !seen.has(one) && seen.add(one));
}

function partsOf({ name, schema, depth }: Field): Field[] {
  const { properties = {}, items, required = [] } = schema;
  const fields = Object.entries(properties).map(([key, one]) => ({
    ...{ name: name === '' ? key : `${name}.${key}`, schema: one },
    ...{ required: required.includes(key), depth: depth + 1 },
  }));
  if (typeof items !== 'object' || items.properties === undefined) return fields;
  return [...fields, ...partsOf({ name: `${name}[]`, schema: items, required: true, depth })];
}

function typeOf(given: Schema, components: Components): string {
  const schema = resolved(given, components);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map((one) => typeOf(one, components)))].join(' | ');
  if (schema.prefixItems !== undefined) {
    return `[${schema.prefixItems.map((one) => typeOf(one, components)).join(', ')}]`;
  }
  if (typeof schema.items === 'object') return `${typeOf(schema.items, components)}[]`;
  const name = [schema.type ?? (schema.const === undefined ? 'any' : typeof schema.const)].flat().join(' | ');
  return schema.format === undefined ? name : `${name} (${schema.format})`;
}

function limitsOf({ items, ...schema }: Schema): string {
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const limits = [
    values.map((one) => JSON.stringify(one)).join(' | '),
    ...(['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'] as const).map((name) => {
      const limit = schema[name];
      return limit === undefined || Math.abs(limit) === Number.MAX_SAFE_INTEGER ? '' : `${name} ${limit}`;
    }),
    schema.pattern === undefined ? '' : `pattern ${schema.pattern}`,
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
    typeof items === 'object' ? limitsOf(items) : '',
  ];
  return limits.filter((one) => one !== '').join(', ');
}

function resolved(schema: Schema, components: Components): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  return (name === undefined ? undefined : components[name]) ?? schema;
}

const samples: Readonly<Record<string, unknown>> = {
  ...{ string: 'text', number: 1, integer: 1, boolean: true, null: null },
  ...{
    'date-time': '2026-01-31T12:00:00Z',
    date: '2026-01-31',
    email: 'alice@exemple.test',
    uri: 'https://rp.example/',
  },
};

/** A value that fits, with the mandatory fields only; patterns are not followed. */
export function sampleOf(given: Schema, components: Components, depth = 0): unknown {
  const schema = resolved(given, components);
  const first = schema.const ?? schema.default ?? schema.enum?.[0];
  if (first !== undefined) return first;
  const choice = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.[0];
  if (choice !== undefined) return depth > deepest ? null : sampleOf(choice, components, depth + 1);
  const [type = 'string'] = [schema.type ?? 'string'].flat();
  if (type === 'object') return sampleObject(schema, components, depth);
  if (type === 'array') return sampleArray(schema, components, depth);
  return type === 'string' ? sampleText(schema) : (samples[type] ?? null);
}

function sampleText({ format = '', minLength = 0, maxLength = Number.MAX_SAFE_INTEGER }: Schema): string {
  return String(samples[format] ?? 'text')
    .padEnd(minLength, 'x')
    .slice(0, maxLength);
}

function sampleObject({ required = [], properties = {} }: Schema, components: Components, depth: number): object {
  if (depth > deepest) return {};
  const fields = required.map((key) => [key, sampleOf(properties[key] ?? {}, components, depth + 1)] as const);
  return Object.fromEntries(fields);
}

function sampleArray({ items, prefixItems, minItems = 0 }: Schema, components: Components, depth: number): unknown[] {
  if (prefixItems !== undefined) return prefixItems.map((one) => sampleOf(one, components, depth + 1));
  if (typeof items !== 'object' || depth > deepest) return [];
  return Array.from({ length: Math.max(1, minItems) }, () => sampleOf(items, components, depth + 1));
}

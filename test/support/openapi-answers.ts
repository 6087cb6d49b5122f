// Holds answers of the APIs against the published OpenAPI document: every test that calls them goes through here.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Media {
  readonly schema?: object;
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
}

export interface SeenAnswer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly contentType: string | null;
  /** Parsed JSON, or undefined for an answer without a body. */
  readonly body: unknown;
}

/** Makes the check for a document; it throws an error that says what does not fit. Unknown addresses are let through. */
export function createAnswerCheck(document: Document): (answer: SeenAnswer) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: document.components });
  const compiled = new Map<object, ValidateFunction>();
  const base = document.servers[0]?.url ?? '';
  return (answer) => {
    const { method, url, status } = answer;
    const path = (url.split('?', 1)[0] ?? '').slice(base.length);
    const operation = url.startsWith(base) ? find(document, path, method) : undefined;
    if (operation === undefined) return;
    try {
      const schema = schemaFor(operation, answer);
      if (schema === undefined) return;
      const validate = compiled.get(schema) ?? ajv.compile(withDocument(schema));
      compiled.set(schema, validate);
      if (!validate(answer.body)) throw new Error(ajv.errorsText(validate.errors));
    } catch (cause) {
      throw new Error(`${method} ${path} → ${status}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  };
}

/** The schema of an answer; undefined where there is rightly no body. */
function schemaFor({ responses }: Operation, { status, contentType, body }: SeenAnswer): object | undefined {
  const response = responses[status];
  if (response === undefined) throw new Error('the document knows no such status');
  if (response.content === undefined && body !== undefined) throw new Error('the document says that there is no body');
  if (response.content === undefined) return undefined;
  const media = response.content[contentType?.split(';', 1)[0] ?? ''];
  if (media === undefined) throw new Error(`${contentType} is not in the document`);
  return media.schema;
}

// References into the document need its name before them.
function withDocument(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/'));
}

function find({ paths }: Document, path: string, method: string): Operation | undefined {
  const exact = paths[path];
  const entry =
    exact ??
    Object.entries(paths).find(([template]) =>
      new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
    )?.[1];
  return entry?.[method.toLowerCase()];
}

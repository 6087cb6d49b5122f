// What descriptions of paths are made of, for the OpenAPI document of the control API.

export type JsonObject = { [key: string]: unknown };

export type Operation = {
  id: string;
  tag: string;
  summary: string;
  description?: string;
  parameters?: JsonObject[];
  body?: JsonObject;
  answers: JsonObject;
};

/** An operation of a path, with the answers that all have. */
export function operation({ id, tag, summary, description, parameters, body, answers }: Operation): JsonObject {
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    ...(parameters ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } } : {}),
    responses: {
      ...answers,
      ...(body ? { 400: response('BadRequest'), 415: response('BadRequest') } : {}),
      ...(body || parameters ? { 422: response('BadRequest') } : {}),
      401: response('NoToken'),
      403: response('Forbidden'),
    },
  };
}

export function json(description: string, schema: JsonObject): JsonObject {
  return { description, content: { 'application/json': { schema } } };
}

export function problem(description: string): JsonObject {
  return { description, content: { 'application/problem+json': { schema: ref('Problem') } } };
}

export function query(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'query', required: false, description, schema };
}

export function ref(schema: string): JsonObject {
  return { $ref: `#/components/schemas/${schema}` };
}

export function response(name: string): JsonObject {
  return { $ref: `#/components/responses/${name}` };
}

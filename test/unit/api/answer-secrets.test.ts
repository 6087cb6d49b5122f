// No answer of the APIs has a field for a secret, but for the one route that is there to tell the PUK. What routes answer
// beside their schemas, the flow tests refuse.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { buildOpenApi } from '../../../src/api/openapi.ts';
import { apiRoutes } from '../../../src/api/router.ts';
import { apiDeps } from './api-deps.ts';

const issuer = 'https://id.exemple.test';
const desks = { lines: {} as never, mobileConnect: { activation: {}, confirmations: {} } as never };
const routes = apiRoutes({
  ...apiDeps({ issuer, database: undefined as never }),
  ...desks,
  consents: {} as never,
});

const document = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))),
  })
  .parse(buildOpenApi({ issuer }, routes));

/** Names of all fields at any depth of a JSON schema. */
function fieldsOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(fieldsOf);
  if (typeof schema !== 'object' || schema === null) return [];
  const own = z.record(z.string(), z.unknown()).safeParse(Reflect.get(schema, 'properties')).data ?? {};
  return [...Object.keys(own), ...Object.values(schema).flatMap(fieldsOf)];
}

test('only the PUK’s own route has a field for it, and none has one for a PIN, hash, key, code or password (X122)', () => {
  const secret = /puk|pin|hash|secret|passw|token|digits|otp|key|code$/i;
  const found = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses }]) =>
      fieldsOf(responses)
        // The reference code is there to be compared on both screens.
        .filter((field) => secret.test(field) && field !== 'referenceCode')
        .map((field) => `${method} ${path}: ${field}`),
    ),
  );
  expect([...new Set(found)]).toEqual(['post /line/v1/lines/{id}/puk-disclosures: puk']);
});

// The page of the APIs: everything that a developer needs to call one, from the published document alone.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildOpenApi } from '../../../src/api/openapi.ts';
import { protectedResource } from '../../../src/api/protected-resource.ts';
import type { Route } from '../../../src/api/route-types.ts';
import { listQuery, moment, money } from '../../../src/api/schemas.ts';
import { Browser, textOf } from './browser.ts';
import { startScripted } from './scripted-login.ts';

interface Tree {
  readonly name: string;
  readonly below: readonly Tree[];
}
const tree: z.ZodType<Tree> = z.strictObject({
  name: z.string(),
  get below() {
    return z.array(tree);
  },
});
const handle = async () => ({});
const routes: Route[] = [
  {
    ...{ method: 'POST', path: '/thing/v1/things/:id/parts', summary: 'Add a part <quickly>', handle },
    ...{ scope: 'thing.write', level: 'M*', action: 'order', idempotent: true, refusals: ['conflict'] },
    input: z.strictObject({ name: z.string().max(10), colour: z.enum(['red', 'blue']).optional() }),
    query: z.object({ mode: z.enum(["it's", 'b']) }),
    answers: { 201: z.strictObject({ id: z.string(), price: money, at: z.array(moment) }), 204: null },
  },
  {
    ...{ open: true, method: 'GET', path: '/help/v1/tree', summary: 'What there is to read', handle },
    ...{ answers: { 200: tree }, query: listQuery },
  },
  {
    ...{ method: 'GET', path: '/thing/v1/things/:id/picture', summary: 'Its picture', handle, scope: 'thing.write' },
    ...{ level: 'P', answers: { 200: null }, files: ['application/pdf', 'text/csv'] },
  },
];

function browserOf(issuer: string, language = 'en'): Browser {
  const documents = { openApi: buildOpenApi({ issuer }, routes), protectedResource: protectedResource(issuer, routes) };
  const { app } = startScripted({}, { issuer: new URL(issuer), apiDocuments: documents });
  return new Browser(app, { language, begun: false });
}
const issuer = 'http://localhost:3000';
const docs = (language?: string) => browserOf(issuer, language).get('/api/docs');
const unescaped = (html: string) => textOf(html).replaceAll('&#39;', "'").replaceAll('&quot;', '"');

describe('the page of the APIs', () => {
  test('tells of an operation that answers with files', async () => {
    const { status, text: html } = await docs();
    expect(status).toBe(200);
    expect(unescaped(html)).toContain('/thing/v1/things/{id}/picture Its picture');
  });

  test('tells of each operation who may call it, what it takes, what it answers and how it refuses', async () => {
    const { status, text: html } = await docs();
    expect(status).toBe(200);
    const text = unescaped(html);
    for (const fact of [
      'POST /thing/v1/things/{id}/parts Add a part',
      'Scope thing.write Level M*: the PIN of the SIM at most 5 minutes ago',
      'id path, mandatory string',
      'mode query, mandatory string "it\'s" | "b"',
      'Idempotency-Key header, mandatory',
      'name string mandatory maxLength 10',
      'colour string optional "red" | "blue"',
      'price.value number mandatory',
      'at string (date-time)[] mandatory',
      '422 code_invalid idempotency_mismatch validation',
      'No token is needed.',
      'below object[] mandatory',
    ]) {
      expect(text).toContain(fact);
    }
    expect(html).not.toContain('<quickly>');
  });

  test('has a line of curl for each operation, which a shell takes as it stands', async () => {
    const text = unescaped((await docs()).text);
    expect(text).toContain(
      `curl -X POST \\ -H "Authorization: Bearer $TOKEN" \\ -H 'Idempotency-Key: first-try-1' \\ -H 'Content-Type: application/json' \\ -d '{"name":"text"}' \\ '${issuer}/api/thing/v1/things/ID/parts?mode=MODE'`,
    );
    expect(text).toContain(`curl \\ '${issuer}/api/help/v1/tree'`);
  });

  test('is framed in the reader’s language; what programs read stays English', async () => {
    const { text } = await docs('fr');
    expect(textOf(text)).toContain('Refus');
    expect(text).toContain('<html lang="fr"');
    expect(text).toContain('<span lang="en">What there is to read</span>');
  });

  test('names no operation twice, so that each has an address of its own', async () => {
    const ids = [...(await docs()).text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toContain('postThingV1ThingsIdParts');
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('stands below the path of its issuer, with the document and the metadata (RFC 9728)', async () => {
    const browser = browserOf(`${issuer}/ile`);
    const { text } = await browser.get('/ile/api/docs');
    expect(text).toContain('href="/ile/api/openapi.json"');
    expect(text).toContain(`${issuer}/ile/api/help/v1/tree`);
    const link = /href="(\/\.well-known\/[^"]+)"/.exec(text)?.[1];
    expect(link).toBe('/.well-known/oauth-protected-resource/ile/api');
    for (const address of [link ?? '', '/ile/.well-known/oauth-protected-resource']) {
      const { status, body, headers } = await browser.get(address);
      expect(status).toBe(200);
      expect(headers['content-type']).toContain('application/json');
      expect(body).toMatchObject({
        resource: `${issuer}/ile/api`,
        authorization_servers: [`${issuer}/ile`],
        scopes_supported: ['thing.write'],
        bearer_methods_supported: ['header'],
      });
    }
  });

  test('is linked from the front page, and not there where there are no APIs', async () => {
    expect((await browserOf(issuer).get('/')).text).toContain('href="/api/docs"');
    const { app } = startScripted();
    expect((await new Browser(app).get('/api/docs')).status).toBe(404);
  });
});

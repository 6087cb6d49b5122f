// The OpenAPI document of the control API: well formed, complete, and honest about PINs.
import { describe, expect, test } from 'vitest';
import { encodeRequest } from '../../../sim-simulator/applet-message.ts';
import { openApiDocument } from '../../../sim-simulator/openapi.ts';
import { bindEsme, submitToCard } from './esme.ts';
import { anExport, aRequest, aSim, sealed } from './provider-end.ts';
import { aPlace, start } from './running.ts';

type Node = Record<string, unknown>;
type Operation = { operationId: string; summary: string; parameters?: Node[]; responses: Node; requestBody?: Node };

const document = openApiDocument('http://127.0.0.1:3002/') as Node & {
  paths: Record<string, Record<string, Operation> & { parameters?: Node[] }>;
  components: Record<string, Record<string, Node>>;
};
const methods = ['get', 'post', 'put', 'patch', 'delete'];

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  methods.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method]! })),
);

describe('the OpenAPI document of the control API', () => {
  test('is OpenAPI 3.1 and names the address it was asked at, without a trailing slash', () => {
    expect(document['openapi']).toBe('3.1.0');
    expect(document['servers']).toEqual([{ url: 'http://127.0.0.1:3002' }]);
    expect(document['info']).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  });

  test('names every route of the control API and no other', () => {
    expect(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort()).toEqual([
      'GET /v1/events',
      'GET /v1/mail',
      'GET /v1/openapi.json',
      'GET /v1/sims',
      'GET /v1/sims/{msisdn}',
      'GET /v1/sims/{msisdn}/inbox',
      'GET /v1/sims/{msisdn}/usage',
      'GET /v1/sims/{msisdn}/wait',
      'GET /v1/spares',
      'GET /v1/usage',
      'PATCH /v1/sims/{msisdn}',
      'POST /v1/reset',
      'POST /v1/sims/{msisdn}/keys',
      'POST /v1/sims/{msisdn}/move',
      'POST /v1/sims/{msisdn}/replace',
      'POST /v1/sims/{msisdn}/usage',
    ]);
  });

  test('gives each operation its own id, a summary and at least one answer', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations) {
      expect(operation.summary).not.toBe('');
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
    }
  });

  test('has every reference lead to something', () => {
    const references = collect(document, '$ref');
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) expect(resolve(String(reference)), String(reference)).toBeDefined();
  });

  test('declares every parameter that stands in a path', () => {
    for (const [path, item] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (item.parameters ?? []).map((each) => resolve(String(each['$ref'])) as Node);
      expect(declared.filter((each) => each['in'] === 'path').map((each) => each['name'])).toEqual(inPath);
    }
  });

  test('lets a PIN be written and nowhere be read back', () => {
    const schemas = document.components['schemas']!;
    expect(JSON.stringify(schemas['BehaviourChange'])).toContain('"pin"');
    for (const name of ['Sim', 'Behaviour', 'Screen', 'Event']) {
      expect(JSON.stringify(schemas[name])).not.toContain('"pin":');
    }
    for (const found of collect(document, 'pin')) expect(found).toMatchObject({ writeOnly: true });
  });

  test('says what the simulator really answers: the fields of a SIM and its screen, and every path', async () => {
    const simulator = await start(await aPlace(anExport(aSim())));
    const esme = await bindEsme(simulator.smppPort);
    await submitToCard(esme, '+33639980001', sealed(aSim(), encodeRequest(aRequest('one')), { counter: 1 }));
    await simulator.api.wait('+33639980001', 'for=screen&timeout=5');
    const sim = (await simulator.api.get('/v1/sims/33639980001')).body as Node;
    const required = (name: string) => [...(document.components['schemas']![name]!['required'] as string[])].sort();
    expect(Object.keys(sim).sort()).toEqual(required('Sim'));
    expect(Object.keys(sim['screen'] as Node).sort()).toEqual(required('Screen'));
    const served = (await simulator.api.get('/v1/openapi.json')).body as Node;
    expect(served['paths']).toEqual(JSON.parse(JSON.stringify(document.paths)));
    for (const path of Object.keys(document.paths)) {
      const filled = path.replace('{msisdn}', '33639980001');
      expect((await simulator.api.call('DELETE', filled)).status, path).toBe(405);
    }
    esme.close();
  });

  test('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});

function collect(node: unknown, key: string): unknown[] {
  if (Array.isArray(node)) return node.flatMap((each) => collect(each, key));
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) =>
    name === key ? [value, ...collect(value, key)] : collect(value, key),
  );
}

function resolve(reference: string): unknown {
  let node: unknown = document;
  for (const step of reference.replace(/^#\//, '').split('/')) node = (node as Node | undefined)?.[step];
  return node;
}

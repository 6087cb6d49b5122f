// The API of contracts: what it takes as a name, and what it shows, over a real database.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContractDesk } from '../../../src/customer/contract-desk.ts';
import { type ApiClient, type CallApi, createApiClient } from '../../support/api-client.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type Person, type SoldContract } from '../customer/contract-world.ts';

let open: TestDatabase;
let client: ApiClient;
let call: CallApi;
let contract: SoldContract;
let holder: Person;
let world: ReturnType<typeof createContractWorld>;
const base = '/contract/v1/contracts';

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = createContractWorld(open.database);
  const notices = { proxyEnded: async () => undefined } as never;
  const { database } = open;
  client = createApiClient({ database, contracts: createContractDesk({ database, audit: world.audit, notices }) });
  holder = await world.person();
  contract = await world.contract(holder);
  call = client.as(holder.accountId);
});
afterAll(() => open.close());

const rename = (label: unknown) => call('PUT', `${base}/${contract.contractId}/label`, { body: { label } });

describe('a contract’s own name', () => {
  test.each([
    ['markup, as it was typed', '<b>Maison</b> & "co"'],
    ['forty emoji, which are forty characters', '🏠'.repeat(40)],
    ['accents and dashes', 'Été – l’île'],
  ])('B16 X84 may be %s', async (_what, label) => {
    const answer = await rename(label);
    expect(answer.status).toBe(200);
    expect(answer.body.label).toBe(label);
    expect((await call('GET', `${base}/${contract.contractId}`)).body.label).toBe(label);
  });

  test('B16 is cut of spaces round it, and empty it is none', async () => {
    expect((await rename('  Chez moi ')).body.label).toBe('Chez moi');
    expect((await rename('   ')).body.label).toBeNull();
  });

  test.each([
    ['forty-one characters', '🏠'.repeat(41)],
    ['a control character', 'a\u0007b'],
    ['a line break', 'a\nb'],
    ['a turn of the writing direction', 'a\u202eb'],
    ['a number', 7],
  ])('B16 X84 is not %s', async (_what, label) => {
    const answer = await rename(label);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'validation', fields: [{ field: 'label' }] });
  });
});

test('a list is filtered by kind and relation, and a word that is neither is refused', async () => {
  expect((await call('GET', `${base}?kind=MOBILE&relation=holder`)).body).toHaveLength(1);
  expect((await call('GET', `${base}?kind=OPEN`)).body).toEqual([]);
  expect((await call('GET', `${base}?kind=SATELLITE`)).status).toBe(422);
});

test('a proxy is shown to the holder and ended; a contract is taken out of the area', async () => {
  const own = `${base}/${contract.contractId}`;
  const [shown, ended] = [await world.person({ givenName: 'Emma' }), await world.person()];
  const proxyId = await world.proxy(contract, shown);
  await world.proxy(contract, ended);
  const { body, headers } = await call('GET', `${own}/proxies`);
  expect([headers['x-total-count'], body.find(({ id }: { id: string }) => id === proxyId)]).toMatchObject([
    '2',
    { href: expect.stringMatching(new RegExp(`${own}/proxies/${proxyId}$`)) },
  ]);
  expect((await call('DELETE', `${own}/proxies/${proxyId}`)).status).toBe(204);
  expect((await call('DELETE', `${own}/proxies/${proxyId}`)).status).toBe(404);
  expect((await client.as(shown.accountId)('GET', own)).status).toBe(404);
  const leave = () => client.as(ended.accountId)('DELETE', `${own}/attachment`, { body: { confirm: true } });
  expect([(await leave()).status, (await leave()).status]).toEqual([204, 404]);
});

test('B23 what stands at home is shown, and only where there is something', async () => {
  const equipment = {
    fixedLineNumber: '+33139980001',
    speedDown: 1000,
    tvDecoder: { model: 'Décodeur 4', serial: 'S1' },
  };
  const home = await world.contract(holder, { kind: 'INTERNET', home: equipment as never });
  const { status, body } = await call('GET', `${base}/${home.contractId}/home`);
  expect([status, body]).toEqual([200, equipment]);
  expect((await call('GET', `${base}/${contract.contractId}/home`)).status).toBe(404);
});

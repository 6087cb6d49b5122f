// The sandbox's routes that break and repair its network.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultRoutes } from '../../../src/app-sandbox-faults.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type SoldContract } from './contract-world.ts';

let open: TestDatabase;
let sold: SoldContract;
beforeAll(async () => {
  open = await openTestDatabase('pglite');
  const world = createContractWorld(open.database);
  sold = await world.contract(await world.person(), { kind: 'OPEN' });
});
afterAll(() => open.close());

const call = async (method: string, body?: object, subject = '') => {
  const route = faultRoutes(open).find((one) => one.method === method)!;
  return await route.handler({ body, query: new URLSearchParams({ subject }) });
};

test('a fault is set, replaced, told and taken away', async () => {
  const { lineId: line, contractId: contract } = sold;
  expect(await call('POST', { line, fault: 'barred' })).toEqual({ subject: line, fault: 'barred' });
  expect(await call('POST', { line, fault: 'cell_outage' })).toEqual({ subject: line, fault: 'cell_outage' });
  expect(await call('POST', { contract, fault: 'line_cut' })).toEqual({ subject: contract, fault: 'line_cut' });
  expect(await call('GET', undefined, line)).toEqual({ subject: line, fault: 'cell_outage' });
  expect(await call('POST', { line, fault: null })).toEqual({ subject: line, fault: null });
  expect(await call('GET', undefined, contract)).toEqual({ subject: contract, fault: 'line_cut' });
});

test('a fault of the other kind, an unknown one, and one of nothing are refused', async () => {
  await expect(call('POST', { line: sold.lineId, fault: 'line_cut' })).rejects.toThrow();
  await expect(call('POST', { line: sold.lineId, fault: 'ghosts' })).rejects.toThrow();
  await expect(call('POST', { line: 'lin_none', fault: 'barred' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(call('POST', { contract: 'ctr_none', fault: null })).rejects.toMatchObject({ code: 'not_found' });
});

// Diagnoses of lines and Internet accesses: use cases and API over a real database and the sandbox's network.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { moveCaseByStaff, openCases } from '../../../src/customer/case-desk.ts';
import { keepUpRuns, workOnRun } from '../../../src/customer/diagnostic-work.ts';
import { maskMsisdn } from '../../../src/identifiers.ts';
import { type ApiClient, type CallApi, createApiClient } from '../../support/api-client.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import type { Person, SoldContract } from './contract-world.ts';
import { createDiagnosticWorld, type DiagnosticWorld } from './diagnostic-world.ts';

type Customer = Person & { contract: SoldContract };
const base = '/diag/v1';
const never = new AbortController().signal;

// What no engine does otherwise is tried on one.
const onceOn = (engine: string) => (engine === 'pglite' ? describe : () => {});

describe.each(engines)('diagnoses on %s', (engine) => {
  const once = onceOn(engine);
  let open: TestDatabase;
  let world: DiagnosticWorld;
  let api: ApiClient;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createDiagnosticWorld(open.database);
    api = createApiClient({ database: open.database, diagnostics: world.desk });
  });
  beforeEach(() => {
    for (const list of [world.jobs, world.orders, world.told]) list.splice(0);
  });
  afterAll(() => open.close());

  const mobile = (call: CallApi, { contract }: Customer, changes: object = {}) =>
    call('POST', `${base}/mobile-runs`, {
      body: { lineId: contract.lineId, confirmedNumber: contract.number, problemType: 'no_data', ...changes },
    });
  const internet = (call: CallApi, { contract }: Customer, changes: object = {}) =>
    call('POST', `${base}/internet-runs`, {
      body: { contractId: contract.contractId, faultType: 'no_internet', ...changes },
    });
  const mobileCustomer = async () => {
    const customer = await world.customer();
    return { customer, call: api.as(customer.accountId) };
  };
  /** Until the phone was restarted. */
  const untilConfirmation = async () => {
    const { customer, call } = await mobileCustomer();
    const { body } = await mobile(call, customer);
    await world.work();
    const path = `${base}/runs/${body.id}`;
    await call('POST', `${path}/restart-done`);
    await world.work();
    return { customer, call, path, id: body.id as string };
  };
  const caseRows = (runId: string) =>
    open.database.db.selectFrom('supportCases').selectAll().where('runId', '=', runId).execute();
  const rowOf = (id: string) =>
    open.database.db.selectFrom('diagnosticRuns').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  describe('a mobile line', () => {
    test('B29 B30 B31 B32 is tested and reconfigured, restarted, and works again; nobody is bothered', async () => {
      const { customer, call } = await mobileCustomer();
      const started = await mobile(call, customer);
      expect(started).toMatchObject({
        status: 202,
        headers: { location: started.body.href },
        body: { '@type': 'ServiceTest', category: 'mobile', state: 'acknowledged', phase: 'queued', progress: 0 },
      });
      await world.work();
      const path = `${base}/runs/${started.body.id}`;
      expect((await call('GET', path)).body).toMatchObject({
        ...{ state: 'inProgress', phase: 'awaiting_restart', progress: 80 },
        testMeasure: ['subscription', 'sim', 'cell', 'registration', 'reconfiguration'].map((metricName) => ({
          ...{ metricName, value: 'ok' },
        })),
      });
      world.phones.set(customer.contract.number, {
        ...{ power: true, coverage: true, poweredOnAt: new Date(Date.now() + 1_000) },
      });
      expect((await call('POST', `${path}/restart-done`)).body).toMatchObject({ phase: 'running', progress: 80 });
      await world.work();
      expect((await call('GET', path)).body).toMatchObject({ phase: 'awaiting_confirmation', progress: 95 });
      const ended = await call('POST', `${path}/confirmation`, { body: { restored: true } });
      expect(ended.body).toMatchObject({
        ...{ state: 'done', phase: 'done', progress: 100 },
        result: { code: 'restored', action: { code: 'none' } },
      });
      expect(ended.body.testMeasure.at(-1)).toMatchObject({ metricName: 'restart', value: 'ok' });
      expect(ended.body.troubleTicket).toBeUndefined();
      expect(world.told).toEqual([]);
      // The same word again is no mistake, another one is.
      expect((await call('POST', `${path}/confirmation`, { body: { restored: true } })).body).toEqual(ended.body);
      expect((await call('POST', `${path}/confirmation`, { body: { restored: false } })).status).toBe(409);
      expect(world.told).toEqual([]);
    });

    test('B32 B44 that still does not work becomes one case, told once, and listed', async () => {
      const { customer, call, path, id } = await untilConfirmation();
      const ended = await call('POST', `${path}/confirmation`, {
        ...{ body: { restored: false }, headers: { 'Accept-Language': 'en' } },
      });
      expect(ended.body).toMatchObject({
        ...{ phase: 'done', progress: 100 },
        result: { code: 'not_restored', text: 'The reconfiguration was not enough to restore your services.' },
      });
      await call('POST', `${path}/confirmation`, { body: { restored: false } });
      expect(await caseRows(id)).toMatchObject([{ accountId: customer.accountId, status: 'acknowledged' }]);
      expect(world.told).toEqual([ended.body.troubleTicket.id]);
      expect((await call('GET', `${base}/cases`)).body).toMatchObject([
        {
          ...{ '@type': 'TroubleTicket', id: ended.body.troubleTicket.id, status: 'acknowledged' },
          relatedEntity: [{ id }, { id: customer.contract.lineId }, { id: customer.contract.contractId }],
        },
      ]);
      const { items } = await world.centre.list(customer.accountId, { locale: 'en', offset: 0, limit: 9 });
      expect(items).toMatchObject([{ topic: 'case', subject: 'Case opened', link: `/diagnostics/runs/${id}` }]);
    });

    test('B44 its case is worked on by staff; each step is told once, and none follows the last', async () => {
      const { customer, call, path } = await untilConfirmation();
      const ended = await call('POST', `${path}/confirmation`, { body: { restored: false } });
      const { id } = ended.body.troubleTicket;
      expect((await openCases(world.deps)).map((one) => one.id)).toContain(id);
      const move = (to: 'inProgress' | 'closed') => moveCaseByStaff(world.deps, { id, to });
      const moves = await Promise.all(Array.from({ length: 20 }, () => move('inProgress')));
      expect(moves.filter(({ kind }) => kind === 'moved')).toHaveLength(1);
      expect(await move('closed')).toMatchObject({ kind: 'moved', moved: { status: 'closed' } });
      expect(await move('inProgress')).toEqual({ kind: 'ended' });
      expect((await openCases(world.deps)).map((one) => one.id)).not.toContain(id);
      const { items } = await world.centre.list(customer.accountId, { locale: 'en', offset: 0, limit: 9 });
      expect(items.map(({ content }) => content)).toEqual(
        expect.arrayContaining(['Your support case is now in progress.', 'Your support case is now closed.']),
      );
      expect(items).toHaveLength(3);
    });

    test('B31 is not closed before the phone was restarted, nor restarted before it was asked for', async () => {
      const { customer, call } = await mobileCustomer();
      const { body } = await mobile(call, customer);
      const path = `${base}/runs/${body.id}`;
      expect((await call('POST', `${path}/restart-done`)).status).toBe(409);
      expect((await call('POST', `${path}/confirmation`, { body: { restored: true } })).status).toBe(409);
      await world.work();
      expect((await call('POST', `${path}/confirmation`, { body: { restored: true } })).body.code).toBe('conflict');
      expect((await call('GET', path)).body.phase).toBe('awaiting_restart');
    });

    test('B31 whose phone the network has not seen going off is not believed to have been: it is written down', async () => {
      const { call, path } = await untilConfirmation();
      const { body } = await call('GET', path);
      expect(body.testMeasure.at(-1)).toMatchObject({ metricName: 'restart', value: 'not_seen' });
    });

    test('B30 keeps Mobile Connect as it is', async () => {
      const { customer, call } = await mobileCustomer();
      const { lineId } = customer.contract;
      const state = async () => {
        const { db } = open.database;
        const sims = await db.selectFrom('sims').selectAll().where('lineId', '=', lineId).execute();
        const lines = await db.selectFrom('lines').selectAll().where('id', '=', lineId).execute();
        return [sims, lines, await db.selectFrom('enrolments').selectAll().execute()];
      };
      const [sim] = await open.database.db.selectFrom('sims').select('id').where('lineId', '=', lineId).execute();
      await open.database.db
        .insertInto('enrolments')
        .values({
          ...{ id: `enr_${lineId}`, simId: sim!.id, lineId, baseState: 'ACTIVE', createdAt: new Date(), triesLeft: 2 },
        } as never)
        .execute();
      const before = await state();
      await world.fault({ lineId }, 'settings_lost');
      await mobile(call, customer);
      await world.work();
      expect(world.orders.map(({ test: name }) => name)).toContain('reconfiguration');
      expect(await state()).toEqual(before);
    });

    test.each([
      ['another number', { confirmedNumber: '+33639989999' }, 'confirmedNumber'],
      ['what is no number', { confirmedNumber: '12' }, 'confirmedNumber'],
      ['an unknown problem', { problemType: 'sad' }, 'problemType'],
      ['no problem', { problemType: undefined }, 'problemType'],
    ])('B29 is not tested for %s', async (_what, changes, field) => {
      const { customer, call } = await mobileCustomer();
      const answer = await mobile(call, customer, changes);
      expect(answer).toMatchObject({ status: 422, body: { code: 'validation', fields: [{ field }] } });
      expect(world.jobs).toEqual([]);
    });

    test('B29 is confirmed in any spelling of its number, by whoever may see the line', async () => {
      const { customer, call } = await mobileCustomer();
      const spelled = `0${customer.contract.number.slice(3).replace(/(..)(?=.)/g, '$1 ')}`;
      expect((await mobile(call, customer, { confirmedNumber: spelled })).status).toBe(202);
      const stranger = await world.contracts.person();
      expect((await mobile(api.as(stranger.accountId), customer)).status).toBe(404);
    });

    test('B30 has one diagnosis at a time, of twenty that are asked for at once', async () => {
      const { customer, call } = await mobileCustomer();
      const answers = await Promise.all(Array.from({ length: 20 }, () => mobile(call, customer)));
      const codes = answers.map(({ status, body }) => body.code ?? status).sort();
      expect(codes).toEqual([202, ...Array.from({ length: 19 }, () => 'run_active')]);
      await world.work();
      expect((await mobile(call, customer)).body.code).toBe('run_active');
    });

    test('has one diagnosis for one intent', async () => {
      const { customer, call } = await mobileCustomer();
      const headers = { 'Idempotency-Key': 'the-same-intent-of-hers' };
      const body = {
        ...{ lineId: customer.contract.lineId, confirmedNumber: customer.contract.number, problemType: 'no_sms' },
      };
      const first = await call('POST', `${base}/mobile-runs`, { body, headers });
      const again = await call('POST', `${base}/mobile-runs`, { body, headers });
      expect(again.body.id).toBe(first.body.id);
      expect(world.jobs).toHaveLength(1);
    });
  });

  once('what is found on a line', () => {
    test.each([
      ['barred', 'line_barred', true],
      ['cell_outage', 'cell_outage', true],
      ['phone_off', 'phone_off', false],
      ['no_coverage', 'no_coverage', false],
      ['settings_rejected', 'reconfiguration_rejected', true],
    ])('%s: %s; teams have to act: %s', async (fault, code, needsTeams) => {
      const { customer, call } = await mobileCustomer();
      await world.fault({ lineId: customer.contract.lineId }, fault);
      const { body } = await mobile(call, customer);
      await world.work();
      const ended = (await call('GET', `${base}/runs/${body.id}`)).body;
      expect(ended).toMatchObject({ state: 'done', progress: 100, result: { code } });
      expect(world.told).toHaveLength(needsTeams ? 1 : 0);
      expect(ended.troubleTicket === undefined).toBe(!needsTeams);
    });

    test('a suspended line, a blocked SIM, a phone that is off, as they are', async () => {
      const codeOf = async (change: (customer: Customer) => Promise<unknown>) => {
        const { customer, call } = await mobileCustomer();
        await change(customer);
        const { body } = await mobile(call, customer);
        await world.work();
        return (await call('GET', `${base}/runs/${body.id}`)).body.result.code;
      };
      const { db } = open.database;
      const lineOf = ({ contract }: Customer) => contract.lineId;
      const suspend = (one: Customer) =>
        db.updateTable('lines').set({ status: 'suspended' }).where('id', '=', lineOf(one)).execute();
      const block = (one: Customer) =>
        db.updateTable('sims').set({ state: 'blocked' }).where('lineId', '=', lineOf(one)).execute();
      const remove = (one: Customer) => db.deleteFrom('sims').where('lineId', '=', lineOf(one)).execute();
      const off = async ({ contract }: Customer) =>
        void world.phones.set(contract.number, { power: false, coverage: true, poweredOnAt: undefined });
      expect(await codeOf(suspend)).toBe('line_suspended');
      expect(await codeOf(block)).toBe('sim_blocked');
      expect(await codeOf(remove)).toBe('sim_missing');
      expect(await codeOf(off)).toBe('phone_off');
    });
  });

  once('an Internet access', () => {
    test('B41 B43 without a fault is tested to the end; no case, no message', async () => {
      const customer = await world.customer('INTERNET');
      const call = api.as(customer.accountId);
      const { body } = await internet(call, customer);
      await world.work();
      const ended = (await call('GET', `${base}/runs/${body.id}`, { headers: { 'Accept-Language': 'fr' } })).body;
      expect(ended).toMatchObject({
        ...{ state: 'done', progress: 100, problemType: 'no_internet' },
        result: { code: 'no_fault', text: 'Les tests n’ont trouvé aucun défaut sur votre accès.' },
      });
      expect(ended.testMeasure).toHaveLength(5);
      expect(world.told).toEqual([]);
    });

    test.each([
      ['line_cut', 'line_cut', true],
      ['line_degraded', 'line_degraded', true],
      ['box_off', 'box_off', false],
      ['session_refused', 'session_refused', true],
      ['wifi_weak', 'wifi_weak', false],
      ['tv_down', 'tv_down', true],
      ['phone_down', 'phone_down', true],
    ])('B43 B44 with the fault %s: %s; teams have to act: %s', async (fault, code, needsTeams) => {
      const customer = await world.customer('OPEN');
      const call = api.as(customer.accountId);
      await world.fault({ contractId: customer.contract.contractId }, fault);
      const { body } = await internet(call, customer, { faultType: 'tv' });
      await world.work();
      expect((await call('GET', `${base}/runs/${body.id}`)).body).toMatchObject({ state: 'done', result: { code } });
      expect(await caseRows(body.id)).toHaveLength(needsTeams ? 1 : 0);
      expect(world.told).toHaveLength(needsTeams ? 1 : 0);
    });

    test('B41 of a contract without one, or for an unknown fault, is refused; of another customer it is not there', async () => {
      const { customer, call } = await mobileCustomer();
      expect(await internet(call, customer)).toMatchObject({
        ...{ status: 422, body: { fields: [{ field: 'contractId' }] } },
      });
      const home = await world.customer('INTERNET');
      const faultType = await internet(api.as(home.accountId), home, { faultType: 'ghosts' });
      expect(faultType).toMatchObject({ status: 422, body: { fields: [{ field: 'faultType' }] } });
      expect((await internet(call, home)).status).toBe(404);
      const answers = await Promise.all(Array.from({ length: 20 }, () => internet(api.as(home.accountId), home)));
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    });
  });

  once('a diagnosis is seen', () => {
    test('by whoever started it, as long as she may, and by the holder; only the starter goes on with it (C08)', async () => {
      const { customer, call } = await mobileCustomer();
      const proxy = await world.contracts.person();
      await world.contracts.proxy(customer.contract, proxy);
      const asProxy = api.as(proxy.accountId);
      const { body } = await mobile(asProxy, customer);
      await world.work();
      const path = `${base}/runs/${body.id}`;
      expect((await asProxy('GET', path)).body.own).toBe(true);
      const seen = (await call('GET', path)).body;
      expect(seen.own).toBe(false);
      expect(JSON.stringify(seen)).not.toContain(customer.contract.number);
      expect(JSON.stringify(seen)).not.toContain(maskMsisdn(customer.contract.number));
      expect((await call('GET', `${base}/runs`)).body).toMatchObject([{ id: body.id }]);
      expect((await call('POST', `${path}/restart-done`)).status).toBe(404);
      expect((await call('POST', `${path}/confirmation`, { body: { restored: true } })).status).toBe(404);
      const stranger = api.as((await world.contracts.person()).accountId);
      expect((await stranger('GET', path)).status).toBe(404);
      expect((await stranger('GET', `${base}/runs`)).body).toEqual([]);
      await open.database.db
        .deleteFrom('accountContracts')
        .where('accountId', '=', proxy.accountId)
        .where('contractId', '=', customer.contract.contractId)
        .execute();
      expect((await asProxy('GET', path)).status).toBe(404);
      expect((await asProxy('GET', `${base}/runs`)).body).toEqual([]);
      expect((await asProxy('POST', `${path}/restart-done`)).status).toBe(404);
    });

    test('in the history of its line and of its contract, newest first, page by page', async () => {
      const customer = await world.customer('OPEN');
      const call = api.as(customer.accountId);
      await world.fault({ lineId: customer.contract.lineId }, 'phone_off');
      const ids: string[] = [];
      for (const start of [mobile, mobile, internet]) {
        ids.unshift((await start(call, customer)).body.id);
        await world.work();
      }
      const idsAt = async (query: string) =>
        (await call('GET', `${base}/runs${query}`)).body.map(({ id }: { id: string }) => id);
      expect(await idsAt('')).toEqual(ids);
      expect(await idsAt(`?line=${customer.contract.lineId}`)).toEqual(ids.slice(1));
      expect(await idsAt('?offset=1&limit=1')).toEqual([ids[1]]);
      expect(await idsAt('?contract=ctr_none')).toEqual([]);
    });
  });

  describe('time', () => {
    test('B43 ends the tests after five minutes at the latest, with a case', async () => {
      const { customer, call } = await mobileCustomer();
      const { body } = await mobile(call, customer);
      await workOnRun(world.deps, world.jobs.shift()!, never);
      await world.passMinutes(5);
      await keepUpRuns(world.deps);
      await keepUpRuns(world.deps);
      const ended = (await call('GET', `${base}/runs/${body.id}`)).body;
      expect(ended).toMatchObject({ state: 'terminatedWithError', result: { code: 'tests_incomplete' } });
      expect(ended.progress).toBe(16);
      // Others were left open by the tests before this one.
      const [opened] = await caseRows(body.id);
      expect(world.told.filter((id) => id === opened?.id)).toHaveLength(1);
      // What comes late changes nothing.
      await world.work();
      expect((await call('GET', `${base}/runs/${body.id}`)).body).toEqual(ended);
      expect((await mobile(call, customer)).status).toBe(202);
    });

    test('ends the wait for the customer, too, and makes no case of it', async () => {
      const { call, path } = await untilConfirmation();
      await world.passMinutes(59);
      await keepUpRuns(world.deps);
      expect((await call('GET', path)).body.phase).toBe('awaiting_confirmation');
      await world.passMinutes(1);
      expect((await call('POST', `${path}/confirmation`, { body: { restored: false } })).status).toBe(409);
      await keepUpRuns(world.deps);
      const { body } = await call('GET', path);
      expect(body).toMatchObject({ phase: 'failed', result: { code: 'not_confirmed' } });
      expect(await caseRows(body.id)).toEqual([]);
    });
  });

  describe('once', () => {
    test('B43 what two workers find is written once, and progress never goes back', async () => {
      const { customer, call } = await mobileCustomer();
      const { body } = await mobile(call, customer);
      const [job] = world.jobs.splice(0);
      await Promise.all(Array.from({ length: 20 }, () => workOnRun(world.deps, job!, never)));
      expect(world.jobs).toHaveLength(1);
      expect(await rowOf(body.id)).toMatchObject({ step: 1, progress: 16, measures: [{ test: 'subscription' }] });
      await open.database.db.updateTable('diagnosticRuns').set({ progress: 3 }).where('id', '=', body.id).execute();
      expect((await rowOf(body.id)).progress).toBe(16);
    });

    test('B43 a result does not change any more, whoever tries', async () => {
      const { customer, call } = await mobileCustomer();
      await world.fault({ lineId: customer.contract.lineId }, 'phone_off');
      const { body } = await mobile(call, customer);
      await world.work();
      const change = open.database.db.updateTable('diagnosticRuns').set({ result: 'restored' });
      await expect(change.where('id', '=', body.id).execute()).rejects.toThrow('does not change');
    });

    test('B44 twenty answers at once make one case and one message', async () => {
      const { call, path, id } = await untilConfirmation();
      const say = () => call('POST', `${path}/confirmation`, { body: { restored: false } });
      const answers = await Promise.all(Array.from({ length: 20 }, say));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await caseRows(id)).toHaveLength(1);
      expect(world.told).toHaveLength(1);
    });

    test('a run whose worker has gone is taken over, once; the one that was thought dead changes nothing', async () => {
      const { customer, call } = await mobileCustomer();
      await world.fault({ lineId: customer.contract.lineId }, 'cell_outage');
      const { body } = await mobile(call, customer);
      await workOnRun(world.deps, world.jobs.shift()!, never);
      // The job of the second test has gone with its worker.
      const [lost] = world.jobs.splice(0);
      const stalled = { ...world.deps, rules: { ...world.deps.rules, stalledSeconds: 0 } };
      await keepUpRuns(world.deps);
      expect(world.jobs).toEqual([]);
      await keepUpRuns(stalled);
      expect(world.jobs.filter(({ runId }) => runId === body.id)).toEqual([lost]);
      await world.work();
      await workOnRun(world.deps, lost!, never);
      expect(await rowOf(body.id)).toMatchObject({ state: 'done', result: 'cell_outage', step: 3 });
      const [opened, ...others] = await caseRows(body.id);
      expect(others).toEqual([]);
      expect(world.told.filter((id) => id === opened?.id)).toHaveLength(1);
    });

    test('a network that cannot be asked is asked again, and what was found stays', async () => {
      const { customer, call } = await mobileCustomer();
      const { body } = await mobile(call, customer);
      const [job] = world.jobs;
      const down = { ...world.deps, network: { test: async () => Promise.reject(new Error('down')) } };
      await expect(workOnRun(down, job!, never)).rejects.toThrow('down');
      expect(await rowOf(body.id)).toMatchObject({ state: 'queued', step: 0 });
      await world.work();
      expect((await call('GET', `${base}/runs/${body.id}`)).body.phase).toBe('awaiting_restart');
    });
  });
});

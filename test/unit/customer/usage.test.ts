// Consumption over a real database: events in, counters, records and what is beyond the plan out, by the API.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeUsagePeriods } from '../../../src/customer/usage-closing.ts';
import { takeUsage } from '../../../src/customer/usage-intake.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { listPendingCharges } from '../../../src/storage/pending-charges.ts';
import { listUnbilledUsage, purgeUsage } from '../../../src/storage/usage-records.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createUsageWorld, gigabyte } from './usage-world.ts';

const national = '+33639981234';
const twenty = Array.from({ length: 20 }, (_, n) => n);

describe.each(engines)('consumption on %s', (engine) => {
  let open: TestDatabase;
  let w: ReturnType<typeof createUsageWorld>;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    w = createUsageWorld(open.database);
  });
  afterAll(() => open.close());
  const summaryOf = async (contractId: string, accountId: string) =>
    (await w.api.as(accountId)('GET', `/usage/v1/contracts/${contractId}/summary`)).body;
  const bucketOf = (summary: { bucket: { usageType: string }[] }, type: string) =>
    summary.bucket.find(({ usageType }) => usageType === type);

  describe('gauge and counters', () => {
    test('B17 B18 show what is gone of the plan in the billing month', async () => {
      const { holder, contract } = await w.sold();
      await w.use(
        contract,
        { type: 'data', quantity: 2 * gigabyte },
        { type: 'voice', quantity: 1_800, peer: national },
        { type: 'sms', peer: national },
        { type: 'mms', peer: national, quantity: 5 },
      );
      const summary = await summaryOf(contract.contractId, holder.accountId);
      expect(summary.gauge).toMatchObject({
        ...{ usageType: 'data', percent: 40, overLimit: false, isShared: false },
        used: { amount: 2 * gigabyte, units: 'byte' },
        allowance: { amount: 5 * gigabyte, units: 'byte' },
        remainingValue: { amount: 3 * gigabyte, units: 'byte' },
      });
      expect(bucketOf(summary, 'voice')).toMatchObject({ used: { amount: 1_800, units: 'second' }, percent: 25 });
      expect(bucketOf(summary, 'mms')).toMatchObject({ used: { amount: 5, units: 'message' }, percent: 10 });
      const { startDateTime, endDateTime } = summary.validPeriod;
      expect(Date.parse(startDateTime)).toBeLessThan(Date.now());
      expect(Date.parse(endDateTime)).toBeGreaterThan(Date.now());
    });

    test('B17 have no percentage without a limit', async () => {
      const { holder, contract } = await w.sold();
      await w.use(contract, { type: 'sms', peer: national, quantity: 900 });
      const summary = await summaryOf(contract.contractId, holder.accountId);
      expect(bucketOf(summary, 'sms')).toMatchObject({
        ...{ percent: null, allowance: null, remainingValue: null, overLimit: false },
        used: { amount: 900 },
      });
    });

    test('B17 stop at 100 and say that the limit is passed', async () => {
      const { holder, contract } = await w.sold();
      await w.use(contract, { type: 'data', quantity: 5 * gigabyte });
      expect((await summaryOf(contract.contractId, holder.accountId)).gauge).toMatchObject({
        ...{ percent: 100, overLimit: false },
      });
      await w.use(contract, { type: 'data', quantity: gigabyte });
      const summary = await summaryOf(contract.contractId, holder.accountId);
      expect(summary.gauge).toMatchObject({ percent: 100, overLimit: true, used: { amount: 6 * gigabyte } });
      expect(summary.outOfBundle.taxIncludedAmount).toEqual({ unit: 'EUR', value: 5 });
    });

    test('B23 show the home for Internet and Open contracts; a mobile contract has none', async () => {
      const { holder, contract } = await w.sold('open-60', { kind: 'OPEN' });
      await w.use(
        contract,
        { type: 'internet', quantity: 80 * gigabyte },
        { type: 'fixed_voice', quantity: 600, peer: national },
      );
      const call = w.api.as(holder.accountId);
      const { body } = await call('GET', `/usage/v1/contracts/${contract.contractId}/home`);
      expect(body.gauge).toBeUndefined();
      expect(body.bucket).toMatchObject([
        { usageType: 'internet', used: { amount: 80 * gigabyte }, percent: null },
        { usageType: 'fixed_voice', used: { amount: 600 }, percent: null },
      ]);
      const mobile = await w.sold();
      const other = w.api.as(mobile.holder.accountId);
      expect((await other('GET', `/usage/v1/contracts/${mobile.contract.contractId}/home`)).status).toBe(404);
    });

    test('the month before is there; what is not kept is refused', async () => {
      const { holder, contract } = await w.sold();
      const call = w.api.as(holder.accountId);
      const path = `/usage/v1/contracts/${contract.contractId}/summary`;
      const before = await call('GET', `${path}?period=previous`);
      const now = await call('GET', path);
      expect(before.body.validPeriod.endDateTime).toBe(now.body.validPeriod.startDateTime);
      expect((await call('GET', `${path}?period=2019-01-01`)).status).toBe(422);
      expect((await call('GET', `${path}?period=yesterday`)).status).toBe(422);
    });

    test('are nobody else’s to see', async () => {
      const { contract } = await w.sold();
      const stranger = w.api.as((await w.world.person()).accountId);
      for (const path of ['summary', 'home', 'records', 'out-of-bundle']) {
        expect((await stranger('GET', `/usage/v1/contracts/${contract.contractId}/${path}`)).status).toBe(404);
      }
      for (const path of ['controls', 'topups/offers']) {
        expect((await stranger('GET', `/usage/v1/lines/${contract.lineId}/${path}`)).status).toBe(404);
      }
    });
  });

  describe('events', () => {
    test('are known by their id: twenty at once count once', async () => {
      const { holder, contract } = await w.sold();
      const event = w.event(contract, { type: 'data', quantity: gigabyte });
      const reports = await Promise.all(twenty.map(() => takeUsage(w.intake, [event])));
      expect(reports.reduce((sum, { rated }) => sum + rated, 0)).toBe(1);
      expect(reports.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(19);
      expect((await summaryOf(contract.contractId, holder.accountId)).gauge.used.amount).toBe(gigabyte);
    });

    test('of twenty batches at once never give the plan away twice', async () => {
      const { holder, contract } = await w.sold();
      await Promise.all(twenty.map(() => w.use(contract, { type: 'data', quantity: gigabyte / 2 })));
      const { gauge, outOfBundle } = await summaryOf(contract.contractId, holder.accountId);
      expect(gauge.used.amount).toBe(10 * gigabyte);
      expect(gauge.bucketCounter).toMatchObject([
        ...[{ value: { amount: 10 * gigabyte } }, { counterType: 'included', value: { amount: 5 * gigabyte } }],
        ...[{ counterType: 'excess', value: { amount: 5 * gigabyte } }, {}, {}],
      ]);
      expect(outOfBundle.taxIncludedAmount.value).toBe(25);
    });

    test('that belong to nobody, to the future or to long ago are refused, and the others taken', async () => {
      const { contract } = await w.sold();
      const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
      const events = [
        w.event(contract, { type: 'sms' }),
        w.event(contract, { type: 'sms', msisdn: '+33639989999' }),
        w.event(contract, { type: 'sms', at: at(1) }),
        w.event(contract, { type: 'sms', at: at(-500) }),
      ];
      const report = await takeUsage(w.intake, events);
      expect(report).toMatchObject({ rated: 1, blocked: 0, duplicates: 0 });
      expect(report.refused.map(({ reason }) => reason)).toEqual(['unknown_subject', 'in_future', 'too_old']);
    });

    test('of a suspended line are recorded as blocked and cost nothing', async () => {
      const { holder, contract } = await w.sold();
      await w.suspend(contract);
      expect(await w.use(contract, { type: 'sms', peer: '81234' })).toMatchObject({ rated: 0, blocked: 1 });
      const { body } = await w.api.as(holder.accountId)('GET', `/usage/v1/contracts/${contract.contractId}/records`);
      expect(body).toMatchObject([
        { blocked: true, blockedReason: 'line_suspended', taxIncludedAmount: { value: 0 }, category: 'premium' },
      ]);
    });

    test('that come in cost nothing and do not count', async () => {
      const { holder, contract } = await w.sold();
      await w.use(contract, { type: 'voice', direction: 'in', quantity: 9_000, peer: national });
      expect(bucketOf(await summaryOf(contract.contractId, holder.accountId), 'voice')).toMatchObject({
        used: { amount: 0 },
      });
    });
  });

  describe('records', () => {
    test('B20 are paged, filtered by type and time, and masked for proxies', async () => {
      const { holder, contract } = await w.sold();
      const at = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
      await w.use(
        contract,
        { type: 'voice', quantity: 60, peer: national, at: at(3) },
        { type: 'sms', peer: '81234', at: at(2) },
        { type: 'data', quantity: 1_000, at: at(1) },
      );
      const call = w.api.as(holder.accountId);
      const path = `/usage/v1/contracts/${contract.contractId}/records`;
      const all = await call('GET', path);
      expect(all.body.map(({ usageType }: { usageType: string }) => usageType)).toEqual(['data', 'sms', 'voice']);
      expect(all.body[2].peer).toBe(national);
      const page = await call('GET', `${path}?offset=1&limit=1`);
      expect(page.body).toMatchObject([{ usageType: 'sms' }]);
      expect(page.headers['x-total-count']).toBe('3');
      expect((await call('GET', `${path}?type=voice`)).body).toHaveLength(1);
      const from = encodeURIComponent(at(2.5));
      expect((await call('GET', `${path}?from=${from}`)).body).toHaveLength(2);
      expect((await call('GET', `${path}?from=2019-01-01`)).status).toBe(422);
      expect((await call('GET', `${path}?from=${from}&to=${from}`)).status).toBe(422);
      const proxy = await w.world.person();
      await w.world.proxy(contract, proxy);
      const { body: masked } = await w.api.as(proxy.accountId)('GET', path);
      expect(masked[2].peer).toBe('+336******34');
      expect(masked[1].peer).toBe('8****');
    });

    test('B20 add up to the counters, and what is beyond the plan to its total, whatever happens', async () => {
      const peers = fc.constantFrom(national, '+441632960000', '81234', '3900', undefined);
      const kinds = fc.oneof(
        fc.record({ type: fc.constant('voice'), quantity: fc.integer({ min: 0, max: 3_000 }), peer: peers }),
        fc.record({ type: fc.constant('sms'), quantity: fc.integer({ min: 1, max: 20 }), peer: peers }),
        fc.record({ type: fc.constant('mms'), quantity: fc.integer({ min: 1, max: 20 }), peer: peers }),
        fc.record({
          ...{ type: fc.constant('data'), quantity: fc.integer({ min: 0, max: 2 * gigabyte }) },
          abroad: fc.constantFrom('ES', 'US', undefined),
        }),
      );
      const property = fc.asyncProperty(fc.array(kinds, { minLength: 1, maxLength: 25 }), async (events) => {
        const { holder, contract } = await w.sold();
        await w.use(contract, ...events);
        const summary = await summaryOf(contract.contractId, holder.accountId);
        const call = w.api.as(holder.accountId);
        const path = `/usage/v1/contracts/${contract.contractId}`;
        const { body: records } = await call('GET', `${path}/records?limit=100`);
        const { body: beyond } = await call('GET', `${path}/out-of-bundle?limit=100`);
        for (const bucket of summary.bucket) {
          const sum = (isOutsidePlan: boolean) =>
            records
              .filter((one: Rated) => one.usageType === bucket.usageType && one.isOutsidePlan === isOutsidePlan)
              .reduce((total: number, one: Rated) => total + one.quantity.amount, 0);
          const counter = (name: string) =>
            bucket.bucketCounter.find(({ counterType }: { counterType: string }) => counterType === name).value.amount;
          expect(sum(false)).toBe(counter('used'));
          expect(sum(true)).toBe(counter('outsidePlan'));
          expect(counter('included') + counter('excess')).toBe(counter('used'));
        }
        const cents = (list: Rated[]) =>
          list.reduce((total, one) => total + Math.round(one.taxIncludedAmount.value * 100), 0);
        expect(cents(beyond.item)).toBe(Math.round(beyond.taxIncludedAmount.value * 100));
        expect(cents(records)).toBe(cents(beyond.item));
        expect(beyond.taxIncludedAmount).toEqual(summary.outOfBundle.taxIncludedAmount);
      });
      await fc.assert(property, { numRuns: engine === 'pglite' ? 12 : 6 });
    });
  });

  describe('beyond the plan', () => {
    test('B21 is told once in a billing month, even by twenty events at once', async () => {
      const { holder, contract } = await w.sold();
      w.sent.length = 0;
      await Promise.all(twenty.map(() => w.use(contract, { type: 'sms', peer: '81234' })));
      expect(await w.titlesOf(holder)).toEqual(['Use beyond your plan']);
      // SMS as usual; an e-mail only if she chose it.
      expect(w.sent).toEqual([{ kind: 'out-of-bundle', lineId: contract.lineId, accounts: [] }]);
    });

    test('B21 goes to the channels that the customer chose', async () => {
      const { holder, contract } = await w.sold();
      const topics = JSON.stringify({ usage: ['email'] });
      const { accountId } = holder;
      await open.database.db.insertInto('accountPreferences').values({ accountId, topics }).execute();
      w.sent.length = 0;
      await w.use(contract, { type: 'sms', peer: '81234' });
      expect(w.sent).toEqual([{ kind: 'out-of-bundle', lineId: null, accounts: [accountId] }]);
    });

    test('B21 lists what it cost, with the tax of the brand', async () => {
      const { holder, contract } = await w.sold();
      await w.use(contract, { type: 'sms', peer: '81234' }, { type: 'voice', quantity: 61, peer: '+441632960000' });
      const call = w.api.as(holder.accountId);
      const { body } = await call('GET', `/usage/v1/contracts/${contract.contractId}/out-of-bundle`);
      expect(body).toMatchObject({
        ...{ taxRate: 20, taxIncludedAmount: { unit: 'EUR', value: 2.7 }, taxExcludedAmount: { value: 2.25 } },
      });
      expect(body.item.map((one: Rated) => one.taxIncludedAmount.value).sort()).toEqual([1.2, 1.5]);
    });
  });

  describe('controls', () => {
    const path = (lineId: string) => `/usage/v1/lines/${lineId}/controls`;

    test('B22 of a category that is off block its events', async () => {
      const { holder, contract } = await w.sold();
      const call = w.api.as(holder.accountId);
      const read = await call('GET', path(contract.lineId));
      expect(read.body).toEqual({
        ...{ premium_sms: true, premium_calls: true, international: true, roaming_calls: true, roaming_data: true },
      });
      const put = await call('PUT', path(contract.lineId), {
        body: { ...read.body, roaming_data: false },
        headers: { 'If-Match': read.headers['etag']! },
      });
      expect(put).toMatchObject({ status: 200, body: { roaming_data: false } });
      const report = await w.use(
        contract,
        { type: 'data', quantity: 1_000, abroad: 'US' },
        { type: 'data', quantity: 1_000 },
      );
      expect(report).toMatchObject({ rated: 1, blocked: 1 });
      const { body } = await call('GET', `/usage/v1/contracts/${contract.contractId}/records`);
      expect(body.filter(({ blocked }: { blocked: boolean }) => blocked)).toMatchObject([
        { category: 'roaming_world', blockedReason: 'category_off' },
      ]);
      const { outOfBundle } = await summaryOf(contract.contractId, holder.accountId);
      expect(outOfBundle.taxIncludedAmount.value).toBe(0);
    });

    test('B22 that somebody else has changed meanwhile are not overwritten', async () => {
      const { holder, contract } = await w.sold();
      const call = w.api.as(holder.accountId);
      const { body, headers } = await call('GET', path(contract.lineId));
      const put = (change: object) =>
        call('PUT', path(contract.lineId), {
          body: { ...body, ...change },
          headers: { 'If-Match': headers['etag']! },
        });
      expect((await put({ international: false })).status).toBe(200);
      expect((await put({ premium_sms: false })).status).toBe(412);
      expect((await call('PUT', path(contract.lineId), { body: { premium_sms: false } })).status).toBe(422);
      expect((await call('GET', path(contract.lineId))).body).toMatchObject({
        premium_sms: true,
        international: false,
      });
    });

    test('B22 changed by proxy are told to those whose line it is, not to the proxy', async () => {
      const { holder, contract } = await w.sold();
      const proxy = await w.world.person();
      await w.world.proxy(contract, proxy);
      w.sent.length = 0;
      const call = w.api.as(proxy.accountId);
      const { body } = await call('GET', path(contract.lineId));
      await call('PUT', path(contract.lineId), { body: { ...body, premium_calls: false } });
      expect(await w.titlesOf(holder)).toEqual(['What the line may do was changed by proxy']);
      expect(await w.titlesOf(proxy)).toEqual([]);
      expect(w.sent).toEqual([{ kind: 'controls', lineId: contract.lineId }]);
    });

    test('an old login changes nothing', async () => {
      const { holder, contract } = await w.sold();
      const call = w.api.as(holder.accountId, { authTime: new Date(Date.now() - 3_600_000) });
      const { body } = await call('GET', path(contract.lineId));
      expect((await call('PUT', path(contract.lineId), { body })).status).toBe(401);
    });
  });

  describe('top-ups', () => {
    const path = (lineId: string) => `/usage/v1/lines/${lineId}/topups`;
    const chargesOf = async (contractId: string) =>
      (await listPendingCharges(open.database.db, [contractId])).map(({ kind, minor, unit }) => [kind, minor, unit]);

    test('B19 are proposed from 80 % on, credit the counter, and are charged and told once', async () => {
      const { holder, contract } = await w.sold();
      const call = w.api.as(holder.accountId);
      await w.use(contract, { type: 'data', quantity: 3.9 * gigabyte });
      const offers = async () => (await call('GET', `${path(contract.lineId)}/offers`)).body;
      expect(await offers()).toMatchObject([{ isProposed: false }, { isProposed: false }, { isProposed: false }]);
      await w.use(contract, { type: 'data', quantity: 0.1 * gigabyte });
      expect((await offers())[1]).toMatchObject({ id: 'topup-5', isProposed: true, price: { value: 5 } });
      w.sent.length = 0;
      const headers = { 'Idempotency-Key': `top-up-${contract.lineId}` };
      const body = { offerId: 'topup-5', acceptedPrice: { unit: 'EUR', value: 5 } };
      const bought = await call('POST', path(contract.lineId), { body, headers });
      expect(bought).toMatchObject({ status: 201, body: { status: 'completed', price: { unit: 'EUR', value: 5 } } });
      const again = await call('POST', path(contract.lineId), { body, headers });
      expect(again.body.id).toBe(bought.body.id);
      expect((await summaryOf(contract.contractId, holder.accountId)).gauge).toMatchObject({
        ...{ allowance: { amount: 10 * gigabyte }, percent: 40 },
      });
      expect(await chargesOf(contract.contractId)).toEqual([['topup', 500, 'EUR']]);
      expect(w.sent).toEqual([{ kind: 'top-up', lineId: contract.lineId }]);
      expect(await w.titlesOf(holder)).toEqual(['Top-up done']);
    });

    test('B19 of twenty at once with one key make one', async () => {
      const { holder, contract } = await w.sold();
      const { accountId } = holder;
      const wish = { accountId, lineId: contract.lineId, offerId: 'topup-1', acceptedPrice: undefined };
      const outcomes = await Promise.all(twenty.map(() => w.desk.topUp({ ...wish, idempotencyKey: 'same' })));
      expect(new Set(outcomes.map((one) => (one.kind === 'done' ? one.topUp.id : one.kind))).size).toBe(1);
      expect((await summaryOf(contract.contractId, accountId)).gauge.allowance.amount).toBe(6 * gigabyte);
      expect(await chargesOf(contract.contractId)).toHaveLength(1);
      expect((await w.desk.topUp({ ...wish, offerId: 'topup-5', idempotencyKey: 'same' })).kind).toBe('key-reused');
    });

    test('B19 bought after the limit are there in full: what was charged stays charged', async () => {
      const { holder, contract } = await w.sold();
      await w.use(contract, { type: 'data', quantity: 6 * gigabyte });
      const call = w.api.as(holder.accountId);
      await call('POST', path(contract.lineId), { body: { offerId: 'topup-1' } });
      await w.use(contract, { type: 'data', quantity: gigabyte });
      const { gauge, outOfBundle } = await summaryOf(contract.contractId, holder.accountId);
      expect(gauge).toMatchObject({ overLimit: true, remainingValue: { amount: 0 } });
      expect(outOfBundle.taxIncludedAmount.value).toBe(5);
    });

    test('B19 are refused without a limit, on a suspended line, at another price, and for what is at home', async () => {
      const unlimited = await w.sold('home-fibre', { kind: 'OPEN' });
      const buy = (from: { holder: { accountId: string }; contract: { lineId: string } }, body: object) =>
        w.api.as(from.holder.accountId)('POST', path(from.contract.lineId), { body });
      const refused = async (from: Parameters<typeof buy>[0], body: object) => {
        const answer = await buy(from, body);
        return [answer.status, answer.body.code];
      };
      expect(await refused(unlimited, { offerId: 'topup-1' })).toEqual([409, 'topup_not_applicable']);
      const offers = await w.api.as(unlimited.holder.accountId)('GET', `${path(unlimited.contract.lineId)}/offers`);
      expect(offers.body).toEqual([]);
      const limited = await w.sold();
      const wrong = { offerId: 'topup-1', acceptedPrice: { unit: 'EUR', value: 1 } };
      expect(await refused(limited, wrong)).toEqual([409, 'price_changed']);
      expect(await refused(limited, { offerId: 'nothing' })).toEqual([422, 'validation']);
      await w.suspend(limited.contract);
      expect(await refused(limited, { offerId: 'topup-1' })).toEqual([409, 'line_suspended']);
      const home = await w.sold('home-fibre', { kind: 'OPEN' });
      await open.database.db
        .updateTable('contracts')
        .set({ kind: 'INTERNET' })
        .where('id', '=', home.contract.contractId)
        .execute();
      expect(await refused(home, { offerId: 'topup-1' })).toEqual([404, 'not_found']);
      expect(await chargesOf(limited.contract.contractId)).toEqual([]);
    });

    test('B19 by proxy are told to the holder', async () => {
      const { holder, contract } = await w.sold();
      const proxy = await w.world.person();
      await w.world.proxy(contract, proxy);
      const bought = await w.api.as(proxy.accountId)('POST', path(contract.lineId), { body: { offerId: 'topup-1' } });
      expect(bought.status).toBe(201);
      expect(await w.titlesOf(holder)).toEqual(['Top-up by proxy']);
      expect(await w.titlesOf(proxy)).toEqual(['Top-up done']);
    });
  });

  // Last: the clock goes forward for all of them.
  describe('the end of a billing month', () => {
    test('E10 B21 gives what is beyond the plan to the next bill, once; later events count in the next month', async () => {
      const { holder, contract } = await w.sold();
      const { db } = open.database;
      const ids = [contract.contractId];
      const justNow = new Date(Date.now() - 1_000).toISOString();
      await w.use(contract, { type: 'sms', peer: '81234', at: justNow }, { type: 'data', quantity: 1_000 });
      expect(await listUnbilledUsage(db, ids)).toMatchObject([{ type: 'data' }, { type: 'sms', chargeMinor: 150 }]);
      const late = w.event(contract, { type: 'sms', peer: '81234', at: new Date().toISOString() });
      await advanceClock(db, 35 * 86_400);
      await Promise.all(
        twenty.slice(0, 5).map(() => closeUsagePeriods({ database: open.database, timeZoneOf: () => 'Europe/Paris' })),
      );
      const charges = await listPendingCharges(db, ids);
      expect(charges).toMatchObject([
        { kind: 'out_of_bundle', minor: 150, unit: 'EUR', lineId: contract.lineId, includesTax: true },
      ]);
      expect(await listUnbilledUsage(db, ids)).toEqual([]);
      await takeUsage(w.intake, [{ ...late, at: new Date(Date.now() - 35 * 86_400_000 + 5_000).toISOString() }]);
      const { outOfBundle } = await summaryOf(contract.contractId, holder.accountId);
      expect(outOfBundle.taxIncludedAmount.value).toBe(1.5);
      expect(await listUnbilledUsage(db, ids)).toHaveLength(1);
    });

    test('drops records and counters after thirteen months', async () => {
      const { db } = open.database;
      await advanceClock(db, 366 * 86_400);
      await advanceClock(db, 60 * 86_400);
      await purgeUsage(db, 13);
      expect(await db.selectFrom('usageRecords').select('id').execute()).toEqual([]);
      expect(await db.selectFrom('usageCounters').select('owner').execute()).toEqual([]);
    });
  });
});

interface Rated {
  readonly usageType: string;
  readonly isOutsidePlan: boolean;
  readonly quantity: { readonly amount: number };
  readonly taxIncludedAmount: { readonly value: number };
}

// Phones with or without a plan, by card or on the next bill; top-ups by card: on both engines, with a provider whose
// word comes late, twice or never.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBilling } from '../../../src/customer/billing-run.ts';
import { moveOrderByStaff } from '../../../src/customer/order-desk.ts';
import { expirePayments } from '../../../src/customer/payment-progress.ts';
import { sendRefunds } from '../../../src/customer/payment-refunds.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createBillingWorld } from './billing-world.ts';
import { aster, createPurchaseWorld, type PurchaseWorld } from './purchase-world.ts';

const twenty = Array.from({ length: 20 }, (_, n) => n);
const plan = { offerId: 'mobile-150' } as const;
const instant = { toShip: 1, toDeliver: 1 };

describe.each(engines)('the shop on %s', (engine) => {
  let open: TestDatabase;
  let w: PurchaseWorld;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    w = createPurchaseWorld(open.database);
  });
  afterAll(() => open.close());
  const offerOf = async (contractId: string) =>
    (await open.database.db.selectFrom('contracts').select('offerId').where('id', '=', contractId).executeTakeFirst())
      ?.offerId;
  const countOf = async (table: 'orders' | 'payments', column: 'accountId' | 'payerAccountId', accountId: string) =>
    (
      await open.database.db
        .selectFrom(table)
        .select('id')
        .where(column as never, '=', accountId as never)
        .execute()
    ).length;

  describe('by card', () => {
    test('B39 an order is confirmed by the money alone, and told only then', async () => {
      const { holder, contract } = await w.sold();
      w.mails.length = 0;
      const order = await w.buy(holder, contract);
      expect(order).toMatchObject({
        type: 'handset',
        state: 'created',
        purchase: { method: 'card', status: 'waiting' },
      });
      expect(order.purchase?.payment?.checkout?.url).toMatch(/^https:\/\/pay\.exemple\.test\/checkout\//);
      await w.move(instant);
      expect(await w.statesOf(holder, order.id)).toEqual(['created']);
      expect(await w.titlesOf(holder)).toEqual([]);
      expect((await moveOrderByStaff(w.moving, { id: order.id, to: 'confirmed' })).kind).toBe('refused');

      expect(await w.tell(w.paymentOf(order), 'captured')).toBe('applied');
      expect(await w.tell(w.paymentOf(order), 'captured')).toBe('unchanged');
      const paid = await w.find(holder, order.id);
      expect(paid).toMatchObject({ state: 'confirmed', purchase: { status: 'paid', total: { minor: 24_900 } } });
      expect(paid.purchase?.payment?.checkout).toBeUndefined();
      expect(await w.titlesOf(holder)).toEqual(expect.arrayContaining(['Order confirmed', 'Order recorded']));
      expect(w.mails.map(({ state }) => state)).toEqual(['created']);
      expect(await w.chargesOf(contract)).toEqual([]);
    });

    test.each(['declined', 'cancelled'] as const)(
      'B39 a payment that is %s cancels the order; nothing changed',
      async (kind) => {
        const { holder, contract } = await w.sold();
        await w.stock(1);
        const order = await w.buy(holder, contract, plan);
        expect(await w.left()).toBe(0);
        await w.tell(w.paymentOf(order), kind);
        expect(await w.find(holder, order.id)).toMatchObject({ state: 'cancelled', purchase: { status: kind } });
        expect(await w.left()).toBe(1);
        expect(await offerOf(contract.contractId)).toBe('mobile-40');
        // Another plan change may follow at once.
        expect((await w.order(holder, contract, plan)).kind).toBe('ordered');
        await w.stock(null);
      },
    );

    test('B39 a payment that expires does so, too; money that comes after that goes back', async () => {
      const { holder, contract } = await w.sold();
      const order = await w.buy(holder, contract, plan);
      const payment = w.paymentOf(order);
      await w.outlive(payment);
      await expirePayments(w.deps);
      expect(await w.find(holder, order.id)).toMatchObject({ state: 'cancelled', purchase: { status: 'expired' } });
      expect(await w.tell(payment, 'captured')).toBe('applied');
      await sendRefunds(w.deps);
      expect(w.refunds.at(-1)).toMatchObject({ amount: { unit: 'EUR', minor: 24_900 } });
      expect(await w.find(holder, order.id)).toMatchObject({ state: 'cancelled', purchase: { status: 'refunded' } });
      await w.move(instant);
      expect(await offerOf(contract.contractId)).toBe('mobile-40');
    });

    test('B39 X97 twenty at once with one key make one order and one payment; with another phone it is refused', async () => {
      const { holder, contract } = await w.sold();
      const wish = { idempotencyKey: 'one-key' };
      const made = await Promise.all(twenty.map(() => w.order(holder, contract, wish)));
      expect(new Set(made.map((one) => (one.kind === 'ordered' ? one.order.id : one.kind))).size).toBe(1);
      expect(await countOf('orders', 'accountId', holder.accountId)).toBe(1);
      expect(await countOf('payments', 'payerAccountId', holder.accountId)).toBe(1);
      const other = { ...wish, handsetId: 'handset-lumen-mini', acceptedPrice: { unit: 'EUR', minor: 14_900 } };
      expect((await w.order(holder, contract, other)).kind).toBe('key-reused');
      expect((await w.order(holder, contract, { ...wish, method: 'deferred' })).kind).toBe('key-reused');
    });

    test('B39 without the provider nothing is begun, and the same request may be repeated', async () => {
      const { holder, contract } = await w.sold();
      const wish = { ...plan, idempotencyKey: 'again' };
      w.provider.isDown = true;
      expect((await w.order(holder, contract, wish)).kind).toBe('unavailable');
      w.provider.isDown = false;
      expect(await w.titlesOf(holder)).toEqual([]);
      const order = await w.buy(holder, contract, wish);
      await w.tell(w.paymentOf(order), 'captured');
      expect((await w.find(holder, order.id)).state).toBe('confirmed');
    });

    test('B39 of twenty at once for the last three phones three are ordered', async () => {
      const customers = await Promise.all(twenty.map(() => w.sold()));
      await w.stock(3);
      const outcomes = await Promise.all(customers.map(({ holder, contract }) => w.order(holder, contract)));
      expect(outcomes.filter(({ kind }) => kind === 'ordered')).toHaveLength(3);
      expect(outcomes.filter(({ kind }) => kind === 'out-of-stock')).toHaveLength(17);
      expect(await w.left()).toBe(0);
      expect(await w.shop.soldOut()).toEqual([aster.handsetId]);
      await w.stock(null);
    });

    test('B39 taken back before it is sent, the money goes back once and the phone to the stock', async () => {
      const { holder, contract } = await w.sold();
      await w.stock(5);
      const order = await w.buy(holder, contract, plan);
      await w.tell(w.paymentOf(order), 'captured');
      const before = w.refunds.length;
      const outcomes = await Promise.all(twenty.map(() => w.shop.cancel(holder.accountId, order.id)));
      expect(outcomes.filter(({ kind }) => kind === 'cancelled')).toHaveLength(1);
      await sendRefunds(w.deps);
      expect(w.refunds).toHaveLength(before + 1);
      expect(w.refunds.at(-1)?.amount).toEqual({ unit: 'EUR', minor: 24_900 });
      expect(await w.find(holder, order.id)).toMatchObject({ state: 'cancelled', purchase: { status: 'refunded' } });
      expect(await w.left()).toBe(5);
      expect(await offerOf(contract.contractId)).toBe('mobile-40');
      await w.stock(null);
    });

    test('B39 taken back while the card is typed, the money that comes goes back by itself', async () => {
      const { holder, contract } = await w.sold();
      const order = await w.buy(holder, contract);
      expect((await w.shop.cancel(holder.accountId, order.id)).kind).toBe('cancelled');
      const waiting = await w.find(holder, order.id);
      expect(waiting.purchase).toMatchObject({ status: 'cancelled', payment: { checkout: undefined } });
      await w.tell(w.paymentOf(order), 'captured');
      expect(await w.find(holder, order.id)).toMatchObject({ state: 'cancelled', purchase: { status: 'refunded' } });
    });
  });

  describe('on its way', () => {
    test('B38 B42 a phone with a plan goes from the warehouse to the customer; both are there at the end', async () => {
      const { holder, contract } = await w.sold();
      const order = await w.buy(holder, contract, plan);
      await w.tell(w.paymentOf(order), 'captured');
      // Where staff send, the clock does not.
      await w.move();
      expect((await w.find(holder, order.id)).state).toBe('confirmed');
      for (const to of ['done', 'delivered', 'created'] as const) {
        expect((await moveOrderByStaff(w.moving, { id: order.id, to })).kind).toBe('refused');
      }
      for (const to of ['preparing', 'shipped'] as const) {
        expect((await moveOrderByStaff(w.moving, { id: order.id, to })).kind).toBe('moved');
      }
      expect((await w.shop.cancel(holder.accountId, order.id)).kind).toBe('refused');
      expect(await offerOf(contract.contractId)).toBe('mobile-40');
      await moveOrderByStaff(w.moving, { id: order.id, to: 'delivered' });
      await w.move();
      expect(await w.statesOf(holder, order.id)).toEqual([
        ...['created', 'confirmed', 'preparing', 'shipped', 'delivered', 'done'],
      ]);
      expect(await offerOf(contract.contractId)).toBe('mobile-150');
      expect(await w.titlesOf(holder)).toEqual(expect.arrayContaining(['Order done', 'Order recorded']));
    });

    test('B38 in the sandbox the clock packs at once, and sends when its minutes are over', async () => {
      const { holder, contract } = await w.sold();
      const order = await w.buy(holder, contract, { method: 'deferred' });
      await w.move(instant);
      await w.move(instant);
      expect((await w.find(holder, order.id)).state).toBe('preparing');
      const past = { at: new Date('2026-01-01T00:00:00Z') };
      const back = () => open.database.db.updateTable('orderSteps').set(past).where('orderId', '=', order.id).execute();
      for (const state of ['shipped', 'delivered', 'done']) {
        await back();
        await w.move(instant);
        expect((await w.find(holder, order.id)).state).toBe(state);
      }
    });
  });

  describe('what is not ordered', () => {
    test('B38 both or none: a plan that does not fit, is changed already or costs something else orders no phone', async () => {
      const { holder, contract } = await w.sold();
      const refused = async (changes: Parameters<PurchaseWorld['order']>[2]) =>
        (await w.order(holder, contract, changes)).kind;
      await w.stock(9);
      expect(await refused({ offerId: 'home-fibre' })).toBe('incompatible');
      expect(await refused({ offerId: 'mobile-40' })).toBe('incompatible');
      expect(await refused({ offerId: 'nothing' })).toBe('unknown-item');
      expect(await refused({ ...plan, acceptedPlanPrice: { unit: 'EUR', minor: 1 } })).toBe('price-changed');
      expect(await refused({ handsetId: 'handset-nothing' })).toBe('unknown-handset');
      expect(await refused({ acceptedPrice: { unit: 'EUR', minor: 1 } })).toBe('price-changed');
      expect(await w.left()).toBe(9);
      expect(await countOf('orders', 'accountId', holder.accountId)).toBe(0);
      const made = await Promise.all(twenty.map(() => w.order(holder, contract, { ...plan, method: 'deferred' })));
      expect(made.filter(({ kind }) => kind === 'ordered')).toHaveLength(1);
      expect(made.filter(({ kind }) => kind === 'order-open')).toHaveLength(19);
      expect(await w.left()).toBe(8);
      expect(await w.chargesOf(contract)).toHaveLength(1);
      await w.stock(null);
    });

    test('B38 a contract without a mobile line, or of somebody else, gets no phone', async () => {
      const home = await w.sold('home-fibre', { kind: 'INTERNET' });
      expect((await w.order(home.holder, home.contract)).kind).toBe('incompatible');
      const { contract } = await w.sold();
      expect((await w.order(home.holder, contract)).kind).toBe('not-found');
    });
  });

  describe('on the next bill', () => {
    test('B40 holds at once and waits for the bill; taken back, the charge goes', async () => {
      const { holder, contract } = await w.sold();
      const order = await w.buy(holder, contract, { method: 'deferred' });
      expect(order).toMatchObject({ state: 'confirmed', purchase: { method: 'deferred', status: 'pending_line' } });
      expect(await w.chargesOf(contract)).toEqual([{ kind: 'deferred', minor: 24_900, sourceId: `order:${order.id}` }]);
      expect(await countOf('payments', 'payerAccountId', holder.accountId)).toBe(0);
      expect((await w.shop.cancel(holder.accountId, order.id)).kind).toBe('cancelled');
      expect(await w.chargesOf(contract)).toEqual([]);
      expect((await w.find(holder, order.id)).purchase?.status).toBe('withdrawn');
    });

    test('B40 X97 twenty at once with one key are one order and one charge', async () => {
      const { holder, contract } = await w.sold();
      const wish = { method: 'deferred', idempotencyKey: 'bill-key' } as const;
      const made = await Promise.all(twenty.map(() => w.order(holder, contract, wish)));
      expect(new Set(made.map((one) => (one.kind === 'ordered' ? one.order.id : one.kind))).size).toBe(1);
      expect(await w.chargesOf(contract)).toHaveLength(1);
    });

    test('B40 a prepaid contract has no next bill', async () => {
      const { holder, contract } = await w.sold('mobile-40', { payMode: 'prepaid' });
      expect((await w.order(holder, contract, { method: 'deferred' })).kind).toBe('deferral-not-possible');
      expect((await w.order(holder, contract)).kind).toBe('ordered');
    });

    test('B40 a proxy needs the holder’s permission, as it is now; by card she needs none', async () => {
      const { holder, contract } = await w.sold();
      const proxy = await w.person();
      const proxyId = await w.proxy(contract, proxy);
      const path = `/contract/v1/contracts/${contract.contractId}`;
      const asProxy = w.api.as(proxy.accountId);
      const asHolder = w.api.as(holder.accountId);
      const body = {
        ...{ contractId: contract.contractId, handsetId: aster.handsetId, method: 'deferred', terms: true },
        acceptedPrice: { unit: 'EUR', value: 249 },
      };
      const ask = () => asProxy('POST', '/order/v1/orders', { body });
      expect(await ask()).toMatchObject({ status: 403, body: { code: 'deferral_not_allowed' } });
      expect((await asProxy('GET', path)).body.may.defer).toBe(false);
      // Neither herself nor a stranger can allow it.
      for (const call of [asProxy, w.api.as((await w.person()).accountId)]) {
        expect((await call('PATCH', `${path}/proxies/${proxyId}`, { body: { mayDefer: true } })).status).toBe(404);
      }
      w.strong.needed.length = 0;
      const allowed = await asHolder('PATCH', `${path}/proxies/${proxyId}`, { body: { mayDefer: true } });
      expect(allowed).toMatchObject({ status: 200, body: { id: proxyId, mayDefer: true } });
      expect(w.strong.needed).toEqual(['order']);
      expect((await asHolder('GET', `${path}/proxies`)).body).toMatchObject([{ mayDefer: true }]);
      expect((await asProxy('GET', path)).body.may.defer).toBe(true);
      const ordered = await ask();
      expect(ordered).toMatchObject({ status: 201, body: { payment: { status: 'pending_line' } } });
      expect(await w.titlesOf(holder)).toContain('Order placed by proxy');
      await asHolder('PATCH', `${path}/proxies/${proxyId}`, { body: { mayDefer: false } });
      expect((await ask()).status).toBe(403);
      expect((await asProxy('POST', '/order/v1/orders', { body: { ...body, method: 'card' } })).status).toBe(201);
      // What she ordered her holder may take back.
      expect((await asHolder('DELETE', `/order/v1/orders/${ordered.body.id}`)).body.state).toBe('cancelled');
      const { db } = open.database;
      const rows = await db.selectFrom('auditEvents').selectAll().where('action', '=', 'proxy.deferral_set').execute();
      expect(rows.filter(({ object }) => object === contract.contractId)).toHaveLength(2);
    });
  });

  describe('over the API', () => {
    const bodyOf = (contractId: string, changes: object = {}) => ({
      ...{ contractId, handsetId: aster.handsetId, acceptedPrice: { unit: 'EUR', value: 249 } },
      ...{ method: 'card', terms: true, ...changes },
    });

    test('B39 says where the payer’s browser goes, to the payer alone', async () => {
      const { holder, contract } = await w.sold();
      const proxy = await w.person();
      await w.proxy(contract, proxy);
      w.strong.needed.length = 0;
      const returnUrl = 'https://portal.exemple.test/bills/payment';
      const ordered = await w.api.as(proxy.accountId)('POST', '/order/v1/orders', {
        body: bodyOf(contract.contractId, { returnUrl }),
      });
      expect(ordered.status).toBe(201);
      expect(w.strong.needed).toEqual([]);
      expect(ordered.body.payment).toMatchObject({
        ...{ method: 'card', status: 'waiting', totalAmount: { unit: 'EUR', value: 249 } },
        redirectUrl: expect.stringMatching(/^https:\/\/pay\./),
      });
      expect(w.checkouts.at(-1)?.returnUrl).toBe(`${returnUrl}?payment=${ordered.body.payment.id}`);
      const path = `/order/v1/orders/${ordered.body.id}`;
      const seen = (await w.api.as(holder.accountId)('GET', path)).body.payment;
      expect(seen).toEqual({ method: 'card', status: 'waiting', totalAmount: { unit: 'EUR', value: 249 } });
      expect((await w.api.as((await w.person()).accountId)('DELETE', path)).status).toBe(404);
      expect((await w.api.as(holder.accountId)('DELETE', path)).body.state).toBe('cancelled');
      expect(await w.api.as(holder.accountId)('DELETE', path)).toMatchObject({
        status: 409,
        body: { code: 'conflict' },
      });
    });

    test('B40 on the bill, and with another plan, wants as much as a plan change: level M*', async () => {
      const { holder, contract } = await w.sold();
      const call = w.api.as(holder.accountId);
      for (const changes of [{ method: 'deferred' }, { offerId: 'mobile-150' }]) {
        w.strong.needed.length = 0;
        const made = await call('POST', '/order/v1/orders', { body: bodyOf(contract.contractId, changes) });
        expect([made.status, w.strong.needed]).toEqual([201, ['order']]);
      }
      const old = w.api.as(holder.accountId, { authTime: new Date(Date.now() - 3_600_000) });
      expect((await old('POST', '/order/v1/orders', { body: bodyOf(contract.contractId) })).status).toBe(401);
    });

    test('B38 B52 what cannot be had is refused by a code that says why', async () => {
      const { holder, contract } = await w.sold();
      const post = async (changes: object) => {
        const { status, body } = await w.api.as(holder.accountId)('POST', '/order/v1/orders', {
          body: bodyOf(contract.contractId, changes),
        });
        return [status, body.code];
      };
      expect(await post({ handsetId: 'nothing' })).toEqual([422, 'validation']);
      expect(await post({ offerId: 'nothing' })).toEqual([422, 'validation']);
      expect(await post({ terms: false })).toEqual([422, 'validation']);
      expect(await post({ returnUrl: 'https://evil.exemple.test/' })).toEqual([422, 'validation']);
      expect(await post({ acceptedPrice: { unit: 'EUR', value: 249.001 } })).toEqual([422, 'validation']);
      expect(await post({ acceptedPrice: { unit: 'EUR', value: 1 } })).toEqual([409, 'price_changed']);
      expect(await post({ offerId: 'home-fibre' })).toEqual([409, 'incompatible']);
      expect(await post({ contractId: 'ctr_none' })).toEqual([404, 'not_found']);
      await w.stock(0);
      expect(await post({})).toEqual([409, 'out_of_stock']);
      const { handsets } = (await w.api.anybody('GET', '/order/v1/catalogue')).body;
      expect(handsets.filter((one: { isInStock: boolean }) => !one.isInStock)).toMatchObject([{ id: aster.handsetId }]);
      await w.stock(null);
      w.provider.isDown = true;
      expect(await post({})).toEqual([503, 'payment_unavailable']);
      w.provider.isDown = false;
    });
  });

  describe('top-ups by card', () => {
    const grantedTo = async (lineId: string) =>
      (await open.database.db.selectFrom('usageCounters').select('granted').where('owner', '=', lineId).execute()).map(
        ({ granted }) => granted,
      );
    async function begin() {
      const { holder, contract } = await w.sold('mobile-5');
      const body = { offerId: 'topup-5', acceptedPrice: { unit: 'EUR', value: 5 }, paymentMethod: 'card' };
      const path = `/usage/v1/lines/${contract.lineId}/topups`;
      const { status, body: topUp } = await w.api.as(holder.accountId)('POST', path, { body });
      expect(status).toBe(201);
      const statusOf = async () =>
        (await w.api.as(holder.accountId)('GET', `/usage/v1/topups/${topUp.id}`)).body.status;
      return {
        holder,
        contract,
        topUp,
        statusOf,
        payment: { id: topUp.payment.id, amount: { unit: 'EUR', minor: 500 } },
      };
    }

    test('B19 are credited once, when the money comes, and are on no bill', async () => {
      const { contract, topUp, statusOf, payment, holder } = await begin();
      expect(topUp).toMatchObject({
        status: 'inProgress',
        payment: { redirectUrl: expect.stringContaining('https:') },
      });
      expect(await grantedTo(contract.lineId)).toEqual([]);
      const told = await Promise.all(twenty.map(() => w.tell(payment, 'captured')));
      expect(told.filter((one) => one === 'applied')).toHaveLength(1);
      expect(await grantedTo(contract.lineId)).toEqual([5_000_000_000]);
      expect(await statusOf()).toBe('completed');
      expect(await w.chargesOf(contract)).toEqual([]);
      expect(w.messages.filter((id) => id === topUp.id)).toHaveLength(1);
      expect((await w.api.as((await w.person()).accountId)('GET', `/usage/v1/topups/${topUp.id}`)).status).toBe(404);
      const items = (await w.desk.payment(holder.accountId, payment.id))?.items;
      expect(items).toMatchObject([{ itemId: topUp.id, state: 'settled' }]);
    });

    test('B19 are not there without money; money that comes later goes back', async () => {
      const { contract, statusOf, payment, holder } = await begin();
      await w.tell(payment, 'declined');
      expect(await statusOf()).toBe('cancelled');
      await w.tell(payment, 'captured');
      expect(await grantedTo(contract.lineId)).toEqual([]);
      expect((await w.desk.payment(holder.accountId, payment.id))?.refunds).toMatchObject([{ amount: { minor: 500 } }]);
    });

    test('B19 X97 twenty at once with one key are one top-up and one payment', async () => {
      const { holder, contract } = await w.sold('mobile-5');
      const wish = {
        ...{ accountId: holder.accountId, lineId: contract.lineId, offerId: 'topup-1', acceptedPrice: undefined },
        ...{ locale: 'fr' as const, returnUrl: undefined, idempotencyKey: 'same' },
      };
      const outcomes = await Promise.all(twenty.map(() => w.shop.payTopUp(wish)));
      expect(new Set(outcomes.map((one) => (one.kind === 'started' ? one.topUp.id : one.kind))).size).toBe(1);
      expect(await countOf('payments', 'payerAccountId', holder.accountId)).toBe(1);
    });
  });

  // Last: the clock goes forward for all of them.
  test('B40 X101 what is deferred while a bill is paid is on the next one, once; taken back then, it is made good', async () => {
    const billing = createBillingWorld(open.database);
    const { holder, contract } = await w.sold();
    const bill = await w.bill(contract);
    const payment = await w.begin(holder.accountId, [bill]);
    const kept = await w.buy(holder, contract, { method: 'deferred' });
    const undone = await w.buy(holder, contract, {
      ...{ method: 'deferred', handsetId: 'handset-lumen-mini', acceptedPrice: { unit: 'EUR', minor: 14_900 } },
    });
    await w.tell(payment, 'captured');
    expect(await w.dueOf(bill.id)).toBe(0);
    expect(await w.chargesOf(contract)).toHaveLength(2);

    const month = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', year: 'numeric', month: '2-digit' });
    await advanceClock(open.database.db, 31 * 86_400);
    const run = () => runBilling(billing.deps, { brand: 'exemple', month: month.format(new Date()) });
    await Promise.all([run(), run(), run()]);
    const page = { offset: 0, limit: 10, brand: 'exemple' };
    const issued = (await billing.desk.list(holder.accountId, page)).items.filter(({ id }) => id !== bill.id);
    expect(issued).toHaveLength(1);
    const next = await billing.desk.find(holder.accountId, issued[0]!.id);
    const lines = next!.lines.map(({ kind, inclMinor, exclMinor, taxMinor }) => [
      kind,
      inclMinor,
      exclMinor + taxMinor,
    ]);
    expect(lines.filter(([kind]) => kind === 'deferred')).toEqual([
      ['deferred', 24_900, 24_900],
      ['deferred', 14_900, 14_900],
    ]);
    expect(next!.total.minor).toBe(lines.reduce((sum, [, incl]) => sum + Number(incl), 0));
    expect((await w.find(holder, kept.id)).purchase).toMatchObject({ status: 'invoiced', invoiceId: next!.id });

    expect((await w.shop.cancel(holder.accountId, undone.id)).kind).toBe('cancelled');
    expect((await w.find(holder, undone.id)).purchase?.status).toBe('credited');
    expect(await w.chargesOf(contract)).toEqual([
      { kind: 'credit', minor: -14_900, sourceId: `order:${undone.id}:credit` },
    ]);
  });
});

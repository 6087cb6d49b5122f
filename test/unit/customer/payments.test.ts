// Payments of bills: begun once, captured once, told by a provider whose messages come twice, early, late and forged.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expirePayments } from '../../../src/customer/payment-progress.ts';
import { sendRefunds } from '../../../src/customer/payment-refunds.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createPaymentWorld, type PaymentWorld } from './payment-world.ts';

const twenty = Array.from({ length: 20 }, (_none, index) => index);
const page = { offset: 0, limit: 50 };

describe.each(engines)('payments of bills on %s', (engine) => {
  let open: TestDatabase;
  let world: PaymentWorld;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createPaymentWorld(open.database);
  });
  afterAll(() => open.close());

  const refundsOf = async (accountId: Parameters<PaymentWorld['desk']['payments']>[0], id: string) =>
    (await world.desk.payment(accountId, id))?.refunds;

  test('B13 A34 paying a bill leads to the provider’s page, moves it to paid and yields one receipt', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const payment = await world.begin(accountId, [bill], { returnUrl: 'https://portal.exemple.test/bills?x=1' });
    expect(payment).toMatchObject({ state: 'created', amount: { unit: 'EUR', minor: 2_999 }, receipt: undefined });
    expect(payment.checkoutUrl).toBe(`https://pay.exemple.test/checkout/chk_${payment.id}`);
    const order = world.checkouts.at(-1);
    expect(order).toMatchObject({
      merchant: 'Exemple',
      description: `Facture ${bill.number}`,
      expiresInSeconds: 1_800,
    });
    expect(order?.returnUrl).toBe(`https://portal.exemple.test/bills?x=1&payment=${payment.id}`);

    expect(await world.tell(payment, 'captured')).toBe('applied');
    expect(await world.dueOf(bill.id)).toBe(0);
    const paid = await world.desk.payment(accountId, payment.id);
    expect(paid).toMatchObject({ state: 'captured', checkoutUrl: undefined, card: { brand: 'Visa', last4: '4242' } });
    const receipt = await world.desk.receipt(accountId, paid?.receipt ?? '');
    expect(receipt?.content).toMatchObject({ payer: 'Zoé Durand', amount: { unit: 'EUR', minor: 2_999 } });
    expect(receipt?.content.items).toEqual([{ label: bill.number, amount: { unit: 'EUR', minor: 2_999 } }]);
    expect(world.mails.at(-1)).toMatchObject({ accountId, state: 'paid', receipt: paid?.receipt, what: bill.number });
  });

  test('E19 a bill that is paid cannot be paid again', async () => {
    const { accountId, contract } = await world.customer();
    const [first, second] = [await world.bill(contract), await world.bill(contract)];
    await world.tell(await world.begin(accountId, [first]), 'captured');
    expect(await world.start(accountId, [first])).toEqual({ kind: 'already-paid' });
    expect(await world.start(accountId, [first, second])).toEqual({ kind: 'already-paid' });
    expect(await world.start(accountId, [second])).toMatchObject({ kind: 'started' });
  });

  test('X96 twenty payments of one bill at once by holder and proxy: one is open, and captured once', async () => {
    const { accountId, contract } = await world.customer();
    const proxy = await world.person();
    await world.proxy(contract, proxy);
    const bill = await world.bill(contract);
    const before = world.checkouts.length;
    const outcomes = await Promise.all(
      twenty.map((index) => world.start(index % 2 === 0 ? accountId : proxy.accountId, [bill])),
    );
    const started = outcomes.flatMap((one) => ('payment' in one ? [one.payment] : []));
    expect(started).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'payment-open')).toHaveLength(19);
    expect(world.checkouts).toHaveLength(before + 1);
    const told = await Promise.all(twenty.map(() => world.tell(started[0]!, 'captured')));
    expect(told.toSorted()).toEqual(['applied', ...Array.from({ length: 19 }, () => 'unchanged')]);
    expect(await world.dueOf(bill.id)).toBe(0);
    const rows = open.database.db.selectFrom('invoicePayments').selectAll().where('invoiceId', '=', bill.id);
    expect(await rows.execute()).toHaveLength(1);
  });

  test('X96 the same key twenty times at once begins one payment and gives it to all', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const outcomes = await Promise.all(twenty.map(() => world.start(accountId, [bill], { idempotencyKey: 'same' })));
    const ids = outcomes.map((one) => ('payment' in one ? one.payment.id : one.kind));
    expect(new Set(ids).size).toBe(1);
  });

  test('X97 the same key for something else is refused', async () => {
    const { accountId, contract } = await world.customer();
    const [first, second] = [await world.bill(contract), await world.bill(contract)];
    await world.begin(accountId, [first], { idempotencyKey: 'used' });
    expect(await world.start(accountId, [second], { idempotencyKey: 'used' })).toEqual({ kind: 'key-reused' });
  });

  test('X99 an amount that is tampered with, partial, negative, of another currency or none begins nothing', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const amounts = [
      { unit: 'EUR', minor: bill.minor - 1 },
      { unit: 'EUR', minor: bill.minor + 1 },
      { unit: 'EUR', minor: -bill.minor },
      { unit: 'MUR', minor: bill.minor },
      { unit: 'EUR', minor: 0 },
      undefined,
    ];
    for (const amount of amounts) {
      expect(await world.start(accountId, [bill], { amount })).toEqual({ kind: 'amount-mismatch' });
    }
    const payment = await world.begin(accountId, [bill]);
    expect(await world.tell(payment, 'captured', { amount: { unit: 'EUR', minor: 1 } })).toBe('amount-mismatch');
    expect(await world.tell(payment, 'captured', { amount: { unit: 'MUR', minor: 2_999 } })).toBe('amount-mismatch');
    expect(await world.dueOf(bill.id)).toBe(bill.minor);
  });

  test('a bill of somebody else is not there, alone or among one’s own', async () => {
    const { accountId, contract } = await world.customer();
    const stranger = await world.customer();
    const [hers, mine] = [await world.bill(contract), await world.bill(stranger.contract)];
    expect(await world.start(stranger.accountId, [hers])).toEqual({ kind: 'not-found' });
    expect(await world.start(stranger.accountId, [hers, mine])).toEqual({ kind: 'not-found' });
    const payment = await world.begin(accountId, [hers]);
    expect(await world.desk.payment(stranger.accountId, payment.id)).toBeUndefined();
    expect((await world.desk.payments(stranger.accountId, page)).total).toBe(0);
  });

  test('E12 a declined card leaves the bill unpaid and free, without a receipt', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const before = await world.receiptNumbers();
    const payment = await world.begin(accountId, [bill]);
    expect(await world.tell(payment, 'declined', { reason: 'insufficient_funds' })).toBe('applied');
    const view = await world.desk.payment(accountId, payment.id);
    expect(view).toMatchObject({ state: 'declined', endReason: 'insufficient_funds', receipt: undefined });
    expect(await world.dueOf(bill.id)).toBe(bill.minor);
    expect(await world.receiptNumbers()).toEqual(before);
    expect(world.mails.at(-1)).toMatchObject({ accountId, state: 'declined', receipt: '' });
    expect(await world.start(accountId, [bill])).toMatchObject({ kind: 'started' });
  });

  test('X98 messages that come twice, out of order or after the capture change nothing more', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const payment = await world.begin(accountId, [bill]);
    const before = await world.receiptNumbers();
    expect(await world.tell(payment, 'captured')).toBe('applied');
    for (const kind of ['captured', 'authorised', 'declined', 'cancelled', 'expired'] as const) {
      expect(await world.tell(payment, kind)).toBe('unchanged');
    }
    await world.outlive(payment);
    await expirePayments(world.deps);
    expect(await world.desk.payment(accountId, payment.id)).toMatchObject({ state: 'captured', endReason: undefined });
    expect(await world.receiptNumbers()).toHaveLength(before.length + 1);
    expect(await refundsOf(accountId, payment.id)).toEqual([]);
  });

  test('X98 a message that is forged, unsigned, over five minutes old or about another checkout is refused', async () => {
    const { accountId, contract } = await world.customer();
    const payment = await world.begin(accountId, [await world.bill(contract)]);
    expect(await world.tell(payment, 'captured', { ageSeconds: 301 })).toBe('refused');
    expect(await world.tell(payment, 'captured', { ageSeconds: -360 })).toBe('refused');
    expect(await world.tell(payment, 'captured', { reference: 'chk_other' })).toBe('unknown-payment');
    expect(await world.tell({ ...payment, id: 'pay_none' }, 'captured')).toBe('unknown-payment');
    const body = JSON.stringify({ type: 'payment.captured', merchantReference: payment.id });
    for (const signature of [undefined, '', 't=1,v1=00', `t=1,v1=${'0'.repeat(64)}`]) {
      expect(await world.desk.notified({ body, signature })).toEqual({ kind: 'refused' });
    }
    expect(await world.desk.payment(accountId, payment.id)).toMatchObject({ state: 'created' });
    expect(await world.tell(payment, 'captured', { ageSeconds: 299 })).toBe('applied');
  });

  test('a payment ends by itself when its time is over, and its bill can be paid by another one', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const payment = await world.begin(accountId, [bill]);
    await expirePayments(world.deps);
    expect(await world.desk.payment(accountId, payment.id)).toMatchObject({ state: 'created' });
    await world.outlive(payment);
    await Promise.all([expirePayments(world.deps), expirePayments(world.deps)]);
    expect(await world.desk.payment(accountId, payment.id)).toMatchObject({ state: 'expired', checkoutUrl: undefined });
    expect((await world.desk.payments(accountId, { ...page, open: true })).total).toBe(0);
    expect(await world.start(accountId, [bill])).toMatchObject({ kind: 'started' });
  });

  test('X100 money that comes after the end is taken while the bill is unpaid, and goes back once it is paid', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const late = await world.begin(accountId, [bill]);
    await world.outlive(late);
    await expirePayments(world.deps);
    const second = await world.begin(accountId, [bill]);
    expect(await world.tell(late, 'captured')).toBe('applied');
    expect(await world.dueOf(bill.id)).toBe(0);
    expect(await refundsOf(accountId, late.id)).toEqual([]);
    expect(await world.tell(second, 'captured')).toBe('applied');
    const back = { amount: { unit: 'EUR', minor: bill.minor }, reason: 'already_paid' };
    expect(await refundsOf(accountId, second.id)).toEqual([{ ...back, state: 'requested' }]);
    const receipt = await world.desk.receipt(
      accountId,
      (await world.desk.payment(accountId, second.id))?.receipt ?? '',
    );
    expect(receipt?.content.items[0]?.refunded).toEqual(back.amount);

    world.provider.isDown = true;
    await sendRefunds(world.deps);
    world.provider.isDown = false;
    expect(await refundsOf(accountId, second.id)).toMatchObject([{ state: 'requested' }]);
    await open.database.db
      .updateTable('refunds')
      .set({ nextTryAt: new Date(0) })
      .where('state', '=', 'requested')
      .execute();
    const before = world.refunds.length;
    await Promise.all(twenty.map(() => sendRefunds(world.deps)));
    expect(world.refunds).toHaveLength(before + 1);
    expect(world.refunds.at(-1)).toMatchObject({ reference: `chk_${second.id}`, amount: back.amount });
    expect(await refundsOf(accountId, second.id)).toEqual([{ ...back, state: 'done' }]);
  });

  test('what credit has taken off a bill while its payment was open goes back', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract, { minor: 5_000 });
    const payment = await world.begin(accountId, [bill]);
    await open.database.db.updateTable('invoices').set({ creditedMinor: 1_000 }).where('id', '=', bill.id).execute();
    await world.tell(payment, 'captured');
    expect(await world.dueOf(bill.id)).toBe(0);
    expect(await refundsOf(accountId, payment.id)).toMatchObject([{ amount: { unit: 'EUR', minor: 1_000 } }]);
  });

  test('a provider that is away begins nothing: the bill stays free and the same key may be used again', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    world.provider.isDown = true;
    expect(await world.start(accountId, [bill], { idempotencyKey: 'again' })).toEqual({ kind: 'unavailable' });
    world.provider.isDown = false;
    expect(await world.start(accountId, [bill], { idempotencyKey: 'again' })).toMatchObject({
      kind: 'started',
      payment: { state: 'created', checkoutUrl: expect.stringContaining('https://pay.exemple.test/') },
    });
  });

  test('a payment whose process died before the page was there goes on with the same key, and else ends soon', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const payment = await world.begin(accountId, [bill], { idempotencyKey: 'died' });
    const { db } = open.database;
    const lost = { checkoutUrl: null, providerReference: null, createdAt: new Date('2020-01-01T00:00:00Z') };
    await db.updateTable('payments').set(lost).where('id', '=', payment.id).execute();
    const again = await world.begin(accountId, [bill], { idempotencyKey: 'died' });
    expect(again).toMatchObject({ id: payment.id, checkoutUrl: payment.checkoutUrl });
    await db.updateTable('payments').set(lost).where('id', '=', payment.id).execute();
    await expirePayments(world.deps);
    expect(await world.start(accountId, [bill])).toMatchObject({ kind: 'started' });
  });

  test('X98 a capture that is cut off in the middle leaves nothing behind; the message sent again finishes it once', async () => {
    const { accountId, contract } = await world.customer();
    const bill = await world.bill(contract);
    const payment = await world.begin(accountId, [bill]);
    const before = await world.receiptNumbers();
    const { paid } = world.deps.telling;
    Object.assign(world.deps.telling, { paid: () => Promise.reject(new Error('killed')) });
    await expect(world.tell(payment, 'captured')).rejects.toThrow('killed');
    Object.assign(world.deps.telling, { paid });
    expect(await world.dueOf(bill.id)).toBe(bill.minor);
    expect(await world.receiptNumbers()).toEqual(before);
    expect(await world.tell(payment, 'captured')).toBe('applied');
    expect(await world.tell(payment, 'captured')).toBe('unchanged');
    expect(await world.receiptNumbers()).toEqual([...before, before.length + 1]);
  });
});

// Whatever happens to payments, in whatever order: no cent is lost and none is made.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expirePayments } from '../../../src/customer/payment-progress.ts';
import { creditInvoice } from '../../../src/storage/invoice-payments.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createPaymentWorld, type PaymentWorld } from './payment-world.ts';

let open: TestDatabase;
let world: PaymentWorld;

const bills = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 3 });
const step = fc.oneof(
  fc.record({ do: fc.constant('pay' as const), bills: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }) }),
  fc.record({
    do: fc.constantFrom(
      'captured' as const,
      'declined' as const,
      'cancelled' as const,
      'authorised' as const,
      'expired' as const,
    ),
    payment: fc.nat(2),
  }),
  fc.record({ do: fc.constant('outlive' as const), payment: fc.nat(2) }),
  fc.record({ do: fc.constant('credit' as const), bill: fc.nat(2), part: fc.integer({ min: 30, max: 100 }) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Bill = Awaited<ReturnType<PaymentWorld['bill']>>;
type Account = Parameters<PaymentWorld['start']>[0];

interface Story {
  readonly accountId: Account;
  readonly issued: readonly Bill[];
  readonly payments: Awaited<ReturnType<PaymentWorld['begin']>>[];
}

const steps = fc.array(step, { minLength: 6, maxLength: 16, size: 'max' });

describe.each(engines)('on %s', (engine) => {
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createPaymentWorld(open.database);
  });
  afterAll(() => open.close());

  test('what was captured is what bills got plus what goes back; what bills got and owe is what they are about', async () => {
    await fc.assert(fc.asyncProperty(bills, steps, tell), { numRuns: 25 });
  }, 60_000);
});

async function tell(amounts: readonly number[], all: readonly Step[]): Promise<void> {
  const { accountId, contract } = await world.customer();
  const issued: Bill[] = [];
  for (const minor of amounts) issued.push(await world.bill(contract, { minor }));
  const story: Story = { accountId, issued, payments: [] };
  // Something is always under way, or nothing could go wrong.
  await pay(story, [0]);
  for (const one of all) await happen(story, one);
  await holds(story);
}

async function happen(story: Story, one: Step): Promise<void> {
  if (one.do === 'pay') return await pay(story, 'bills' in one ? one.bills : []);
  if (one.do === 'credit') return await credit(story, one);
  const payment = 'payment' in one ? story.payments[one.payment] : undefined;
  if (payment === undefined) return;
  if (one.do !== 'outlive') return void (await world.tell(payment, one.do));
  await world.outlive(payment);
  await expirePayments(world.deps);
}

async function pay({ accountId, issued, payments }: Story, wanted: readonly number[]): Promise<void> {
  const due: { id: string; minor: number }[] = [];
  for (const { id } of issued.filter((_bill, index) => wanted.includes(index))) {
    due.push({ id, minor: await world.dueOf(id) });
  }
  const outcome = await world.start(accountId, due);
  if ('payment' in outcome) payments.push(outcome.payment as Story['payments'][number]);
}

/** Takes a part of what is due off a bill. */
async function credit({ issued }: Story, { bill, part }: Extract<Step, { do: 'credit' }>): Promise<void> {
  const id = issued[bill]?.id;
  if (id === undefined) return;
  const amountMinor = Math.floor(((await world.dueOf(id)) * part) / 100);
  await open.database.transaction((tx) => creditInvoice(tx, { invoiceId: id, amountMinor }));
}

const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);

async function holds({ accountId, issued, payments }: Story): Promise<void> {
  const views = await Promise.all(payments.map(({ id }) => world.desk.payment(accountId, id)));
  const captured = views.filter((one) => one?.state === 'captured');
  const back = sum(views.flatMap((one) => one?.refunds.map(({ amount }) => amount.minor) ?? []));
  const rows = await open.database.db
    .selectFrom('invoices')
    .selectAll()
    .where(
      'id',
      'in',
      issued.map(({ id }) => id),
    )
    .execute();
  expect(sum(captured.map((one) => one?.amount.minor ?? 0))).toBe(sum(rows.map(({ paidMinor }) => paidMinor)) + back);
  for (const one of rows) {
    expect(one.totalMinor).toBe(one.paidMinor + one.creditedMinor + (await world.dueOf(one.id)));
    expect(one.paidMinor + one.creditedMinor).toBeLessThanOrEqual(one.totalMinor);
  }
  // A receipt for each payment that brought money, saying the same sums, and for no other.
  const receipts = await world.desk.receipts(accountId, { offset: 0, limit: 100 });
  expect(receipts.total).toBe(captured.length);
  for (const { content } of receipts.items)
    expect(sum(content.items.map(({ amount }) => amount.minor))).toBe(content.amount.minor);
  expect(sum(receipts.items.flatMap(({ content }) => content.items.map(({ refunded }) => refunded?.minor ?? 0)))).toBe(
    back,
  );
}

// Bills that people can pay, on a real database, and a payment provider that keeps what it is asked for.
import { randomBytes } from 'node:crypto';
import { createHostedPaymentProvider } from '../../../src/customer/hosted-payment-provider.ts';
import { invoicePayments } from '../../../src/customer/invoice-payments.ts';
import { createNotifier } from '../../../src/customer/notification-centre.ts';
import { createPaymentDesk, type PaymentDeskDeps } from '../../../src/customer/payment-desk.ts';
import {
  type CheckoutRequest,
  type PaymentProvider,
  PaymentProviderError,
  type ProviderEventKind,
  type RefundRequest,
} from '../../../src/customer/payment-provider.ts';
import { signBody } from '../../../src/customer/payment-signature.ts';
import { createPaymentTelling } from '../../../src/customer/payment-telling.ts';
import type { PaymentDesk, PaymentView, PurposeHandlers, StartOutcome } from '../../../src/customer/payment-types.ts';
import { receiptTexts } from '../../../src/customer/receipt-words.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import type { PaymentMessage } from '../../../src/messaging/payment-notices.ts';
import type { Database } from '../../../src/storage/database.ts';
import { createContractWorld, type SoldContract } from './contract-world.ts';

export const secret = 'a-secret-of-the-payment-provider-and-us';

/** Where it would be; nobody is there. */
const url = new URL('https://pay.exemple.test/');

type People = ReturnType<typeof createContractWorld>;

/** Makes it over one database. `more`: what else can be paid than bills. */
export function createPaymentWorld(database: Database, more: (people: People) => PurposeHandlers = () => ({})) {
  const people = createContractWorld(database);
  const checkouts: CheckoutRequest[] = [];
  const refunds: RefundRequest[] = [];
  const mails: PaymentMessage[] = [];
  const provider = { isDown: false };
  const clock = { now: new Date('2026-11-22T12:00:00Z') };
  let last = 0;

  const answering: PaymentProvider = {
    ...createHostedPaymentProvider({ url, secret: Buffer.from(secret), now: () => clock.now, fetch }),
    async createCheckout(request) {
      if (provider.isDown) throw new PaymentProviderError('down');
      checkouts.push(request);
      return { reference: `chk_${request.paymentId}`, url: `${url.origin}/checkout/chk_${request.paymentId}` };
    },
    async refund(request) {
      if (provider.isDown) throw new PaymentProviderError('down');
      refunds.push(request);
      return 'done';
    },
  };
  const deps: PaymentDeskDeps = {
    ...{ database, audit: people.audit, randomBytes, provider: answering, minutes: 30, texts: receiptTexts() },
    purposes: { invoices: invoicePayments, ...more(people) },
    telling: createPaymentTelling({
      notifier: createNotifier({ randomBytes }),
      notices: { paymentTold: async (_tx, message) => void mails.push(message) },
    }),
    merchantOf: () => 'Exemple',
    timeZoneOf: () => 'Europe/Paris',
    takeRefused: async () => undefined,
  };
  const desk = createPaymentDesk(deps);

  /** A bill of a contract. */
  async function bill(
    { contractId }: SoldContract,
    { minor = 2_999, ...changes }: { minor?: number; groupInvoiceId?: string; customerGroupId?: string } = {},
  ): Promise<{ id: string; number: string; minor: number }> {
    const n = String(++last).padStart(4, '0');
    const { db } = database;
    const contract = await db
      .selectFrom('contracts')
      .selectAll()
      .where('id', '=', contractId)
      .executeTakeFirstOrThrow();
    const known = await db
      .selectFrom('billingAccounts')
      .select('id')
      .where('contractId', '=', contractId)
      .executeTakeFirst();
    const billingAccountId = known?.id ?? `bil_${contractId}`;
    const at = new Date(Date.UTC(2020, last, 1));
    if (known === undefined) {
      const account = { code: `A${contractId}`, contractId, holderPersonId: contract.holderPersonId, createdAt: at };
      const values = { id: billingAccountId, brand: 'exemple', ...account, lineId: null, customerGroupId: null };
      await db
        .insertInto('billingAccounts')
        .values({ ...values, accountId: null, closedAt: null })
        .execute();
    }
    const row = { id: `inv_${contractId}_${n}`, number: `F${n}`, minor };
    await db
      .insertInto('invoices')
      .values({
        ...{ id: row.id, brand: 'exemple', number: row.number, kind: 'individual', billingAccountId, contractId },
        ...{ customerGroupId: null, groupInvoiceId: null, accountCode: null, ...changes },
        ...{ holderPersonId: contract.holderPersonId, billTo: JSON.stringify({ name: 'Essai', lines: [] }) },
        ...{ periodStart: at, periodEnd: new Date(at.getTime() + 86_400_000), issuedAt: at, dueAt: at },
        ...{ currency: 'EUR', exclMinor: minor, taxMinor: 0, totalMinor: minor },
        ...{ settledAt: null, sentAt: null, overdueToldAt: null },
      })
      .execute();
    return row;
  }

  let keys = 0;

  async function start(
    accountId: AccountId,
    bills: readonly { id: string; minor: number }[],
    changes: Partial<Parameters<PaymentDesk['payInvoices']>[0]> = {},
  ): Promise<StartOutcome<{ kind: string }>> {
    const minor = bills.reduce((sum, one) => sum + one.minor, 0);
    return await desk.payInvoices({
      ...{ accountId, locale: 'fr', invoiceIds: bills.map(({ id }) => id), amount: { unit: 'EUR', minor } },
      ...{ idempotencyKey: `key-${++keys}`, returnUrl: undefined, ...changes },
    });
  }

  /** A message of the provider, signed `ageSeconds` ago. */
  async function tell(
    payment: Pick<PaymentView, 'id' | 'amount'>,
    kind: ProviderEventKind,
    { ageSeconds = 0, ...changes }: { ageSeconds?: number; amount?: object; reference?: string; reason?: string } = {},
  ) {
    const card = { card: { brand: 'Visa', last4: '4242' }, authorizationCode: 'ab12cd34' };
    const body = JSON.stringify({
      ...{ type: `payment.${kind}`, merchantReference: payment.id, reference: `chk_${payment.id}` },
      ...{ amount: payment.amount, ...(kind === 'captured' ? card : {}), ...changes },
    });
    const now = new Date(clock.now.getTime() - ageSeconds * 1_000);
    const outcome = await desk.notified({ body, signature: signBody(Buffer.from(secret), { body, now }) });
    return outcome.kind;
  }

  return {
    ...people,
    ...{ database, deps, desk, provider, checkouts, refunds, mails, clock, bill, start, tell },
    /** Starts and expects that it can. */
    async begin(...wish: Parameters<typeof start>): Promise<PaymentView> {
      const outcome = await start(...wish);
      if (outcome.kind !== 'started' || !('payment' in outcome)) throw new Error(`not begun: ${outcome.kind}`);
      return outcome.payment;
    },
    /** A customer with a contract. */
    async customer() {
      const person = await people.person();
      return { ...person, contract: await people.contract(person) };
    },
    async dueOf(id: string): Promise<number> {
      const row = await database.db.selectFrom('invoices').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      return row.totalMinor - row.paidMinor - row.creditedMinor;
    },
    async receiptNumbers(): Promise<number[]> {
      const rows = await database.db.selectFrom('receipts').select('number').orderBy('number').execute();
      return rows.map(({ number }) => number);
    },
    /** Its time is over, as if half an hour had passed. */
    async outlive({ id }: Pick<PaymentView, 'id'>): Promise<void> {
      const past = { expiresAt: new Date('2020-01-01T00:00:00Z') };
      await database.db.updateTable('payments').set(past).where('id', '=', id).execute();
    },
  };
}

export type PaymentWorld = ReturnType<typeof createPaymentWorld>;

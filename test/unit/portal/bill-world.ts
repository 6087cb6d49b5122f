// Bills, payments and receipts as the billing API shows them, for the portal's tests.
import type { ApiCall, ApiReply } from './fake-behaviour.ts';
import type { World } from './portal-world.ts';

export const ok = (body: unknown, total?: number): ApiReply => ({
  ...{ status: 200, body },
  ...(total === undefined ? {} : { headers: { 'x-total-count': String(total) } }),
});

export const eur = (value: number) => ({ unit: 'EUR', value });
const october = { startDateTime: '2026-09-30T22:00:00Z', endDateTime: '2026-10-31T23:00:00Z' };

/** A bill of a list, to be paid unless said otherwise. */
export function billOf(n: number, changes: object = {}) {
  return {
    ...{ id: `inv_${n}`, billNo: `F00000000${n}`, category: 'individual', state: 'sent', payable: true },
    ...{ billDate: '2026-11-01T00:00:00Z', paymentDueDate: '2026-11-22T22:59:59Z', billingPeriod: october },
    ...{ taxExcludedAmount: eur(25), taxIncludedAmount: eur(29.99), remainingAmount: eur(29.99) },
    ...{ billingAccount: { id: 'bil_1', name: '1084821187' }, product: { id: 'ctr_1' }, ...changes },
  };
}

const line = {
  ...{ type: 'subscription', name: 'Forfait <5 Go>', quantity: 1, periodCoverage: october },
  ...{ taxExcludedAmount: eur(25), taxIncludedAmount: eur(29.99), appliedTax: { taxRate: 20 } },
};

/** The same with all that it says. */
export function detailOf(n: number, changes: object = {}) {
  return {
    ...billOf(n),
    ...{ billTo: { name: 'Alice Martin', address: ['1 rue des Lilas', '75012 Paris'] }, appliedBillingRate: [line] },
    ...{ taxItem: [{ taxRate: 20, taxExcludedAmount: eur(25), taxAmount: eur(4.99) }], subBill: [] },
    ...{ appliedPayment: [], creditNote: [], ...changes },
  };
}

const mur = (value: number) => ({ unit: 'MUR', value });
const accounts = ['90000101', '90000102'];

/** A company's bill with one part for each of its accounts. */
export const groupBill = detailOf(9, {
  ...{ category: 'group', billingAccount: undefined, product: undefined },
  ...{ taxExcludedAmount: mur(2_000), taxIncludedAmount: mur(2_300), remainingAmount: mur(1_150) },
  taxItem: [{ taxRate: 15, taxExcludedAmount: mur(2_000), taxAmount: mur(300) }],
  appliedBillingRate: accounts.map((name) => ({
    ...{ ...line, billingAccount: { name }, appliedTax: { taxRate: 15 } },
    ...{ taxExcludedAmount: mur(1_000), taxIncludedAmount: mur(1_150) },
  })),
  subBill: accounts.map((name, place) => ({
    ...{ id: `inv_9${place}`, billNo: `F0000009${place}`, state: place === 0 ? 'settled' : 'sent' },
    ...{ billingAccount: { id: `bil_${name}`, name }, taxExcludedAmount: mur(1_000), taxIncludedAmount: mur(1_150) },
    remainingAmount: mur(place === 0 ? 0 : 1_150),
  })),
});

/** A payment of bills. */
export function paymentOf(status: string, changes: object = {}) {
  return {
    ...{ id: 'pay_1', status, paymentDate: '2026-11-10T10:00:00Z', totalAmount: eur(29.99), paymentMethod: {} },
    paymentItem: [{ item: { id: 'inv_1', name: 'F000000001', '@referredType': 'CustomerBill' }, amount: eur(29.99) }],
    ...changes,
  };
}

export const atProvider = { redirectUrl: 'https://pay.exemple.test/checkout/chk_1', expiresAt: '2026-11-10T10:30:00Z' };

export const receiptBody = {
  ...{
    id: 'R0000001',
    receiptDate: '2026-11-10T10:01:00Z',
    paymentDate: '2026-11-10T10:01:00Z',
    payer: 'Alice Martin',
  },
  ...{ description: 'Facture F000000001', totalAmount: eur(29.99), authorizationCode: 'ab12cd34' },
  ...{ paymentMethod: { brand: 'Visa', lastFourDigits: '4242' }, payment: { id: 'pay_1' } },
  receiptItem: [{ name: 'F000000001', amount: eur(29.99) }],
};

/** Somebody who is logged in, over APIs that answer so; `base` for another operator's area. */
export async function visit(world: World, replies: Readonly<Record<string, ApiReply | readonly ApiReply[]>>) {
  const calls: ApiCall[] = [];
  const left = new Map(Object.entries(replies).map(([key, reply]) => [key, [reply].flat() as ApiReply[]]));
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    const answers = left.get(`${call.method} ${call.path}`);
    return answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
  };
  const browser = world.browser();
  await browser.open('/login?returnTo=/help');
  return { browser, calls };
}

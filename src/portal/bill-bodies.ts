// What the billing API says, as far as the pages of bills, payments and receipts read it.
import { z } from 'zod';

export const money = z.object({ unit: z.string().regex(/^[A-Z]{3}$/), value: z.number() });
export type Money = z.output<typeof money>;

const states = ['new', 'sent', 'overdue', 'partiallyPaid', 'settled'] as const;
const lineTypes = [
  ...(['subscription', 'option', 'usage', 'out_of_bundle'] as const),
  ...(['topup', 'deferred', 'third_party', 'credit'] as const),
] as const;
const account = z.object({ id: z.string(), name: z.string() });
const period = z.object({ startDateTime: z.coerce.date(), endDateTime: z.coerce.date() });

export const bill = z.object({
  ...{ id: z.string(), billNo: z.string(), category: z.enum(['individual', 'group']), state: z.enum(states) },
  ...{ payable: z.boolean(), billDate: z.coerce.date(), paymentDueDate: z.coerce.date(), billingPeriod: period },
  ...{ taxExcludedAmount: money, taxIncludedAmount: money, remainingAmount: money },
  billingAccount: account.optional(),
  product: z.object({ id: z.string() }).optional(),
  groupBill: z.object({ id: z.string() }).optional(),
});
export type Bill = z.output<typeof bill>;
export const bills = z.array(bill);

const line = z.object({
  ...{ type: z.enum(lineTypes), name: z.string(), quantity: z.number() },
  periodCoverage: z.object({ startDateTime: z.coerce.date(), endDateTime: z.coerce.date().optional() }).optional(),
  ...{ taxExcludedAmount: money, taxIncludedAmount: money, appliedTax: z.object({ taxRate: z.number() }) },
  billingAccount: z.object({ name: z.string() }).optional(),
});

export const billDetail = bill.extend({
  billTo: z.object({ name: z.string(), address: z.array(z.string()) }),
  appliedBillingRate: z.array(line),
  taxItem: z.array(z.object({ taxRate: z.number(), taxExcludedAmount: money, taxAmount: money })),
  subBill: z.array(
    z.object({
      ...{ id: z.string(), billNo: z.string(), state: z.enum(states), billingAccount: account },
      ...{ taxExcludedAmount: money, taxIncludedAmount: money, remainingAmount: money },
    }),
  ),
  appliedPayment: z.array(z.object({ appliedAmount: money, date: z.coerce.date() })),
  creditNote: z.array(z.object({ number: z.string(), date: z.coerce.date(), reason: z.string(), amount: money })),
});
export type BillDetail = z.output<typeof billDetail>;

/** Accounts of a company. */
export const groupAccounts = z.array(
  z.object({
    ...{ id: z.string(), name: z.string(), unpaidBills: z.number() },
    accountBalance: z.array(z.object({ balanceType: z.enum(['billed', 'due']), amount: money })),
  }),
);

const usageTypes = ['data', 'voice', 'sms', 'mms', 'internet', 'fixed_voice'] as const;
const categories = ['national', 'international', 'premium', 'roaming_europe', 'roaming_world'] as const;

export const unbilled = z.array(
  z.object({
    product: z.object({ id: z.string() }),
    startDateTime: z.coerce.date(),
    appliedBillingRate: z.array(
      z.object({
        ...{ name: z.string(), quantity: z.number(), date: z.coerce.date() },
        ...{ taxExcludedAmount: money, taxIncludedAmount: money },
      }),
    ),
    usage: z.array(
      z.object({
        ...{ date: z.coerce.date(), usageType: z.enum(usageTypes), category: z.enum(categories) },
        ...{ quantity: z.number(), included: z.number(), taxIncludedAmount: money },
      }),
    ),
    taxIncludedAmount: money,
  }),
);

const card = z.object({ brand: z.string().optional(), lastFourDigits: z.string().optional() });

export const payment = z.object({
  id: z.string(),
  status: z.enum(['created', 'authorised', 'captured', 'declined', 'cancelled', 'expired']),
  statusReason: z.string().optional(),
  ...{ paymentDate: z.coerce.date(), totalAmount: money, paymentMethod: card },
  paymentItem: z.array(
    z.object({ item: z.object({ id: z.string(), name: z.string(), '@referredType': z.string() }), amount: money }),
  ),
  redirectUrl: z.string().optional(),
  expiresAt: z.coerce.date().optional(),
  receipt: z.object({ id: z.string() }).optional(),
  refund: z.array(z.object({ amount: money })).default([]),
});
export type Payment = z.output<typeof payment>;

export const receipt = z.object({
  ...{ id: z.string(), receiptDate: z.coerce.date(), paymentDate: z.coerce.date(), payer: z.string() },
  ...{ description: z.string(), totalAmount: money, paymentMethod: card, authorizationCode: z.string().optional() },
  receiptItem: z.array(z.object({ name: z.string(), amount: money, refundedAmount: money.optional() })),
  payment: z.object({ id: z.string() }),
});

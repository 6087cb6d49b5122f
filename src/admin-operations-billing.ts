// Staff operations of billing: the run of a month, credit on a bill.
import { z } from 'zod';
import { type AdminContext, adminOperation } from './admin-operations-type.ts';
import { type BillingDeps, MonthNotOver, runBilling } from './customer/billing-run.ts';
import { type CreditOutcome, creditBill } from './customer/credit-invoice.ts';
import { decimalText, fromMoney } from './customer/money.ts';
import { AppError } from './errors.ts';

const words = z.string().trim().min(1).max(120);

async function billing({ billing: open }: AdminContext): Promise<BillingDeps> {
  if (open === undefined) throw new AppError('temporarily_unavailable', { detail: 'nothing can be billed here' });
  return await open();
}

const refusals: Readonly<Record<Exclude<CreditOutcome['kind'], 'credited'>, string>> = {
  'not-found': 'there is no such bill',
  group: 'a company’s bill is credited through those of its accounts',
  'too-much': 'that is more than the bill asked for',
  'other-currency': 'the bill is in another currency',
  'credited-before': 'this has been credited before',
};

/** All of them. */
export const billingOperations = [
  adminOperation(
    'billing.run',
    z.strictObject({
      brand: z.string().min(1).max(40),
      month: z
        .string()
        .regex(/^20\d\d-(?:0[1-9]|1[0-2])$/)
        .optional(),
    }),
    async (context, { brand, month }) => {
      const deps = await billing(context);
      try {
        const { period, currency: unit, totalMinor, ...counts } = await runBilling(deps, { brand, month });
        return { from: period.start, to: period.end, ...counts, unit, total: decimalText({ unit, minor: totalMinor }) };
      } catch (cause) {
        if (!(cause instanceof MonthNotOver)) throw cause;
        throw new AppError('conflict', { detail: cause.message, cause });
      }
    },
  ),
  adminOperation(
    'billing.credit',
    z.strictObject({
      invoiceId: z.string().min(1).max(60),
      unit: z.string().length(3),
      /** With tax. */
      value: z.number().positive().max(1_000_000),
      taxCategory: z.enum(['standard', 'reduced', 'exempt']).default('standard'),
      reason: words,
      reasonEnglish: words.optional(),
      /** The same reference is credited once. */
      reference: z.string().min(1).max(60),
    }),
    async (context, { unit, value, reason, reasonEnglish, reference, ...wish }) => {
      const amount = fromMoney({ unit, value });
      if (amount === undefined) throw new AppError('validation', { detail: 'this is no amount of that currency' });
      const said = { fr: reason, en: reasonEnglish ?? reason };
      const deps = await billing(context);
      const outcome = await creditBill(deps, { ...wish, amount, reason: said, sourceId: `staff:${reference}` });
      if (outcome.kind === 'not-found') throw new AppError('not_found', { detail: refusals['not-found'] });
      if (outcome.kind !== 'credited') throw new AppError('conflict', { detail: refusals[outcome.kind] });
      const text = (minor: number) => decimalText({ unit, minor });
      const { number, onBillMinor, onNextBillMinor } = outcome;
      return { number, unit, onBill: text(onBillMinor), onNextBill: text(onNextBillMinor) };
    },
  ),
];

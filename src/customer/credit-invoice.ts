// Credit on a bill, by staff: a numbered note with its tax. It lowers what the bill owes; what is more than that, on a
// bill that was paid, waits for the next one as credit. No bill is credited more than it asked for.
import { newId } from '../identifiers.ts';
import { nextNumber } from '../storage/billing-accounts.ts';
import { listBillRecipients } from '../storage/billing-runs.ts';
import { findInvoice, insertCreditNote, sumOfCredits } from '../storage/credit-notes.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { creditInvoice as lowerDue, takePayableInvoices } from '../storage/invoice-payments.ts';
import { insertPendingCharge } from '../storage/pending-charges.ts';
import type { BillingDeps } from './billing-run.ts';
import type { LocalText, TaxCategory } from './billing-types.ts';
import { type Amount, amountText, taxed } from './money.ts';

export interface CreditWish {
  readonly invoiceId: string;
  /** With tax, in the currency of the bill. */
  readonly amount: Amount;
  readonly taxCategory: TaxCategory;
  readonly reason: LocalText;
  /** Names what is credited: the same is credited once. */
  readonly sourceId: string;
}

export type CreditOutcome =
  | {
      readonly kind: 'credited';
      readonly number: string;
      readonly onBillMinor: number;
      readonly onNextBillMinor: number;
    }
  /** `group`: one of the bills of its accounts is to be credited. */
  | { readonly kind: 'not-found' | 'group' | 'too-much' | 'credited-before' | 'other-currency' };

/** Gives credit, in one transaction. */
export async function creditBill(deps: BillingDeps, wish: CreditWish): Promise<CreditOutcome> {
  return await deps.database.transaction(async (tx): Promise<CreditOutcome> => {
    // Taken, so that twenty at once do not give more than the bill.
    await takePayableInvoices(tx, [wish.invoiceId]);
    const invoice = await findInvoice(tx, wish.invoiceId);
    if (invoice === undefined) return { kind: 'not-found' };
    if (invoice.kind === 'group') return { kind: 'group' };
    const { invoiceId, taxCategory, reason, sourceId } = wish;
    const { unit, minor } = wish.amount;
    if (unit !== invoice.currency) return { kind: 'other-currency' };
    const given = await sumOfCredits(tx, { invoiceId, sourceId });
    if (given.hasSource) return { kind: 'credited-before' };
    if (given.minor + minor > invoice.totalMinor) return { kind: 'too-much' };
    const { brand, currency } = invoice;
    const taxRate = deps.brands.of(brand).taxRates[taxCategory];
    const { exclMinor, taxMinor } = taxed(minor, { rate: taxRate, includesTax: true });
    const number = `A${String(await nextNumber(tx, brand, 'credit')).padStart(9, '0')}`;
    const id = newId('crn', deps.randomBytes);
    await insertCreditNote(tx, {
      ...{ id, brand, number, invoiceId, reason: JSON.stringify(reason), currency, exclMinor, taxMinor },
      ...{ totalMinor: minor, taxCategory, taxRate, sourceId, issuedAt: await readAppNow(tx) },
    });
    const onBillMinor = await lowerDue(tx, { invoiceId, amountMinor: minor });
    const onNextBillMinor = minor - onBillMinor;
    if (onNextBillMinor > 0 && invoice.contractId !== null) {
      const label = { fr: `Avoir ${number} : ${reason.fr}`, en: `Credit note ${number}: ${reason.en}` };
      await insertPendingCharge(tx, {
        ...{
          contractId: invoice.contractId,
          kind: 'credit',
          label,
          amount: { unit: currency, minor: -onNextBillMinor },
        },
        // Its tax is on the note already.
        ...{ includesTax: true, taxCategory: 'exempt', sourceId: `credit:${id}` },
      });
    }
    await deps.audit.invoiceCredited(tx, { invoiceId, creditNoteId: id });
    await tell(deps, tx, { invoiceId, id, number, unit: currency, minor });
    return { kind: 'credited', number, onBillMinor, onNextBillMinor };
  });
}

interface Told {
  readonly invoiceId: string;
  readonly id: string;
  readonly number: string;
  readonly unit: string;
  readonly minor: number;
}

async function tell({ notifier }: BillingDeps, tx: Tx, { invoiceId, id, number, unit, minor }: Told): Promise<void> {
  const invoice = await findInvoice(tx, invoiceId);
  if (invoice === undefined) return;
  const amount = { fr: amountText({ unit, minor }, 'fr'), en: amountText({ unit, minor }, 'en') };
  for (const accountId of await listBillRecipients(tx, invoice)) {
    await notifier.notify(tx, {
      ...{ accountId, topic: 'billing', key: 'credit-issued', link: `/bills/${invoiceId}`, eventId: id },
      params: { number, amount, invoice: invoice.number },
    });
  }
}

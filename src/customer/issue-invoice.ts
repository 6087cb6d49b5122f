// Makes one bill: lines with taxes, sums, number without gaps, whom it is to, and what it takes of what has waited.
// The contract is taken by the caller, so that two runs never make it twice.
import { newId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { Brands } from '../ops/brands.ts';
import { insertBillingAccount, nextNumber } from '../storage/billing-accounts.ts';
import {
  type BillingPeriod,
  closeBillingAccount,
  endOfDayAfter,
  findBillingAccountOf,
  findHolder,
  insertInvoice,
} from '../storage/billing-runs.ts';
import type { BillAddressee, BillingAccountRow, InvoiceRow } from '../storage/billing-tables.ts';
import type { ContractRow } from '../storage/contract-tables.ts';
import type { Tx } from '../storage/database.ts';
import { insertPendingCharge, takePendingCharges } from '../storage/pending-charges.ts';
import { type Charge, carriedOver, chargedLines, chargeOfPending, sumOfLines } from './bill-charges.ts';

export interface IssuingDeps {
  readonly brands: Pick<Brands, 'of'>;
  readonly audit: Pick<Audit<Tx>, 'invoiceIssued'>;
  readonly randomBytes: (size: number) => Buffer;
}

/** How long a customer has to pay. */
export const daysToPay = 21;

export interface BillDraft {
  readonly account: BillingAccountRow;
  readonly contract: ContractRow;
  readonly period: BillingPeriod;
  readonly charges: readonly Charge[];
  readonly issuedAt: Date;
  readonly dueAt?: Date;
  readonly groupInvoiceId: string | null;
  /** What waits is not taken: for bills of the past. */
  readonly withoutPending?: true;
}

/** Writes it. Throws a unique violation if the account has a bill for the period. */
export async function issueInvoice(deps: IssuingDeps, tx: Tx, draft: BillDraft): Promise<InvoiceRow> {
  const { account, contract, period, issuedAt, groupInvoiceId } = draft;
  const { currency, taxRates, timeZone } = deps.brands.of(account.brand);
  const id = newId('inv', deps.randomBytes);
  const place = { contractId: contract.id, invoiceId: id, until: period.end };
  const pending = draft.withoutPending ? [] : await takePendingCharges(tx, place);
  const odd = pending.find(({ unit }) => unit !== currency);
  if (odd !== undefined) throw new Error(`a charge of ${account.brand} is in ${odd.unit}, not in ${currency}`);
  const charges = [...draft.charges, ...pending.map(chargeOfPending)];
  const carry = carriedOver(chargedLines(charges, taxRates));
  const lines = chargedLines(carry === undefined ? charges : [...charges, carry], taxRates);
  const { exclMinor, taxMinor, inclMinor } = sumOfLines(lines);
  const row = await insertInvoice(
    tx,
    {
      ...{ id, brand: account.brand, kind: 'individual' as const, groupInvoiceId, currency },
      number: await invoiceNumber(tx, account.brand),
      ...{ billingAccountId: account.id, customerGroupId: account.customerGroupId, accountCode: account.code },
      ...{ contractId: contract.id, holderPersonId: contract.holderPersonId },
      billTo: JSON.stringify(await addresseeOf(tx, contract)),
      ...{ periodStart: period.start, periodEnd: period.end, issuedAt },
      dueAt: draft.dueAt ?? (await dueAfter(tx, issuedAt, timeZone)),
      ...{ exclMinor, taxMinor, totalMinor: inclMinor, settledAt: inclMinor === 0 ? issuedAt : null },
    },
    lines.map(({ label, ...line }) => ({ ...line, label: JSON.stringify(label) })),
  );
  if (carry !== undefined) {
    const label = { fr: 'Avoir de votre facture précédente', en: 'Credit from your previous bill' };
    await insertPendingCharge(tx, {
      ...{ contractId: contract.id, kind: 'credit', label, amount: { unit: currency, minor: -carry.minor } },
      ...{ includesTax: true, taxCategory: 'exempt', sourceId: `carry:${id}`, chargedAt: period.end },
    });
  }
  await deps.audit.invoiceIssued(tx, { invoiceId: id, kind: 'individual' });
  return row;
}

export interface GroupBillDraft {
  /** That its parts name already. */
  readonly id: string;
  readonly brand: string;
  readonly group: { readonly id: string; readonly name: string };
  readonly period: BillingPeriod;
  readonly parts: readonly InvoiceRow[];
  readonly issuedAt: Date;
  readonly dueAt?: Date;
}

/** Writes the bill of a company: its sums are those of its parts. */
export async function issueGroupInvoice(deps: IssuingDeps, tx: Tx, draft: GroupBillDraft): Promise<InvoiceRow> {
  const { id, brand, group, period, parts, issuedAt } = draft;
  const { currency, timeZone } = deps.brands.of(brand);
  const sum = sumOfLines(parts.map(({ totalMinor, ...part }) => ({ ...part, inclMinor: totalMinor })));
  const row = await insertInvoice(
    tx,
    {
      ...{ id, brand, number: await invoiceNumber(tx, brand), kind: 'group', customerGroupId: group.id },
      // Never the Customer ID, which opens everything (E20).
      billTo: JSON.stringify({ name: group.name, lines: [] }),
      ...{ periodStart: period.start, periodEnd: period.end, issuedAt },
      dueAt: draft.dueAt ?? (await dueAfter(tx, issuedAt, timeZone)),
      ...{ currency, exclMinor: sum.exclMinor, taxMinor: sum.taxMinor },
      totalMinor: sum.inclMinor,
    },
    [],
  );
  await deps.audit.invoiceIssued(tx, { invoiceId: id, kind: 'group' });
  return row;
}

/** The next number of a brand. */
async function invoiceNumber(tx: Tx, brand: string): Promise<string> {
  return `F${String(await nextNumber(tx, brand, 'invoice')).padStart(9, '0')}`;
}

/** The last moment to pay: the end of a day where the brand is at home. */
async function dueAfter(tx: Tx, at: Date, timeZone: string): Promise<Date> {
  return await endOfDayAfter(tx, { at, days: daysToPay, timeZone });
}

/**
 * The billing account of a contract: made when there is none. After a transfer the former holder keeps hers, with its
 * bills, and the new one gets a fresh Account ID.
 */
export async function billingAccountOf(
  { randomBytes }: Pick<IssuingDeps, 'randomBytes'>,
  tx: Tx,
  { contract, createdAt }: { contract: ContractRow; createdAt: Date },
): Promise<BillingAccountRow> {
  const known = await findBillingAccountOf(tx, contract.id);
  if (known !== undefined && known.holderPersonId === contract.holderPersonId) return known;
  if (known !== undefined) await closeBillingAccount(tx, known.id);
  return await insertBillingAccount(tx, {
    ...{ id: newId('bil', randomBytes), brand: contract.brand, code: newAccountCode(randomBytes) },
    ...{ contractId: contract.id, lineId: null, holderPersonId: contract.holderPersonId },
    createdAt,
  });
}

/** An Account ID: ten digits, the first of them not zero. */
export function newAccountCode(randomBytes: (size: number) => Buffer): string {
  return String(1_000_000_000n + (randomBytes(8).readBigUInt64BE() % 9_000_000_000n));
}

async function addresseeOf(tx: Tx, { holderPersonId, address }: ContractRow): Promise<BillAddressee> {
  const holder = await findHolder(tx, holderPersonId);
  const name = [holder?.civility, holder?.givenName, holder?.familyName].filter((part) => part).join(' ');
  if (address === null) return { name, lines: [] };
  const { street, complement, postCode, city } = address;
  return { name, lines: [street, ...(complement === undefined ? [] : [complement]), `${postCode} ${city}`] };
}

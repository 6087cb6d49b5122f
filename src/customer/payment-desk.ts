// What pages and APIs ask of payments: pay bills, look at one's payments and receipts, print a receipt; and what the
// provider tells us.
import { createHash } from 'node:crypto';
import type { Texts } from '../i18n.ts';
import type { AccountId } from '../identifiers.ts';
import { findAccountHolder } from '../storage/accounts.ts';
import type { ReceiptRow } from '../storage/payment-tables.ts';
import { findPaymentOf, listPaymentsOf } from '../storage/payments.ts';
import { findPrint, findReceiptFor, keepPrint, listReceiptsFor } from '../storage/receipts.ts';
import { claimInvoices, invoicesRequest } from './invoice-payments.ts';
import { applyEvent } from './payment-progress.ts';
import { readReceiptNumber } from './payment-receipts.ts';
import type {
  InvoiceRefusal,
  InvoicesWish,
  NotifiedOutcome,
  PaymentDesk,
  ReceiptPrint,
  ReceiptView,
  StartOutcome,
} from './payment-types.ts';
import { viewOfPayment, viewsOfPayments } from './payment-views.ts';
import { type PaymentDeps, startPayment } from './payments.ts';
import { receiptHtml } from './receipt-html.ts';
import { receiptPdf } from './receipt-pdf.ts';
import { sayReceipt } from './receipt-words.ts';

export interface PaymentDeskDeps extends PaymentDeps {
  /** Of `receiptTexts`. */
  readonly texts: Texts;
  /** Refused messages that are written into the journal; resolves to a number once there are too many. */
  readonly takeRefused: () => Promise<number | undefined>;
}

/** Makes the desk. */
export function createPaymentDesk(deps: PaymentDeskDeps): PaymentDesk {
  const { db } = deps.database;
  return {
    payInvoices: (wish) => payInvoices(deps, wish),
    async payments(accountId, page) {
      const { rows, total } = await listPaymentsOf(db, { accountId, ...page });
      return { items: await viewsOfPayments(db, rows), total };
    },
    async payment(accountId, id) {
      const row = await findPaymentOf(db, { accountId, id });
      return row && (await viewOfPayment(db, row));
    },
    async receipts(accountId, page) {
      const { rows, total } = await listReceiptsFor(db, { accountId, ...page });
      return { items: rows.map(receiptView), total };
    },
    async receipt(accountId, number) {
      const row = await findReceipt(deps, accountId, number);
      return row && receiptView(row);
    },
    async print(accountId, number, format) {
      const row = await findReceipt(deps, accountId, number);
      return row && (await print(deps, row, format));
    },
    notified: (raw) => notified(deps, raw),
  };
}

async function payInvoices(deps: PaymentDeskDeps, wish: InvoicesWish): Promise<StartOutcome<InvoiceRefusal>> {
  const { accountId, locale, idempotencyKey, returnUrl } = wish;
  const account = await findAccountHolder(deps.database.db, accountId);
  if (account === undefined) return { kind: 'not-found' };
  return await startPayment(deps, {
    ...{ purpose: 'invoices', accountId, brand: account.brand, locale, idempotencyKey, returnUrl },
    request: invoicesRequest(wish),
    claim: (tx) => claimInvoices(tx, wish, deps.texts),
  });
}

function receiptView({ content, issuedAt }: ReceiptRow): ReceiptView {
  return { content, issuedAt };
}

async function findReceipt(
  { database }: PaymentDeskDeps,
  accountId: AccountId,
  text: string,
): Promise<ReceiptRow | undefined> {
  const number = readReceiptNumber(text);
  return number === undefined ? undefined : await findReceiptFor(database.db, { accountId, number });
}

const mimeTypes = { html: 'text/html; charset=utf-8', pdf: 'application/pdf' } as const;

/** The first print is kept: whatever changes here later, the receipt looks as it did. */
async function print(deps: PaymentDeskDeps, row: ReceiptRow, format: 'html' | 'pdf'): Promise<ReceiptPrint> {
  const { db } = deps.database;
  const kept = (await findPrint(db, row.id, format)) ?? (await keepPrint(db, await firstPrint(deps, row, format)));
  const { content, digest } = kept;
  return { content, digest, mimeType: mimeTypes[format], fileName: `${row.content.number}.${format}` };
}

async function firstPrint({ texts, merchantOf }: PaymentDeskDeps, row: ReceiptRow, format: 'html' | 'pdf') {
  const words = sayReceipt(texts, row.content, merchantOf(row.brand));
  const content = format === 'html' ? receiptHtml(words) : await receiptPdf(words, new Date(row.content.paidAt));
  return { receiptId: row.id, format, content, digest: createHash('sha256').update(content).digest('hex') };
}

async function notified(
  deps: PaymentDeskDeps,
  raw: { body: string; signature: string | undefined },
): Promise<NotifiedOutcome> {
  const read = deps.provider.readNotification(raw);
  if (read.kind === 'event') return await applyEvent(deps, read.event);
  // Whoever knows the address can send such; the journal is not theirs to fill.
  if ((await deps.takeRefused()) === undefined) {
    await deps.database.transaction((tx) => deps.audit.paymentMessageRefused(tx, { why: read.why }));
  }
  return { kind: 'refused' };
}

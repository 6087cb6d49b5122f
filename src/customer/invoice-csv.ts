// A bill as CSV (RFC 4180): comma, CRLF, UTF-8 with a byte order mark so that spreadsheets read the letters right;
// decimal point, dates as 2026-10-31, whatever the language of the descriptions. One row for each line and no row of
// sums: the columns add up to the bill. No cell can be a formula (X105).
import { stringify } from 'csv-stringify/sync';
import type { InvoiceDetail, InvoiceLineView } from './billing-types.ts';
import { decimalText } from './money.ts';

export interface CsvOptions {
  readonly t: (key: string) => string;
  readonly locale: 'fr' | 'en';
  readonly timeZone: string;
}

const columns = [
  'invoice',
  'account',
  'period_start',
  'period_end',
  'section',
  'description',
  'quantity',
  'currency',
  'amount_excl_tax',
  'tax_rate',
  'tax',
  'amount_incl_tax',
] as const;

/** The whole file. */
export function invoiceCsv(invoice: InvoiceDetail, options: CsvOptions): string {
  const rows = invoice.lines.map((line) => rowOf(invoice, line, options));
  return stringify([[...columns], ...rows], { bom: true, record_delimiter: 'windows' });
}

function rowOf(invoice: InvoiceDetail, line: InvoiceLineView, { t, locale, timeZone }: CsvOptions): string[] {
  const { unit } = invoice.total;
  const amount = (minor: number) => decimalText({ unit, minor });
  const start = line.startsAt ?? invoice.period.start;
  const last = new Date((line.endsAt ?? (line.startsAt === null ? invoice.period.end : start)).getTime() - 1);
  return [
    plainCell(invoice.number),
    plainCell(line.accountCode ?? invoice.billingAccount?.code ?? ''),
    day(start, timeZone),
    day(last < start ? start : last, timeZone),
    plainCell(t(`invoice.section.${line.kind}`)),
    plainCell(line.label[locale]),
    String(line.quantity),
    unit,
    amount(line.exclMinor),
    // Percent.
    String(line.taxRate / 100),
    amount(line.taxMinor),
    amount(line.inclMinor),
  ];
}

/**
 * Text that no spreadsheet takes for a formula: an apostrophe stands before what begins like one, also behind blanks.
 * Numbers are written by us and are digits, so that one below zero stays a number.
 */
export function plainCell(text: string): string {
  return /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
}

function day(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);
}

// A bill as it would come by post: brand, Account ID in the top right block (E20), what is due and when, lines by
// section, one sub-total for each account of a company, taxes, sums, helpline.
import type { Brand } from '../ops/brands.ts';
import { type ChargedLine, chargeKinds, sumOfLines } from './bill-charges.ts';
import type { InvoiceDetail } from './billing-types.ts';
import { amountText } from './money.ts';
import { type Column, createSheet, ink, type PdfFonts, page, type Sheet, type TableRow } from './pdf-sheet.ts';

export type { PdfFonts };

export interface PdfOptions {
  readonly t: (key: string, params?: Readonly<Record<string, string | number>>) => string;
  readonly locale: 'fr' | 'en';
  readonly brand: Brand;
  readonly fonts: PdfFonts;
}

interface Work extends PdfOptions {
  readonly sheet: Sheet;
  readonly invoice: InvoiceDetail;
}

/** The whole file; the same bytes for the same bill and language. */
export async function invoicePdf(invoice: InvoiceDetail, options: PdfOptions): Promise<Buffer> {
  const { t, locale, brand, fonts } = options;
  const title = `${t(titleKey(invoice))} ${invoice.number}`;
  const sheet = createSheet({
    ...{ title, author: brand.name, lang: locale === 'fr' ? 'fr-FR' : 'en-GB', madeAt: invoice.issuedAt, fonts },
    subject: t('invoice.subject', { number: invoice.number, day: longDay(invoice.issuedAt, options) }),
  });
  const work = { ...options, sheet, invoice };
  drawHead(work);
  drawDue(work);
  if (invoice.kind === 'group') drawParts(work);
  drawLines(work);
  drawTaxes(work);
  const said = [brand.name, ...(brand.helpline === null ? [] : [t('invoice.helpline', { number: brand.helpline })])];
  return await sheet.end((n, pages) => [
    `${said.join(' · ')} ${said.length > 1 ? '' : '· '}${t('invoice.area')}`,
    t('invoice.page', { page: n, pages }),
  ]);
}

function titleKey({ kind }: InvoiceDetail): string {
  return kind === 'group' ? 'invoice.groupTitle' : 'invoice.title';
}

const contentWidth = page.width - 2 * page.margin;
const blockWidth = 226;

function drawHead(work: Work): void {
  const { sheet, invoice, brand, t } = work;
  const { margin } = page;
  drawMark(work);
  sheet.put('P', brand.name, {
    x: margin + 42,
    y: margin + 3,
    width: 220,
    size: 17,
    medium: true,
    colour: brand.colours.light,
  });
  const rightEnd = drawBlock(work);
  const top = margin + 64;
  sheet.put('H1', t(titleKey(invoice)), { x: margin, y: top, width: 240, size: 22, medium: true });
  let y = top + 44;
  for (const [place, text] of [invoice.billTo.name, ...invoice.billTo.lines].entries()) {
    sheet.put('P', text, { x: margin, y, width: 230, size: 10.5, medium: place === 0 });
    y += 15;
  }
  sheet.y = Math.max(y, rightEnd) + 20;
}

// A rounded square with a wave in it.
function drawMark({ sheet, brand }: Work): void {
  const { margin } = page;
  sheet.draw((doc) => {
    doc.roundedRect(margin, margin, 30, 30, 7).fill(brand.colours.light);
    doc
      .moveTo(margin + 6, margin + 19)
      .bezierCurveTo(margin + 12, margin + 4, margin + 18, margin + 28, margin + 24, margin + 11);
    doc.lineWidth(3).lineCap('round').strokeColor(brand.colours.accent).stroke();
  });
}

/** The block at the top right; gives where it ends. */
function drawBlock(work: Work): number {
  const { sheet, invoice, brand, t } = work;
  const x = page.width - page.margin - blockWidth;
  const account = invoice.billingAccount?.code;
  const first: [string, string] =
    account === undefined ? [t('invoice.accounts'), String(invoice.parts.length)] : [t('invoice.accountId'), account];
  const last = new Date(invoice.period.end.getTime() - 1);
  const rest: [string, string][] = [
    [t('invoice.number'), invoice.number],
    [t('invoice.date'), longDay(invoice.issuedAt, work)],
    [t('invoice.period'), rangeOf(invoice.period.start, last, work)],
  ];
  const height = 50 + rest.length * 26;
  const top = page.margin;
  sheet.draw((doc) => {
    doc.roundedRect(x, top, blockWidth, height, 6).fill(ink.pale);
    doc.rect(x, top + 8, 3, height - 16).fill(brand.colours.light);
  });
  const width = blockWidth - 30;
  sheet.put('P', first[0], { x: x + 16, y: top + 9, width, size: 8.5, colour: ink.quiet });
  sheet.put('P', first[1], { x: x + 16, y: top + 20, width, size: 16, medium: true });
  for (const [place, [label, value]] of rest.entries()) {
    const y = top + 48 + place * 26;
    sheet.put('P', label, { x: x + 16, y, width, size: 8, colour: ink.quiet });
    sheet.put('P', value, { x: x + 16, y: y + 10, width, size: 9.5 });
  }
  return top + height;
}

function drawDue(work: Work): void {
  const { sheet, invoice, brand, t } = work;
  const y = sheet.y;
  const isDue = invoice.total.minor > 0;
  sheet.draw((doc) => doc.roundedRect(page.margin, y, contentWidth, 54, 6).fill(brand.colours.light));
  const left = page.margin + 16;
  const white = '#ffffff';
  sheet.put('P', t(isDue ? 'invoice.toPay' : 'invoice.nothingToPay'), {
    x: left,
    y: y + 9,
    width: 300,
    size: 9.5,
    colour: white,
  });
  sheet.put('P', amountOf(work, invoice.total.minor), {
    x: left,
    y: y + 22,
    width: 300,
    size: 20,
    medium: true,
    colour: white,
  });
  if (isDue) {
    const at = { x: left + 200, y: y + 26, width: contentWidth - 232, size: 12, medium: true, colour: white };
    sheet.put('P', t('invoice.dueBy', { day: longDay(invoice.dueAt, work) }), { ...at, align: 'right' });
  }
  sheet.y = y + 78;
}

function drawTitle({ sheet }: Work, text: string): void {
  sheet.need(90);
  sheet.put('H2', text, { x: page.margin, y: sheet.y, width: contentWidth, size: 12.5, medium: true });
  sheet.y += 22;
}

function drawParts(work: Work): void {
  const { sheet, invoice, t } = work;
  drawTitle(work, t('invoice.groupDetails'));
  const columns: Column[] = [
    { title: t('invoice.accountId'), width: 119, align: 'left' },
    { title: t('invoice.number'), width: 110, align: 'left' },
    { title: t('invoice.excl'), width: 90, align: 'right' },
    { title: t('invoice.tax'), width: 90, align: 'right' },
    { title: t('invoice.incl'), width: contentWidth - 409, align: 'right' },
  ];
  const rows = invoice.parts.map(
    ({ billingAccount, number, excl, tax, total }): TableRow => ({
      cells: [billingAccount.code, number, ...[excl, tax, total].map(({ minor }) => amountOf(work, minor))],
    }),
  );
  const sums = [invoice.excl, invoice.tax, invoice.total].map(({ minor }) => amountOf(work, minor));
  const name = t('invoice.groupDetails');
  sheet.table(columns, [...rows, { cells: [t('invoice.total'), '', ...sums], look: 'total' }], name);
  sheet.y += 26;
}

function drawLines(work: Work): void {
  const { invoice, t } = work;
  if (invoice.kind === 'individual') {
    drawTitle(work, t('invoice.details'));
    drawLineTable(work, { lines: invoice.lines, name: t('invoice.details'), total: t('invoice.total') });
    return;
  }
  for (const { billingAccount } of invoice.parts) {
    const { code } = billingAccount;
    const name = t('invoice.accountTitle', { code });
    drawTitle(work, name);
    const lines = invoice.lines.filter(({ accountCode }) => accountCode === code);
    drawLineTable(work, { lines, name, total: t('invoice.subtotal', { name: code }) });
  }
}

interface LineTable {
  readonly lines: readonly ChargedLine[];
  readonly name: string;
  /** What the last row is called. */
  readonly total: string;
}

function drawLineTable(work: Work, { lines, name, total }: LineTable): void {
  const { sheet, t } = work;
  const columns: Column[] = [
    { title: t('invoice.description'), width: 239, align: 'left' },
    { title: t('invoice.quantity'), width: 40, align: 'right' },
    { title: t('invoice.excl'), width: 80, align: 'right' },
    { title: t('invoice.rate'), width: 54, align: 'right' },
    { title: t('invoice.incl'), width: contentWidth - 413, align: 'right' },
  ];
  const sections = chargeKinds.flatMap((kind): TableRow[] => {
    const some = lines.filter((line) => line.kind === kind);
    if (some.length === 0) return [];
    return [{ cells: [t(`invoice.section.${kind}`)], look: 'section' }, ...some.map((line) => lineRow(work, line))];
  });
  const { exclMinor, inclMinor } = sumOfLines(lines);
  const cells = [total, '', amountOf(work, exclMinor), '', amountOf(work, inclMinor)];
  sheet.table(columns, [...sections, { cells, look: 'sum' }], name);
  sheet.y += 26;
}

function lineRow(work: Work, line: ChargedLine): TableRow {
  const { label, quantity, exclMinor, taxRate, inclMinor } = line;
  const amounts = [amountOf(work, exclMinor), percent(taxRate, work), amountOf(work, inclMinor)];
  return { cells: [label[work.locale], String(quantity), ...amounts], note: whenOf(work, line) };
}

/** When it was, if not in the whole of the bill's period. */
function whenOf(work: Work, { startsAt, endsAt }: ChargedLine): string | undefined {
  const { invoice, t } = work;
  if (startsAt === null) return undefined;
  if (endsAt === null) return t('invoice.onDay', { day: longDay(startsAt, work) });
  if (startsAt.getTime() === invoice.period.start.getTime() && endsAt.getTime() === invoice.period.end.getTime()) {
    return undefined;
  }
  return rangeOf(startsAt, new Date(endsAt.getTime() - 1), work);
}

function drawTaxes(work: Work): void {
  const { sheet, invoice, t } = work;
  sheet.need(40 + 24 * (invoice.taxes.length + 2));
  drawTitle(work, t('invoice.taxes'));
  const columns: Column[] = [
    { title: t('invoice.taxCategory'), width: 165, align: 'left' },
    { title: t('invoice.rate'), width: 74, align: 'right' },
    { title: t('invoice.excl'), width: 85, align: 'right' },
    { title: t('invoice.tax'), width: 85, align: 'right' },
    { title: t('invoice.incl'), width: contentWidth - 409, align: 'right' },
  ];
  const rows = invoice.taxes.map(
    ({ taxCategory, taxRate, exclMinor, taxMinor, inclMinor }): TableRow => ({
      cells: [
        ...[t(`invoice.category.${taxCategory}`), percent(taxRate, work)],
        ...[exclMinor, taxMinor, inclMinor].map((minor) => amountOf(work, minor)),
      ],
    }),
  );
  const sums = [invoice.excl, invoice.tax, invoice.total].map(({ minor }) => amountOf(work, minor));
  sheet.table(columns, [...rows, { cells: [t('invoice.total'), '', ...sums], look: 'total' }], t('invoice.taxes'));
}

function amountOf({ invoice, locale }: Work, minor: number): string {
  return amountText({ unit: invoice.total.unit, minor }, locale);
}

type Saying = Pick<PdfOptions, 'locale' | 'brand' | 't'>;

function percent(rate: number, { locale }: Saying): string {
  const format = { style: 'percent', maximumFractionDigits: 2 } as const;
  return new Intl.NumberFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', format).format(rate / 10_000);
}

function longDay(at: Date, { locale, brand }: Saying): string {
  const { timeZone } = brand;
  const day = new Intl.DateTimeFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', { timeZone, dateStyle: 'long' }).format(at);
  return locale === 'fr' ? day.replace(/^1 /, '1er ') : day;
}

function rangeOf(from: Date, to: Date, saying: Saying): string {
  return saying.t('invoice.periodFromTo', { from: longDay(from, saying), to: longDay(to, saying) });
}

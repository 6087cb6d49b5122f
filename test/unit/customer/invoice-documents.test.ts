// The files of bills, read back: PDF by Poppler, CSV by a parser of somebody else (E11, E18, E20, X105).
import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, test } from 'vitest';
import { type Charge, chargedLines, sumOfLines, taxTotals } from '../../../src/customer/bill-charges.ts';
import type { InvoiceDetail } from '../../../src/customer/billing-types.ts';
import { invoiceCsv, plainCell } from '../../../src/customer/invoice-csv.ts';
import { createDocumentWriter } from '../../../src/customer/invoice-document.ts';
import { pdfFacts, pdfStructure, pdfText } from '../../support/pdf.ts';
import { popplerPath } from '../../support/services.ts';
import { brands } from './billing-world.ts';

const period = { start: new Date('2026-09-30T22:00:00Z'), end: new Date('2026-10-31T23:00:00Z') };
const month = { startsAt: period.start, endsAt: period.end, includesTax: true, taxCategory: 'standard' } as const;
const charges: Charge[] = [
  { ...month, kind: 'subscription', label: { fr: 'Open 60 Go, fibre', en: 'Open 60 GB, fibre' }, minor: 123_450 },
  {
    ...month,
    kind: 'third_party',
    label: { fr: 'L’Œuvre à lire', en: 'The work' },
    minor: 799,
    taxCategory: 'reduced',
  },
  { ...month, kind: 'credit', label: { fr: '=avoir', en: '=credit' }, minor: -500, taxCategory: 'exempt' },
];

function bill(brand: string, given: readonly Charge[], codes?: readonly string[]): InvoiceDetail {
  const { currency: unit, taxRates } = brands.of(brand);
  const own = chargedLines(given, taxRates);
  const lines = (codes ?? [undefined]).flatMap((accountCode) => own.map((line) => ({ ...line, accountCode })));
  const amounts = (of: typeof own) => {
    const { exclMinor, taxMinor, inclMinor } = sumOfLines(of);
    const total = { unit, minor: inclMinor };
    return { excl: { unit, minor: exclMinor }, tax: { unit, minor: taxMinor }, total, due: total };
  };
  const parts = (codes ?? []).map((code, n) => ({
    ...{ id: `inv_${n}`, number: `F00000010${n}`, state: 'sent' as const, billingAccount: { id: `bil_${n}`, code } },
    ...amounts(own),
  }));
  return {
    ...{ id: 'inv_1', number: 'F000000123', brand, state: 'sent', contractId: undefined, groupInvoiceId: undefined },
    ...{ kind: codes === undefined ? 'individual' : 'group', period, lines, taxes: taxTotals(lines), parts },
    billingAccount: codes === undefined ? { id: 'bil_1', code: '1004567890' } : undefined,
    ...{ issuedAt: new Date('2026-11-01T05:00:00Z'), dueAt: new Date('2026-11-22T05:00:00Z'), ...amounts(lines) },
    billTo:
      codes === undefined ? { name: 'Mme Zoé Durand', lines: ['12 rue de l’Île'] } : { name: 'Sucrerie', lines: [] },
    ...{ payments: [], credits: [] },
  };
}

const writer = createDocumentWriter({ brands });
const pdf = async (invoice: InvoiceDetail, locale: 'fr' | 'en') =>
  (await writer.write(invoice, { format: 'pdf', locale })).content;
const topRight = { x: 300, y: 40, width: 260, height: 140 };

describe.skipIf(popplerPath() === undefined)('E11 E20 a bill as PDF', () => {
  test('has the Account ID in the block at the top right, in French', async () => {
    const content = await pdf(bill('exemple', charges), 'fr');
    const block = pdfText(content, topRight);
    expect(block).toMatch(/Identifiant de compte\s+1004567890/);
    expect(block).toContain('du 1er octobre 2026 au 31 octobre 2026');
    const text = pdfText(content);
    for (const words of [
      'Exemple Télécom',
      'Mme Zoé Durand',
      '12 rue de l’Île',
      'L’Œuvre à lire',
      'Abonnements',
      'Taux réduit',
    ]) {
      expect(text).toContain(words);
    }
    expect(text).toContain('1 237,49 €');
    expect(text).toContain('au plus tard le 22 novembre 2026');
    expect(text).toContain('5,5 %');
  });

  test('speaks English, in rupees, with the helpline of its brand', async () => {
    const text = pdfText(await pdf(bill('ile', charges), 'en'));
    expect(text).toMatch(/Account ID\s/);
    expect(text).toContain('MUR 1,237.49');
    expect(text).toContain('Call 8900');
  });

  test('of a company has one sub-total for each account, exact, and no Customer ID', async () => {
    const codes = Array.from({ length: 12 }, (_, n) => String(2_000_000_001 + n));
    const group = bill('ile', charges, codes);
    const text = pdfText(await pdf(group, 'fr'));
    for (const code of codes) expect(text).toMatch(new RegExp(`Sous-total ${code}\\s.*1 237,49`));
    expect(text).toContain('14 849,88');
    expect(group.total.minor).toBe(12 * 123_749);
    expect(text).not.toMatch(/Identifiant Client|Customer ID/i);
    expect(text).toMatch(/Page 3 sur \d/);
  });

  test('is tagged for screen readers: language, heading, tables with headings', async () => {
    const content = await pdf(bill('exemple', charges), 'fr');
    expect(pdfFacts(content)).toMatch(/Title:\s+Facture F000000123[\s\S]*Tagged:\s+yes/);
    const tree = pdfStructure(content);
    expect(tree).toMatch(/H1 .*\n\s+"Facture"/);
    expect(tree.match(/Table/g)).toHaveLength(2);
    expect(tree).toMatch(/TH[^\n]*\n(?:\s+\/Scope[^\n]*\n)?\s+"Désignation"/);
  });
});

test('a bill is printed again as the same octets', async () => {
  const invoice = bill('exemple', charges);
  expect((await pdf(invoice, 'fr')).equals(await pdf(invoice, 'fr'))).toBe(true);
});

const t = (key: string) => key;
const rowsOf = (invoice: InvoiceDetail, locale: 'fr' | 'en' = 'fr') => {
  const text = invoiceCsv(invoice, { t, locale, timeZone: 'Europe/Paris' });
  const { data, errors } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });
  return { text, data, errors };
};
const cents = (text = '') => Math.round(Number(text) * 100);

describe('E11 X105 a bill as CSV', () => {
  test('is UTF-8 with a mark, CRLF, decimal points and days, and names its columns', () => {
    const { text, data, errors } = rowsOf(bill('exemple', charges));
    expect(errors).toEqual([]);
    expect(text.startsWith('\ufeffinvoice,account,period_start')).toBe(true);
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .every((line) => line.endsWith('\r')),
    ).toBe(true);
    expect(data[0]).toMatchObject({
      ...{ invoice: 'F000000123', account: '1004567890', period_start: '2026-10-01', period_end: '2026-10-31' },
      ...{ description: 'Open 60 Go, fibre', currency: 'EUR', amount_incl_tax: '1234.50', tax_rate: '20' },
    });
    expect(data[2]).toMatchObject({ description: "'=avoir", amount_incl_tax: '-5.00' });
  });

  const nasty = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom('=1+1', '+2', '-3', '@SUM(A1)', '\t=1', '\r=1', ' =1', '"a",b\r\nc', '＝1', ';x'),
  );
  test('no text is a formula, and every one comes back whole', () => {
    fc.assert(
      fc.property(nasty, (label) => {
        const { data, errors } = rowsOf(bill('exemple', [{ ...charges[0]!, label: { fr: label, en: '' } }]));
        expect(errors).toEqual([]);
        const cell = data[0]!['description']!;
        expect(cell).not.toMatch(/^[\s\p{Cc}]*[=+\-@＝＋－＠]|^[\t\r\n]/u);
        expect(cell).toBe(plainCell(label));
        expect(cell.endsWith(label)).toBe(true);
      }),
    );
  });

  test('the columns add up to the bill, also of a company', () => {
    const some = fc.array(fc.integer({ min: -50_000, max: 500_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(some, fc.constantFrom('exemple', 'ile'), fc.boolean(), (amounts, brand, isGroup) => {
        const given = amounts.map((minor) => ({ ...charges[0]!, minor }));
        const invoice = bill(brand, given, isGroup ? ['2000000001', '2000000002'] : undefined);
        const { data } = rowsOf(invoice);
        const sum = (column: string) => data.reduce((all, row) => all + cents(row[column]), 0);
        expect([sum('amount_excl_tax'), sum('tax'), sum('amount_incl_tax')]).toEqual([
          invoice.excl.minor,
          invoice.tax.minor,
          invoice.total.minor,
        ]);
      }),
    );
  });
});

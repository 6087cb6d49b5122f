// A receipt as PDF: one sheet of A4 (more for many bills), with the fonts that every reader has.
import PDFDocument from 'pdfkit';
import type { ReceiptWords } from './receipt-words.ts';

const margin = 56;
const width = 595.28 - 2 * margin;
const amountWidth = 120;
const labelWidth = 150;

/** The document; equal words and moments make equal octets. Throws what the writer throws. */
export async function receiptPdf(words: ReceiptWords, paidAt: Date): Promise<Buffer> {
  const { locale, title, merchant } = words;
  const pdf = new PDFDocument({
    ...{ size: 'A4', margin, lang: locale, displayTitle: true, pdfVersion: '1.7' },
    // Nothing of the moment of printing.
    info: { Title: latin(title), Author: latin(merchant), CreationDate: paidAt, ModDate: paidAt },
  });
  const octets = new Promise<Buffer>((resolve, reject) => {
    const parts: Buffer[] = [];
    pdf.on('data', (part: Buffer) => parts.push(part));
    pdf.on('end', () => resolve(Buffer.concat(parts)));
    pdf.on('error', reject);
  });
  writeHead(pdf, words);
  writeItems(pdf, words);
  pdf
    .font('Helvetica')
    .fontSize(9)
    .text(latin(words.footer), margin, pdf.y + 24, { width });
  pdf.end();
  return await octets;
}

type Pdf = InstanceType<typeof PDFDocument>;

function writeHead(pdf: Pdf, { merchant, heading, facts }: ReceiptWords): void {
  pdf.font('Helvetica-Bold').fontSize(11).text(latin(merchant), { width });
  pdf.fontSize(18).text(latin(heading), { width }).moveDown(0.8);
  for (const [label, value] of facts) {
    const top = pdf.y;
    pdf.font('Helvetica').fontSize(10).text(latin(label), margin, top, { width: labelWidth });
    pdf.text(latin(value), margin + labelWidth, top, { width: width - labelWidth });
  }
  pdf.moveDown(1.2);
}

function writeItems(pdf: Pdf, { columns, items, total }: ReceiptWords): void {
  row(pdf, { label: columns.what, amount: columns.amount, font: 'Helvetica-Bold' });
  for (const { label, amount, note } of items) {
    row(pdf, { label, amount, font: 'Helvetica' });
    if (note !== undefined) pdf.fontSize(9).text(latin(note), margin, pdf.y, { width: width - amountWidth });
  }
  row(pdf, { label: total.label, amount: total.amount, font: 'Helvetica-Bold' });
}

interface Row {
  readonly label: string;
  readonly amount: string;
  readonly font: 'Helvetica' | 'Helvetica-Bold';
}

function row(pdf: Pdf, { label, amount, font }: Row): void {
  pdf.font(font).fontSize(10);
  if (pdf.y > 842 - margin - 40) pdf.addPage();
  const top = pdf.y + 4;
  pdf.text(latin(amount), margin + width - amountWidth, top, { width: amountWidth, align: 'right' });
  pdf.text(latin(label), margin, top, { width: width - amountWidth - 12 });
  pdf
    .moveTo(margin, pdf.y + 4)
    .lineTo(margin + width, pdf.y + 4)
    .lineWidth(0.5)
    .stroke();
  pdf.y += 8;
}

/** The standard fonts have Western letters and one kind of no-break space. */
function latin(text: string): string {
  return text.replace(/[\u202f\u2009]/g, '\u00a0').replace(/[^\u0020-\u007e\u00a0-\u00ff€‚„…†‡‰‹›‘’“”•–—™Œœ]/g, '?');
}

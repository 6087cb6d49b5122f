// The files of bills: PDF for people, CSV for spreadsheets and machines. A file says what the bill said when it was
// issued, so that it is the same whenever it is fetched; what was paid since is not in it.
import { readFileSync } from 'node:fs';
import type { Locale, Texts } from '../i18n.ts';
import { createTexts } from '../i18n.ts';
import type { Brands } from '../ops/brands.ts';
import type { DocumentFormat, InvoiceDetail, InvoiceDocument } from './billing-types.ts';
import { invoiceCsv } from './invoice-csv.ts';
import { invoicePdf, type PdfFonts } from './invoice-pdf.ts';

export interface DocumentWriter {
  write(
    invoice: InvoiceDetail,
    wanted: { readonly format: DocumentFormat; readonly locale: Locale },
  ): Promise<InvoiceDocument>;
}

const folder = new URL('../../views/documents/', import.meta.url);

/** The words of all documents. */
export function documentTexts(): Texts {
  return createTexts(folder);
}

/** Makes it; fonts are read when the first PDF is wanted. */
export function createDocumentWriter({ brands }: { readonly brands: Pick<Brands, 'of'> }): DocumentWriter {
  const texts = documentTexts();
  let fonts: PdfFonts | undefined;
  return {
    async write(invoice, { format, locale }) {
      const brand = brands.of(invoice.brand);
      const fileName = `${texts.t(locale, 'invoice.file')}-${invoice.number}.${format}`;
      const t = (key: string, params?: Readonly<Record<string, string | number>>) => texts.t(locale, key, params);
      if (format === 'csv') {
        const content = Buffer.from(invoiceCsv(invoice, { t, locale, timeZone: brand.timeZone }), 'utf8');
        return { fileName, mediaType: 'text/csv; charset=utf-8; header=present', content };
      }
      fonts ??= readFonts();
      return {
        fileName,
        mediaType: 'application/pdf',
        content: await invoicePdf(invoice, { t, locale, brand, fonts }),
      };
    },
  };
}

function readFonts(): PdfFonts {
  const read = (weight: string) => readFileSync(new URL(`bordereau-sans-${weight}.ttf`, folder));
  return { regular: read('regular'), medium: read('medium') };
}

// A receipt as a page to print: whole in itself, without script, link or picture.
import type { ReceiptWords } from './receipt-words.ts';

const style = [
  'body{font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:42rem;margin:2rem auto;padding:0 1rem}',
  'h1{font-size:1.5rem;margin:0 0 1.5rem}',
  '.merchant{font-weight:700;margin:0 0 .25rem}',
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:0 0 1.5rem}',
  'dt{color:#4a4a4a}dd{margin:0;overflow-wrap:anywhere}',
  'table{width:100%;border-collapse:collapse}',
  'th,td{text-align:left;padding:.5rem 0;border-bottom:1px solid #767676;vertical-align:top}',
  '.amount{text-align:right;white-space:nowrap}',
  'tfoot th,tfoot td{font-weight:700;border-bottom:2px solid #1b1b1b}',
  'small{display:block}',
  'footer{margin-top:1.5rem;color:#4a4a4a;font-size:.875rem}',
  '@media print{body{margin:0;max-width:none}}',
].join('');

/** The page; equal words make equal octets. */
export function receiptHtml(words: ReceiptWords): Buffer {
  const { locale, title, heading, merchant, facts, columns, items, total, footer } = words;
  const rows = items.map(
    ({ label, amount, note }) =>
      `<tr><td>${safe(label)}${note === undefined ? '' : `<small>${safe(note)}</small>`}</td>` +
      `<td class="amount">${safe(amount)}</td></tr>`,
  );
  const lines = [
    '<!DOCTYPE html>',
    `<html lang="${locale}">`,
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${safe(title)}</title><style>${style}</style></head>`,
    `<body><main><p class="merchant">${safe(merchant)}</p><h1>${safe(heading)}</h1>`,
    `<dl>${facts.map(([label, value]) => `<dt>${safe(label)}</dt><dd>${safe(value)}</dd>`).join('')}</dl>`,
    `<table><thead><tr><th scope="col">${safe(columns.what)}</th>`,
    `<th scope="col" class="amount">${safe(columns.amount)}</th></tr></thead>`,
    `<tbody>${rows.join('')}</tbody>`,
    `<tfoot><tr><th scope="row">${safe(total.label)}</th><td class="amount">${safe(total.amount)}</td></tr></tfoot>`,
    `</table><footer><p>${safe(footer)}</p></footer></main></body></html>`,
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}

const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function safe(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => marks[mark] ?? '');
}

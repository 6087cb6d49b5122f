// Sheets of a printed document over pdfkit: text at measured places, tables that go on over pages, a foot on each page,
// all of it tagged (PDF/UA), so that a screen reader tells headings, tables and cells apart.
import PDFDocument from 'pdfkit';

type Doc = InstanceType<typeof PDFDocument>;
type Element = ReturnType<Doc['struct']>;

export interface PdfFonts {
  readonly regular: Buffer;
  readonly medium: Buffer;
}

export interface TextStyle {
  readonly size: number;
  readonly medium?: boolean;
  readonly colour?: string;
  readonly align?: 'left' | 'right';
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
}

export interface TableRow {
  readonly cells: readonly string[];
  /** In small letters below the first cell. */
  readonly note?: string | undefined;
  /** `section`: the first cell alone, over the whole width. */
  readonly look?: 'plain' | 'section' | 'sum' | 'total';
}

export const page = { width: 595.28, height: 841.89, margin: 48, foot: 64 } as const;
export const ink = { text: '#1c2430', quiet: '#5a6472', rule: '#c9d1da', pale: '#f2f5f8' } as const;
const bottom = page.height - page.foot - 24;

export interface Sheet {
  readonly doc: Doc;
  /** Where the next thing begins. */
  y: number;
  /** Text as an element of its own. */
  put(tag: string, text: string, at: Place & TextStyle): void;
  /** Shapes and such that say nothing. */
  draw(work: (doc: Doc) => void): void;
  /** Begins a new page if less than this is left. */
  need(height: number): void;
  table(columns: readonly Column[], rows: readonly TableRow[], title: string): void;
  /** The foot of each page; then the file. */
  end(foot: (n: number, pages: number) => readonly string[]): Promise<Buffer>;
}

export interface SheetOptions {
  readonly title: string;
  readonly subject: string;
  readonly author: string;
  readonly lang: string;
  /** Of the document, so that it is the same whenever it is made. */
  readonly madeAt: Date;
  readonly fonts: PdfFonts;
}

/** An A4 document with one empty page. */
export function createSheet({ title, subject, author, lang, madeAt, fonts }: SheetOptions): Sheet {
  const doc = new PDFDocument({
    ...{ size: 'A4', margin: 0, bufferPages: true, pdfVersion: '1.7', subset: 'PDF/UA' as never },
    ...{ tagged: true, lang, displayTitle: true },
    info: { Title: title, Subject: subject, Author: author, CreationDate: madeAt, ModDate: madeAt },
  });
  const chunks: Buffer[] = [];
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => void doc.on('end', resolve));
  doc.registerFont('regular', fonts.regular).registerFont('medium', fonts.medium);
  const root = doc.struct('Document');
  doc.addStructure(root);
  const sheet: Sheet = {
    doc,
    y: page.margin,
    put: (tag, text, at) => putText(doc, { parent: root, tag, text, at }),
    draw(work) {
      doc.markContent('Artifact', { type: 'Layout' });
      work(doc);
      doc.endMarkedContent();
    },
    need(height) {
      if (sheet.y + height <= bottom) return;
      doc.addPage();
      sheet.y = page.margin;
    },
    table: (columns, rows, name) => drawTable(sheet, { root, columns, rows, name }),
    async end(foot) {
      root.end();
      writeFeet(doc, foot);
      doc.end();
      await ended;
      return Buffer.concat(chunks);
    },
  };
  return sheet;
}

/** Sets font and colour for what is measured or written next. */
function setStyle(doc: Doc, { size, medium = false, colour = ink.text }: TextStyle): void {
  doc
    .font(medium ? 'medium' : 'regular')
    .fontSize(size)
    .fillColor(colour);
}

interface Written {
  readonly parent: Element;
  readonly tag: string;
  readonly text: string;
  readonly at: Place & TextStyle;
  readonly scope?: 'Column' | 'Row';
}

function putText(doc: Doc, { parent, tag, text, at, scope }: Written): void {
  const element = doc.struct(tag, scope === undefined ? {} : ({ scope } as never));
  parent.add(element);
  setStyle(doc, at);
  const content = doc.markStructureContent(tag);
  doc.text(text, at.x, at.y, { width: at.width, align: at.align ?? 'left', features: ['tnum'] });
  doc.endMarkedContent();
  element.add(content);
  element.end();
}

/** How high a text is in its place. */
export function heightOf({ doc }: Pick<Sheet, 'doc'>, text: string, at: TextStyle & { width: number }): number {
  setStyle(doc, at);
  return doc.heightOfString(text, { width: at.width, features: ['tnum'] });
}

const pad = 5;
const looks: Record<NonNullable<TableRow['look']>, TextStyle> = {
  plain: { size: 9.5 },
  section: { size: 9.5, medium: true },
  sum: { size: 9.5, medium: true },
  total: { size: 11, medium: true },
};
const heading: TextStyle = { size: 8, medium: true, colour: ink.quiet };
const noteStyle: TextStyle = { size: 8, colour: ink.quiet };

interface Drawn {
  readonly root: Element;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
  readonly name: string;
}

function drawTable(sheet: Sheet, { root, columns, rows, name }: Drawn): void {
  const { doc } = sheet;
  const table = doc.struct('Table', { title: name });
  root.add(table);
  sheet.need(60);
  drawHeading(sheet, { table, columns, isRepeat: false });
  for (const [place, row] of rows.entries()) {
    const height = rowHeight(sheet, columns, row);
    // A section keeps its first line with it, and a sum the line above it.
    const following = rows[place + 1];
    const next = row.look === 'section' || isSum(following) ? following : undefined;
    const wanted = height + (next === undefined ? 0 : rowHeight(sheet, columns, next));
    if (sheet.y + wanted > bottom) {
      sheet.need(wanted);
      drawHeading(sheet, { table, columns, isRepeat: true });
    }
    drawRow(sheet, { table, columns, row, height });
  }
  table.end();
}

function isSum(row: TableRow | undefined): boolean {
  return row?.look === 'sum' || row?.look === 'total';
}

function drawHeading(
  sheet: Sheet,
  { table, columns, isRepeat }: { table: Element; columns: readonly Column[]; isRepeat: boolean },
): void {
  const { doc, y } = sheet;
  // One that is never put into the tree would keep the file from ending.
  const row = isRepeat ? undefined : doc.struct('TR');
  if (row !== undefined) table.add(row);
  let x: number = page.margin;
  for (const { title, width, align } of columns) {
    const at = { ...heading, x: x + pad, y: y + 4, width: width - 2 * pad, align };
    // On later pages the heading is there for the eye alone.
    if (row === undefined) sheet.draw(() => drawPlain(doc, title, at));
    else putText(doc, { parent: row, tag: 'TH', text: title, at, scope: 'Column' });
    x += width;
  }
  row?.end();
  sheet.y = y + 18;
  sheet.draw(() => doc.moveTo(page.margin, sheet.y).lineTo(x, sheet.y).lineWidth(0.8).strokeColor(ink.text).stroke());
}

function drawPlain(doc: Doc, text: string, at: Place & TextStyle): void {
  setStyle(doc, at);
  doc.text(text, at.x, at.y, { width: at.width, align: at.align ?? 'left' });
}

function rowHeight(sheet: Sheet, columns: readonly Column[], { cells, note, look = 'plain' }: TableRow): number {
  const [first] = columns;
  const whole = columns.reduce((sum, { width }) => sum + width, 0);
  const width = (look === 'section' ? whole : (first?.width ?? whole)) - 2 * pad;
  const text = heightOf(sheet, cells[0] ?? '', { ...looks[look], width });
  const below = note === undefined ? 0 : heightOf(sheet, note, { ...noteStyle, width });
  return text + below + (look === 'section' ? 14 : 9);
}

interface DrawnRow {
  readonly table: Element;
  readonly columns: readonly Column[];
  readonly row: TableRow;
  readonly height: number;
}

function drawRow(sheet: Sheet, { table, columns, row, height }: DrawnRow): void {
  const { doc, y } = sheet;
  const look = row.look ?? 'plain';
  const whole = columns.reduce((sum, { width }) => sum + width, 0);
  const element = doc.struct('TR');
  table.add(element);
  if (look === 'total') sheet.draw(() => doc.rect(page.margin, y, whole, height).fill(ink.pale));
  const top = y + (look === 'section' ? 9 : 4.5);
  let x: number = page.margin;
  for (const [place, column] of columns.entries()) {
    const text = row.cells[place];
    if (text === undefined) break;
    const width = (look === 'section' ? whole : column.width) - 2 * pad;
    const at = { ...looks[look], x: x + pad, y: top, width, align: column.align };
    if (place === 0) drawFirst(sheet, { parent: element, text, at, row, look });
    else putText(doc, { parent: element, tag: 'TD', text, at });
    x += column.width;
  }
  element.end();
  sheet.y = y + height;
  sheet.draw(() => {
    doc.moveTo(page.margin, sheet.y).lineTo(page.margin + whole, sheet.y);
    doc.lineWidth(0.4).strokeColor(ink.rule).stroke();
  });
}

interface FirstCell extends Omit<Written, 'tag' | 'scope'> {
  readonly row: TableRow;
  readonly look: NonNullable<TableRow['look']>;
}

// What the row is about, with its note.
function drawFirst(sheet: Sheet, { parent, text, at, row, look }: FirstCell): void {
  const { doc } = sheet;
  if (look === 'plain') putText(doc, { parent, tag: 'TD', text, at });
  else putText(doc, { parent, tag: 'TH', text, at, scope: 'Row' });
  if (row.note === undefined) return;
  const y = at.y + heightOf(sheet, text, at);
  putText(doc, { parent, tag: 'TD', text: row.note, at: { ...noteStyle, x: at.x, y, width: at.width } });
}

function writeFeet(doc: Doc, foot: (n: number, pages: number) => readonly string[]): void {
  const { start, count } = doc.bufferedPageRange();
  const width = page.width - 2 * page.margin;
  for (let at = 0; at < count; at += 1) {
    doc.switchToPage(start + at);
    doc.markContent('Artifact', { type: 'Pagination' });
    const y = page.height - page.foot;
    doc
      .moveTo(page.margin, y)
      .lineTo(page.margin + width, y)
      .lineWidth(0.4)
      .strokeColor(ink.rule)
      .stroke();
    const [left = '', right = ''] = foot(at + 1, count);
    drawPlain(doc, left, { x: page.margin, y: y + 10, width: width - 90, size: 8.5, colour: ink.quiet });
    drawPlain(doc, right, { x: page.margin, y: y + 10, width, size: 8.5, colour: ink.quiet, align: 'right' });
    doc.endMarkedContent();
  }
}

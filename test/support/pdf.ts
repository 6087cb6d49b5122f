// Reads PDF files back with Poppler, as a person or a screen reader would find them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function run(program: string, content: Buffer, args: (file: string) => string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'pdf-'));
  try {
    const file = join(folder, 'a.pdf');
    writeFileSync(file, content);
    return execFileSync(program, args(file), { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Its text; with `area` (in points from the top left) that of a part of the first page. No-break spaces are blanks. */
export function pdfText(content: Buffer, area?: { x: number; y: number; width: number; height: number }): string {
  const part = (file: string) => {
    const crop =
      area === undefined
        ? []
        : ['-l', '1', ...['x', 'y', 'W', 'H'].flatMap((name, at) => [`-${name}`, String(Object.values(area)[at])])];
    return [...crop, '-layout', file, '-'];
  };
  return run('pdftotext', content, part).replace(/[\u00a0\u202f]/g, ' ');
}

/** The tree of its tags, with their text. */
export function pdfStructure(content: Buffer): string {
  return run('pdfinfo', content, (file) => ['-struct-text', file]).replace(/[\u00a0\u202f]/g, ' ');
}

/** What `pdfinfo` says of the file. */
export function pdfFacts(content: Buffer): string {
  return run('pdfinfo', content, (file) => [file]);
}

// What the commands write to: two streams, colours if wanted, tables, and the errors that carry an exit code.

import { styleText } from 'node:util';

/** 0 done, 1 assertion failed, 2 usage, 3 simulator not reachable, 4 timed out. Scripts rely on them. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, timedOut: 4 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly colours: boolean;
};

/** What every command gets; `signal` fires when the person or the system wants the command to end. */
export type CliContext = { readonly terminal: Terminal; readonly signal: AbortSignal };

/** Ends a command with an exit code and words for a person. `code` is a stable word for programs. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly code: string;

  constructor(exitCode: ExitCode, code: string, message: string) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
  }
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** Paints a text if the terminal wants colours. */
export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.colours ? styleText(style, text, { validateStream: false }) : text;
}

/** Writes one JSON value on one line. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value)}\n`);
}

/** Writes one line. Texts from phones and mails go through `printable` first. */
export function printLine(terminal: Terminal, line = ''): void {
  terminal.out(`${line}\n`);
}

/** Makes a text from outside safe to print: an SMS must not move the cursor or recolour the screen. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '·');
}

/** Writes rows in aligned columns under a heading; cells are made printable and single-line. */
export function printTable(terminal: Terminal, heading: string[], rows: string[][]): void {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replace(/\s+/g, ' ')));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  printLine(terminal, paint(terminal, 'bold', line(heading)));
  for (const row of cells) printLine(terminal, line(row));
}

/** Writes `name  value` lines; names are aligned, values made printable. */
export function printFacts(terminal: Terminal, facts: [string, string][]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) {
    const indented = printable(value).replaceAll('\n', `\n${' '.repeat(width + 4)}`);
    printLine(terminal, `  ${paint(terminal, 'dim', name.padEnd(width))}  ${indented}`);
  }
}

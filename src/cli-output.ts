// Tables and fields as plain text, for a person at a terminal.

type Json = Readonly<Record<string, unknown>>;

/** A table with a heading; cells that are missing are empty. */
export function printTable(rows: readonly Json[], columns: readonly string[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const widths = columns.map((_column, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `name  value`, nested members with dotted names. */
export function printFields(value: Json): string {
  const fields = flatten(value, '');
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd()).join('\n');
}

function flatten(value: Json, prefix: string): [string, string][] {
  return Object.entries(value).flatMap(([name, inner]): [string, string][] => {
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      return flatten({ ...inner }, `${prefix}${name}.`);
    }
    return [[`${prefix}${name}`, cell(inner)]];
  });
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(cell).join(', ');
  return String(value);
}

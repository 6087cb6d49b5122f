// Reads the source files of the repository and what each of them imports, for the architecture rules.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourceFile {
  /** From the root of the repository, with forward slashes: `src/oidc/keys.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments and with emptied string literals: what the code does. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written: `../errors.ts`, `node:fs`, `koa`. */
  readonly specifier: string;
  /** The file meant, for relative imports. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
}

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** All files below the folders whose name matches, in a stable order. */
export function readSourceFiles(folders: readonly string[], name = /\.(ts|js)$/): SourceFile[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && name.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name).slice(repositoryRoot.length).replaceAll('\\', '/')),
    )
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(repositoryRoot, path), 'utf8')));
}

/** A source file from its text; the rules are tried on made-up ones with it. */
export function sourceFile(path: string, text: string): SourceFile {
  const bare = withoutComments(text);
  return { path, text, code: withoutStrings(bare), imports: importsOf(path, bare) };
}

// Strings, template literals and regular expressions are matched first, so that `//` inside them opens no comment.
const token =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<=[(,=:[!&|?{};\n]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//g;

function withoutComments(text: string): string {
  return text.replace(token, (found) => (/^\/[/*]/.test(found) ? '' : found));
}

function withoutStrings(bare: string): string {
  return bare.replace(token, (found) => {
    // What stands in `${}` is code and stays.
    if (found.startsWith('`')) return `\`${(found.match(/\$\{[^`]*?\}/g) ?? []).join('')}\``;
    return found.startsWith('/') ? '/ /' : "''";
  });
}

function importsOf(path: string, bare: string): Import[] {
  const statements = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*,?\s*\)/g;
  return [
    ...[...bare.matchAll(statements)].map(([, type, specifier = '']) => ({ specifier, typeOnly: type !== undefined })),
    ...[...bare.matchAll(dynamic)].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
  ].map((one) => ({ ...one, target: targetOf(path, one.specifier) }));
}

function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}

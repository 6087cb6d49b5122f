// docker/compose.yaml as data: its services with what stands for their secrets filled in, and what the Dockerfile puts
// into the image.
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from './source-files.ts';

export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly network_mode?: string;
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address?: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, object>>;
}

export const dockerFolder = join(repositoryRoot, 'docker');

/** The file as it is written, anchors resolved. */
export function readCompose(): Compose {
  return parse(readFileSync(join(dockerFolder, 'compose.yaml'), 'utf8'), { merge: true }) as Compose;
}

/** `${NAME:?words}` in all texts, as compose does it. Throws when a name is missing. */
export function interpolate<T>(value: T, variables: Readonly<Record<string, string>>): T {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Z_]+)(?::\?[^}]*)?\}/g, (_, name: string) => {
      const found = variables[name];
      if (found === undefined) throw new Error(`compose.yaml needs ${name}`);
      return found;
    }) as T;
  }
  if (Array.isArray(value)) return value.map((one: unknown) => interpolate(one, variables)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, interpolate(one, variables)])) as T;
}

/** The lines `NAME=value` of a file as compose reads it. */
export function readVariables(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Instructions of the Dockerfile, continued lines joined, comments left out. */
export function readDockerfile(): { instruction: string; rest: string }[] {
  const text = readFileSync(join(dockerFolder, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => ({ instruction: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
}

/** Lays the files of the image into a folder: what the last stage copies, less what .dockerignore leaves out. */
export function layImage(folder: string): void {
  const allowed = readFileSync(join(repositoryRoot, '.dockerignore'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  for (const { instruction, rest } of readDockerfile()) {
    const words = rest.split(' ').filter((word) => !word.startsWith('--'));
    if (instruction !== 'COPY' || rest.startsWith('--from=')) continue;
    for (const source of words.slice(0, -1)) {
      const files = allowed.filter((one) => one === source || one.startsWith(`${source}/`));
      for (const file of files) cpSync(join(repositoryRoot, file), join(folder, file), { recursive: true });
    }
  }
  // Stands for `COPY --from=packages`.
  if (!existsSync(join(folder, 'node_modules')))
    symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
}

// The rules of the layout, as functions: source files in, broken rules out. Each line names the rule and the file.
import type { Import, SourceFile } from './source-files.ts';

/** A rule gives one line for each break: `<file>: <what is wrong>`. */
export type Rule = (files: readonly SourceFile[]) => string[];

const everywhere = ['errors', 'identifiers', 'i18n'];

/** Who may import whom, besides itself and the three files above. `*`: everything but the portal. */
const allowedFolders: Record<string, readonly string[]> = {
  errors: [],
  identifiers: [],
  i18n: [],
  ops: [],
  storage: ['ops', 'migrations'],
  messaging: ['ops', 'storage'],
  authentication: ['ops', 'storage', 'messaging'],
  enrolment: ['ops', 'storage', 'messaging', 'authentication'],
  customer: ['ops', 'storage', 'messaging', 'authentication', 'enrolment'],
  oidc: ['ops', 'storage', 'authentication'],
  api: ['ops', 'customer', 'enrolment'],
  web: ['ops', 'authentication', 'enrolment', 'oidc'],
  demo: ['ops', 'storage', 'customer', 'enrolment', 'authentication', 'oidc/clients.ts'],
  // A process of its own, started as the demo: it composes.
  'demo/start.ts': ['app', 'ops', 'storage', 'customer', 'enrolment', 'authentication', 'oidc/clients.ts'],
  portal: [],
  // Stands for somebody else’s system: of this one it knows an address and a shared secret.
  'payment-sandbox': [],
  app: ['*'],
  'admin-operations': ['*'],
  cli: ['*'],
};

/** The folder of a file, or the name of a file that stands in `src` itself; `cli-x.ts` belongs to `cli`. */
function homeOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  if (top !== 'src') return top;
  if (!second.endsWith('.ts')) return second;
  return second.replace(/\.ts$/, '').replace(/^(cli|admin-operations|app|errors)-.*/, '$1');
}

function imports(files: readonly SourceFile[]): { file: SourceFile; one: Import; target: string }[] {
  return files.flatMap((file) =>
    file.imports.flatMap((one) => (one.target === undefined ? [] : [{ file, one, target: one.target }])),
  );
}

function mayImport(from: string, target: string): boolean {
  const home = homeOf(from);
  const inside = homeOf(target);
  if (inside === home || everywhere.includes(inside)) return true;
  const allowed = allowedFolders[from.replace(/^src\//, '')] ?? allowedFolders[home] ?? [];
  if (allowed.includes('*')) return inside !== 'portal' && target.startsWith('src/');
  return allowed.includes(inside) || allowed.includes(target.replace(/^src\//, ''));
}

export const importTable: Rule = (files) =>
  imports(files)
    .filter(({ file, target }) => file.path.startsWith('src/') && !mayImport(file.path, target))
    .map(({ file, target }) => `${file.path}: must not import ${target} (architecture, who may import whom)`);

export const simulatorApart: Rule = (files) =>
  imports(files)
    .filter(({ file, target }) => {
      const inSimulator = file.path.startsWith('sim-simulator/');
      return inSimulator !== target.startsWith('sim-simulator/') && !file.path.startsWith('test/');
    })
    .map(({ file, target }) => `${file.path}: must not import ${target} (simulator and provider share no code)`);

export const migrationsAlone: Rule = (files) =>
  files
    .filter(({ path }) => path.startsWith('migrations/'))
    .flatMap((file) => file.imports.map((one) => ({ file, one })))
    .filter(({ one }) => one.specifier !== 'kysely' && !one.specifier.startsWith('node:'))
    .map(({ file, one }) => `${file.path}: must not import ${one.specifier} (a migration is frozen and stands alone)`);

/** Where a package may be imported; `x/` means a folder, else one file. Packages not named here live anywhere. */
const homes: [packages: RegExp, places: readonly string[]][] = [
  [/^oidc-provider(\/|$)/, ['src/oidc/']],
  [/^kysely(\/|$)/, ['src/storage/', 'migrations/']],
  [/^(pg|@electric-sql\/pglite|ioredis|rate-limiter-flexible)(\/|$)/, ['src/storage/']],
  [/^smpp$/, ['src/messaging/', 'sim-simulator/']],
  [/^(nodemailer|pg-boss)(\/|$)/, ['src/messaging/']],
  [/^smtp-server$/, ['sim-simulator/']],
  [/^eta$/, ['src/web/', 'src/messaging/', 'src/portal/', 'src/payment-sandbox/']],
  [/^(koa|@koa\/.*|koa-.*)$/, ['src/web/', 'src/api/', 'src/oidc/', 'src/portal/', 'src/payment-sandbox/']],
  [/^(argon2|otplib)$/, ['src/authentication/']],
  [/^(pino|prom-client)$/, ['src/ops/']],
  [/^(pdfkit|csv-stringify)(\/|$)/, ['src/customer/']],
  [/^openid-client$/, ['src/portal/']],
  [/^i18next$/, ['src/i18n.ts', 'src/portal/']],
  [/^commander$/, ['src/cli', 'src/portal/', 'sim-simulator/']],
];

export const packageHomes: Rule = (files) =>
  files
    .filter(({ path }) => !path.startsWith('test/'))
    .flatMap((file) => file.imports.map(({ specifier }) => ({ path: file.path, specifier })))
    .filter(({ path, specifier }) =>
      homes.some(([packages, places]) => packages.test(specifier) && !places.some((place) => path.startsWith(place))),
    )
    .map(({ path, specifier }) => `${path}: must not import ${specifier} (each package has its home)`);

export const environmentOnce: Rule = (files) =>
  files
    .filter(({ path }) => path.startsWith('src/') && !path.startsWith('src/portal/') && path !== 'src/ops/config.ts')
    .filter(({ code }) => /\bprocess\s*\.\s*env\b|\{[^}]*\benv\b[^}]*\}\s*(=\s*process\b|from\s*''\s*;)/.test(code))
    .map(({ path }) => `${path}: must not read process.env (only src/ops/config.ts does)`);

const entryPoints =
  /^src\/(app|cli|cli-.*|demo\/start|portal\/app|portal\/main|payment-sandbox\/main)\.ts$|^sim-simulator\/cli[^/]*\.ts$/;

export const injectedTime: Rule = (files) =>
  files
    .filter(({ path }) => /^(src|sim-simulator)\/.*\.ts$/.test(path) && !entryPoints.test(path))
    .filter(({ code }) => /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bMath\.random\b/.test(code))
    .map(({ path }) => `${path}: must not read the clock or draw a number itself (time and chance are injected)`);

export const shortFiles: Rule = (files) =>
  files
    .filter(({ path }) => !/^test\/.*\.test\.ts$/.test(path))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > 300)
    .map(({ path, lines }) => `${path}: has ${lines} lines (a file has at most 300; split it by sub-topic)`);

export const noCatchAllNames: Rule = (files) =>
  files
    .filter(({ path }) => /(^|\/)(utils?|helpers?|common|lib|services?|misc|shared)(\/|\.ts$)|\/index\.ts$/.test(path))
    .filter(({ path }) => path !== 'test/support/services.ts')
    .map(({ path }) => `${path}: says nothing by its name (no utils, helpers, common, lib, services, index)`);

export const shallowFolders: Rule = (files) =>
  files
    .filter(({ path }) => path.startsWith('src/') && path.split('/').length > 4)
    .map(({ path }) => `${path}: lies too deep (at most two levels below src)`);

export const knownFolders: Rule = (files) =>
  files
    .filter(({ path }) => path.startsWith('src/') && !(homeOf(path) in allowedFolders))
    .map(({ path }) => `${path}: is in a place that the import table does not know (add it with a decision)`);

export const kebabNames: Rule = (files) =>
  files
    .filter(({ path }) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)+[a-z0-9]+([-.][a-z0-9]+)*\.(ts|js)$/.test(path))
    .map(({ path }) => `${path}: is not in kebab-case`);

/** The folder that a test folder mirrors. */
function mirrored(testPath: string): string | undefined {
  const [, layer = '', folder = ''] = testPath.split('/');
  if (layer === 'storage') return 'src/storage/';
  if (layer !== 'unit') return undefined;
  if (folder.endsWith('.ts')) return 'src/';
  if (folder === 'support') return 'test/support/';
  return folder === 'sim-simulator' ? 'sim-simulator/' : `src/${testPath.split('/').slice(2, -1).join('/')}/`;
}

/** A test is named after the file it tests, or is a scenario over several files of the folder that it mirrors. */
export const testsMirror: Rule = (files) => {
  const paths = files.map(({ path }) => path);
  return files
    .filter(({ path }) => path.endsWith('.test.ts'))
    .filter((file) => {
      const folder = mirrored(file.path);
      if (folder === undefined || isScenario(file, folder)) return false;
      const name =
        file.path
          .split('/')
          .at(-1)
          ?.replace(/\.test\.ts$/, '') ?? '';
      return !paths.some((source) => isSourceOf(source, folder, name));
    })
    .map(({ path }) => `${path}: tests no file of its name, nor several of its folder (tests mirror the source)`);
};

/** Uses two files of the folder, or one that stands beside it and puts them together. */
function isScenario({ path, imports }: SourceFile, folder: string): boolean {
  const ownFolder = path.slice(0, path.lastIndexOf('/') + 1);
  const within = (place: string) => imports.filter(({ target }) => target?.startsWith(place)).length;
  return within(folder) >= 2 || within(ownFolder) >= 1;
}

/** `rate-limits.test.ts` and `rate-limits-parallel.test.ts` both test `rate-limits.ts`. */
function isSourceOf(source: string, folder: string, testName: string): boolean {
  if (!source.startsWith(folder) || source.includes('/', folder.length)) return false;
  const name = source.slice(folder.length).replace(/\.(ts|js)$/, '');
  return testName === name || testName.startsWith(`${name}-`) || testName.startsWith(`${name}.`);
}

export const noImportCycles: Rule = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push(`${path}: imports itself through ${[...trail.slice(start + 1), path].join(' → ')}`);
    if (start >= 0 || done.has(path)) return;
    for (const { target, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (target !== undefined && !typeOnly) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of byPath.keys()) visit(path, []);
  return cycles;
};

export const fileHeaders: Rule = (files) =>
  files
    .filter(({ path, text }) => /\.ts$/.test(path) && !/^(#!.*\n)?(\/\/|\/\*)/.test(text))
    .map(({ path }) => `${path}: does not open with its purpose (1 to 4 comment lines)`);

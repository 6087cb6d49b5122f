// Holds the layout: who imports whom, where packages live, one reader of the environment, short files, names.
// Each rule is tried on a made-up break first, so that a rule that finds nothing any more is noticed.
import { describe, expect, test } from 'vitest';
import * as rules from './support/architecture-rules.ts';
import { readSourceFiles, type SourceFile, sourceFile } from './support/source-files.ts';

const repository = readSourceFiles(['src', 'migrations', 'sim-simulator', 'test'], /\.(ts|js)$/).filter(
  ({ path }) => !path.startsWith('test/vectors/'),
);

const lines = (count: number): string => '// line\n'.repeat(count);

interface Case {
  readonly what: string;
  readonly rule: rules.Rule;
  readonly breaks: readonly (readonly [path: string, text: string])[];
  readonly keeps?: readonly (readonly [path: string, text: string])[];
}

const cases: readonly Case[] = [
  {
    what: 'folders import only whom the table of the architecture lets them',
    rule: rules.importTable,
    breaks: [
      ['src/ops/log.ts', "import { openDatabase } from '../storage/database.ts';"],
      ['src/web/pages.ts', "import type { Db } from '../storage/database.ts';"],
      ['src/api/account.ts', "export { x } from '../oidc/keys.ts';"],
      ['src/oidc/ciba.ts', "import { sendSms } from '../messaging/jobs.ts';"],
      ['src/demo/world.ts', "import { x } from '../oidc/keys.ts';"],
      ['src/demo/world.ts', "import { startApp } from '../app.ts';"],
      ['src/portal/main.ts', "const x = await import('../ops/log.ts');"],
      ['src/app.ts', "import { x } from './portal/main.ts';"],
      ['src/errors.ts', "import { x } from './ops/log.ts';"],
    ],
    keeps: [
      ['src/web/pages.ts', "import { begin } from '../authentication/sign-in.ts';"],
      ['src/demo/world.ts', "import { x } from '../oidc/clients.ts';"],
      ['src/demo/start.ts', "import { startApp } from '../app.ts';"],
      ['src/cli-keys.ts', "import { x } from './oidc/keys.ts';"],
      ['src/storage/migrations.ts', "import * as m from '../../migrations/0001-a.ts';"],
      ['src/ops/log.ts', "import { AppError } from '../errors.ts'; // import '../web/x.ts'"],
    ],
  },
  {
    what: 'simulator and provider share no code',
    rule: rules.simulatorApart,
    breaks: [
      ['sim-simulator/card.ts', "import { cmac } from '../src/messaging/aes-cmac.ts';"],
      ['src/messaging/a.ts', "import { x } from '../../sim-simulator/card.ts';"],
    ],
    keeps: [['sim-simulator/card.ts', "import { x } from './applet.ts';"]],
  },
  {
    what: 'migrations import nothing of the source',
    rule: rules.migrationsAlone,
    breaks: [['migrations/0009-x.ts', "import type { Tables } from '../src/storage/tables.ts';"]],
    keeps: [['migrations/0009-x.ts', "import { sql } from 'kysely';"]],
  },
  {
    what: 'each package is imported in its home only',
    rule: rules.packageHomes,
    breaks: [
      ['src/web/server.ts', "import Provider from 'oidc-provider';"],
      ['src/oidc/adapter.ts', "import { sql } from 'kysely';"],
      ['src/authentication/x.ts', "import pg from 'pg';"],
      ['src/app.ts', "import { PgBoss } from 'pg-boss';"],
      ['src/authentication/x.ts', "import Koa from 'koa';"],
      ['src/ops/admin.ts', "import Router from '@koa/router';"],
      ['src/api/x.ts', "import { Eta } from 'eta';"],
    ],
    keeps: [['src/storage/migrations.ts', "import { Migrator } from 'kysely/migration';"]],
  },
  {
    what: 'only ops/config.ts reads the environment',
    rule: rules.environmentOnce,
    breaks: [
      ['src/app.ts', "const port = process.env['PORT'];"],
      ['src/app.ts', 'const { env } = process;'],
      ['src/app.ts', "import { env } from 'node:process';"],
    ],
    keeps: [
      ['src/ops/config.ts', 'return process.env;'],
      ['src/app.ts', '// process.env is read elsewhere\nconst text = "process.env";'],
    ],
  },
  {
    what: 'time and chance are injected',
    rule: rules.injectedTime,
    breaks: [
      ['src/oidc/keys.ts', 'const at = Date.now();'],
      ['src/oidc/keys.ts', 'const at = new Date();'],
      ['src/oidc/keys.ts', ['const text = `at $', '{new Date().toISOString()}`;'].join('')],
      ['sim-simulator/card.ts', 'const r = Math.random();'],
    ],
    keeps: [
      ['src/app.ts', 'const now = () => new Date();'],
      ['src/oidc/keys.ts', 'const at = new Date(row.at); // not Date.now()'],
    ],
  },
  {
    what: 'a file has at most 300 lines',
    rule: rules.shortFiles,
    breaks: [['src/web/pages.ts', lines(301)]],
    keeps: [
      ['src/web/pages.ts', lines(300)],
      ['test/unit/web/pages.test.ts', lines(900)],
    ],
  },
  {
    what: 'no name says nothing',
    rule: rules.noCatchAllNames,
    breaks: [
      ['src/web/utils.ts', ''],
      ['src/helpers/x.ts', ''],
      ['src/oidc/index.ts', ''],
    ],
    keeps: [['src/storage/sim-answers.ts', '']],
  },
  {
    what: 'folders are at most two levels deep',
    rule: rules.shallowFolders,
    breaks: [['src/web/pages/login/form.ts', '']],
    keeps: [['src/web/pages/form.ts', '']],
  },
  {
    what: 'every folder is in the import table',
    rule: rules.knownFolders,
    breaks: [
      ['src/payments/card.ts', ''],
      ['src/things.ts', ''],
    ],
    keeps: [['src/web/x.ts', '']],
  },
  {
    what: 'file names are in kebab-case',
    rule: rules.kebabNames,
    breaks: [['src/web/loginPages.ts', '']],
    keeps: [['test/unit/web/login-pages.test.ts', '']],
  },
  {
    what: 'tests mirror the source',
    rule: rules.testsMirror,
    breaks: [
      ['test/unit/web/nothing.test.ts', ''],
      ['test/unit/web/nothing.test.ts', "import '../../../src/oidc/a.ts';\nimport '../../../src/web/b.ts';"],
    ],
    keeps: [
      ['test/flow/login.test.ts', ''],
      ['test/unit/web/forms-french.test.ts', "import '../../../src/web/a.ts';\nimport '../../../src/web/b.ts';"],
    ],
  },
  {
    what: 'no file imports itself through others',
    rule: rules.noImportCycles,
    breaks: [['src/web/a.ts', "import { a } from './a.ts';"]],
    keeps: [['src/web/a.ts', "import type { a } from './a.ts';"]],
  },
  {
    what: 'a file opens with its purpose',
    rule: rules.fileHeaders,
    breaks: [['src/web/a.ts', 'export const a = 1;']],
    keeps: [['src/web/a.ts', '// Says a.\nexport const a = 1;']],
  },
];

describe.each(cases)('$what', ({ rule, breaks, keeps = [] }) => {
  test.each(breaks)('a break in %s is found', (path, text) => {
    expect(rule([sourceFile(path, text)])).toEqual([expect.stringContaining(path)]);
  });

  test.each(keeps)('what is allowed in %s is let through', (path, text) => {
    expect(rule([sourceFile(path, text)])).toEqual([]);
  });

  test('the repository keeps it', () => {
    expect(rule(repository)).toEqual([]);
  });
});

test('a cycle over several files is found once, with its way', () => {
  const files: SourceFile[] = [
    sourceFile('src/web/a.ts', "import { b } from './b.ts';"),
    sourceFile('src/web/b.ts', "import { c } from './c.ts';"),
    sourceFile('src/web/c.ts', "import { a } from './a.ts';"),
  ];
  expect(rules.noImportCycles(files)).toEqual([expect.stringContaining('src/web/b.ts → src/web/c.ts → src/web/a.ts')]);
});

test('a test of a part of a file counts as a test of that file', () => {
  const files = [sourceFile('src/web/pages.ts', ''), sourceFile('test/unit/web/pages-french.test.ts', '')];
  expect(rules.testsMirror(files)).toEqual([]);
});

test('the repository is read', () => {
  expect(repository.length).toBeGreaterThan(50);
  expect(repository.find(({ path }) => path === 'src/storage/database.ts')?.imports.map((one) => one.target)).toContain(
    'src/storage/engine.ts',
  );
});

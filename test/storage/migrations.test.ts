// Migrations: complete, in order, repeatable, safe when several nodes start at once, the same on both engines.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { migrateToLatest } from '../../src/storage/migrations.ts';
import {
  createEmptyDatabase,
  engines,
  openTestDatabase,
  postgresUrl,
  type TestDatabase,
} from '../support/databases.ts';
import { repositoryRoot } from '../support/source-files.ts';

const files = readdirSync(join(repositoryRoot, 'migrations')).sort();

async function schemaOf({ database }: TestDatabase): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' ||
           coalesce(column_default, '') as line
    from information_schema.columns where table_schema = 'public' and table_name not like 'kysely%'
    union all
    select indexdef as line from pg_indexes where schemaname = 'public' and tablename not like 'kysely%'
    order by line`.execute(database.db);
  return rows.map(({ line }) => line);
}

test('files are numbered without a gap', () => {
  expect(files.map((name) => Number(name.slice(0, 4)))).toEqual(files.map((_name, at) => at + 1));
  for (const name of files) expect(name).toMatch(/^\d{4}-[a-z0-9-]+\.ts$/);
});

describe.each(engines)('on %s', (engine) => {
  let open: TestDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
  });
  afterAll(() => open.close());

  test('every file is bound and applied, in the order of the names', async () => {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by timestamp, name`.execute(
      open.database.db,
    );
    expect(rows.map(({ name }) => `${name}.ts`)).toEqual(files);
  });

  test('a second run changes nothing', async () => {
    const before = await schemaOf(open);
    expect(await migrateToLatest(open.database.db)).toEqual([]);
    expect(await schemaOf(open)).toEqual(before);
  });
});

describe.skipIf(postgresUrl === undefined)('on a PostgreSQL server', () => {
  test('five nodes that start at once on an empty database migrate it once', async () => {
    const { url, drop } = await createEmptyDatabase(postgresUrl!);
    const nodes = await Promise.all([1, 2, 3, 4, 5].map(() => openDatabase(url)));
    const { rows } = await nodes[0]!.executeSql('select count(*)::int as n from kysely_migration');
    expect(rows).toEqual([{ n: files.length }]);
    await Promise.all(nodes.map((node) => node.close()));
    await drop();
  });

  test('the schema is the same as on PGlite', async () => {
    const [postgres, pglite] = await Promise.all([openTestDatabase('postgres'), openTestDatabase('pglite')]);
    expect(await schemaOf(postgres)).toEqual(await schemaOf(pglite));
    await Promise.all([postgres.close(), pglite.close()]);
  });
});

// The databases that a storage or flow test runs on: PGlite always, PostgreSQL when one is named.
// PGlite is migrated once for each test process and cloned from its dump, because booting is the slow part.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/storage/database.ts';

export interface TestDatabase {
  database: Database;
  /** The address for a second opener; PostgreSQL only. */
  url: string | undefined;
  close(): Promise<void>;
}

export type Engine = 'pglite' | 'postgres';

/** The address of a PostgreSQL server for tests, if there is one. */
export const postgresUrl = process.env['TEST_DATABASE_URL'];

/** The engines that this run can use. */
export const engines: Engine[] = postgresUrl === undefined ? ['pglite'] : ['pglite', 'postgres'];

/** Opens a fresh, migrated database. */
export async function openTestDatabase(engine: Engine): Promise<TestDatabase> {
  if (engine === 'pglite') {
    const database = await openDatabase('memory:');
    return { database, url: undefined, close: () => database.close() };
  }
  return await openOnServer(postgresUrl!);
}

async function openOnServer(server: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
  const database = await openDatabase(url);
  return {
    database,
    url,
    async close() {
      await database.close();
      await onServer(server, `drop database if exists ${name} with (force)`);
    },
  };
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

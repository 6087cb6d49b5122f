// The databases that a storage or flow test runs on: PGlite always, PostgreSQL when one is named.
// PGlite is migrated once for each state of the migrations, and lent again when a file has done with it, because
// booting is the slow part.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, openAsBlob, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/storage/database.ts';
import { migrateToLatest } from '../../src/storage/migrations.ts';
import { lendPglite } from './pglite-lending.ts';
import { repositoryRoot } from './source-files.ts';

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
  if (engine === 'postgres') return await openOnServer(postgresUrl!);
  const database = await openDatabase('memory:', { pglite: await lendPglite(migratedDump) });
  return { database, url: undefined, close: () => database.close() };
}

/** A dump of a migrated PGlite, kept in node_modules/.cache under the digest of what made it. */
async function migratedDump(): Promise<Blob> {
  const folder = join(repositoryRoot, 'node_modules', '.cache', 'test-databases');
  const file = join(folder, `${migrationsDigest()}.tar`);
  try {
    return await openAsBlob(file);
  } catch {
    const dump = await makeDump();
    mkdirSync(folder, { recursive: true });
    // Several test processes may do this at once; each renames a whole file into place.
    const mine = `${file}.${process.pid}`;
    writeFileSync(mine, Buffer.from(await dump.arrayBuffer()));
    renameSync(mine, file);
    return dump;
  }
}

function migrationsDigest(): string {
  const digest = createHash('sha256').update(readFileSync(join(repositoryRoot, 'package.json')));
  const folder = join(repositoryRoot, 'migrations');
  for (const name of readdirSync(folder).sort()) digest.update(name).update(readFileSync(join(folder, name)));
  // The list of what is run, in its order: a migration's file may be there before its line.
  digest.update(readFileSync(join(repositoryRoot, 'src', 'storage', 'migrations.ts')));
  return digest.update(fewBuffers).digest('hex').slice(0, 24);
}

// Of 128 MB, which is the default, each start fills every byte: a third of its time.
const fewBuffers = "alter system set shared_buffers = '16MB'";

async function makeDump(): Promise<Blob> {
  const pglite = await PGlite.create('memory://');
  await pglite.exec(fewBuffers);
  await migrateToLatest(new Kysely<unknown>({ dialect: new PGliteDialect({ pglite }) }));
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  return dump;
}

async function openOnServer(server: string): Promise<TestDatabase> {
  const { url, drop } = await createDatabase(server, process.env['TEST_DATABASE_TEMPLATE']);
  const database = await openDatabase(url);
  return {
    database,
    url,
    async close() {
      await database.close();
      await drop();
    },
  };
}

interface ServerDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** A migrated database that the tests of a run copy theirs from; named to the workers by the environment. */
export async function openTemplate(server: string): Promise<ServerDatabase> {
  const { url, drop } = await createEmptyDatabase(server);
  await (await openDatabase(url)).close();
  process.env['TEST_DATABASE_TEMPLATE'] = new URL(url).pathname.slice(1);
  return { url, drop };
}

/** A database on the server without any table; `drop` ends its connections and removes it. */
export function createEmptyDatabase(server: string): Promise<ServerDatabase> {
  return createDatabase(server);
}

async function createDatabase(server: string, template = 'template1'): Promise<ServerDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name} template ${template}`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
  return { url, drop: () => onServer(server, `drop database if exists ${name} with (force)`) };
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

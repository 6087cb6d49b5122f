// Opens PostgreSQL, or PGlite (PostgreSQL in the process) when there is none, behind one set of functions.
// PGlite has a single connection: using the outer handle inside a transaction would wait for itself for ever,
// so on both engines that is an error at once (decisions 46).
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  CompiledQuery,
  type Kysely,
  type KyselyPlugin,
  type QueryResult,
  sql,
  type Transaction,
  type UnknownRow,
} from 'kysely';
import type { Engine, SqlClient } from './engine.ts';
import { openPglite, type RunningPglite } from './engine-pglite.ts';
import { openPostgres } from './engine-postgres.ts';
import { migrateToLatest } from './migrations.ts';
import type { MakeRateLimit } from './rate-limits.ts';
import { tellStatement } from './statement-channel.ts';
import type { Tables } from './tables.ts';

/** Either the database or a transaction: what every repository function takes first. */
export type Db = Kysely<Tables>;

/** A running transaction; inside it nothing else may touch the database. */
export type Tx = Transaction<Tables>;

export interface Database extends SqlClient {
  readonly engine: 'postgres' | 'pglite';
  readonly db: Db;
  /** Runs `work` in one transaction: commits when it resolves, rolls back when it throws. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  listen: Engine['listen'];
  /** Connections of the pool, where there is one. */
  readonly connections?: Engine['connections'];
  /** Where rate limits are counted, if not here. */
  readonly counters?: MakeRateLimit | undefined;
  close(): Promise<void>;
}

export class OutsideTransactionError extends Error {
  override readonly name = 'OutsideTransactionError';
  constructor() {
    super('the database was used outside its transaction: pass the transaction on instead');
  }
}

/** A transaction that this flow of control is inside of, and whether it still runs. */
interface Inside {
  open: boolean;
}

const inside = new AsyncLocalStorage<Inside>();

function refuseInsideTransaction(): void {
  if (inside.getStore()?.open) throw new OutsideTransactionError();
}

class OutsideGuard implements KyselyPlugin {
  transformQuery(args: Parameters<KyselyPlugin['transformQuery']>[0]): ReturnType<KyselyPlugin['transformQuery']> {
    refuseInsideTransaction();
    return args.node;
  }

  async transformResult(args: { result: QueryResult<UnknownRow> }): Promise<QueryResult<UnknownRow>> {
    return args.result;
  }
}

async function runInside<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  const mark: Inside = { open: true };
  try {
    return await inside.run(mark, () => work(tx));
  } finally {
    mark.open = false;
  }
}

/**
 * Opens the database that the address names: `postgres://…`, `memory:` or a directory, and migrates it.
 * Throws when the directory is in use by another process or the server cannot be reached.
 */
export async function openDatabase(url: string, options: { pglite?: RunningPglite } = {}): Promise<Database> {
  const engine = /^postgres(ql)?:/.test(url) ? openPostgres(url) : await openPglite(url, options);
  try {
    await migrateToLatest(engine.kysely);
  } catch (cause) {
    await engine.close();
    throw cause;
  }
  return {
    engine: engine.name,
    db: engine.kysely.withPlugin(new OutsideGuard()),
    async transaction(work) {
      refuseInsideTransaction();
      tellStatement('begin');
      const done = await engine.kysely.transaction().execute((tx) => runInside(tx, work));
      tellStatement('commit');
      return done;
    },
    async executeSql(text, values) {
      refuseInsideTransaction();
      return await engine.executeSql(text, values);
    },
    listen: engine.listen,
    connections: engine.connections,
    close: engine.close,
  };
}

/** Plain SQL through a transaction, for libraries that must write in ours (pg-boss). */
export function sqlClientOf(tx: Tx): SqlClient {
  return {
    async executeSql(text, values = []) {
      // Without our plugins, so that a library finds its columns under the names that it wrote.
      const result = await tx.withoutPlugins().executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, values));
      return { rows: result.rows };
    },
  };
}

/** The domain clock: the database's time plus the sandbox's offset (decisions 45). */
export const appNow = sql<Date>`app_now()`;

/** Reads the domain clock once, for pure rules that take the time as a value. */
export async function readAppNow(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select app_now() as now`.execute(db);
  const row = rows[0];
  if (row === undefined) throw new Error('the database gave no time');
  return row.now;
}

/** Reads the wall clock of the database: leases and tokens live by it, whatever the sandbox does to the domain clock. */
export async function readWallClock(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  const row = rows[0];
  if (row === undefined) throw new Error('the database gave no time');
  return row.now;
}

/** True for what PostgreSQL says of a value that is taken (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

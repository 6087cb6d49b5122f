// What PostgreSQL and PGlite offer alike, beneath the functions of database.ts.
import { CamelCasePlugin, type Kysely, type KyselyPlugin } from 'kysely';
import type { Tables } from './tables.ts';

/** Plain SQL with `$1` placeholders, for libraries that write their own statements. */
export interface SqlClient {
  /** Runs one statement, or several when there are no values. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** What an engine offers beneath Kysely. */
export interface Engine extends SqlClient {
  readonly name: 'postgres' | 'pglite';
  readonly kysely: Kysely<Tables>;
  /** Calls back for each NOTIFY on the channel; after a lost connection it listens again and calls `onReconnect`. */
  listen(channel: string, onPayload: (payload: string) => void, onReconnect: () => void): Promise<() => Promise<void>>;
  /** Connections of the pool, where there is one. */
  readonly connections?: () => { readonly busy: number; readonly idle: number; readonly waiting: number };
  close(): Promise<void>;
}

/** Plugins shared by both engines: camelCase in code, snake_case in SQL. */
export function kyselyPlugins(): KyselyPlugin[] {
  return [new CamelCasePlugin({ maintainNestedObjectKeys: true })];
}

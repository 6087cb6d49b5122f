// Which migrations a database has had, and traces of a demo that production must not run on.
import { sql } from 'kysely';
import type { Db } from './database.ts';
import { readClockOffset } from './domain-clock.ts';

export interface AppliedMigration {
  readonly name: string;
  readonly appliedAt: string;
}

/** In the order in which they were applied. */
export async function listAppliedMigrations(db: Db): Promise<AppliedMigration[]> {
  const { rows } = await sql<AppliedMigration>`
    select name, timestamp as applied_at from kysely_migration order by name`.execute(db);
  return rows;
}

/** What a demo or a sandbox left in this database, in words; empty for one that production may use (decisions 32). */
export async function findDemoTraces(db: Db): Promise<string[]> {
  const traces: string[] = [];
  if ((await readClockOffset(db)) !== 0) traces.push('its clock was moved');
  const client = await db.selectFrom('oidcClients').select('clientId').where('origin', '=', 'demo').executeTakeFirst();
  if (client !== undefined) traces.push('it has clients of the demo, whose secrets are known');
  return traces;
}

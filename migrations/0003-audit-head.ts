// The two ends of the audit chain, so that a cut tail is noticed and an old beginning can be purged.
import { type Kysely, sql } from 'kysely';

const statements = [
  // One row. `sequence`, `hash`: the last sealed event; `purged_*`: the last one that retention removed.
  `create table audit_head (
     only_row boolean primary key default true check (only_row),
     sequence bigint not null default 0,
     hash bytea not null default decode(repeat('00', 32), 'hex'),
     purged_sequence bigint not null default 0,
     purged_hash bytea not null default decode(repeat('00', 32), 'hex')
   )`,
  'insert into audit_head default values',
];

/** Creates the head of the audit chain. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

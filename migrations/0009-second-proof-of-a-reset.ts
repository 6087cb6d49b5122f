// A PIN reset may be confirmed by a code to the account's mailbox, and a number that was given up rests for a while.
import { type Kysely, sql } from 'kysely';

const statements = [
  'alter table pin_resets add column email_asked boolean not null default false',
  // Who had the number last may get it back at once; by whom it may not be taken before its time is over.
  `create table resting_numbers (
     lookup_hash bytea primary key,
     line_id text not null,
     rests_until timestamptz not null
   )`,
  'create index resting_numbers_end on resting_numbers (rests_until)',
];

/** Adds the mark and the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// The identity that a federation hub is told: all first names of the civil register, and how far it was proofed.
import { type Kysely, sql } from 'kysely';

const statements = [
  `alter table persons
     add column civil_given_names text,
     add column identity_proofing text not null default 'none'
       check (identity_proofing in ('none', 'eidas1', 'eidas2'))`,
  // Who was checked before was checked as a customer is; without the names of the register it still proves nothing.
  `update persons set identity_proofing = 'eidas1' where identity_checked_at is not null`,
];

/** Adds what a hub needs to know of a person. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

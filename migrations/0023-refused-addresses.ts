// That a mail server knows no such address as an account's: whoever must be told by it cannot be (X79).
import { type Kysely, sql } from 'kysely';

/** Adds the column. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table accounts add column contact_email_refused_at timestamptz`.execute(db);
  await sql`create index accounts_contact_email on accounts (lower(contact_email))`.execute(db);
}

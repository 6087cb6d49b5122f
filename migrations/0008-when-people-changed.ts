// When what is known of an account or a person last changed: the claim `updated_at` (OpenID Connect Core 5.1).
// Kept by the database itself, so that no path can forget it. Real time: relying parties compare it with their own.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table accounts add column updated_at timestamptz not null default clock_timestamp()`.execute(db);
  await sql`alter table persons add column updated_at timestamptz not null default clock_timestamp()`.execute(db);
  await sql`create function note_update() returns trigger language plpgsql as $$
    begin
      new.updated_at := clock_timestamp();
      return new;
    end $$`.execute(db);
  for (const table of ['accounts', 'persons']) {
    await sql`create trigger note_update before update on ${sql.table(table)}
      for each row execute function note_update()`.execute(db);
  }
}

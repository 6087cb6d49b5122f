// Registration for the online area of a brand whose customers log in with an Account ID or a Customer ID: its drafts.
// What such a registration opens is the `account_id` of a billing account or of a group.
import { type Kysely, sql } from 'kysely';

const statements = [
  // One row for every identifier that is given, with something behind it or nothing. The deadline is that of its step.
  `create table registrations (
     id text primary key,
     browser bytea not null,
     slot bytea not null,
     brand text not null,
     locale text not null check (locale in ('fr', 'en')),
     step text not null check (step in ('form', 'terms', 'code', 'password', 'done', 'failed')),
     identifier_sealed text not null,
     details_sealed text,
     terms_version text,
     terms_accepted_at timestamptz,
     created_at timestamptz not null,
     expires_at timestamptz not null
   )`,
  'create index registrations_expiry on registrations (expires_at)',
  // Told: when the owner last heard that somebody tries to register the same again.
  'alter table billing_accounts add column owner_told_at timestamptz',
  // Contact: where the codes of a Customer ID go; staff write it down when they issue one.
  `alter table customer_groups
     add column owner_told_at timestamptz,
     add column contact_mobile text`,
  // As its owner gave it, to be called at; no code goes there.
  'alter table accounts add column contact_phone text',
];

/** Creates and extends them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Registration for the online area of a brand whose customers log in with an Account ID or a Customer ID: its drafts,
// and which billing account or group of accounts such a registration opens.
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
     identifier_kind text not null check (identifier_kind in ('account_id', 'customer_id')),
     billing_account_id text,
     customer_group_id text,
     details_sealed text,
     terms_version text,
     terms_accepted_at timestamptz,
     created_at timestamptz not null,
     expires_at timestamptz not null
   )`,
  'create index registrations_expiry on registrations (expires_at)',
  // What an account that was registered this way sees: one billing account, or all of a group. Told: when its owner
  // last heard that somebody tries to register the same again.
  `create table self_care_accesses (
     account_id text primary key references accounts (id) on delete cascade,
     billing_account_id text unique,
     customer_group_id text unique,
     contact_phone text not null,
     owner_told_at timestamptz,
     created_at timestamptz not null,
     check (num_nonnulls(billing_account_id, customer_group_id) = 1)
   )`,
];

/** Creates both. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Passwords that change: earlier ones, and through whose SIM a code set them; the flow of a forgotten one; accounts
// that people without a contract open for themselves.
import { type Kysely, sql } from 'kysely';

const statements = [
  // Version: grows with each change, so that sessions of an older one end. Code line and SIM: where the code went that
  // set it; such a password does not enrol that SIM.
  `alter table passwords
     add column version integer not null default 1,
     add column earlier jsonb not null default '[]',
     add column code_line_id text,
     add column code_sim_id text`,
  // One row for every identifier that is asked for, with an account behind it or none.
  `create table password_resets (
     id text primary key,
     browser bytea not null,
     slot bytea not null,
     brand text not null,
     identifier_sealed text not null,
     account_id text references accounts (id) on delete cascade,
     step text not null check (step in ('robot', 'channel', 'code', 'password', 'done', 'failed')),
     robot_sealed text,
     robot_until timestamptz,
     channel text check (channel in ('email', 'mobile')),
     code_line_id text,
     code_sim_id text,
     created_at timestamptz not null,
     expires_at timestamptz not null
   )`,
  `create index password_resets_slot on password_resets (slot) where step in ('code', 'password')`,
  'create index password_resets_account on password_resets (account_id)',
  'create index password_resets_expiry on password_resets (expires_at)',
  `create table account_drafts (
     id text primary key,
     browser bytea not null,
     slot bytea not null,
     brand text not null,
     locale text not null check (locale in ('fr', 'en')),
     step text not null check (step in ('robot', 'code', 'password', 'done', 'failed')),
     details_sealed text not null,
     robot_sealed text,
     robot_until timestamptz,
     with_mobile boolean not null,
     email_verified_at timestamptz,
     mobile_verified_at timestamptz,
     created_at timestamptz not null,
     expires_at timestamptz not null
   )`,
  'create index account_drafts_expiry on account_drafts (expires_at)',
  `alter table accounts
     add column terms_version text,
     add column terms_accepted_at timestamptz`,
];

/** Extends passwords and accounts, creates the flows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

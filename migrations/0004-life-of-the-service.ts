// The life of Mobile Connect on a line: activation, PIN reset, replacement of the SIM, suspension, the end.
import { type Kysely, sql } from 'kysely';

const statements = [
  // What an attempt that is no login belongs to: the id of the flow that began it.
  'alter table attempts add column subject text',
  'create index attempts_subject on attempts (subject) where subject is not null',

  `alter table enrolments
     add column terms_version text,
     add column terms_accepted_at timestamptz,
     add column install_deadline timestamptz,
     add column pin_deadline timestamptz,
     add column pin_trusted_from timestamptz,
     add column verified_at timestamptz,
     add column deactivated_at timestamptz,
     add column deactivated_reason text,
     add column hold_end_told boolean not null default false`,
  `alter table mobile_connect_links
     add column status text not null default 'active' check (status in ('pending', 'active'))`,

  // One open activation for a line, whoever begins it and however often (A15).
  `create table activations (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     line_id text not null references lines (id) on delete cascade,
     sim_id text not null references sims (id),
     enrolment_id text references enrolments (id) on delete cascade,
     step text not null check (step in ('terms', 'installing', 'installed', 'pin', 'pin_set', 'done', 'failed')),
     failure text,
     attempt_id text references attempts (id) on delete set null,
     terms_version text,
     terms_accepted_at timestamptz,
     terms_locale text,
     terms_address bytea,
     created_at timestamptz not null,
     expires_at timestamptz not null
   )`,
  `create unique index activations_one_open on activations (line_id) where step not in ('done', 'failed')`,
  'create index activations_account on activations (account_id)',

  // A code sent by SMS or e-mail: HOTP over a fresh secret, tries taken by one statement before comparing (decisions 20).
  `create table one_time_codes (
     id text primary key,
     purpose text not null,
     subject text not null,
     secret_sealed text not null,
     tries_left integer not null,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     used_at timestamptz
   )`,
  // One code that counts for what it is for and whom: the next takes its place.
  'create unique index one_time_codes_one on one_time_codes (purpose, subject) where used_at is null',
  'create index one_time_codes_expiry on one_time_codes (expires_at)',

  // A forgotten PIN. Every number has such a flow; only an active line has anything behind it (A45).
  `create table pin_resets (
     id text primary key,
     browser bytea not null,
     slot bytea not null,
     brand text not null,
     identifier_sealed text not null,
     line_id text references lines (id) on delete cascade,
     enrolment_id text references enrolments (id) on delete cascade,
     step text not null check (step in ('robot', 'code', 'phone', 'done', 'failed')),
     robot_sealed text,
     robot_until timestamptz,
     strong boolean not null default false,
     attempt_id text references attempts (id) on delete set null,
     created_at timestamptz not null,
     expires_at timestamptz not null
   )`,
  `create index pin_resets_slot on pin_resets (slot) where step in ('robot', 'code', 'phone')`,
  'create index pin_resets_expiry on pin_resets (expires_at)',

  'alter table sims drop constraint sims_state_check',
  `alter table sims add constraint sims_state_check check (state in
     ('stock', 'reserved', 'shipped', 'delivered', 'activating', 'active', 'blocked', 'terminated', 'cancelled'))`,
  `alter table sims
     add column puk_sealed text,
     add column reserved_for_line_id text references lines (id),
     add column activating_since timestamptz`,
  `create unique index sims_one_reserved on sims (reserved_for_line_id)
   where state in ('reserved', 'shipped', 'delivered', 'activating')`,
];

/** Adds what activation, reset, replacement and suspension keep. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

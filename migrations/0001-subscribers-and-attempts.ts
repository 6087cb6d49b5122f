// The customers, their lines and SIMs, the Mobile Connect enrolments, the attempts, and what runs beside them.
import { type Kysely, sql } from 'kysely';

const statements = [
  // One row: how far the sandbox has moved the domain clock. Zero in production, and `serve` insists on it.
  `create table domain_clock (
     only_row boolean primary key default true check (only_row),
     offset_seconds integer not null default 0 check (offset_seconds >= 0)
   )`,
  'insert into domain_clock default values',
  `create function app_now() returns timestamptz language sql volatile as
   $$ select clock_timestamp() + make_interval(secs => (select offset_seconds from domain_clock)) $$`,

  `create table persons (
     id text primary key,
     civility text,
     given_name text not null,
     family_name text not null,
     birth_name text,
     birth_date text,
     birth_place text,
     birth_country text,
     gender text,
     customer_type text not null default 'consumer',
     identity_checked_at timestamptz
   )`,
  `create table accounts (
     id text primary key,
     brand text not null,
     kind text not null check (kind in ('main', 'secondary', 'group')),
     person_id text references persons (id),
     parent_account_id text references accounts (id),
     label text not null,
     status text not null default 'active' check (status in ('active', 'closed')),
     contact_email text,
     contact_email_verified_at timestamptz,
     locale text not null default 'fr',
     created_at timestamptz not null,
     check ((kind = 'secondary') = (parent_account_id is not null))
   )`,
  `create table login_identifiers (
     account_id text not null references accounts (id) on delete cascade,
     brand text not null,
     kind text not null check (kind in ('email', 'msisdn', 'account_id', 'customer_id')),
     lookup_hash bytea not null,
     is_primary boolean not null default false,
     primary key (brand, kind, lookup_hash, account_id)
   )`,
  // One e-mail, Account ID or Customer ID opens one account; a SIM may serve several (A12).
  `create unique index login_identifiers_one_account on login_identifiers (brand, kind, lookup_hash)
   where kind <> 'msisdn'`,
  `create unique index login_identifiers_one_primary on login_identifiers (brand, lookup_hash)
   where kind = 'msisdn' and is_primary`,
  'create index login_identifiers_account on login_identifiers (account_id)',
  `create table passwords (
     account_id text primary key references accounts (id) on delete cascade,
     password_hash text not null,
     changed_at timestamptz not null
   )`,

  `create table contracts (
     id text primary key,
     brand text not null,
     kind text not null check (kind in ('MOBILE', 'INTERNET', 'FIXE', 'OPEN')),
     segment text not null check (segment in ('consumer', 'professional')),
     offer_range text not null,
     holder_person_id text references persons (id),
     customer_ref text not null,
     contract_ref text not null unique,
     status text not null default 'active',
     started_at timestamptz not null
   )`,
  `create table account_contracts (
     account_id text not null references accounts (id) on delete cascade,
     contract_id text not null references contracts (id) on delete cascade,
     relation text not null check (relation in ('holder', 'proxy', 'user')),
     since timestamptz not null,
     primary key (account_id, contract_id)
   )`,
  `create table lines (
     id text primary key,
     contract_id text references contracts (id),
     brand text not null,
     msisdn text not null,
     kind text not null check (kind in ('mobile', '4g-box', 'fixed')),
     status text not null default 'active' check (status in ('active', 'suspended', 'terminated')),
     suspended_at timestamptz,
     suspended_reason text
   )`,
  `create unique index lines_msisdn on lines (msisdn) where status <> 'terminated'`,

  `create table sim_roots (
     id integer primary key,
     wrapped_key text not null,
     created_at timestamptz not null
   )`,
  `create table sims (
     id text primary key,
     iccid text not null unique,
     serial13 text unique,
     origin text not null check (origin in ('test', 'live')),
     state text not null check (state in ('stock', 'active', 'blocked', 'terminated')),
     applet_capable boolean not null,
     line_id text references lines (id),
     via_replacement boolean not null default false,
     root_id integer not null references sim_roots (id),
     key_version integer not null,
     packet_counter bigint not null default 0,
     applet_counter bigint not null default 0,
     admin_number bigint not null default 0,
     activated_at timestamptz
   )`,
  `create unique index sims_one_active on sims (line_id) where state in ('active', 'blocked')`,

  `create table enrolments (
     id text primary key,
     sim_id text not null references sims (id),
     line_id text not null references lines (id),
     base_state text not null
       check (base_state in ('INACTIVE', 'INSTALLING', 'AWAITING_PIN', 'ACTIVE', 'DEACTIVATED')),
     tries_left integer,
     locked_until timestamptz,
     hold_until timestamptz,
     suspended_by_fork boolean not null default false,
     pin_key bytea,
     pin_key_provenance text,
     credential_mac bytea,
     pin_set_at timestamptz,
     last_used_at timestamptz,
     self_answering boolean not null default false,
     created_at timestamptz not null
   )`,
  `create unique index enrolments_one_per_sim on enrolments (sim_id) where base_state <> 'DEACTIVATED'`,
  'create index enrolments_line on enrolments (line_id)',
  // No two SIMs may share a PIN key: a key that turns up twice was copied (sim-channel 5.4).
  'create unique index enrolments_pin_key on enrolments (pin_key) where pin_key is not null',
  `create table mobile_connect_links (
     enrolment_id text not null references enrolments (id) on delete cascade,
     account_id text not null references accounts (id) on delete cascade,
     is_primary boolean not null default false,
     linked_at timestamptz not null,
     primary key (enrolment_id, account_id)
   )`,
  'create index mobile_connect_links_account on mobile_connect_links (account_id)',

  // An attempt is the request and its outbox in one: committed first, sent after (decisions 7).
  // A decoy has no SIM and is never sent; in everything else it is the same row (decisions 18).
  `create table attempts (
     id text primary key,
     purpose text not null,
     slot bytea not null,
     holds_slot boolean not null,
     sim_id text references sims (id),
     enrolment_id text references enrolments (id),
     line_id text references lines (id),
     account_id text references accounts (id),
     brand text not null,
     client_id text not null,
     client_name text not null,
     source bytea not null,
     from_known_device boolean not null,
     device bytea,
     state text not null default 'pending'
       check (state in ('pending', 'approved', 'refused', 'fraud', 'blocked', 'expired', 'cancelled', 'failed')),
     progress text not null default 'queued' check (progress in ('queued', 'sent', 'delivered')),
     confirmation text not null check (confirmation in ('compare', 'type')),
     level text not null check (level in ('sim-ok', 'sim-pin')),
     op integer not null,
     flags integer not null,
     challenge bytea not null,
     request_data text,
     admin_number bigint,
     request_sha256 bytea not null,
     sends integer not null default 0,
     resends integer not null default 0,
     lease_until timestamptz,
     sent_at timestamptz,
     packet_counter bigint,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     received_at timestamptz,
     result text,
     applet_counter bigint,
     tries_left integer,
     wrong_pins integer,
     ended_at timestamptz,
     finished_at timestamptz
   )`,
  // One pending attempt per number, decoys included (decisions 43).
  `create unique index attempts_one_pending on attempts (slot) where state = 'pending' and holds_slot`,
  'create index attempts_slot on attempts (slot, created_at)',
  'create index attempts_sim_challenge on attempts (sim_id, challenge)',
  `create index attempts_unsent on attempts (created_at) where state = 'pending' and sim_id is not null`,
  `create index attempts_pending_expiry on attempts (expires_at) where state = 'pending'`,
  'create index attempts_ended on attempts (created_at)',
  // A source that the customer disowned may not ring that number for a while (decisions 9).
  `create table muted_sources (
     slot bytea not null,
     source bytea not null,
     muted_until timestamptz not null,
     primary key (slot, source)
   )`,

  // Browsers that a number has approved before: they have a budget of their own (decisions 9).
  `create table known_devices (
     slot bytea not null,
     device bytea not null,
     approved_at timestamptz not null,
     primary key (slot, device)
   )`,

  // Committed before deliver_sm_resp; processed after, as often as it takes (sim-channel 5.6).
  `create table inbound_messages (
     id bigint generated always as identity primary key,
     received_at timestamptz not null,
     source_hash bytea not null,
     source_sealed text not null,
     body_sealed text not null,
     state text not null default 'new' check (state in ('new', 'done')),
     outcome text,
     tries integer not null default 0
   )`,
  `create index inbound_messages_new on inbound_messages (id) where state = 'new'`,
  'create index inbound_messages_age on inbound_messages (received_at)',
  // De-duplication of signed answers: the same counter with other octets is a fork (sim-channel 5.6).
  `create table answers (
     sim_id text not null references sims (id),
     applet_counter bigint not null,
     head bytea not null,
     attempt_id text references attempts (id) on delete set null,
     received_at timestamptz not null,
     primary key (sim_id, applet_counter)
   )`,

  // Inserted unchained in the transaction of their cause; one job numbers and chains them (decisions 47).
  `create table audit_events (
     id bigint generated always as identity primary key,
     at timestamptz not null,
     action text not null,
     actor text not null,
     account_id text,
     object text,
     outcome text not null,
     details jsonb not null default '{}',
     correlation_id text,
     sequence bigint unique,
     hash bytea
   )`,
  'create index audit_events_unsealed on audit_events (id) where sequence is null',
  'create index audit_events_account on audit_events (account_id, id) where account_id is not null',

  // Short-lived records where no Redis is configured (decisions 17).
  `create table ephemeral_records (
     kind text not null,
     key text not null,
     value jsonb not null,
     consumed_at timestamptz,
     expires_at timestamptz not null,
     primary key (kind, key)
   )`,
  'create index ephemeral_records_expiry on ephemeral_records (expires_at)',
  // The table of rate-limiter-flexible: its column names, made here so that it needs no DDL rights at run time.
  'create table rate_limits (key varchar(255) primary key, points integer not null default 0, expire bigint)',
  'create index rate_limits_expiry on rate_limits (expire)',
];

/** Creates the schema of the first release. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

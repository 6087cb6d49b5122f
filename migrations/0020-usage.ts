// Usage: records, counters for each billing period, alerts, closed periods, what lines may do, top-ups.
import { type Kysely, sql } from 'kysely';

const statements = [
  // `outside`: of a kind that the plan does not hold. `included` is what the plan gave; the rest is charged.
  `create table usage_records (
     id text primary key,
     brand text not null,
     event_id text not null,
     contract_id text not null references contracts (id) on delete cascade,
     line_id text references lines (id) on delete cascade,
     period_start timestamptz not null,
     at timestamptz not null,
     type text not null check (type in ('voice', 'sms', 'mms', 'data', 'fixed_voice', 'internet')),
     category text not null,
     direction text not null check (direction in ('out', 'in')),
     peer text,
     quantity bigint not null check (quantity >= 0),
     included bigint not null check (included between 0 and quantity),
     outside boolean not null,
     blocked text check (blocked in ('line_suspended', 'category_off')),
     unit text not null check (length(unit) = 3),
     charge_minor integer not null check (charge_minor >= 0),
     recorded_at timestamptz not null,
     unique (brand, event_id),
     check (blocked is null or (included = 0 and charge_minor = 0))
   )`,
  'create index usage_records_contract on usage_records (contract_id, at desc, id)',
  'create index usage_records_charged on usage_records (contract_id, period_start) where charge_minor > 0',
  'create index usage_records_line on usage_records (line_id)',
  'create index usage_records_at on usage_records (at)',
  // Owner: the line, or the contract for what is used at home. Granted: by top-ups.
  `create table usage_counters (
     contract_id text not null references contracts (id) on delete cascade,
     owner text not null,
     period_start timestamptz not null,
     period_end timestamptz not null,
     type text not null,
     used bigint not null default 0,
     included bigint not null default 0,
     outside bigint not null default 0,
     granted bigint not null default 0,
     charge_minor bigint not null default 0,
     updated_at timestamptz not null,
     primary key (owner, period_start, type),
     check (included <= used and used >= 0 and outside >= 0 and granted >= 0)
   )`,
  'create index usage_counters_contract on usage_counters (contract_id, period_start)',
  'create index usage_counters_end on usage_counters (period_end)',
  // One alert for each billing period, whoever is first.
  `create table usage_alerts (
     contract_id text not null references contracts (id) on delete cascade,
     period_start timestamptz not null,
     record_id text not null,
     at timestamptz not null,
     primary key (contract_id, period_start)
   )`,
  // What was beyond the plan has been given to the next bill; later events of that period count in the current one.
  `create table usage_closings (
     contract_id text not null references contracts (id) on delete cascade,
     period_start timestamptz not null,
     closed_at timestamptz not null,
     primary key (contract_id, period_start)
   )`,
  `create table usage_controls (
     line_id text not null references lines (id) on delete cascade,
     category text not null,
     is_enabled boolean not null,
     changed_by text not null,
     changed_at timestamptz not null,
     primary key (line_id, category)
   )`,
  `create table top_ups (
     id text primary key,
     brand text not null,
     account_id text not null references accounts (id) on delete cascade,
     contract_id text not null references contracts (id) on delete cascade,
     line_id text not null references lines (id) on delete cascade,
     offer_id text not null,
     bytes bigint not null check (bytes > 0),
     unit text not null check (length(unit) = 3),
     price_minor integer not null check (price_minor >= 0),
     period_start timestamptz not null,
     idempotency_key text not null,
     created_at timestamptz not null,
     unique (account_id, idempotency_key)
   )`,
  'create index top_ups_line on top_ups (line_id, period_start)',
];

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

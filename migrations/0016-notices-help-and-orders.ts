// The notification centre, questions to advisors, anonymous feedback; orders with their steps, options and
// subscriptions of contracts, commitments, appointments in shops.
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table notifications (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     topic text not null check (topic in ('security', 'billing', 'usage', 'order', 'case', 'proxy', 'info')),
     key text not null,
     params jsonb not null,
     link text,
     event_id text not null,
     created_at timestamptz not null,
     read_at timestamptz
   )`,
  // An event is told once, however often it is worked on.
  'create unique index notifications_once on notifications (account_id, key, event_id)',
  'create index notifications_newest on notifications (account_id, created_at desc, id)',
  'create index notifications_unread on notifications (account_id) where read_at is null',
  `create table contact_requests (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     topic text not null,
     text text not null,
     idempotency_key text not null,
     created_at timestamptz not null,
     answer text,
     answered_at timestamptz,
     check ((answer is null) = (answered_at is null)),
     unique (account_id, idempotency_key)
   )`,
  'create index contact_requests_open on contact_requests (created_at) where answered_at is null',
  // Anonymous: no account, no address, and a day instead of a time, so that no log can be laid beside it.
  `create table feedback (
     id text primary key,
     brand text not null,
     page text not null,
     rating smallint not null check (rating between 1 and 5),
     text text not null,
     given_on date not null
   )`,
  `create table orders (
     id text primary key,
     brand text not null,
     account_id text not null references accounts (id) on delete cascade,
     contract_id text references contracts (id) on delete cascade,
     type text not null check (type in ('option', 'offer_change', 'renewal', 'handset', 'sim', 'topup')),
     items jsonb not null,
     state text not null
       check (state in ('created', 'confirmed', 'preparing', 'shipped', 'delivered', 'done', 'cancelled')),
     idempotency_key text not null,
     terms_version text,
     created_at timestamptz not null,
     unique (account_id, idempotency_key)
   )`,
  'create index orders_contract on orders (contract_id, created_at desc)',
  `create index orders_open on orders (created_at) where state not in ('done', 'cancelled')`,
  // A plan is changed by one order at a time.
  `create unique index orders_one_plan on orders (contract_id)
     where type in ('offer_change', 'renewal') and state not in ('done', 'cancelled')`,
  `create table order_steps (
     order_id text not null references orders (id) on delete cascade,
     state text not null,
     at timestamptz not null,
     primary key (order_id, state)
   )`,
  `create table contract_options (
     id text primary key,
     contract_id text not null references contracts (id) on delete cascade,
     option_id text not null,
     unit text not null,
     price_minor integer not null check (price_minor >= 0),
     recurring boolean not null,
     order_id text references orders (id) on delete cascade,
     ending_order_id text references orders (id) on delete set null,
     ordered_at timestamptz not null,
     since timestamptz,
     until timestamptz
   )`,
  'create unique index contract_options_one on contract_options (contract_id, option_id) where until is null',
  `create table subscription_items (
     id text primary key,
     contract_id text not null references contracts (id) on delete cascade,
     category text not null check (category in ('tv', 'video', 'music', 'reading', 'games', 'other')),
     partner text not null,
     name text not null,
     unit text not null,
     price_minor integer not null check (price_minor >= 0),
     period text not null check (period in ('month', 'year')),
     status text not null check (status in ('active', 'ending', 'ended')),
     since timestamptz not null,
     next_charge_at timestamptz
   )`,
  'create index subscription_items_contract on subscription_items (contract_id)',
  `create table commitments (
     contract_id text primary key references contracts (id) on delete cascade,
     order_id text references orders (id) on delete set null,
     renewed_at timestamptz not null,
     until timestamptz not null
   )`,
  `create table appointments (
     id text primary key,
     brand text not null,
     shop_id text not null,
     starts_at timestamptz not null,
     account_id text not null references accounts (id) on delete cascade,
     idempotency_key text not null,
     created_at timestamptz not null,
     cancelled_at timestamptz,
     unique (account_id, idempotency_key)
   )`,
  // One customer for each slot, whoever comes first.
  'create unique index appointments_slot on appointments (brand, shop_id, starts_at) where cancelled_at is null',
  'create index appointments_account on appointments (account_id, starts_at)',
];

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

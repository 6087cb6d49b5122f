// Orders that are paid, by card or on the next bill; how many handsets are left; proxies who may order on the bill;
// top-ups that wait for their money.
import { type Kysely, sql } from 'kysely';

const statements = [
  // What an order costs at once, and how that is paid; orders without a row cost nothing at once.
  `create table order_purchases (
     order_id text primary key references orders (id) on delete cascade,
     method text not null check (method in ('card', 'deferred')),
     unit text not null check (unit ~ '^[A-Z]{3}$'),
     total_minor integer not null check (total_minor > 0),
     handset_id text not null
   )`,
  // A phone may come with a plan: a plan is changed by one order at a time, whatever else that order holds.
  'alter table orders add column changes_plan boolean not null default false',
  `update orders set changes_plan = true where type in ('offer_change', 'renewal')`,
  'drop index orders_one_plan',
  `create unique index orders_one_plan on orders (contract_id)
     where changes_plan and state not in ('done', 'cancelled')`,
  `create index orders_handsets on orders (created_at)
     where type = 'handset' and state not in ('created', 'done', 'cancelled')`,
  // Models without a row are not counted: there is always one more.
  `create table handset_stock (
     brand text not null,
     handset_id text not null,
     remaining integer not null check (remaining >= 0),
     primary key (brand, handset_id)
   )`,
  // By its holder, one by one.
  'alter table proxies add column may_defer boolean not null default false',
  // By card: credited once the money has come.
  `alter table top_ups
     add column method text not null default 'invoice' check (method in ('invoice', 'card')),
     add column state text not null default 'done' check (state in ('waiting', 'done', 'cancelled')),
     add check (method = 'card' or state = 'done')`,
];

/** Creates and extends them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Orders of replacement SIMs, and which phone the SIM of a line was seen in last.
import { type Kysely, sql } from 'kysely';

const statements = [
  'alter table orders add column line_id text references lines (id) on delete cascade',
  // One replacement at a time for a line, whoever asks and however often (B33).
  `create unique index orders_one_sim on orders (line_id)
     where type = 'sim' and state not in ('done', 'cancelled')`,
  `create table sim_orders (
     order_id text primary key references orders (id) on delete cascade,
     sim_id text not null references sims (id),
     reason text not null check (reason in ('lost', 'stolen', 'defective', 'other')),
     recipient jsonb not null,
     address jsonb not null,
     contact jsonb not null
   )`,
  'create index sim_orders_sim on sim_orders (sim_id)',
  // The masked number only: what is not kept cannot be lost.
  `create table line_handsets (
     line_id text primary key references lines (id) on delete cascade,
     model text not null,
     imei_masked text not null,
     since timestamptz not null
   )`,
];

/** Creates them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Notifications to clients (Mobile Connect, server-initiated) with a log of their deliveries.
import { type Kysely, sql } from 'kysely';

const statements = [
  // What a client is to be told. The body holds tokens: it is sealed, and dropped when it cannot be sent any more.
  `create table client_notifications (
     id text primary key,
     issuer text not null,
     client_id text not null,
     request_hash bytea not null,
     correlation_id text,
     uri text not null,
     outcome text not null,
     body_sealed text,
     created_at timestamptz not null default clock_timestamp(),
     deliveries integer not null default 0,
     redeliveries integer not null default 0,
     last_at timestamptz,
     last_status integer,
     last_fault text,
     delivered_at timestamptz,
     unique (issuer, request_hash)
   )`,
  'create index client_notifications_created on client_notifications (created_at)',
  'create index client_notifications_client on client_notifications (issuer, client_id, created_at)',
  `create table client_notification_deliveries (
     notification_id text not null references client_notifications (id) on delete cascade,
     number integer not null,
     at timestamptz not null default clock_timestamp(),
     status integer,
     fault text,
     primary key (notification_id, number)
   )`,
];

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Notifications of one moment keep the order in which they were told: a number that rises with each.
import { type Kysely, sql } from 'kysely';

const statements = [
  // Those that are there are numbered by their time.
  'alter table notifications add column position bigint',
  `update notifications set position = numbered.position
     from (select id, row_number() over (order by created_at, id) as position from notifications) numbered
     where notifications.id = numbered.id`,
  'alter table notifications alter column position set not null',
  'alter table notifications alter column position add generated always as identity',
  `select setval(pg_get_serial_sequence('notifications', 'position'), greatest(max(position), 1), max(position) is not null)
     from notifications`,
  'drop index notifications_newest',
  'create index notifications_newest on notifications (account_id, created_at desc, position desc)',
];

/** Numbers them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

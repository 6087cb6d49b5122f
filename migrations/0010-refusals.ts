// Why requests were refused, for the developers who ask by the trace id. Short-lived; holds no secret.
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table refusals (
     issuer text not null,
     trace text not null,
     refused_at timestamptz not null,
     endpoint text not null,
     client_id text,
     error text not null,
     description text,
     rule text,
     detail text,
     primary key (issuer, trace)
   )`,
  'create index refusals_by_age on refusals (refused_at)',
];

/** Creates the table of refused requests. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

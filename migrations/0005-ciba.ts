// Requests without a browser (CIBA): which attempt on a SIM answers which request of a client, and what came of it.
// And whom a client knows under a pairwise subject, which cannot be computed back.
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table ciba_requests (
     attempt_id text primary key references attempts (id) on delete cascade,
     issuer text not null,
     -- SHA-256 of the auth_req_id, and the id itself, sealed; dropped when the result is delivered.
     request_hash bytea not null,
     request_sealed text,
     client_id text not null,
     -- Null: nobody; the request is a decoy.
     account_id text,
     least text not null check (least in ('sim-ok', 'sim-pin')),
     polled_at timestamptz,
     interval_seconds integer not null default 5,
     outcome text check (outcome in ('approved', 'refused', 'expired', 'withheld')),
     level text check (level in ('sim-ok', 'sim-pin')),
     auth_time bigint,
     lease_until timestamptz,
     delivered_at timestamptz,
     unique (issuer, request_hash)
   )`,
  'create index ciba_requests_undelivered on ciba_requests (attempt_id) where delivered_at is null',
  `create table pairwise_subjects (
     issuer text not null,
     subject_hash bytea not null,
     account_id text not null,
     primary key (issuer, subject_hash)
   )`,
];

/** Creates the tables of requests without a browser. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

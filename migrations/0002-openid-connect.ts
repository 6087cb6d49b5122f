// What the OpenID Connect provider keeps: durable records, registered clients, signing keys.
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table oidc_records (
     issuer text not null,
     model text not null,
     id_hash bytea not null,
     payload jsonb not null,
     grant_hash bytea,
     uid_hash bytea,
     account_id text,
     client_id text,
     consumed_at timestamptz,
     expires_at timestamptz,
     primary key (issuer, model, id_hash)
   )`,
  'create index oidc_records_grant on oidc_records (grant_hash) where grant_hash is not null',
  // Not unique: two tabs that come back at the same moment renew the id of one session twice.
  'create index oidc_records_uid on oidc_records (issuer, model, uid_hash) where uid_hash is not null',
  'create index oidc_records_account on oidc_records (account_id, model) where account_id is not null',
  'create index oidc_records_expiry on oidc_records (expires_at) where expires_at is not null',
  'create index oidc_records_client on oidc_records (issuer, client_id) where client_id is not null',
  // What a customer allowed a third party, apart from any session.
  `create table oidc_consents (
     issuer text not null,
     account_id text not null,
     client_id text not null,
     scopes jsonb not null,
     claims jsonb not null,
     granted_at timestamptz not null,
     expires_at timestamptz not null,
     primary key (issuer, account_id, client_id)
   )`,
  `create table oidc_clients (
     issuer text not null,
     client_id text not null,
     metadata jsonb not null,
     secret_sealed text,
     origin text not null check (origin in ('demo', 'staff', 'registration')),
     created_at timestamptz not null,
     primary key (issuer, client_id)
   )`,
  `create table signing_keys (
     issuer text not null,
     kid text not null,
     alg text not null,
     private_sealed text not null,
     public_jwk jsonb not null,
     state text not null check (state in ('next', 'current', 'previous')),
     created_at timestamptz not null,
     retire_at timestamptz,
     primary key (issuer, kid)
   )`,
  `create unique index signing_keys_one_current on signing_keys (issuer, alg) where state = 'current'`,
  `create unique index signing_keys_one_next on signing_keys (issuer, alg) where state = 'next'`,
  'create table oidc_revisions (issuer text primary key, revision bigint not null default 1)',
];

/** Creates the tables of the provider. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

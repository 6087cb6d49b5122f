// What a contract is beyond its references: offer, address, home equipment; the customer's own name for it; proxies.
import { type Kysely, sql } from 'kysely';

const statements = [
  `alter table contracts
     add column offer_id text,
     add column pay_mode text not null default 'postpaid' check (pay_mode in ('postpaid', 'prepaid')),
     add column ended_at timestamptz,
     add column address jsonb,
     add column home jsonb`,
  // Per account: two areas may call one contract differently.
  'alter table account_contracts add column label text',
  `create table proxies (
     id text primary key,
     contract_id text not null references contracts (id) on delete cascade,
     account_id text not null references accounts (id) on delete cascade,
     granted_via text not null check (granted_via in ('sms_code', 'identifiers')),
     approved_by_line_id text references lines (id),
     code_id text,
     since timestamptz not null,
     ended_at timestamptz,
     end_reason text,
     check ((ended_at is null) = (end_reason is null))
   )`,
  'create unique index proxies_one on proxies (contract_id, account_id) where ended_at is null',
  'create index account_contracts_contract on account_contracts (contract_id)',
];

/** Extends contracts and creates proxies. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// How a contract comes into a customer area: drafts, what the user of a line approved, and who uses a line.
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table contract_drafts (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     brand text not null,
     kind text not null check (kind in ('MOBILE', 'INTERNET', 'FIXE', 'OPEN')),
     segment text not null check (segment in ('consumer', 'professional')),
     step text not null check (step in ('identifiers', 'code', 'line_user', 'contacts', 'confirmation', 'done')),
     contract_id text references contracts (id) on delete cascade,
     line_id text references lines (id) on delete cascade,
     code_id text,
     line_user jsonb,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     check (step = 'identifiers' or contract_id is not null)
   )`,
  'create index contract_drafts_account on contract_drafts (account_id)',
  'create index contract_drafts_contract on contract_drafts (contract_id)',
  'create index contract_drafts_line on contract_drafts (line_id)',
  'create index contract_drafts_expiry on contract_drafts (expires_at)',
  // Whoever has the phone in her hand gave the code away: that is her consent, and hers to take back.
  `create table line_approvals (
     id text primary key,
     draft_id text not null unique,
     line_id text not null references lines (id) on delete cascade,
     contract_id text not null references contracts (id) on delete cascade,
     code_id text not null,
     requester_account_id text not null references accounts (id) on delete cascade,
     purpose text not null,
     given_at timestamptz not null,
     usable_until timestamptz not null,
     proxy_id text references proxies (id) on delete cascade,
     revoked_at timestamptz
   )`,
  'create index line_approvals_line on line_approvals (line_id)',
  'create index line_approvals_proxy on line_approvals (proxy_id)',
  // As the area says it that added the contract: it gives nobody a right.
  `create table line_users (
     account_id text not null references accounts (id) on delete cascade,
     line_id text not null references lines (id) on delete cascade,
     relation text not null check (relation in ('self', 'holder', 'other')),
     civility text,
     given_name text,
     family_name text,
     said_at timestamptz not null,
     primary key (account_id, line_id)
   )`,
  `alter table proxies drop constraint proxies_approved_by_line_id_fkey,
     add constraint proxies_approved_by_line_id_fkey foreign key (approved_by_line_id) references lines (id)
       on delete set null`,
];

/** Creates them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

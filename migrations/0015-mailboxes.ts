// Mailboxes, the addresses that they hold, drafts of new ones, and the home networks that prove where a caller is.
import { type Kysely, sql } from 'kysely';

const statements = [
  // At most one network is one customer's: an IPv4 address, or the IPv6 prefix of a home.
  `create table home_networks (
     contract_id text not null references contracts (id) on delete cascade,
     network cidr not null check (masklen(network) = case family(network) when 4 then 32 else 56 end),
     primary key (contract_id, network)
   )`,
  'create index home_networks_network on home_networks using gist (network inet_ops)',
  // Slots 1 to 9 are what holds nine secondary mailboxes: a deleted one has none.
  `create table mailboxes (
     id text primary key,
     brand text not null,
     kind text not null check (kind in ('primary', 'secondary')),
     account_id text not null unique references accounts (id) on delete cascade,
     parent_account_id text references accounts (id) on delete cascade,
     slot integer check (slot between 1 and 9),
     address text not null,
     civility text,
     given_name text,
     family_name text,
     status text not null default 'active' check (status in ('active', 'read_only', 'deleted')),
     terms_version text,
     terms_accepted_at timestamptz,
     created_at timestamptz not null,
     read_only_at timestamptz,
     deleted_at timestamptz,
     check ((kind = 'secondary') = (parent_account_id is not null)),
     check ((slot is not null) = (kind = 'secondary' and status <> 'deleted')),
     check ((status = 'read_only') <= (read_only_at is not null)),
     check ((status = 'deleted') = (deleted_at is not null))
   )`,
  'create unique index mailboxes_slot on mailboxes (parent_account_id, slot) where slot is not null',
  `create table mailbox_aliases (
     id text primary key,
     mailbox_id text not null references mailboxes (id) on delete cascade,
     slot integer not null check (slot between 1 and 5),
     address text not null,
     created_at timestamptz not null,
     unique (mailbox_id, slot)
   )`,
  `create table mailbox_drafts (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     civility text not null,
     given_name text not null,
     family_name text not null,
     address text,
     password_hash text,
     terms_version text,
     terms_accepted_at timestamptz,
     mailbox_id text references mailboxes (id) on delete cascade,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     check ((password_hash is null) = (terms_version is null))
   )`,
  'create index mailbox_drafts_account on mailbox_drafts (account_id, created_at)',
  'create index mailbox_drafts_expiry on mailbox_drafts (expires_at)',
  // Whoever has a row has the address: one row for each form, in which neither case nor dots count.
  `create table mail_addresses (
     brand text not null,
     form text not null,
     use text not null check (use in ('mailbox', 'alias', 'draft', 'quarantine')),
     mailbox_id text references mailboxes (id) on delete cascade,
     alias_id text references mailbox_aliases (id) on delete cascade,
     draft_id text references mailbox_drafts (id) on delete cascade,
     until timestamptz,
     primary key (brand, form),
     check ((use in ('draft', 'quarantine')) = (until is not null)),
     check ((use = 'mailbox') = (mailbox_id is not null)),
     check ((use = 'alias') = (alias_id is not null)),
     check ((use = 'draft') = (draft_id is not null))
   )`,
  'create index mail_addresses_until on mail_addresses (until) where until is not null',
  // The main address that every account has had from the start.
  `insert into mailboxes (id, brand, kind, account_id, address, created_at)
     select 'mbx_' || encode(sha256(convert_to('primary ' || id, 'UTF8')), 'hex'), brand, 'primary', id,
            lower(contact_email), created_at
       from accounts
      where kind = 'main' and status = 'active' and contact_email_verified_at is not null`,
  `insert into mail_addresses (brand, form, use, mailbox_id)
     select brand, replace(split_part(address, '@', 1), '.', '') || '@' || split_part(address, '@', 2), 'mailbox', id
       from mailboxes
     on conflict do nothing`,
];

/** Creates them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// What a customer may change of her account: contacts, preferences, addresses, bank account; and the devices that her
// sessions are used on.
import { type Kysely, sql } from 'kysely';

const statements = [
  // Verified: by a code sent there, or known from the contract. Changed: by the customer, which makes it young.
  `alter table accounts
     add column contact_mobile text,
     add column contact_mobile_verified_at timestamptz,
     add column contact_email_changed_at timestamptz,
     add column contact_mobile_changed_at timestamptz`,
  'create index accounts_contact_mobile on accounts (contact_mobile) where contact_mobile is not null',
  // A number that goes to somebody else opens nothing any more; kept by the database, so that no path can forget it.
  `create function forget_contact_mobile() returns trigger language plpgsql as $$
    begin
      update accounts set contact_mobile_verified_at = null where contact_mobile = old.msisdn;
      return null;
    end $$`,
  `create trigger forget_contact_mobile after update of msisdn, status on lines for each row
     when (old.msisdn <> new.msisdn or (old.status <> new.status and new.status = 'terminated'))
     execute function forget_contact_mobile()`,
  `create table contact_changes (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     medium text not null check (medium in ('email', 'mobile')),
     value text not null,
     former text,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     verified_at timestamptz
   )`,
  'create index contact_changes_account on contact_changes (account_id)',
  'create index contact_changes_expiry on contact_changes (expires_at)',
  `create table account_preferences (
     account_id text primary key references accounts (id) on delete cascade,
     topics jsonb not null
   )`,
  `create table address_changes (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     contracts jsonb not null,
     address jsonb not null,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     confirmed_at timestamptz
   )`,
  'create index address_changes_account on address_changes (account_id)',
  'create index address_changes_expiry on address_changes (expires_at)',
  'alter table contracts add column address_changed_at timestamptz',
  `create table bank_details (
     account_id text primary key references accounts (id) on delete cascade,
     sealed text not null,
     changed_at timestamptz not null
   )`,
  `create table bank_changes (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     attempt_id text references attempts (id) on delete set null,
     sealed text not null,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     applied_at timestamptz
   )`,
  'create index bank_changes_account on bank_changes (account_id)',
  'create index bank_changes_attempt on bank_changes (attempt_id)',
  'create index bank_changes_expiry on bank_changes (expires_at)',
  // Where a session is used; the session itself is the provider's record with the same uid_hash.
  `create table session_uses (
     issuer text not null,
     uid_hash bytea not null,
     account_id text not null,
     device text not null,
     first_at timestamptz not null,
     last_at timestamptz not null,
     primary key (issuer, uid_hash)
   )`,
  'create index session_uses_account on session_uses (account_id)',
  'create index session_uses_last on session_uses (last_at)',
];

/** Creates them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

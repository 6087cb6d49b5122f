// Billing: who gets bills, companies with several accounts, what waits for a bill, bills with lines, payments, credit.
import { type Kysely, sql } from 'kysely';

const statements = [
  // The Customer ID itself is kept nowhere: its HMAC finds it, its last characters name it to staff.
  `create table customer_groups (
     id text primary key,
     brand text not null,
     name text not null,
     kind text not null check (kind in ('sme', 'company', 'ministry')),
     customer_id_hash bytea,
     customer_id_last3 text,
     issued_at timestamptz,
     issued_by text,
     identity_check jsonb,
     revoked_at timestamptz,
     account_id text unique references accounts (id) on delete set null,
     created_at timestamptz not null,
     check ((customer_id_hash is null) = (customer_id_last3 is null))
   )`,
  'create unique index customer_groups_customer_id on customer_groups (brand, customer_id_hash)',
  // Code: the Account ID that is printed on bills. Account: the self-care account that logs in with it.
  `create table billing_accounts (
     id text primary key,
     brand text not null,
     code text not null,
     contract_id text not null references contracts (id) on delete cascade,
     line_id text references lines (id) on delete set null,
     holder_person_id text references persons (id) on delete set null,
     customer_group_id text references customer_groups (id) on delete set null,
     account_id text unique references accounts (id) on delete set null,
     created_at timestamptz not null,
     closed_at timestamptz,
     unique (brand, code)
   )`,
  'create unique index billing_accounts_contract on billing_accounts (contract_id) where closed_at is null',
  'create index billing_accounts_group on billing_accounts (customer_group_id) where customer_group_id is not null',
  // Numbers without gaps: the row is locked by whoever takes the next one.
  `create table billing_counters (
     brand text not null,
     kind text not null,
     last integer not null,
     primary key (brand, kind)
   )`,
  `create table invoices (
     id text primary key,
     brand text not null,
     number text not null,
     kind text not null check (kind in ('individual', 'group')),
     billing_account_id text references billing_accounts (id) on delete cascade,
     customer_group_id text references customer_groups (id) on delete cascade,
     group_invoice_id text references invoices (id) on delete cascade deferrable initially deferred,
     contract_id text references contracts (id) on delete cascade,
     holder_person_id text,
     account_code text,
     bill_to jsonb not null,
     period_start timestamptz not null,
     period_end timestamptz not null,
     issued_at timestamptz not null,
     due_at timestamptz not null,
     currency text not null check (length(currency) = 3),
     excl_minor bigint not null default 0,
     tax_minor bigint not null default 0,
     total_minor bigint not null default 0,
     paid_minor bigint not null default 0,
     credited_minor bigint not null default 0,
     settled_at timestamptz,
     sent_at timestamptz,
     overdue_told_at timestamptz,
     unique (brand, number),
     check (period_start < period_end),
     check (excl_minor + tax_minor = total_minor and total_minor >= 0),
     check (paid_minor >= 0 and credited_minor >= 0 and paid_minor + credited_minor <= total_minor),
     check (kind = 'group' or (settled_at is not null) = (paid_minor + credited_minor = total_minor)),
     check ((kind = 'group') = (billing_account_id is null)),
     check (kind <> 'group' or (customer_group_id is not null and group_invoice_id is null))
   )`,
  // One bill for each account and period, however often and wherever the run is started.
  'create unique index invoices_once on invoices (billing_account_id, period_start) where billing_account_id is not null',
  `create unique index invoices_once_for_group on invoices (customer_group_id, period_start) where kind = 'group'`,
  'create index invoices_contract on invoices (contract_id, issued_at desc)',
  'create index invoices_children on invoices (group_invoice_id) where group_invoice_id is not null',
  `create index invoices_due on invoices (due_at) where settled_at is null and overdue_told_at is null`,
  `create table invoice_lines (
     invoice_id text not null references invoices (id) on delete cascade,
     position integer not null,
     kind text not null,
     label jsonb not null,
     quantity integer not null default 1 check (quantity > 0),
     unit text,
     starts_at timestamptz,
     ends_at timestamptz,
     excl_minor bigint not null,
     tax_category text not null,
     tax_rate integer not null check (tax_rate >= 0),
     tax_minor bigint not null,
     incl_minor bigint not null,
     line_id text,
     primary key (invoice_id, position),
     check (excl_minor + tax_minor = incl_minor)
   )`,
  // What waits for the next bill. Its source names it for all time; a bill takes it once.
  `create table pending_charges (
     id text primary key default 'chg_' || replace(gen_random_uuid()::text, '-', ''),
     contract_id text not null references contracts (id) on delete cascade,
     line_id text references lines (id) on delete set null,
     kind text not null check (kind in
       ('subscription', 'option', 'usage', 'out_of_bundle', 'topup', 'deferred', 'third_party', 'credit')),
     label jsonb not null,
     quantity integer not null default 1 check (quantity > 0),
     unit text not null check (length(unit) = 3),
     minor bigint not null,
     includes_tax boolean not null,
     tax_category text not null,
     source_id text not null unique,
     charged_at timestamptz not null,
     invoice_id text references invoices (id) on delete set null deferrable initially deferred
   )`,
  'create index pending_charges_waiting on pending_charges (contract_id, charged_at) where invoice_id is null',
  'create index pending_charges_invoice on pending_charges (invoice_id) where invoice_id is not null',
  `create table invoice_payments (
     invoice_id text not null references invoices (id) on delete cascade,
     payment_id text not null,
     amount_minor bigint not null check (amount_minor > 0),
     at timestamptz not null,
     primary key (invoice_id, payment_id)
   )`,
  `create table credit_notes (
     id text primary key,
     brand text not null,
     number text not null,
     invoice_id text not null references invoices (id) on delete cascade,
     reason jsonb not null,
     currency text not null check (length(currency) = 3),
     excl_minor bigint not null,
     tax_minor bigint not null,
     total_minor bigint not null check (total_minor > 0),
     tax_category text not null,
     tax_rate integer not null,
     source_id text not null unique,
     issued_at timestamptz not null,
     unique (brand, number),
     check (excl_minor + tax_minor = total_minor)
   )`,
  'create index credit_notes_invoice on credit_notes (invoice_id)',
];

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

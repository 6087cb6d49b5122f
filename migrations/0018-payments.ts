// Payments by card with what they are for, receipts numbered without gaps for each brand, and money that goes back.
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table payments (
     id text primary key,
     brand text not null,
     purpose text not null check (purpose in ('invoices', 'order', 'topup')),
     payer_account_id text not null references accounts (id) on delete cascade,
     unit text not null check (unit ~ '^[A-Z]{3}$'),
     amount_minor integer not null check (amount_minor > 0),
     description text not null,
     locale text not null check (locale in ('fr', 'en')),
     state text not null
       check (state in ('created', 'authorised', 'captured', 'declined', 'cancelled', 'expired')),
     end_reason text,
     idempotency_key text not null,
     request_digest text not null,
     return_url text,
     provider_reference text unique,
     checkout_url text,
     authorization_code text,
     card_brand text,
     card_last4 text check (card_last4 ~ '^[0-9]{4}$'),
     created_at timestamptz not null,
     expires_at timestamptz not null,
     state_at timestamptz not null,
     unique (payer_account_id, purpose, idempotency_key)
   )`,
  'create index payments_newest on payments (payer_account_id, created_at desc, id)',
  `create index payments_open on payments (expires_at) where state in ('created', 'authorised')`,
  // What a payment pays: invoices, an order, a top-up. \`purpose\` stands here too, for the index.
  `create table payment_items (
     payment_id text not null references payments (id) on delete cascade,
     purpose text not null,
     item_id text not null,
     label text not null,
     amount_minor integer not null check (amount_minor > 0),
     state text not null check (state in ('open', 'released', 'settled', 'refunded')),
     primary key (payment_id, item_id)
   )`,
  // A thing has one open payment, whoever pays and in however many windows.
  `create unique index payment_items_one_open on payment_items (purpose, item_id) where state = 'open'`,
  // And is paid once.
  `create unique index payment_items_one_settled on payment_items (purpose, item_id) where state = 'settled'`,
  'create index payment_items_item on payment_items (item_id)',
  // A row and not a sequence: whoever takes a number holds the row until the capture is committed, so none is lost.
  `create table receipt_counters (
     brand text primary key,
     last_number integer not null check (last_number > 0)
   )`,
  // What a receipt says is fixed when it is made; nothing here refers to what could change later.
  `create table receipts (
     id text primary key,
     brand text not null,
     number integer not null check (number > 0),
     payment_id text not null unique references payments (id) on delete cascade,
     payer_account_id text not null,
     issued_at timestamptz not null,
     content jsonb not null,
     unique (brand, number)
   )`,
  'create index receipts_newest on receipts (payer_account_id, issued_at desc)',
  // Written at the first print: later ones give the same octets, whatever version of the program prints.
  `create table receipt_documents (
     receipt_id text not null references receipts (id) on delete cascade,
     format text not null check (format in ('html', 'pdf')),
     content bytea not null,
     digest text not null,
     primary key (receipt_id, format)
   )`,
  // Money that came twice for one thing goes back: once for each item of a payment.
  `create table refunds (
     id text primary key,
     payment_id text not null,
     item_id text not null,
     unit text not null,
     amount_minor integer not null check (amount_minor > 0),
     reason text not null check (reason in ('already_paid', 'cancelled')),
     state text not null check (state in ('requested', 'done', 'refused')),
     tries integer not null default 0,
     next_try_at timestamptz,
     created_at timestamptz not null,
     done_at timestamptz,
     foreign key (payment_id, item_id) references payment_items (payment_id, item_id) on delete cascade,
     unique (payment_id, item_id)
   )`,
  `create index refunds_due on refunds (next_try_at) where state = 'requested'`,
];

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Begins a payment of anything: what is due is claimed and written in one transaction, then the provider makes its page.
// One open payment per thing, one payment per Idempotency-Key, whatever is clicked how often and by whom (X96, X97).
import { createHash } from 'node:crypto';
import { newId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { PaymentRow } from '../storage/payment-tables.ts';
import {
  findPaymentByKey,
  insertPayment,
  isKeyTaken,
  isOpenElsewhere,
  movePayment,
  putCheckout,
} from '../storage/payments.ts';
import { addAmounts } from './money.ts';
import { endPayment, type ProgressDeps } from './payment-progress.ts';
import { type PaymentProvider, PaymentProviderError } from './payment-provider.ts';
import type { DueClaim, PaymentWish, StartOutcome, StartRefusal } from './payment-types.ts';
import { viewOfPayment } from './payment-views.ts';

export interface PaymentDeps extends ProgressDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly provider: PaymentProvider;
  /** How long a payment may take before it ends by itself. */
  readonly minutes: number;
  /** The name that the payer knows a brand by. */
  readonly merchantOf: (brand: string) => string;
}

/** Begins a payment, or gives the one that was begun with the same key. */
export async function startPayment<Refusal extends { readonly kind: string }>(
  deps: PaymentDeps,
  wish: PaymentWish<Refusal>,
): Promise<StartOutcome<Refusal>> {
  const written = await write(deps, wish);
  if (!('row' in written)) return written;
  const row = written.row.checkoutUrl === null && isOpen(written.row) ? await open(deps, written.row) : written.row;
  if (row === undefined) return { kind: 'unavailable' };
  return { kind: 'started', payment: await viewOfPayment(deps.database.db, row) };
}

interface WrittenRow {
  readonly kind: 'written';
  readonly row: PaymentRow;
}

type Written<Refusal> = WrittenRow | StartRefusal | Refusal;

async function write<Refusal extends { readonly kind: string }>(
  deps: PaymentDeps,
  wish: PaymentWish<Refusal>,
): Promise<Written<Refusal>> {
  const earlier = await findEarlier(deps, wish);
  if (earlier !== undefined) return earlier;
  const written = await tryInsert(deps, wish);
  // Somebody was quicker; perhaps with this very key.
  return written.kind === 'payment-open' ? ((await findEarlier(deps, wish)) ?? written) : written;
}

async function tryInsert<Refusal extends { readonly kind: string }>(
  deps: PaymentDeps,
  wish: PaymentWish<Refusal>,
): Promise<Written<Refusal>> {
  try {
    return await deps.database.transaction((tx) => insert(deps, tx, wish));
  } catch (error) {
    if (isOpenElsewhere(error) || isKeyTaken(error)) return { kind: 'payment-open' };
    throw error;
  }
}

type Asked = Pick<PaymentWish<never>, 'purpose' | 'accountId' | 'idempotencyKey' | 'request'>;

async function findEarlier(
  { database }: PaymentDeps,
  { purpose, accountId, idempotencyKey, request }: Asked,
): Promise<WrittenRow | StartRefusal | undefined> {
  const row = await findPaymentByKey(database.db, { accountId, purpose, key: idempotencyKey });
  if (row === undefined) return undefined;
  return row.requestDigest === digest(request) ? { kind: 'written', row } : { kind: 'key-reused' };
}

async function insert<Refusal extends { readonly kind: string }>(
  deps: PaymentDeps,
  tx: Tx,
  wish: PaymentWish<Refusal>,
): Promise<Written<Refusal>> {
  const id = newId('pay', deps.randomBytes);
  const claim = await wish.claim(tx, id);
  if (!isDue(claim)) return claim;
  const { brand, purpose, accountId, locale, idempotencyKey, request, returnUrl } = wish;
  const { unit, minor } = totalOf(claim);
  const row = await insertPayment(tx, {
    ...{ id, brand, purpose, locale, idempotencyKey, unit, amountMinor: minor },
    ...{ payerAccountId: accountId, requestDigest: digest(request), returnUrl: returnUrl ?? null },
    ...{ description: claim.description, minutes: deps.minutes },
    items: claim.items.map((item) => ({ itemId: item.itemId, label: item.label, amountMinor: item.amount.minor })),
  });
  const about = { accountId, paymentId: id, unit, amountMinor: minor, purpose, items: claim.items.length };
  await deps.audit.paymentStarted(tx, about);
  return { kind: 'written', row };
}

function isDue(claim: { readonly kind: string }): claim is DueClaim {
  return claim.kind === 'due';
}

function totalOf({ items }: DueClaim) {
  const [first] = items;
  if (first === undefined) throw new Error('a payment needs something to be paid');
  return addAmounts(
    first.amount.unit,
    items.map(({ amount }) => amount),
  );
}

function isOpen({ state }: PaymentRow): boolean {
  return state === 'created' || state === 'authorised';
}

/** Has the page made; undefined when that cannot be. Outside of any transaction: the provider may take its time. */
async function open(deps: PaymentDeps, row: PaymentRow): Promise<PaymentRow | undefined> {
  try {
    const { reference, url } = await deps.provider.createCheckout({
      ...{ paymentId: row.id, amount: { unit: row.unit, minor: row.amountMinor }, locale: row.locale },
      ...{ merchant: deps.merchantOf(row.brand), description: row.description },
      returnUrl: row.returnUrl === null ? undefined : withPayment(row.returnUrl, row.id),
      expiresInSeconds: deps.minutes * 60,
    });
    return await deps.database.transaction((tx) => putCheckout(tx, { id: row.id, reference, url }));
  } catch (error) {
    if (!(error instanceof PaymentProviderError)) throw error;
    await giveUp(deps, row);
    return undefined;
  }
}

/** The page that the payer comes back to learns which payment it was. */
function withPayment(returnUrl: string, id: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set('payment', id);
  return url.href;
}

/** Nobody has seen a page of it: the things are free at once, and so is the key, for another try. */
async function giveUp(deps: PaymentDeps, { id, idempotencyKey }: PaymentRow): Promise<void> {
  await deps.database.transaction(async (tx) => {
    const details = { endReason: 'provider_unavailable', idempotencyKey: `${idempotencyKey} ${id}` };
    const row = await movePayment(tx, { id, from: ['created'], to: 'cancelled', details });
    if (row !== undefined) await endPayment(deps, tx, { row, told: false });
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

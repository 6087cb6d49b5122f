// Whom an order concerns and what they are told: the one who made it, the holders of its contract, and the users of
// its lines when it was made by proxy. Notification for each step (B42), e-mail for begin and end (C14, B51).
import type { AccountId } from '../identifiers.ts';
import type { OrderNotices } from '../messaging/order-notices.ts';
import { listAccountsOfContract } from '../storage/contracts.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import type { LocalText, OrderItem, OrderRow, OrderState } from '../storage/order-tables.ts';
import type { Notifier } from './notification-centre.ts';

export interface OrderTellingDeps {
  readonly notifier: Notifier;
  readonly notices: OrderNotices;
}

/** Names of all that an order is about: `Monde, Europe`. */
export function whatOf(items: readonly OrderItem[]): LocalText {
  const said = (locale: 'fr' | 'en') => items.map(({ name }) => name[locale]).join(', ');
  return { fr: said('fr'), en: said('en') };
}

/** Tells the step that the order has just taken. */
export async function tellOrder({ notifier, notices }: OrderTellingDeps, tx: Tx, order: OrderRow): Promise<void> {
  const at = await readAppNow(tx);
  const what = whatOf(order.items);
  const { state, type } = order;
  // Of a SIM in its place the line tells, to more than the holder.
  if (type === 'sim' && state === 'done') return;
  for (const { accountId, by } of await recipientsOf(tx, order)) {
    await notifier.notify(tx, {
      ...{ accountId, topic: 'order', key: keyOf(state, by), params: { what } },
      ...{ link: by === 'user' ? '/contracts' : `/orders/${order.id}`, eventId: `${order.id}:${state}` },
    });
    if (by === 'user' || (state !== 'created' && state !== 'done' && state !== 'cancelled')) continue;
    await notices.orderTold(tx, { orderId: order.id, accountId, state, what, at, by });
  }
}

function keyOf(state: OrderState, by: 'holder' | 'proxy' | 'user'): string {
  return state === 'created' && by !== 'holder' ? 'order-by-proxy' : `order-${state}`;
}

interface Recipient {
  readonly accountId: AccountId;
  /** Who ordered, as this one is told: `holder` for one's own orders, `user` for those whose line it is. */
  readonly by: 'holder' | 'proxy' | 'user';
}

async function recipientsOf(tx: Tx, { accountId, contractId }: OrderRow): Promise<Recipient[]> {
  if (contractId === null) return [{ accountId, by: 'holder' }];
  // As it is now: who manages the contract no more hears no more of it.
  const all = await listAccountsOfContract(tx, contractId);
  const orderedBy = all.find((one) => one.accountId === accountId)?.relation ?? 'proxy';
  return all.flatMap((one): Recipient[] => {
    if (one.accountId === accountId) return [{ accountId, by: 'holder' }];
    if (one.relation === 'holder')
      return [{ accountId: one.accountId, by: orderedBy === 'proxy' ? 'proxy' : 'holder' }];
    return one.relation === 'user' && orderedBy === 'proxy' ? [{ accountId: one.accountId, by: 'user' }] : [];
  });
}

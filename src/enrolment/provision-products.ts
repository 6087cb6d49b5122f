// What a contract has from the start, as imports say it: its plan, options, subscriptions to partners.
import { z } from 'zod';
import { insertContractOption, insertSubscriptionItem } from '../storage/contract-products.ts';
import type { Tx } from '../storage/database.ts';
import type { ProvisionDeps } from './provision.ts';

/** In the smallest unit of the currency: cents of EUR. */
const amount = z.object({ unit: z.string().length(3), minor: z.int().min(0).max(100_000_000) });

export const productFields = {
  /** Of the brand's catalogue. */
  offerId: z.string().max(60).optional(),
  options: z
    .array(z.object({ id: z.string().max(60), price: amount, recurring: z.boolean().default(true) }))
    .default([]),
  subscriptions: z
    .array(
      z.object({
        category: z.enum(['tv', 'video', 'music', 'reading', 'games', 'other']),
        partner: z.string().min(1).max(60),
        name: z.string().min(1).max(60),
        price: amount,
        period: z.enum(['month', 'year']).default('month'),
        nextChargeInDays: z.int().min(0).max(366).optional(),
      }),
    )
    .default([]),
};

const products = z.object(productFields);

/** Writes options and subscriptions of a contract that is there. */
export async function writeProducts(
  deps: Pick<ProvisionDeps, 'idFor' | 'now'>,
  tx: Tx,
  { contractId, options, subscriptions }: Omit<z.output<typeof products>, 'offerId'> & { contractId: string },
): Promise<void> {
  const since = deps.now();
  for (const { id: optionId, price, recurring } of options) {
    const id = deps.idFor('cop', `${contractId} ${optionId}`);
    const priced = { unit: price.unit, priceMinor: price.minor, recurring };
    await insertContractOption(tx, { id, contractId, optionId, ...priced, orderId: null, since });
  }
  for (const { price, nextChargeInDays, ...item } of subscriptions) {
    const nextChargeAt =
      nextChargeInDays === undefined ? null : new Date(since.getTime() + nextChargeInDays * 86_400_000);
    const id = deps.idFor('sub', `${contractId} ${item.name}`);
    const priced = { unit: price.unit, priceMinor: price.minor };
    await insertSubscriptionItem(tx, { id, contractId, ...item, ...priced, status: 'active', since, nextChargeAt });
  }
}

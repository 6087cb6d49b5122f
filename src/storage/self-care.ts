// What an account sees that was registered with an Account ID or a Customer ID (E21, E22): one billing account, or all
// of a group. Any other account sees by its contracts.
import type { AccountId } from '../identifiers.ts';
import type { Db } from './database.ts';

export type SelfCareScope =
  | { readonly kind: 'account'; readonly billingAccountId: string }
  | { readonly kind: 'group'; readonly customerGroupId: string };

/** The scope of a registered account; undefined for every other account. */
export async function findSelfCareScope(db: Db, accountId: string): Promise<SelfCareScope | undefined> {
  const own = await db
    .selectFrom('billingAccounts')
    .select('id')
    .where('accountId', '=', accountId as AccountId)
    .executeTakeFirst();
  if (own !== undefined) return { kind: 'account', billingAccountId: own.id };
  const group = await db
    .selectFrom('customerGroups')
    .select('id')
    .where('accountId', '=', accountId as AccountId)
    .executeTakeFirst();
  return group && { kind: 'group', customerGroupId: group.id };
}

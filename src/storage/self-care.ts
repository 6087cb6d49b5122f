// What an account sees that was registered with an Account ID or a Customer ID (E21, E22): one billing account, or all
// of a group. Any other account sees by its contracts.
import type { AccountId } from '../identifiers.ts';
import type { Db } from './database.ts';

export type SelfCareScope =
  | { readonly kind: 'account'; readonly billingAccountId: string }
  | { readonly kind: 'group'; readonly customerGroupId: string };

/** The scope of a registered account; undefined for every other account. */
export async function findSelfCareScope(db: Db, accountId: string): Promise<SelfCareScope | undefined> {
  const row = await db
    .selectFrom('selfCareAccesses')
    .select(['billingAccountId', 'customerGroupId'])
    .where('accountId', '=', accountId as AccountId)
    .executeTakeFirst();
  if (row?.billingAccountId != null) return { kind: 'account', billingAccountId: row.billingAccountId };
  return row?.customerGroupId != null ? { kind: 'group', customerGroupId: row.customerGroupId } : undefined;
}

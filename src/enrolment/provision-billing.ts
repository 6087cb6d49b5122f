// Billing accounts in what `subscriber import` reads, and the group that a company's are in. A contract without one gets
// its Account ID with its first bill.
import { z } from 'zod';
import { insertBillingAccount, insertCustomerGroup } from '../storage/billing-accounts.ts';
import type { Tx } from '../storage/database.ts';
import type { ProvisionDeps } from './provision.ts';

export const billingAccountSchema = z.object({
  /** The Account ID that is printed on bills. */
  code: z.string().regex(/^[1-9][0-9]{5,11}$/),
  /** Billed together with the company's others. */
  inGroup: z.boolean().default(false),
});

/** Its Customer ID is issued later, by staff. */
export const customerGroupSchema = z.object({
  name: z.string().min(1).max(80),
  kind: z.enum(['sme', 'company', 'ministry']),
});

interface Billed {
  readonly personId: string;
  readonly subscriber: {
    readonly brand: string;
    readonly customerGroup?: z.output<typeof customerGroupSchema> | undefined;
    readonly contracts: readonly {
      readonly contractRef: string;
      readonly billingAccount?: z.output<typeof billingAccountSchema> | undefined;
    }[];
    readonly lines: readonly { readonly msisdn: string; readonly contractRef?: string | undefined }[];
  };
}

/** Writes the billing accounts of one subscriber; contracts and lines are there. Throws on a code that is taken. */
export async function writeBilling(deps: ProvisionDeps, tx: Tx, { subscriber, personId }: Billed): Promise<void> {
  const { brand, customerGroup, contracts, lines } = subscriber;
  const createdAt = deps.now();
  const groupId = customerGroup === undefined ? null : deps.idFor('grp', `${brand} ${customerGroup.name}`);
  if (groupId !== null && customerGroup !== undefined) {
    await insertCustomerGroup(tx, { id: groupId, brand, ...customerGroup, createdAt });
  }
  for (const { contractRef, billingAccount } of contracts) {
    if (billingAccount === undefined) continue;
    const line = lines.find((one) => one.contractRef === contractRef);
    await insertBillingAccount(tx, {
      ...{ id: deps.idFor('bil', `${brand} ${billingAccount.code}`), brand, code: billingAccount.code },
      ...{ contractId: deps.idFor('ctr', contractRef), holderPersonId: personId, createdAt },
      lineId: line === undefined ? null : deps.idFor('lin', line.msisdn),
      customerGroupId: billingAccount.inGroup ? groupId : null,
    });
  }
}

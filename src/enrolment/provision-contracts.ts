// Contracts in what `subscriber import` reads, with the networks of their homes.
import { z } from 'zod';
import type { AccountId } from '../identifiers.ts';
import type { Tx } from '../storage/database.ts';
import { addHomeNetworks } from '../storage/home-networks.ts';
import { insertContract } from '../storage/provisioning.ts';
import type { ProvisionDeps } from './provision.ts';
import { billingAccountSchema } from './provision-billing.ts';
import { productFields, writeProducts } from './provision-products.ts';

const addressSchema = z.object({
  street: z.string().min(1).max(100),
  complement: z.string().min(1).max(100).optional(),
  postCode: z.string().min(1).max(12),
  city: z.string().min(1).max(60),
  country: z.string().length(2),
});

/** What one customer has alone: an IPv4 address, or an IPv6 prefix of 56 bits. */
const homeNetwork = z.union([
  z.ipv4().transform((address) => `${address}/32`),
  z.cidrv6().refine((prefix) => prefix.endsWith('/56'), 'must have 56 bits'),
]);

export const contractSchema = z.object({
  kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
  segment: z.enum(['consumer', 'professional']).default('consumer'),
  offerRange: z.string().default('standard'),
  customerRef: z.string(),
  contractRef: z.string(),
  address: addressSchema.optional(),
  /** Its billing months begin on this day of the month; today without it. */
  startedAt: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
  ...productFields,
  billingAccount: billingAccountSchema.optional(),
  /** Whoever calls from there is at home. */
  homeNetworks: z.array(homeNetwork).max(10).default([]),
});

export interface ContractDraft {
  readonly contract: z.output<typeof contractSchema>;
  readonly brand: string;
  readonly personId: string;
  readonly accountIds: readonly AccountId[];
}

/** Writes a contract that the accounts hold. Throws on a reference that is taken. */
export async function writeContract(deps: ProvisionDeps, tx: Tx, draft: ContractDraft): Promise<void> {
  const { contract, brand, personId, accountIds } = draft;
  const {
    homeNetworks,
    options,
    subscriptions,
    offerId = null,
    startedAt = deps.now(),
    billingAccount: _later,
    ...facts
  } = contract;
  const parties = accountIds.map((accountId) => ({ accountId, relation: 'holder' as const, since: deps.now() }));
  const address = facts.address === undefined ? null : JSON.stringify(facts.address);
  const id = deps.idFor('ctr', facts.contractRef);
  const row = { ...facts, id, brand, address, offerId, holderPersonId: personId, startedAt };
  await insertContract(tx, row, parties);
  await addHomeNetworks(tx, id, homeNetworks);
  await writeProducts(deps, tx, { contractId: id, options, subscriptions });
}

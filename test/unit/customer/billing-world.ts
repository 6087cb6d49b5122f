// Contracts that are billed, on a real database: with what bills are made by, and what was told.
import { randomBytes } from 'node:crypto';
import { createBillingDesk } from '../../../src/customer/billing-desk.ts';
import type { BillingDeps } from '../../../src/customer/billing-run.ts';
import { createDocumentWriter } from '../../../src/customer/invoice-document.ts';
import type { BillEvent } from '../../../src/messaging/billing-notices.ts';
import { createBrands } from '../../../src/ops/brands.ts';
import { builtInBrands } from '../../../src/ops/brands-built-in.ts';
import { insertBillingAccount, insertCustomerGroup } from '../../../src/storage/billing-accounts.ts';
import type { ContractRow } from '../../../src/storage/contract-tables.ts';
import type { Database } from '../../../src/storage/database.ts';
import { insertPendingCharge, type NewPendingCharge } from '../../../src/storage/pending-charges.ts';
import { createContractWorld, type Person, type SoldContract } from './contract-world.ts';

export const brands = createBrands(builtInBrands);

/** Makes it over one database. */
export function createBillingWorld(database: Database) {
  const people = createContractWorld(database);
  const told: { event: BillEvent['event']; accountId: string; invoiceId: string }[] = [];
  const noted: string[] = [];
  const deps: BillingDeps = {
    ...{ database, brands, randomBytes, audit: people.audit },
    notifier: { notify: async (_tx, { key, accountId }) => void noted.push(`${key} ${accountId}`) },
    notices: {
      billTold: async (_tx, { event, accountId, invoiceId }) => void told.push({ event, accountId, invoiceId }),
    },
  };
  const documents = createDocumentWriter({ brands });
  const desk = createBillingDesk({ database, audit: people.audit, brands, documents });
  let last = 0;
  return {
    ...people,
    ...{ deps, desk, documents, told, noted },
    /** A contract with a plan, of brand `exemple` or of another one. */
    async sold(holder: Person, changes: Partial<ContractRow> = {}): Promise<SoldContract> {
      return await people.contract(holder, { offerId: 'mobile-40', ...changes });
    },
    async charge(contract: SoldContract, changes: Partial<NewPendingCharge> = {}): Promise<boolean> {
      last += 1;
      const label = { fr: 'Coque', en: 'Case' };
      const common = { contractId: contract.contractId, kind: 'deferred', label, includesTax: true } as const;
      const amount = { unit: 'EUR', minor: 1_990 };
      const rest = {
        amount,
        taxCategory: 'standard',
        sourceId: `test:${last}`,
        chargedAt: new Date('2026-04-10'),
      } as const;
      return await database.transaction((tx) => insertPendingCharge(tx, { ...common, ...rest, ...changes }));
    },
    /** A company whose contracts have Account IDs; `account` reads for all of it. */
    async group(contracts: readonly { contract: SoldContract; code: string; holder: Person }[], account?: Person) {
      const id = `cgr_${++last}`;
      const createdAt = new Date('2026-03-01T08:00:00Z');
      await database.transaction(async (tx) => {
        const group = { id, brand: 'exemple', name: 'Sucrerie du Morne', kind: 'company' as const, createdAt };
        await insertCustomerGroup(tx, { ...group, accountId: account?.accountId ?? null });
        for (const { contract, code, holder } of contracts) {
          await insertBillingAccount(tx, {
            ...{ id: `bil_${code}`, brand: 'exemple', code, contractId: contract.contractId, lineId: contract.lineId },
            ...{ holderPersonId: holder.personId, customerGroupId: id, createdAt },
          });
        }
      });
      return id;
    },
  };
}

// What the next bill of a contract will take: charges that wait, and use that is not closed yet (E10).
import type { AccountId } from '../identifiers.ts';
import type { Brands } from '../ops/brands.ts';
import { listBilledContracts } from '../storage/billing-accounts.ts';
import { billingMonth } from '../storage/billing-runs.ts';
import type { PendingChargeRow } from '../storage/billing-tables.ts';
import type { Db } from '../storage/database.ts';
import { listPendingCharges } from '../storage/pending-charges.ts';
import { listUnbilledUsage } from '../storage/usage-records.ts';
import type { UnbilledView } from './billing-types.ts';
import { taxed } from './money.ts';

interface Deps {
  readonly db: Db;
  readonly brands: Pick<Brands, 'of'>;
}

/** For every contract whose bills the account may see. */
export async function unbilledOf({ db, brands }: Deps, accountId: AccountId): Promise<UnbilledView[]> {
  const contracts = await listBilledContracts(db, accountId);
  const ids = contracts.map(({ id }) => id);
  const pending = Map.groupBy(await listPendingCharges(db, ids), ({ contractId }) => contractId);
  const used = Map.groupBy(await listUnbilledUsage(db, ids), ({ contractId }) => contractId);
  const views: UnbilledView[] = [];
  for (const { id: contractId, brand } of contracts) {
    const { currency: unit, taxRates, timeZone } = brands.of(brand);
    // The month that runs: its first moment is the end of the last one that is over.
    const { end: since } = await billingMonth(db, { timeZone });
    const charges = (pending.get(contractId) ?? []).map((row) => chargeOf(row, taxRates[row.taxCategory]));
    const usage = (used.get(contractId) ?? []).map((one) => ({ ...one, charge: { unit, minor: one.chargeMinor } }));
    const minor = sum(charges.map(({ incl }) => incl.minor)) + sum(usage.map(({ charge }) => charge.minor));
    views.push({ contractId, since, charges, usage, total: { unit, minor } });
  }
  return views;
}

function chargeOf({ id, kind, label, quantity, chargedAt, unit, minor, includesTax }: PendingChargeRow, rate: number) {
  const { exclMinor, inclMinor } = taxed(minor, { rate, includesTax });
  return {
    ...{ id, kind, label, quantity, at: chargedAt },
    ...{ excl: { unit, minor: exclMinor }, incl: { unit, minor: inclMinor } },
  };
}

function sum(all: readonly number[]): number {
  return all.reduce((one, other) => one + other, 0);
}

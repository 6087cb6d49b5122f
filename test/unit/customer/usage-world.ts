// Consumption on a real database: desk, intake and API over contracts of the contract world, messages caught.
import { randomBytes } from 'node:crypto';
import { createNotificationCentre } from '../../../src/customer/notification-centre.ts';
import { createUsageDesk } from '../../../src/customer/usage-desk.ts';
import { type UsageEvent, usageEvent } from '../../../src/customer/usage-events.ts';
import { takeUsage } from '../../../src/customer/usage-intake.ts';
import type { OutOfBundleEvent } from '../../../src/messaging/usage-notices.ts';
import type { Database } from '../../../src/storage/database.ts';
import { createApiClient } from '../../support/api-client.ts';
import { createContractWorld, type Person, type SoldContract } from './contract-world.ts';

export const gigabyte = 1_000_000_000;

export interface SentNotice {
  readonly kind: 'out-of-bundle' | 'top-up' | 'controls';
  readonly lineId: string | null;
  readonly accounts?: readonly string[];
}

/** Makes it over one database. */
export function createUsageWorld(database: Database) {
  const world = createContractWorld(database);
  const centre = createNotificationCentre({ database, randomBytes, timeZone: 'Europe/Paris' });
  const sent: SentNotice[] = [];
  const notices = {
    outOfBundle: async (_tx: unknown, { lineId, accounts }: OutOfBundleEvent) =>
      void sent.push({ kind: 'out-of-bundle', lineId, accounts }),
    topUpDone: async (_tx: unknown, { lineId }: { lineId: string }) => void sent.push({ kind: 'top-up', lineId }),
    controlsChanged: async (_tx: unknown, { lineId }: { lineId: string }) =>
      void sent.push({ kind: 'controls', lineId }),
  };
  const timeZoneOf = () => 'Europe/Paris';
  const intake = { database, notifier: centre, notices, randomBytes, timeZoneOf };
  const desk = createUsageDesk({ ...intake, audit: world.audit, taxRateOf: () => 2_000 });
  let last = 0;
  const event = (contract: SoldContract, more: Record<string, unknown>): UsageEvent => {
    const who =
      more['type'] === 'internet' || more['type'] === 'fixed_voice'
        ? { contract: world.references(contract).contractRef }
        : { msisdn: contract.number };
    return usageEvent.parse({ eventId: `evt-${++last}`, ...who, ...more });
  };
  return {
    ...{ world, desk, intake, sent, event },
    api: createApiClient({ database, usage: desk }),
    /** One after another in one batch. */
    use: (contract: SoldContract, ...many: Record<string, unknown>[]) =>
      takeUsage(
        intake,
        many.map((one) => event(contract, one)),
      ),
    async sold(offerId = 'mobile-5', changes = {}): Promise<{ holder: Person; contract: SoldContract }> {
      const holder = await world.person();
      return { holder, contract: await world.contract(holder, { offerId, ...changes }) };
    },
    async titlesOf({ accountId }: Person): Promise<string[]> {
      const { items } = await centre.list(accountId, { locale: 'en', offset: 0, limit: 50 });
      return items.map(({ subject }) => subject);
    },
    async suspend({ lineId }: SoldContract): Promise<void> {
      await database.db.updateTable('lines').set({ status: 'suspended' }).where('id', '=', lineId).execute();
    },
  };
}

// Wires consumption: for the APIs, for the network's events, and for the clock that ends billing months.
import type { AppParts } from './app.ts';
import { closeUsagePeriods } from './customer/usage-closing.ts';
import { createUsageDesk } from './customer/usage-desk.ts';
import type { UsageIntakeDeps } from './customer/usage-intake.ts';
import type { UsageDesk, UsageDeskDeps } from './customer/usage-types.ts';
import { createUsageNotices } from './messaging/usage-notices.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'channel' | 'randomBytes'>;

/** What taking events in needs. */
export function usageIntakeOf({ config, database, channel, randomBytes }: Omit<Parts, 'audit'>): UsageIntakeDeps {
  const timeZoneOf = (brand: string) => config.brands.of(brand).timeZone;
  return { database, notifier: channel.notifier, notices: createUsageNotices(channel.jobs), randomBytes, timeZoneOf };
}

/** What desks over consumption need. */
export function usageDeskDepsOf(parts: Parts): UsageDeskDeps {
  const { audit, config } = parts;
  const taxRateOf = (brand: string) => config.brands.of(brand).taxRates.standard;
  return { ...usageIntakeOf(parts), audit, taxRateOf };
}

/** Consumption of contracts, for the APIs. */
export function usageDeskOf(parts: Parts): UsageDesk {
  return createUsageDesk(usageDeskDepsOf(parts));
}

/** Ends billing months that are over; to be called again and again. */
export function usageCloserOf({ config, database }: Pick<Parts, 'config' | 'database'>): () => Promise<void> {
  const timeZoneOf = (brand: string) => config.brands.of(brand).timeZone;
  return () => closeUsagePeriods({ database, timeZoneOf });
}

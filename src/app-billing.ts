// Wires billing: bills for the APIs, the run for staff, and what tells of bills that are overdue.
import type { AppParts } from './app.ts';
import { createBillingDesk } from './customer/billing-desk.ts';
import { type BillingDeps, tellOverdueBills } from './customer/billing-run.ts';
import type { BillingDesk } from './customer/billing-types.ts';
import { createDocumentWriter } from './customer/invoice-document.ts';
import { createBillingNotices } from './messaging/billing-notices.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'randomBytes'> & {
  readonly channel: Pick<AppParts['channel'], 'notifier' | 'jobs'>;
};

/** What a run, credit and reminders need. */
export function billingDepsOf({ config, database, audit, channel, randomBytes }: Parts): BillingDeps {
  const notices = createBillingNotices(channel.jobs);
  return { database, audit, brands: config.brands, randomBytes, notifier: channel.notifier, notices };
}

/** Bills as customers read them. */
export function billingDeskOf({ config, database, audit }: Pick<Parts, 'config' | 'database' | 'audit'>): BillingDesk {
  const documents = createDocumentWriter({ brands: config.brands });
  return createBillingDesk({ database, audit, brands: config.brands, documents });
}

/** Tells of bills whose due day is over; to be called again and again. */
export function overdueTellerOf(parts: Parts): () => Promise<void> {
  const deps = billingDepsOf(parts);
  return () => tellOverdueBills(deps);
}

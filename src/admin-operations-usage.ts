// Staff operation on consumption: events of use as the network's mediation brings them.
import { type AdminContext, adminOperation } from './admin-operations-type.ts';
import { usageBatch } from './customer/usage-events.ts';
import { takeUsage, type UsageIntakeDeps } from './customer/usage-intake.ts';
import { AppError } from './errors.ts';

async function intake({ usage }: AdminContext): Promise<UsageIntakeDeps> {
  if (usage === undefined) throw new AppError('temporarily_unavailable', { detail: 'events cannot be taken' });
  return await usage();
}

/** All of them. */
export const usageOperations = [
  // An event is known by its id: a batch that was not answered can be sent again.
  adminOperation('usage.import', usageBatch, async (context, { events }) => takeUsage(await intake(context), events)),
];

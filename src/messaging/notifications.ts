// The queue of notifications to clients (Mobile Connect, server-initiated). The job holds an id only: what is told lies
// sealed beside the log of its deliveries.
import { z } from 'zod';
import { type JobQueue, PermanentJobError } from './jobs.ts';

const payload = z.strictObject({ id: z.string().max(64) });
export type NotificationJob = z.infer<typeof payload>;

/** `again`: the client's server has trouble; `never`: it refused, or may not be called. */
export type NotificationOutcome = 'taken' | 'again' | 'never';

// Tokens in it live for minutes: what could not be told in a quarter of an hour is told by hand, or polled for.
const lifeSeconds = 900;

/** Makes the queue over the function that posts; a rejection of that counts as `again`. */
export function createNotificationQueue(
  deliver: (id: string) => Promise<NotificationOutcome>,
): JobQueue<NotificationJob> {
  return {
    schema: payload,
    async handle({ id }) {
      const outcome = await deliver(id);
      if (outcome === 'never') throw new PermanentJobError('the client does not take the notification');
      if (outcome === 'again') throw new Error('the client could not take the notification');
    },
    retries: 8,
    retryDelaySeconds: 1,
    retryDelayMaxSeconds: 120,
    tryTimeoutSeconds: 20,
    lifeSeconds,
  };
}

// Mobile Connect, server-initiated, composed: the job that tells a client what came of its request, and its repetition
// by hand.
import type { SimChannel } from './app-sim-channel.ts';
import type { ServerInitiatedParts } from './oidc/server-initiated.ts';
import { takeRedelivery } from './storage/client-notifications.ts';
import { type Database, sqlClientOf } from './storage/database.ts';

/** The parts for one issuer's provider. */
export function serverInitiatedOf({ jobs }: Pick<SimChannel, 'jobs'>): ServerInitiatedParts {
  return {
    async enqueueNotification(tx, id) {
      await jobs.enqueue(sqlClientOf(tx), 'notification', { payload: { id }, eventId: id });
    },
  };
}

/** Sends a notification once more, with the same `jti`; false when it is not known or too old to be sent. */
export async function redeliver(
  { database, issuer, channel }: { database: Database; issuer: string; channel: Pick<SimChannel, 'jobs'> },
  id: string,
): Promise<boolean> {
  return await database.transaction(async (tx) => {
    const number = await takeRedelivery(tx, issuer, id);
    if (number === undefined) return false;
    await channel.jobs.enqueue(sqlClientOf(tx), 'notification', { payload: { id }, eventId: `${id} ${number}` });
    return true;
  });
}

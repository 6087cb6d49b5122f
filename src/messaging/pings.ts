// The queue of pings: tells a client, without saying more, that a request of its has a result (CIBA Core 10.2). What
// is worth stealing in it, the id of the request and the client's own token, lies sealed in the job table.
import { z } from 'zod';
import type { MasterKey } from '../ops/master-key.ts';
import { type JobQueue, PermanentJobError } from './jobs.ts';

const payload = z.strictObject({
  clientId: z.string().max(256),
  uri: z.string().max(2_048),
  sealed: z.string().max(8_192),
});
export type PingJob = z.infer<typeof payload>;

/** What is to be posted where. */
export interface PingPost {
  readonly clientId: string;
  readonly uri: string;
  readonly requestId: string;
  readonly notificationToken: string;
}

const secrets = z.strictObject({ requestId: z.string(), notificationToken: z.string() });
const place = { table: 'jobs', column: 'ping', row: '' } as const;

// A little longer than any request lives: nobody asks for its result after that.
const lifeSeconds = 360;

/** Seals a ping for its job. */
export function pingJob(masterKey: Pick<MasterKey, 'seal'>, post: PingPost): PingJob {
  const { clientId, uri, ...secret } = post;
  return { clientId, uri, sealed: masterKey.seal(place, JSON.stringify(secret)) };
}

/** `again`: the client's server has trouble; `never`: it refused, or may not be called. */
export type PingOutcome = 'taken' | 'again' | 'never';

/** Makes the queue over the function that posts; a rejection of that counts as `again`. */
export function createPingQueue(
  masterKey: Pick<MasterKey, 'open'>,
  deliver: (post: PingPost) => Promise<PingOutcome>,
): JobQueue<PingJob> {
  return {
    schema: payload,
    async handle({ clientId, uri, sealed }) {
      const secret = secrets.parse(JSON.parse(masterKey.open(place, sealed).toString()));
      const outcome = await deliver({ clientId, uri, ...secret });
      if (outcome === 'never') throw new PermanentJobError('the client does not take the ping');
      if (outcome === 'again') throw new Error('the client could not take the ping');
    },
    retries: 6,
    retryDelaySeconds: 1,
    retryDelayMaxSeconds: 30,
    tryTimeoutSeconds: 10,
    lifeSeconds,
  };
}

// The queue of back-channel logout tokens: a relying party that is down for a moment hears of the logout later.
// The token lies sealed in the job table; it lives two minutes, and no longer than that is it worth sending.
import { z } from 'zod';
import type { MasterKey } from '../ops/master-key.ts';
import type { JobQueue } from './jobs.ts';

const payload = z.strictObject({
  clientId: z.string().max(256),
  uri: z.string().max(2_048),
  sealed: z.string().max(16_384),
});
export type LogoutJob = z.infer<typeof payload>;

/** What is to be posted where. */
export interface LogoutPost {
  readonly clientId: string;
  readonly uri: string;
  readonly token: string;
}

const tokenLifeSeconds = 120;
const place = { table: 'jobs', column: 'logout', row: '' } as const;

/** Seals a logout token for its job. */
export function logoutJob(masterKey: Pick<MasterKey, 'seal'>, { clientId, uri, token }: LogoutPost): LogoutJob {
  return { clientId, uri, sealed: masterKey.seal(place, token) };
}

/** Makes the queue over the function that posts. */
export function createLogoutQueue(
  masterKey: Pick<MasterKey, 'open'>,
  deliver: (post: LogoutPost) => Promise<void>,
): JobQueue<LogoutJob> {
  return {
    schema: payload,
    handle: ({ clientId, uri, sealed }) => deliver({ clientId, uri, token: masterKey.open(place, sealed).toString() }),
    retries: 5,
    retryDelaySeconds: 2,
    retryDelayMaxSeconds: 30,
    tryTimeoutSeconds: 10,
    lifeSeconds: tokenLifeSeconds,
  };
}

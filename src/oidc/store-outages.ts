// What the library is told when the short-lived records cannot be reached: an error of its own kind, which it tells
// clients as `temporarily_unavailable` with 503, instead of a fault of ours with 500.
import { errors } from 'oidc-provider';
import { isOutage } from '../ops/outages.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';

/** The same store; an outage is thrown as TemporarilyUnavailable, with what happened as its cause. */
export function tellOutages(store: EphemeralStore): EphemeralStore {
  return {
    put: (kind, key, record) => tellOutage(() => store.put(kind, key, record)),
    insert: (kind, key, record) => tellOutage(() => store.insert(kind, key, record)),
    find: (kind, key) => tellOutage(() => store.find(kind, key)),
    consume: (kind, key) => tellOutage(() => store.consume(kind, key)),
    take: (kind, key) => tellOutage(() => store.take(kind, key)),
    remove: (kind, key) => tellOutage(() => store.remove(kind, key)),
  };
}

/** What the work gives; an outage is thrown as TemporarilyUnavailable. */
export async function tellOutage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isOutage(cause)) throw cause;
    const error = new errors.TemporarilyUnavailable('try again in a moment', { cause });
    throw Object.assign(error, { status: 503, statusCode: 503 });
  }
}

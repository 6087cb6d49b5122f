// The sandbox's own routes, beside the admin's: the clock, the world, and both anew.
import { z } from 'zod';
import type { AppParts, SandboxParts } from './app.ts';
import { networkRoutes } from './app-network.ts';
import { faultRoutes } from './app-sandbox-faults.ts';
import type { AdminRoute } from './ops/admin-listener.ts';
import { readAppNow } from './storage/database.ts';
import { advanceClock, mostAdvanceSeconds, readClockOffset } from './storage/domain-clock.ts';

/** The sandbox's own routes (decisions 32). */
export function sandboxRoutes(sandbox: SandboxParts, issuers: readonly [AppParts, ...AppParts[]]): AdminRoute[] {
  const [root] = issuers;
  const { database } = root;
  const advance = z.strictObject({ advanceSeconds: z.int().min(1).max(mostAdvanceSeconds) });
  const clock = async () => ({ now: await readAppNow(database.db), offsetSeconds: await readClockOffset(database.db) });
  return [
    { method: 'GET', path: '/sandbox/clock', handler: clock },
    {
      method: 'POST',
      path: '/sandbox/clock',
      async handler({ body }) {
        await advanceClock(database.db, advance.parse(body).advanceSeconds);
        return await clock();
      },
    },
    {
      method: 'POST',
      path: '/sandbox/reset',
      async handler() {
        await sandbox.reset(root, issuers);
        root.channel.network.tell(undefined);
        await root.forgetShortLived();
        return { reset: true };
      },
    },
    { method: 'GET', path: '/sandbox/world', handler: () => sandbox.world(root) },
    ...networkRoutes(root.channel.network),
    ...faultRoutes(root),
  ];
}

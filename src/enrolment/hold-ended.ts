// Tells customers that the wait after a new SIM is over, once for each hold (a19). The hold itself ends by the clock.
import type { LineNotices } from '../messaging/line-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { Database, Tx } from '../storage/database.ts';
import { takeEndedHolds } from '../storage/line-changes.ts';
import { findLine } from '../storage/subscribers.ts';
import { lineEvent } from './line-pending.ts';

export interface HoldEndedDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<LineNotices, 'holdEnded'>;
  readonly randomBytes: (size: number) => Buffer;
}

/** Any node may call it, again and again. */
export async function tellEndedHolds(deps: HoldEndedDeps): Promise<void> {
  await deps.database.transaction(async (tx) => {
    for (const { enrolmentId, lineId } of await takeEndedHolds(tx)) {
      await deps.audit.holdEnded(tx, { lineId, enrolmentId });
      const line = (await findLine(tx, lineId))?.line;
      // A suspended line hears nothing: its phone may be in a thief's hands.
      if (line?.status !== 'active') continue;
      await deps.notices.holdEnded(tx, await lineEvent(deps, tx, line));
    }
  });
}

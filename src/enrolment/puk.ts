// Shows the PUK of a line's SIM: never asks for the Mobile Connect PIN, for a card that wants its PUK answers nothing
// (B27). Each showing is limited, written down and told to the customer (X60).
import { readAppNow } from '../storage/database.ts';
import { lockLine } from '../storage/line-changes.ts';
import { findPuk } from '../storage/sim-replacement.ts';
import { lineEvent } from './line-pending.ts';
import type { LineDeps, LineOrder, PukOutcome } from './line-types.ts';
import { pukPlace } from './provision.ts';

/** Gives the PUK to a caller who may have it. */
export async function disclosePuk(deps: LineDeps, { lineId, by }: LineOrder): Promise<PukOutcome> {
  const retryAfterSeconds = await deps.limits.puks.take(lineId);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  return await deps.database.transaction(async (tx) => {
    const line = await lockLine(tx, lineId);
    const found = await findPuk(tx, lineId);
    if (line === undefined || found === undefined) return { kind: 'none' };
    await deps.audit.pukShown(tx, { lineId, by, simId: found.simId });
    await deps.notices.pukShown(tx, { ...(await lineEvent(deps, tx, line)), at: await readAppNow(tx) });
    return { kind: 'shown', puk: deps.masterKey.open(pukPlace(found.simId), found.pukSealed).toString() };
  });
}

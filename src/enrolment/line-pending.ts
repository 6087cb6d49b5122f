// Ends what is under way on a line when the line itself changes, and says whom the change concerns.
import { maskMsisdn } from '../identifiers.ts';
import type { LineEvent } from '../messaging/line-notices.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { cancelPending } from '../storage/attempts.ts';
import { sendBackWaiting } from '../storage/contract-drafts.ts';
import type { Tx } from '../storage/database.ts';
import { listConcernedAccounts, listPending } from '../storage/line-changes.ts';
import type { LineRow } from '../storage/tables.ts';
import { wake } from '../storage/wake-ups.ts';
import type { LineDeps } from './line-types.ts';

/**
 * Cancels every pending attempt of the line, decoys included, so that nothing shows which was which. Returns the
 * requests that take the screens away: send them after the commit.
 */
export async function cancelOnLine(
  { masterKey, push }: Pick<LineDeps, 'masterKey' | 'push'>,
  tx: Tx,
  { line, simId }: { line: LineRow; simId: string | undefined },
): Promise<AttemptRow[]> {
  const slot = masterKey.index('slot', line.msisdn);
  const goodbyes: AttemptRow[] = [];
  // Nor does a code count that was to bring its contract into another area (X81).
  await sendBackWaiting(tx, line.id);
  for (const attempt of await listPending(tx, { slot, simId: simId ?? '' })) {
    const goodbye = await push.cancel(tx, attempt);
    if (goodbye !== undefined) goodbyes.push(goodbye);
  }
  return goodbyes;
}

/** The same for a SIM that is dead: nothing is sent to it any more. */
export async function dropOnLine(
  { masterKey }: Pick<LineDeps, 'masterKey'>,
  tx: Tx,
  { line, simId }: { line: LineRow; simId: string | undefined },
): Promise<void> {
  const dropped = await cancelPending(tx, { slot: masterKey.index('slot', line.msisdn) });
  if (simId !== undefined) dropped.push(...(await cancelPending(tx, { simId })));
  for (const { id } of dropped) await wake(tx, id);
  await sendBackWaiting(tx, line.id);
}

/** Names the event for its messages. Read the accounts before links are removed. */
export async function lineEvent(
  { randomBytes }: Pick<LineDeps, 'randomBytes'>,
  tx: Tx,
  line: Pick<LineRow, 'id' | 'msisdn'>,
): Promise<LineEvent> {
  return {
    lineId: line.id,
    line: maskMsisdn(line.msisdn),
    eventId: randomBytes(12).toString('base64url'),
    accounts: await listConcernedAccounts(tx, line.id),
  };
}

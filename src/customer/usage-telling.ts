// Who is told of use beyond the plan, of top-ups and of controls, and by which channel (B21, B22).
import { type AccountId, maskMsisdn } from '../identifiers.ts';
import type { UsageNotices } from '../messaging/usage-notices.ts';
import { findPreferences } from '../storage/account-changes.ts';
import { listAccountsOfContract } from '../storage/contracts.ts';
import type { Tx } from '../storage/database.ts';
import { listConcernedAccounts } from '../storage/line-changes.ts';
import { findLine } from '../storage/usage-lines.ts';
import type { TopUpRow, UsageRecordRow } from '../storage/usage-tables.ts';
import { channelsOf } from './edit-profile.ts';
import { amountText } from './money.ts';
import type { Notifier } from './notification-centre.ts';
import type { TopUpOffer } from './usage-tariff.ts';

export interface UsageTellingDeps {
  readonly notifier: Notifier;
  readonly notices: UsageNotices;
}

/** The first use beyond the plan in a billing month: everybody who pays or uses is told, once. */
export async function tellOutOfBundle(
  { notifier, notices }: UsageTellingDeps,
  tx: Tx,
  { contractId, lineId, periodStart, at }: Pick<UsageRecordRow, 'contractId' | 'lineId' | 'periodStart' | 'at'>,
): Promise<void> {
  const eventId = `${contractId}:${periodStart.toISOString()}`;
  const accounts = await payersAndUsers(tx, contractId, lineId);
  const wanted = { sms: false, email: [] as AccountId[] };
  for (const accountId of accounts) {
    const link = `/usage/${contractId}/out-of-bundle`;
    await notifier.notify(tx, { accountId, topic: 'usage', key: 'out-of-bundle', link, eventId });
    const channels = channelsOf(await findPreferences(tx, accountId), 'usage');
    if (channels.includes('sms')) wanted.sms = true;
    if (channels.includes('email')) wanted.email.push(accountId);
  }
  const line = lineId === null ? undefined : await findLine(tx, lineId);
  const masked = line === undefined ? '' : maskMsisdn(line.msisdn);
  await notices.outOfBundle(tx, {
    ...{ eventId, at, line: masked, accounts: wanted.email },
    lineId: wanted.sms && line?.kind === 'mobile' ? line.id : null,
  });
}

async function payersAndUsers(tx: Tx, contractId: string, lineId: string | null): Promise<AccountId[]> {
  const payers = (await listAccountsOfContract(tx, contractId)).filter(({ relation }) => relation !== 'user');
  const users = lineId === null ? [] : await listConcernedAccounts(tx, lineId);
  return [...new Set([...payers.map(({ accountId }) => accountId), ...users])];
}

/** What somebody did to a line, for those whose line it is. */
interface LineDeed {
  readonly lineId: string;
  readonly contractId: string;
  /** Who did it. */
  readonly accountId: AccountId;
  readonly byProxy: boolean;
  readonly eventId: string;
}

/** Told to the user of the line and its holder, except to whoever did it; a proxy's change also by SMS. */
export async function tellControls(
  { notifier, notices }: UsageTellingDeps,
  tx: Tx,
  { lineId, contractId, accountId: by, byProxy, eventId }: LineDeed,
): Promise<void> {
  const line = await findLine(tx, lineId);
  const params = { line: line === undefined ? '' : maskMsisdn(line.msisdn) };
  const key = byProxy ? 'usage-controls-by-proxy' : 'usage-controls';
  for (const accountId of await listConcernedAccounts(tx, lineId)) {
    if (accountId === by) continue;
    await notifier.notify(tx, { accountId, topic: 'usage', key, params, link: `/usage/${contractId}`, eventId });
  }
  if (byProxy) await notices.controlsChanged(tx, { lineId, eventId });
}

/** A top-up is there: SMS to the line, and a notification to all whom it concerns. */
export async function tellTopUp(
  { notifier, notices }: UsageTellingDeps,
  tx: Tx,
  { topUp, offer, byProxy }: { topUp: TopUpRow; offer: TopUpOffer; byProxy: boolean },
): Promise<void> {
  const { id, lineId, contractId, accountId: by } = topUp;
  const what = offer.name;
  const price = { fr: amountText(offer.price, 'fr'), en: amountText(offer.price, 'en') };
  const accounts = new Set([by, ...(await payersAndUsers(tx, contractId, lineId))]);
  for (const accountId of accounts) {
    const key = byProxy && accountId !== by ? 'top-up-by-proxy' : 'top-up';
    const link = `/usage/${contractId}`;
    await notifier.notify(tx, { accountId, topic: 'usage', key, params: { what, price }, link, eventId: id });
  }
  await notices.topUpDone(tx, { topUpId: id, lineId, what, price });
}

// What customers hear by e-mail about contracts and proxies stands in their notification centre, too, written in the
// same transaction; and the users of a line read there that somebody manages its contract (c12).
import type { AccountId } from '../identifiers.ts';
import type { ContractNotices } from '../messaging/contract-notices.ts';
import type { Tx } from '../storage/database.ts';
import { listConcernedAccounts } from '../storage/line-changes.ts';
import type { NewNotice, Notifier } from './notification-centre.ts';

type Told = Pick<NewNotice, 'key' | 'params' | 'eventId'>;

/** The notices about contracts; the centre says the same. */
export function tellContractsInCentre(notices: ContractNotices, { notify }: Notifier): ContractNotices {
  const tell = async (tx: Tx, accounts: readonly AccountId[], { key, eventId, ...told }: Told): Promise<void> => {
    const shared = { topic: 'proxy', link: '/contracts', eventId: `${key}:${eventId}` } as const;
    for (const accountId of accounts) await notify(tx, { ...shared, ...told, key, accountId });
  };
  return {
    async proxyEnded(tx, event) {
      await notices.proxyEnded(tx, event);
      const { accounts, at, by, eventId } = event;
      await tell(tx, accounts, { key: `proxy-ended-${by}`, params: { at: at.toISOString() }, eventId });
    },
    async contractAttached(tx, event) {
      await notices.contractAttached(tx, event);
      const { tell: holder, name, at, eventId, lineId, proxyId } = event;
      const params = { name, at: at.toISOString() };
      const key = proxyId === null ? 'contract-attached-own' : 'contract-attached';
      await tell(tx, [holder], { key, params, eventId });
      if (lineId === null || proxyId === null) return;
      const users = (await listConcernedAccounts(tx, lineId)).filter((one) => one !== holder);
      await tell(tx, users, { key: 'contract-attached-line', params, eventId });
    },
    async contractTransferred(tx, event) {
      await notices.contractTransferred(tx, event);
      const { accounts, at, side, eventId } = event;
      await tell(tx, accounts, { key: `contract-transferred-${side}`, params: { at: at.toISOString() }, eventId });
    },
  };
}

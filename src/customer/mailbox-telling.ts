// What customers hear by e-mail about mailboxes stands in the notification centre of the main account, too.
import { maskEmail } from '../identifiers.ts';
import type { MailboxNotices } from '../messaging/mailbox-notices.ts';
import type { Notifier } from './notification-centre.ts';

/** The same notices; the centre of the main account says them as well. */
export function tellMailboxesInCentre(notices: MailboxNotices, { notify }: Notifier): MailboxNotices {
  const about = { topic: 'security', link: '/mailboxes' } as const;
  const paramsOf = (address: string, time: { at?: Date; until?: Date }) => ({
    account: maskEmail(address),
    ...(time.at === undefined ? {} : { at: time.at.toISOString() }),
    ...(time.until === undefined ? {} : { until: time.until.toISOString() }),
  });
  return {
    async opened(tx, event) {
      await notices.opened(tx, event);
      const { holder: accountId, mailboxId, address } = event;
      const eventId = `mailbox-created:${mailboxId}`;
      await notify(tx, { ...about, accountId, key: 'mailbox-created', params: paramsOf(address, event), eventId });
    },
    async deleted(tx, event) {
      await notices.deleted(tx, event);
      const { holder: accountId, mailboxId, address } = event;
      const eventId = `mailbox-deleted:${mailboxId}`;
      await notify(tx, { ...about, accountId, key: 'mailbox-deleted', params: paramsOf(address, event), eventId });
    },
    async readOnly(tx, event) {
      await notices.readOnly(tx, event);
      const { holder: accountId, mailboxId, address, until } = event;
      const eventId = `mailbox-read-only:${mailboxId}:${until.toISOString()}`;
      await notify(tx, {
        ...about,
        accountId,
        key: 'mailbox-read-only',
        params: paramsOf(address, { until }),
        eventId,
      });
    },
    async aliasChanged(tx, event) {
      await notices.aliasChanged(tx, event);
      const { holder: accountId, address, aliasId, action } = event;
      const eventId = `mail-alias-${action}:${aliasId}`;
      await notify(tx, { ...about, accountId, key: `mail-alias-${action}`, params: paramsOf(address, event), eventId });
    },
  };
}

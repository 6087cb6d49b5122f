// Tells customers what happens to mailboxes: one job for each event and recipient, in its transaction.
import { type AccountId, maskEmail } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

export interface MailboxEvent {
  readonly mailboxId: string;
  /** The main account. */
  readonly holder: AccountId;
  /** Whose mailbox it is. */
  readonly user: AccountId;
  readonly address: string;
  readonly at: Date;
}

export interface MailboxNotices {
  /** Two e-mails: to the holder, and to the new mailbox (D19). */
  opened(tx: Tx, event: MailboxEvent): Promise<void>;
  /** To the holder; nobody reads the other one any more. */
  deleted(tx: Tx, event: MailboxEvent): Promise<void>;
  /** `until`: the day on which it is deleted. */
  readOnly(tx: Tx, event: Omit<MailboxEvent, 'at'> & { until: Date }): Promise<void>;
  aliasChanged(tx: Tx, event: MailboxEvent & { aliasId: string; action: 'added' | 'removed' }): Promise<void>;
}

/** Makes the notices over the job queue `email`. */
export function createMailboxNotices(jobs: NoticeJobs): MailboxNotices {
  const send = async (tx: Tx, eventId: string, payload: EmailNotice): Promise<void> => {
    await jobs.enqueue(sqlClientOf(tx), 'email', { payload, eventId: `${eventId}:${payload.accountId}` });
  };
  return {
    async opened(tx, { mailboxId, holder, user, address, at: moment }) {
      const [at, account] = [moment.toISOString(), maskEmail(address)];
      await send(tx, `mailbox-created:${mailboxId}`, {
        accountId: holder,
        message: { key: 'mailbox-created', at, account },
      });
      await send(tx, `mailbox-welcome:${mailboxId}`, { accountId: user, message: { key: 'mailbox-welcome', at } });
    },
    async deleted(tx, { mailboxId, holder, address, at }) {
      const message = { key: 'mailbox-deleted' as const, at: at.toISOString(), account: maskEmail(address) };
      await send(tx, `mailbox-deleted:${mailboxId}`, { accountId: holder, message });
    },
    async readOnly(tx, { mailboxId, holder, user, address, until }) {
      const message = { key: 'mailbox-read-only' as const, until: until.toISOString(), account: maskEmail(address) };
      for (const accountId of new Set([holder, user])) {
        await send(tx, `mailbox-read-only:${mailboxId}:${message.until}`, { accountId, message });
      }
    },
    async aliasChanged(tx, { aliasId, action, holder, user, address, at }) {
      const message = { key: 'mail-alias' as const, at: at.toISOString(), account: maskEmail(address), action };
      for (const accountId of new Set([holder, user])) {
        await send(tx, `mail-alias-${action}:${aliasId}`, { accountId, message });
      }
    },
  };
}

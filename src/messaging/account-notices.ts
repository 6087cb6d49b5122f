// Tells customers what was changed of their account: one job for each event, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { ContactNotice } from './contact-queue.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice } from './notices.ts';

type AccountJobs = Pick<Jobs<{ email: EmailNotice; contact: ContactNotice }>, 'enqueue'>;

interface AccountEvent {
  readonly accountId: AccountId;
  readonly at: Date;
  /** Names the event for all time. */
  readonly eventId: string;
}

export interface AccountNotices {
  profileChanged(tx: Tx, event: AccountEvent): Promise<void>;
  /** `count`: how many contracts. */
  addressChanged(tx: Tx, event: AccountEvent & { count: number }): Promise<void>;
  /** `ends`: the last four characters. */
  bankDetailsChanged(tx: Tx, event: AccountEvent & { ends: string }): Promise<void>;
  /** Sends the code to the new contact. */
  contactCode(tx: Tx, about: { changeId: string; codeId: string }): Promise<void>;
  /** Tells the contact that was there before. */
  contactChanged(tx: Tx, about: { changeId: string }): Promise<void>;
}

/** Makes the notices over the job queues `email` and `contact`. */
export function createAccountNotices(jobs: AccountJobs): AccountNotices {
  const email = async (tx: Tx, eventId: string, payload: EmailNotice): Promise<void> => {
    await jobs.enqueue(sqlClientOf(tx), 'email', { payload, eventId });
  };
  const contact = async (tx: Tx, eventId: string, payload: ContactNotice): Promise<void> => {
    await jobs.enqueue(sqlClientOf(tx), 'contact', { payload, eventId });
  };
  return {
    async profileChanged(tx, { accountId, at, eventId }) {
      await email(tx, eventId, { accountId, message: { key: 'profile-changed', at: at.toISOString() } });
    },
    async addressChanged(tx, { accountId, at, count, eventId }) {
      const message = { key: 'address-changed' as const, at: at.toISOString(), count };
      await email(tx, `address-changed:${eventId}`, { accountId, message });
    },
    async bankDetailsChanged(tx, { accountId, at, ends, eventId }) {
      const message = { key: 'bank-details-changed' as const, at: at.toISOString(), account: `•••• ${ends}` };
      await email(tx, `bank-details:${eventId}`, { accountId, message });
    },
    async contactCode(tx, { changeId, codeId }) {
      await contact(tx, codeId, { changeId, codeId });
    },
    async contactChanged(tx, { changeId }) {
      await contact(tx, `contact-changed:${changeId}`, { changeId, codeId: null });
    },
  };
}

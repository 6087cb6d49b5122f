// Tells customers what happens to their contracts: one job for each event and recipient, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { NamedContract } from './contract-messages.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

export interface ContractEvent {
  /** As a stranger to it may name it. */
  readonly contract: NamedContract;
  readonly at: Date;
  /** Names the event for all time. */
  readonly eventId: string;
  /** Whom it concerns. */
  readonly accounts: readonly AccountId[];
}

export interface ContractNotices {
  /** `by`: who ended the proxy; the other one is told. */
  proxyEnded(tx: Tx, event: ContractEvent & { by: 'proxy' | 'holder' }): Promise<void>;
}

/** Makes the notices over the job queue `email`. */
export function createContractNotices(jobs: NoticeJobs): ContractNotices {
  return {
    async proxyEnded(tx, { accounts, at, by, contract, eventId }) {
      for (const accountId of accounts) {
        const message = { key: 'proxy-ended' as const, at: at.toISOString(), ...contract, by };
        const payload = { accountId, message };
        await jobs.enqueue(sqlClientOf(tx), 'email', { payload, eventId: `proxy-ended:${eventId}:${accountId}` });
      }
    },
  };
}

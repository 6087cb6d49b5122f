// Tells customers what happens to their contracts: one job for each event and recipient, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { ContractAttached } from './contract-attached.ts';
import type { NamedContract, ProxyEnder } from './contract-messages.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ email: EmailNotice; 'contract-attached': ContractAttached }>, 'enqueue'>;

export interface ContractEvent {
  /** As a stranger to it may name it. */
  readonly contract: NamedContract;
  readonly at: Date;
  /** Names the event for all time. */
  readonly eventId: string;
  /** Whom it concerns. */
  readonly accounts: readonly AccountId[];
}

export interface AttachedEvent extends Omit<ContractEvent, 'accounts'> {
  /** The holder's account. */
  readonly tell: AccountId;
  /** Masked: whose area it has come to. */
  readonly name: string;
  /** Null for an own contract. */
  readonly proxyId: string | null;
  /** Whose user has agreed; null where nobody was asked. */
  readonly lineId: string | null;
}

export interface ContractNotices {
  /** `by`: who or what ended the proxy; the others are told. */
  proxyEnded(tx: Tx, event: ContractEvent & { by: ProxyEnder }): Promise<void>;
  /** To the holder, at the address on file. */
  contractAttached(tx: Tx, event: AttachedEvent): Promise<void>;
  contractTransferred(tx: Tx, event: ContractEvent & { side: 'former' | 'new' }): Promise<void>;
}

/** Makes the notices over the job queues `email` and `contract-attached`. */
export function createContractNotices(jobs: NoticeJobs): ContractNotices {
  const email = async (tx: Tx, eventId: string, payload: EmailNotice): Promise<void> => {
    const { accountId, message } = payload;
    await jobs.enqueue(sqlClientOf(tx), 'email', { payload, eventId: `${message.key}:${eventId}:${accountId}` });
  };
  return {
    async proxyEnded(tx, { accounts, at, by, contract, eventId }) {
      const message = { key: 'proxy-ended' as const, at: at.toISOString(), ...contract, by };
      for (const accountId of accounts) await email(tx, eventId, { accountId, message });
    },
    async contractAttached(tx, { tell: accountId, at, contract, name, proxyId, eventId }) {
      const relation = proxyId === null ? 'holder' : 'proxy';
      const payload = { accountId, at: at.toISOString(), ...contract, name, proxyId, relation } as const;
      await jobs.enqueue(sqlClientOf(tx), 'contract-attached', { payload, eventId });
    },
    async contractTransferred(tx, { accounts, at, contract, side, eventId }) {
      const message = { key: 'contract-transferred' as const, at: at.toISOString(), ...contract, by: side };
      for (const accountId of accounts) await email(tx, eventId, { accountId, message });
    },
  };
}

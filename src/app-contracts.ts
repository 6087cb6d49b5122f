// Wires the use cases on contracts.
import type { AppParts } from './app.ts';
import { createContractDesk } from './customer/contract-desk.ts';
import type { ContractDesk } from './customer/contract-types.ts';
import { tellContractsInCentre } from './customer/contracts-in-centre.ts';
import { type ContractNotices, createContractNotices } from './messaging/contract-notices.ts';

/** A customer's contracts, for the APIs. */
export function contractDeskOf(parts: Pick<AppParts, 'database' | 'audit' | 'channel'>): ContractDesk {
  const { database, audit } = parts;
  return createContractDesk({ database, audit, notices: contractNoticesOf(parts) });
}

/** What customers are told of contracts: by e-mail and in the centre. */
export function contractNoticesOf({
  channel,
}: {
  readonly channel: Pick<AppParts['channel'], 'jobs' | 'notifier'>;
}): ContractNotices {
  return tellContractsInCentre(createContractNotices(channel.jobs), channel.notifier);
}

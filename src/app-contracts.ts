// Wires the use cases on contracts.
import type { AppParts } from './app.ts';
import { createContractDesk } from './customer/contract-desk.ts';
import type { ContractDesk } from './customer/contract-types.ts';
import { createContractNotices } from './messaging/contract-notices.ts';

/** A customer's contracts, for the APIs. */
export function contractDeskOf({
  database,
  audit,
  channel,
}: Pick<AppParts, 'database' | 'audit' | 'channel'>): ContractDesk {
  return createContractDesk({ database, audit, notices: createContractNotices(channel.jobs) });
}

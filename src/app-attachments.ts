// Wires how contracts come into customer areas, what users of lines approved, and the link that contests a proxy.
import type { AppParts } from './app.ts';
import { contractNoticesOf } from './app-contracts.ts';
import { createAttachmentDesk } from './customer/attach-contract.ts';
import type { ApprovalDesk, AttachmentDesk, ContestDesk } from './customer/attachment-types.ts';
import { createApprovalDesk } from './customer/line-approvals.ts';
import { contestToken, createContestDesk } from './customer/proxy-contests.ts';
import type { TransferDeps } from './customer/transfer-contract.ts';
import type { ContractAttachedOptions } from './messaging/contract-attached.ts';
import type { Config } from './ops/config.ts';
import type { MasterKey } from './ops/master-key.ts';
import { sqlClientOf } from './storage/database.ts';
import { createRateLimit } from './storage/rate-limits.ts';

export interface AttachmentDesks {
  readonly attachments: AttachmentDesk;
  readonly approvals: ApprovalDesk;
  readonly contests: ContestDesk;
}

type Parts = Pick<AppParts, 'database' | 'audit' | 'masterKey' | 'randomBytes'> & {
  readonly channel: Pick<AppParts['channel'], 'jobs' | 'codes' | 'notifier'>;
};

const failuresPerHour = 5;

/** The use cases, for APIs and pages. */
export function attachmentDesksOf(parts: Parts & Pick<AppParts, 'home'>): AttachmentDesks {
  const { database, channel } = parts;
  const notices = contractNoticesOf(parts);
  return {
    attachments: createAttachmentDesk({
      ...{ ...parts, notices, codes: channel.codes },
      failures: createRateLimit(database, { name: 'attach-failures', points: failuresPerHour, seconds: 3_600 }),
      sendCode: async (tx, { codeId, lineId, requester }) => {
        const payload = { codeId, lineId, message: { key: 'attach-code' as const, requester } };
        await channel.jobs.enqueue(sqlClientOf(tx), 'code', { payload, eventId: codeId });
      },
    }),
    approvals: createApprovalDesk({ ...parts, notices }),
    contests: createContestDesk({ ...parts, notices }),
  };
}

/** The address of the page that contests a proxy, for the holder's e-mail: at the issuer of her brand. */
export function contestLinksOf({
  config,
  masterKey,
}: {
  config: Pick<Config, 'provider' | 'brands'>;
  masterKey: MasterKey;
}): ContractAttachedOptions['contestLink'] {
  const { provider, brands } = config;
  return (proxyId, brand) =>
    `${provider.issuer}${brands.of(brand).issuerPath}/proxy-contests/${contestToken({ masterKey }, proxyId)}`;
}

/** What a transfer of a contract needs. */
export function transferDepsOf(parts: Omit<Parts, 'masterKey'>): TransferDeps {
  return { ...parts, notices: contractNoticesOf(parts) };
}

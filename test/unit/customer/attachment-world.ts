// The use cases of contracts that come into areas, over a real database: codes and notices that they send are kept.
import { randomBytes } from 'node:crypto';
import { createOneTimeCodes } from '../../../src/authentication/one-time-code.ts';
import { createAttachmentDesk } from '../../../src/customer/attach-contract.ts';
import type {
  ContractIdentifiers,
  DraftCall,
  DraftOutcome,
  DraftView,
} from '../../../src/customer/attachment-types.ts';
import type { ContractKind } from '../../../src/customer/contract-types.ts';
import { createApprovalDesk } from '../../../src/customer/line-approvals.ts';
import { createContestDesk } from '../../../src/customer/proxy-contests.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import type { ContractEvent, ContractNotices } from '../../../src/messaging/contract-notices.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import type { Database } from '../../../src/storage/database.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { createContractWorld, type Person, type SoldContract } from './contract-world.ts';

type Told =
  | { readonly what: 'attached'; readonly tell: AccountId; readonly name: string; readonly proxyId: string | null }
  | { readonly what: 'ended' | 'transferred'; readonly by: string; readonly accounts: readonly AccountId[] };

export interface Sent {
  readonly codeId: string;
  readonly lineId: string;
  readonly requester: string;
}

/** Makes it over one database. */
export function createAttachmentWorld(database: Database) {
  const world = createContractWorld(database);
  const masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
  const limit = (name: string, points: number) => createRateLimit(database, { name, points, seconds: 3_600 });
  const codes = createOneTimeCodes({
    ...{ database, masterKey, randomBytes },
    limits: { recipient: [limit('code-hour', 3)], address: [limit('code-address', 1_000)] },
    rules: { lifeSeconds: 600, tries: 3 },
  });
  const told: Told[] = [];
  const sent: Sent[] = [];
  const notices: ContractNotices = {
    async contractAttached(_tx, { tell, name, proxyId }) {
      told.push({ what: 'attached', tell, name, proxyId });
    },
    async proxyEnded(_tx, { by, accounts }: ContractEvent & { by: string }) {
      told.push({ what: 'ended', by, accounts });
    },
    async contractTransferred(_tx, { side, accounts }) {
      told.push({ what: 'transferred', by: side, accounts });
    },
  };
  const deps = { database, masterKey, randomBytes, audit: world.audit, notices };
  const desk = createAttachmentDesk({
    ...{ ...deps, codes },
    failures: limit('attach-failures', 5),
    sendCode: async (_tx, about) => void sent.push(about),
  });
  const call = ({ accountId }: Person, draftId: string): DraftCall => ({ accountId, draftId, address: '192.0.2.1' });

  /** A draft of this kind; fails where none can be had. */
  async function begin(who: Person, kind: ContractKind = 'MOBILE', segment: 'consumer' | 'professional' = 'consumer') {
    const draft = await desk.begin(who.accountId, { kind, segment });
    if (draft === undefined || draft === 'self-care') throw new Error('no draft');
    return call(who, draft.id);
  }

  /** What the phone of the line shows of the last code. */
  async function lastCode(): Promise<string> {
    const open = await codes.open(sent.at(-1)?.codeId ?? '');
    if (open === undefined) throw new Error('the code is void');
    return open.digits;
  }

  /** All steps but the last one. */
  async function upToConfirmation(who: Person, sold: SoldContract, kind: ContractKind = 'MOBILE'): Promise<DraftCall> {
    const draft = await begin(who, kind);
    const asked = viewOf(await desk.identify(draft, world.references(sold)));
    if (asked.step === 'code') {
      viewOf(await desk.enterCode(draft, await lastCode()));
      viewOf(await desk.nameLineUser(draft, { relation: 'holder' }));
    }
    viewOf(await desk.confirmContacts(draft));
    return draft;
  }

  return {
    ...{ ...world, desk, deps, codes, told, sent, call, begin, lastCode, upToConfirmation, masterKey },
    approvals: createApprovalDesk(deps),
    contests: createContestDesk({ ...deps, home: { serves: (brand) => brand === 'exemple' } }),
    contestsElsewhere: createContestDesk({ ...deps, home: { serves: (brand) => brand === 'ile' } }),
    byNumber: ({ number }: SoldContract): ContractIdentifiers => ({ lineNumber: number }),
    passSeconds: (seconds: number) => advanceClock(database.db, seconds),
    async count(table: 'proxies' | 'accountContracts' | 'lineApprovals', contractId: string): Promise<number> {
      const rows = await database.db
        .selectFrom(table)
        .select('contractId')
        .where('contractId', '=', contractId)
        .execute();
      return rows.length;
    },
  };
}

/** The draft of an outcome that went well. */
export function viewOf(outcome: DraftOutcome): DraftView {
  if (outcome.kind !== 'ok') throw new Error(`refused: ${JSON.stringify(outcome)}`);
  return outcome.draft;
}

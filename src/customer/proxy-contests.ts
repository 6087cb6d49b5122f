// The link in the e-mail that tells a holder of a new proxy: opened, it shows the proxy; confirmed, it ends it at once
// (c14, C16). The token is nowhere stored: it is the proxy's id with an HMAC over it, made when the e-mail is sent.
import { timingSafeEqual } from 'node:crypto';
import { maskMsisdn } from '../identifiers.ts';
import type { ContractNotices } from '../messaging/contract-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { findContract, takeContract } from '../storage/attachable-contracts.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import { endProxies, findContestable } from '../storage/proxies.ts';
import { namedContract } from './attach-confirm.ts';
import { lineToAsk } from './attach-draft.ts';
import type { ContestDesk } from './attachment-types.ts';
import { maskName } from './masks.ts';

export interface ContestDeps {
  readonly database: Database;
  readonly masterKey: Pick<MasterKey, 'index'>;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<ContractNotices, 'proxyEnded'>;
  /** The issuer: a link is good where the contract's customers are at home. */
  readonly home: { serves(brand: string): boolean };
}

const lifeDays = 30;

/** The token of a proxy's link; the same each time, so that nothing has to be kept. */
export function contestToken({ masterKey }: Pick<ContestDeps, 'masterKey'>, proxyId: string): string {
  return `${proxyId}.${macOf(masterKey, proxyId).toString('base64url')}`;
}

/** Makes the desk over its dependencies. */
export function createContestDesk(deps: ContestDeps): ContestDesk {
  const { db } = deps.database;
  return {
    async find(token) {
      const proxyId = proxyOf(deps, token);
      const proxy = proxyId && (await findContestable(db, { proxyId, lifeDays }));
      const contract = proxy && (await findContract(db, proxy.contractId));
      if (!proxy || !contract || !deps.home.serves(contract.brand)) return undefined;
      const line = await lineToAsk(db, proxy.contractId);
      return {
        ...{ kind: proxy.contractKind, line: line === undefined ? '' : maskMsisdn(line.msisdn) },
        ...{ proxy: maskName(proxy), since: proxy.since },
      };
    },
    contest: (token) => contest(deps, token),
  };
}

async function contest(deps: ContestDeps, token: string): Promise<boolean> {
  const proxyId = proxyOf(deps, token);
  if (proxyId === undefined) return false;
  return await deps.database.transaction(async (tx) => {
    const proxy = await findContestable(tx, { proxyId, lifeDays });
    const contract = proxy && (await takeContract(tx, proxy.contractId));
    if (contract === undefined || !deps.home.serves(contract.brand)) return false;
    const contractId = contract.id;
    const [ended] = await endProxies(tx, { contractId, proxyId }, 'contested');
    if (ended === undefined) return false;
    const { accountId } = ended;
    await deps.audit.proxyContested(tx, { accountId, contractId, proxyId });
    const named = await namedContract(tx, contract);
    const event = { contract: named, at: await readAppNow(tx), eventId: proxyId, by: 'contest' as const };
    await deps.notices.proxyEnded(tx, { ...event, accounts: [accountId] });
    return true;
  });
}

const form = /^(prx_[\w-]{1,60})\.([\w-]{43})$/;

function proxyOf({ masterKey }: Pick<ContestDeps, 'masterKey'>, token: string): string | undefined {
  const [, proxyId = '', mac = ''] = form.exec(token) ?? [];
  const given = Buffer.from(mac, 'base64url');
  const wanted = macOf(masterKey, proxyId);
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? proxyId : undefined;
}

function macOf(masterKey: Pick<MasterKey, 'index'>, proxyId: string): Buffer {
  return masterKey.index('proxy-contest', proxyId);
}

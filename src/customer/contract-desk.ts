// A customer's contracts as she may see and change them (mission 3, permission matrix; C08, C14, B16, B24, B25).
import { type AccountId, type Msisdn, maskMsisdn } from '../identifiers.ts';
import type { NamedContract } from '../messaging/contract-messages.ts';
import type { ContractNotices } from '../messaging/contract-notices.ts';
import type { Audit } from '../ops/audit.ts';
import {
  listAccountsOfContract,
  listLinesOfContract,
  listRelatedContracts,
  type RelatedContract,
  setContractLabel,
} from '../storage/contracts.ts';
import { type Database, type Db, readAppNow, type Tx } from '../storage/database.ts';
import { listRelatedLines } from '../storage/line-changes.ts';
import { endProxies, listProxies, mayProxyDefer, removeFromArea, setProxyDeferral } from '../storage/proxies.ts';
import { findAllowedContract, takeAllowedContract } from './contract-access.ts';
import type { ContractDesk, ContractDetail, ContractSummary, ProxyView } from './contract-types.ts';
import { maskName } from './masks.ts';
import { mayOnContract } from './permissions.ts';

export interface ContractDeskDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<ContractNotices, 'proxyEnded'>;
}

/** Makes the desk over its dependencies. */
export function createContractDesk(deps: ContractDeskDeps): ContractDesk {
  const { db } = deps.database;
  const find = (accountId: AccountId, contractId: string, action: Parameters<typeof mayOnContract>[1]) =>
    findAllowedContract(db, { accountId, contractId, action });
  return {
    async list(accountId, { kind, relation }) {
      const related = await listRelatedContracts(db, accountId);
      const wanted = related.filter(
        (one) => (kind ?? one.contract.kind) === one.contract.kind && (relation ?? one.relation) === one.relation,
      );
      return await Promise.all(wanted.map((one) => summarise(deps, accountId, one)));
    },
    async find(accountId, contractId) {
      const found = await find(accountId, contractId, 'view');
      return found && (await detailOf(db, found, { accountId, summary: await summarise(deps, accountId, found) }));
    },
    rename: (accountId, contractId, label) => rename(deps, { accountId, contractId, label }),
    async home(accountId, contractId) {
      const found = await find(accountId, contractId, 'home');
      return found === undefined || found.contract.kind === 'MOBILE' ? undefined : (found.contract.home ?? {});
    },
    detach: (accountId, contractId) => detach(deps, { accountId, contractId }),
    async proxies(accountId, contractId) {
      if ((await find(accountId, contractId, 'own')) === undefined) return undefined;
      const rows = await listProxies(db, contractId);
      return rows.map(proxyView);
    },
    setProxyDeferral: (accountId, contractId, wish) => setDeferral(deps, { accountId, contractId, ...wish }),
    endProxy: (accountId, contractId, proxyId) => endProxy(deps, { accountId, contractId, proxyId }),
  };
}

async function summarise(
  { database: { db } }: ContractDeskDeps,
  accountId: AccountId,
  { contract, relation, label, since }: RelatedContract,
): Promise<ContractSummary> {
  const all = await listLinesOfContract(db, contract.id);
  // A user sees her own line only.
  const own = new Set((await listRelatedLines(db, accountId)).map(({ line }) => line.id));
  const lines = relation === 'user' ? all.filter(({ id }) => own.has(id)) : all;
  const shown = (number: Msisdn) => (relation === 'proxy' ? maskMsisdn(number) : number);
  const isCut = lines.length > 0 && lines.every(({ status }) => status === 'suspended');
  return {
    ...{ id: contract.id, kind: contract.kind, segment: contract.segment, relation, label, since },
    status: isCut ? 'suspended' : 'active',
    startedAt: contract.startedAt,
    payMode: contract.payMode,
    offerId: contract.offerId,
    lines: lines
      .filter(({ kind }) => kind !== 'fixed')
      .map(({ id, msisdn, kind }) => ({ id, number: shown(msisdn), kind })),
    fixedLineNumber: mayOnContract(relation, 'home') ? contract.home?.fixedLineNumber : undefined,
  };
}

type NamedProxy = Awaited<ReturnType<typeof listProxies>>[number];

function proxyView({ id, since, grantedVia, mayDefer, ...who }: NamedProxy): ProxyView {
  return { id, since, grantedVia, mayDefer, name: maskName(who) };
}

async function detailOf(
  db: Db,
  { contract, relation }: RelatedContract,
  { accountId, summary }: { accountId: AccountId; summary: ContractSummary },
): Promise<ContractDetail> {
  const own = mayOnContract(relation, 'own');
  const isLet = own || (relation === 'proxy' && (await mayProxyDefer(db, { accountId, contractId: contract.id })));
  const defer = isLet && contract.payMode === 'postpaid';
  return {
    ...summary,
    address: own ? (contract.address ?? undefined) : undefined,
    references: own ? { customer: contract.customerRef, contract: contract.contractRef } : undefined,
    may: { manage: mayOnContract(relation, 'manage'), own, pay: mayOnContract(relation, 'pay'), defer },
  };
}

interface Place {
  readonly accountId: AccountId;
  readonly contractId: string;
}

async function rename(deps: ContractDeskDeps, { label, ...place }: Place & { label: string | null }): Promise<boolean> {
  return await deps.database.transaction(async (tx) => {
    if ((await takeAllowedContract(tx, { ...place, action: 'manage' })) === undefined) return false;
    await setContractLabel(tx, { ...place, label });
    await deps.audit.contractRenamed(tx, place);
    return true;
  });
}

async function detach(deps: ContractDeskDeps, place: Place): Promise<boolean> {
  return await deps.database.transaction(async (tx) => {
    const found = await takeAllowedContract(tx, { ...place, action: 'detach' });
    if (found === undefined || found.relation === 'user') return false;
    if (found.relation === 'holder') await removeFromArea(tx, { ...place, relation: 'holder' });
    else await giveBack(deps, tx, { ...place, found });
    await deps.audit.contractDetached(tx, { ...place, relation: found.relation });
    return true;
  });
}

/** The proxy gave it back: its holder hears of it. */
async function giveBack(deps: ContractDeskDeps, tx: Tx, { found, ...place }: Place & { found: RelatedContract }) {
  const at = await readAppNow(tx);
  const contract = await nameOf(tx, found);
  for (const { id } of await endProxies(tx, place, 'removed')) {
    const accounts = await holdersOf(tx, place.contractId);
    await deps.notices.proxyEnded(tx, { contract, accounts, at, eventId: id, by: 'proxy' });
  }
}

/** As a message may name it to whoever must not learn its references. */
async function nameOf(tx: Tx, { contract: { id, kind } }: RelatedContract): Promise<NamedContract> {
  const line = (await listLinesOfContract(tx, id)).find((one) => one.kind !== 'fixed');
  return { kind, line: line === undefined ? '' : maskMsisdn(line.msisdn) };
}

async function setDeferral(
  deps: ContractDeskDeps,
  { proxyId, mayDefer, ...place }: Place & { proxyId: string; mayDefer: boolean },
): Promise<ProxyView | undefined> {
  return await deps.database.transaction(async (tx) => {
    if ((await takeAllowedContract(tx, { ...place, action: 'own' })) === undefined) return undefined;
    const row = (await listProxies(tx, place.contractId)).find(({ id }) => id === proxyId);
    if (row === undefined) return undefined;
    if (row.mayDefer !== mayDefer) {
      await setProxyDeferral(tx, { contractId: place.contractId, proxyId, mayDefer });
      await deps.audit.proxyDeferralSet(tx, { ...place, proxyId, mayDefer });
    }
    return proxyView({ ...row, mayDefer });
  });
}

async function endProxy(deps: ContractDeskDeps, { proxyId, ...place }: Place & { proxyId: string }): Promise<boolean> {
  return await deps.database.transaction(async (tx) => {
    const found = await takeAllowedContract(tx, { ...place, action: 'own' });
    if (found === undefined) return false;
    const [ended] = await endProxies(tx, { contractId: place.contractId, proxyId }, 'revoked');
    if (ended === undefined) return false;
    const at = await readAppNow(tx);
    const contract = await nameOf(tx, found);
    await deps.notices.proxyEnded(tx, { contract, accounts: [ended.accountId], at, eventId: ended.id, by: 'holder' });
    await deps.audit.proxyEnded(tx, { ...place, proxyId, reason: 'revoked' });
    return true;
  });
}

async function holdersOf(tx: Tx, contractId: string): Promise<AccountId[]> {
  const accounts = await listAccountsOfContract(tx, contractId);
  return accounts.filter(({ relation }) => relation === 'holder').map(({ accountId }) => accountId);
}

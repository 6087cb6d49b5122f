// Staff operations on contracts: what one is and who has to do with it; giving it to another holder, and ending it (mission c15).
import { z } from 'zod';
import { type AdminContext, adminOperation } from './admin-operations-type.ts';
import { parseIdentifier } from './authentication/sign-in-identifier.ts';
import { endContract } from './customer/end-contract.ts';
import { maskName } from './customer/masks.ts';
import { type TransferDeps, transferContract } from './customer/transfer-contract.ts';
import { AppError } from './errors.ts';
import { maskMsisdn } from './identifiers.ts';
import type { ContractRow } from './storage/contract-tables.ts';
import { findContractByReference } from './storage/contract-transfers.ts';
import { listAccountsOfContract, listLinesOfContract } from './storage/contracts.ts';
import { listProxies } from './storage/proxies.ts';
import { findAccountByIdentifier } from './storage/subscribers.ts';

const reference = z.string().trim().min(1).max(40);
const identifier = z
  .string()
  .max(254)
  .transform((text, context) => {
    const parsed = parseIdentifier(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: 'expected a phone number or an e-mail address' });
    return z.NEVER;
  });

async function find({ database }: AdminContext, given: string): Promise<ContractRow> {
  const contract = await findContractByReference(database.db, given);
  if (contract === undefined) throw new AppError('not_found', { detail: 'there is no contract with this reference' });
  return contract;
}

/** What staff see: relations and ends of numbers, names masked; no address and no bank account. */
async function describe({ database: { db } }: AdminContext, contract: ContractRow): Promise<object> {
  const { id, kind, segment, offerRange, customerRef, contractRef, startedAt, endedAt } = contract;
  const accounts = await listAccountsOfContract(db, id);
  return {
    ...{ id, kind, segment, offerRange, customerRef, contractRef, startedAt, endedAt },
    lines: (await listLinesOfContract(db, id)).map(({ msisdn, status }) => `${maskMsisdn(msisdn)} (${status})`),
    accounts: accounts.map(({ accountId, relation }) => `${accountId} (${relation})`),
    proxies: (await listProxies(db, id)).map(
      (one) => `${maskName(one)}, ${one.grantedVia}, ${one.since.toISOString()}`,
    ),
  };
}

/** All of them. */
export const contractOperations = [
  adminOperation('contract.show', z.strictObject({ reference }), async (context, input) =>
    describe(context, await find(context, input.reference)),
  ),
  adminOperation('contract.transfer', z.strictObject({ reference, to: identifier }), async (context, input) => {
    const contract = await find(context, input.reference);
    const { masterKey } = await context.secrets();
    const { kind, value } = input.to;
    const lookup = { brand: contract.brand, kind, lookupHash: masterKey.index(kind, value) };
    const account = await findAccountByIdentifier(context.database.db, lookup);
    if (account === undefined) throw new AppError('not_found', { detail: 'there is no account with this identifier' });
    const outcome = await transferContract(await depsOf(context), { contractId: contract.id, to: account.id });
    if (outcome.kind !== 'transferred') {
      throw new AppError(outcome.kind === 'not-found' ? 'not_found' : 'conflict', { detail: refusals[outcome.kind] });
    }
    const { customerRef, proxiesEnded } = outcome;
    return { outcome: 'transferred', contractRef: contract.contractRef, customerRef, proxiesEnded };
  }),
  adminOperation('contract.end', z.strictObject({ reference }), async (context, input) => {
    const contract = await find(context, input.reference);
    const outcome = await endContract(await depsOf(context), contract.id);
    if (outcome.kind === 'not-found') throw new AppError('conflict', { detail: 'the contract has ended already' });
    if (outcome.kind === 'lines-live') {
      throw new AppError('conflict', { detail: 'terminate its lines first: line terminate <number>' });
    }
    const { proxiesEnded } = outcome;
    return { outcome: 'ended', contractRef: contract.contractRef, proxiesEnded };
  }),
];

/** Not to be had where only the database was opened. */
async function depsOf({ contracts }: AdminContext): Promise<TransferDeps> {
  if (contracts === undefined) throw new AppError('temporarily_unavailable', { detail: 'contracts cannot be changed' });
  return await contracts();
}

const refusals = {
  'not-found': 'the contract has ended, or the account is not an open main one of its brand',
  'self-care': 'the account was opened with an Account ID; it takes no contract',
  'no-person': 'the account belongs to nobody who could hold a contract',
  'already-holder': 'this person holds the contract already',
} as const;

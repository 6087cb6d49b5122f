// Which contract somebody means who wants it in her area, who holds it, and putting it there.
import { sql } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { LineUser } from './attachment-tables.ts';
import type { ContractRow, ProxyRow } from './contract-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';

/** An account as far as it adds contracts. */
export interface AddingAccount {
  readonly accountId: AccountId;
  readonly brand: string;
  readonly personId: string | null;
  readonly label: string;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly contactEmail: string | null;
  readonly contactEmailVerifiedAt: Date | null;
  readonly contactMobile: string | null;
  readonly contactMobileVerifiedAt: Date | null;
  /** Opened with an Account ID: it sees the bills of that one, and takes no contract. */
  readonly isSelfCare: boolean;
}

/** The account, if it is an open main one. */
export async function findAddingAccount(db: Db, accountId: AccountId): Promise<AddingAccount | undefined> {
  const row = await db
    .selectFrom('accounts')
    .leftJoin('persons', 'persons.id', 'accounts.personId')
    .select(['accounts.id as accountId', 'accounts.brand', 'accounts.personId', 'accounts.label'])
    .select(['persons.givenName', 'persons.familyName', 'contactEmail', 'contactEmailVerifiedAt'])
    .select(['contactMobile', 'contactMobileVerifiedAt'])
    .select((eb) =>
      eb
        .exists(eb.selectFrom('billingAccounts').select('id').whereRef('billingAccounts.accountId', '=', 'accounts.id'))
        .as('isSelfCare'),
    )
    .where('accounts.id', '=', accountId)
    .where('accounts.kind', '=', 'main')
    .where('accounts.status', '=', 'active')
    .executeTakeFirst();
  return row && { ...row, isSelfCare: Boolean(row.isSelfCare) };
}

export type WantedContract = Pick<ContractRow, 'brand' | 'kind' | 'segment'> &
  ({ readonly customerRef: string; readonly contractRef: string } | { readonly number: Msisdn });

/** The one living contract that fits everything that was given; the case of references does not matter. */
export async function findWantedContract(db: Db, wanted: WantedContract): Promise<ContractRow | undefined> {
  const all = db
    .selectFrom('contracts')
    .selectAll('contracts')
    .where('brand', '=', wanted.brand)
    .where('kind', '=', wanted.kind)
    .where('segment', '=', wanted.segment)
    .where('endedAt', 'is', null);
  if ('number' in wanted) {
    return await all
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('lines')
            .select('lines.id')
            .whereRef('lines.contractId', '=', 'contracts.id')
            .where('lines.msisdn', '=', wanted.number)
            .where('lines.kind', '<>', 'fixed')
            .where('lines.status', '<>', 'terminated'),
        ),
      )
      .executeTakeFirst();
  }
  return await all
    .where(sql<boolean>`upper(customer_ref) = upper(${wanted.customerRef})`)
    .where(sql<boolean>`upper(contract_ref) = upper(${wanted.contractRef})`)
    .executeTakeFirst();
}

/** A living contract, taken for this transaction. */
export async function takeContract(tx: Tx, contractId: string): Promise<ContractRow | undefined> {
  return await tx
    .selectFrom('contracts')
    .selectAll()
    .where('id', '=', contractId)
    .where('endedAt', 'is', null)
    // Rows that only name the contract need not wait for it.
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** A living contract, just to look at. */
export async function findContract(db: Db, contractId: string): Promise<ContractRow | undefined> {
  return await db
    .selectFrom('contracts')
    .selectAll()
    .where('id', '=', contractId)
    .where('endedAt', 'is', null)
    .executeTakeFirst();
}

/** True if the contract is in the account's area. */
export async function isInArea(
  db: Db,
  { accountId, contractId }: { accountId: AccountId; contractId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('accountContracts')
    .select('relation')
    .where('accountId', '=', accountId)
    .where('contractId', '=', contractId)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * The account by which the holder of a contract is told of things: with a verified address, the one that has the
 * contract in its area before her others, the oldest first. Undefined: nobody can be told.
 */
export async function findHolderToTell(
  db: Db,
  { id, holderPersonId, brand }: Pick<ContractRow, 'id' | 'holderPersonId' | 'brand'>,
): Promise<AccountId | undefined> {
  if (holderPersonId === null) return undefined;
  const row = await db
    .selectFrom('accounts')
    .leftJoin('accountContracts', (join) =>
      join
        .onRef('accountContracts.accountId', '=', 'accounts.id')
        .on('accountContracts.contractId', '=', id)
        .on('accountContracts.relation', '=', 'holder'),
    )
    .select('accounts.id')
    .where('personId', '=', holderPersonId)
    .where('accounts.brand', '=', brand)
    .where('accounts.kind', '=', 'main')
    .where('accounts.status', '=', 'active')
    .where('contactEmail', 'is not', null)
    .where('contactEmailVerifiedAt', 'is not', null)
    .where('contactEmailRefusedAt', 'is', null)
    .orderBy('accountContracts.since', (order) => order.asc().nullsLast())
    .orderBy('accounts.createdAt')
    .orderBy('accounts.id')
    .executeTakeFirst();
  return row?.id;
}

/** Puts the contract into the area; false if it is there already. */
export async function insertIntoArea(
  tx: Tx,
  place: { accountId: AccountId; contractId: string; relation: 'holder' | 'proxy' },
): Promise<boolean> {
  const rows = await tx
    .insertInto('accountContracts')
    .values({ ...place, since: appNow })
    .onConflict((conflict) => conflict.columns(['accountId', 'contractId']).doNothing())
    .returning('contractId')
    .execute();
  return rows.length === 1;
}

/** Writes a proxy that is effective from now on. */
export async function insertProxy(
  tx: Tx,
  proxy: Pick<ProxyRow, 'id' | 'contractId' | 'accountId' | 'grantedVia' | 'approvedByLineId' | 'codeId'>,
): Promise<void> {
  await tx
    .insertInto('proxies')
    .values({ ...proxy, since: appNow })
    .execute();
}

/** Keeps who uses a line, as this area says it; it gives nobody a right. */
export async function putLineUser(
  tx: Tx,
  { accountId, lineId, user }: { accountId: AccountId; lineId: string; user: LineUser },
): Promise<void> {
  const other = user.relation === 'other' ? user : { civility: null, givenName: null, familyName: null };
  const { civility, givenName, familyName } = other;
  const said = { relation: user.relation, civility, givenName, familyName, saidAt: appNow };
  await tx
    .insertInto('lineUsers')
    .values({ accountId, lineId, ...said })
    .onConflict((conflict) => conflict.columns(['accountId', 'lineId']).doUpdateSet(said))
    .execute();
}

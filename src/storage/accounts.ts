// Who an account belongs to, as claims and the account API tell it.
import { sql } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { Db } from './database.ts';
import type { IdentifierKind } from './tables.ts';

/** An account with its person, if it has one. */
export interface AccountHolder {
  readonly accountId: AccountId;
  readonly brand: string;
  readonly kind: 'main' | 'secondary' | 'group';
  readonly label: string;
  readonly status: 'active' | 'closed';
  readonly locale: 'fr' | 'en';
  readonly contactEmail: string | null;
  readonly contactEmailVerifiedAt: Date | null;
  readonly civility: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly birthName: string | null;
  readonly civilGivenNames: string | null;
  readonly birthDate: string | null;
  readonly birthPlace: string | null;
  readonly birthCountry: string | null;
  readonly gender: string | null;
  readonly identityProofing: 'none' | 'eidas1' | 'eidas2' | null;
  readonly identityCheckedAt: Date | null;
  /** When account or person last changed. */
  readonly updatedAt: Date;
}

/** The account by its id, open or closed. */
export async function findAccountHolder(db: Db, accountId: string): Promise<AccountHolder | undefined> {
  return await db
    .selectFrom('accounts')
    .leftJoin('persons', 'persons.id', 'accounts.personId')
    .select(sql<Date>`greatest(accounts.updated_at, persons.updated_at)`.as('updatedAt'))
    .select([
      'accounts.id as accountId',
      'accounts.brand',
      'accounts.kind',
      'accounts.label',
      'accounts.status',
      'accounts.locale',
      'accounts.contactEmail',
      'accounts.contactEmailVerifiedAt',
      'persons.civility',
      'persons.givenName',
      'persons.familyName',
      'persons.birthName',
      'persons.civilGivenNames',
      'persons.birthDate',
      'persons.birthPlace',
      'persons.birthCountry',
      'persons.gender',
      'persons.identityProofing',
      'persons.identityCheckedAt',
    ])
    .where('accounts.id', '=', accountId as AccountId)
    .executeTakeFirst();
}

/**
 * The number of the account's primary line: the one that it is linked to by Mobile Connect, else the oldest mobile
 * line of its contracts. Terminated lines do not count.
 */
export async function findPrimaryNumber(db: Db, accountId: AccountId): Promise<Msisdn | undefined> {
  const linked = await db
    .selectFrom('mobileConnectLinks')
    .innerJoin('enrolments', 'enrolments.id', 'mobileConnectLinks.enrolmentId')
    .innerJoin('lines', 'lines.id', 'enrolments.lineId')
    .select('lines.msisdn')
    .where('mobileConnectLinks.accountId', '=', accountId)
    .where('mobileConnectLinks.status', '=', 'active')
    .where('enrolments.baseState', '<>', 'DEACTIVATED')
    .where('lines.status', '<>', 'terminated')
    .orderBy('mobileConnectLinks.isPrimary', 'desc')
    .orderBy('mobileConnectLinks.linkedAt')
    .executeTakeFirst();
  if (linked !== undefined) return linked.msisdn;
  const held = await db
    .selectFrom('accountContracts')
    .innerJoin('lines', 'lines.contractId', 'accountContracts.contractId')
    .select('lines.msisdn')
    .where('accountContracts.accountId', '=', accountId)
    .where('accountContracts.relation', 'in', ['holder', 'user'])
    .where('lines.kind', '=', 'mobile')
    .where('lines.status', '<>', 'terminated')
    .orderBy('accountContracts.since')
    .orderBy('lines.id')
    .executeTakeFirst();
  return held?.msisdn;
}

/** True if the identifier, given as its look-up hash, opens this account. */
export async function accountHasIdentifier(
  db: Db,
  accountId: string,
  identifier: { kind: IdentifierKind; lookupHash: Buffer },
): Promise<boolean> {
  const row = await db
    .selectFrom('loginIdentifiers')
    .select('accountId')
    .where('accountId', '=', accountId as AccountId)
    .where('kind', '=', identifier.kind)
    .where('lookupHash', '=', identifier.lookupHash)
    .executeTakeFirst();
  return row !== undefined;
}

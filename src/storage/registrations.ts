// Registrations for the online area: their drafts, what an identifier names, and the account that comes of one. A step
// is taken by one conditional update or under the draft's lock, so that a form sent twice counts once.
import { sql } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import { bindBillingAccount, bindCustomerGroup } from './billing-accounts.ts';
import { secondsFromNow } from './browser-flows.ts';
import { appNow, type Db, type Tx } from './database.ts';
import { numberIsDoubtful } from './reset-channels.ts';
import type { RegistrationRow, RegistrationStep } from './self-care-tables.ts';

export type NewRegistration = Pick<
  RegistrationRow,
  'id' | 'browser' | 'slot' | 'brand' | 'locale' | 'identifierSealed'
> & { readonly lifeSeconds: number };

/** Begins a draft. */
export async function insertRegistration(tx: Tx, { lifeSeconds, ...row }: NewRegistration): Promise<void> {
  await tx
    .insertInto('registrations')
    .values({
      ...{ ...row, step: 'form', detailsSealed: null, termsVersion: null, termsAcceptedAt: null },
      ...{ createdAt: appNow, expiresAt: secondsFromNow(lifeSeconds) },
    })
    .execute();
}

/** A draft, and whether the time of its step is over. */
export type FoundRegistration = RegistrationRow & { readonly isOver: boolean };

interface Where {
  readonly id: string;
  readonly browser: Buffer;
}

function selectRegistration(db: Db, { id, browser }: Where) {
  return db
    .selectFrom('registrations')
    .selectAll()
    .select(sql<boolean>`expires_at <= app_now()`.as('isOver'))
    .where('id', '=', id)
    .where('browser', '=', browser);
}

/** The draft of a browser. */
export async function findRegistration(db: Db, where: Where): Promise<FoundRegistration | undefined> {
  return await selectRegistration(db, where).executeTakeFirst();
}

/** The same, for the rest of this transaction nobody else's. */
export async function takeRegistration(tx: Tx, where: Where): Promise<FoundRegistration | undefined> {
  return await selectRegistration(tx, where).forUpdate().executeTakeFirst();
}

/** A draft by its id, whatever its browser, while its step lasts: for the job. */
export async function findRegistrationForMessage(db: Db, id: string): Promise<RegistrationRow | undefined> {
  return await db
    .selectFrom('registrations')
    .selectAll()
    .where('id', '=', id)
    .where('expiresAt', '>', appNow)
    .executeTakeFirst();
}

export interface RegistrationMove {
  readonly id: string;
  readonly from: RegistrationStep;
  readonly to: RegistrationStep;
  /** Of the new step; undefined: the deadline stays. */
  readonly lifeSeconds?: number;
  readonly detailsSealed?: string;
  readonly termsVersion?: string;
}

/** Goes on from one step to the next: true for one caller, in time. */
export async function moveRegistration(db: Db, move: RegistrationMove): Promise<boolean> {
  const { id, from, to, lifeSeconds, detailsSealed, termsVersion } = move;
  const row = await db
    .updateTable('registrations')
    .set({
      step: to,
      ...(lifeSeconds === undefined ? {} : { expiresAt: secondsFromNow(lifeSeconds) }),
      ...(detailsSealed === undefined ? {} : { detailsSealed }),
      ...(termsVersion === undefined ? {} : { termsVersion, termsAcceptedAt: appNow }),
    })
    .where('id', '=', id)
    .where('step', '=', from)
    .where('expiresAt', '>', appNow)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** What an identifier names, and whether somebody has registered it. */
export interface Registrable {
  readonly kind: 'account' | 'group';
  /** Of the billing account or of the group. */
  readonly id: string;
  /** Name of the group, for its account. */
  readonly name: string | null;
  /** Where codes go; null where none may be sent, now or ever. */
  readonly number: Msisdn | null;
  readonly registeredBy: AccountId | null;
}

interface Named {
  readonly brand: string;
  /** The Account ID in its normal form; empty for a Customer ID. */
  readonly code: string;
  /** HMAC of the Customer ID; of anything for an Account ID. */
  readonly customerIdHash: Buffer;
}

/** The same two statements whatever is asked for, and whether or not there is anything (E02, X107). */
export async function findRegistrable(
  db: Db,
  { brand, code, customerIdHash }: Named,
): Promise<Registrable | undefined> {
  const account = await db
    .selectFrom('billingAccounts')
    .innerJoin('contracts', 'contracts.id', 'billingAccounts.contractId')
    .innerJoin('lines', 'lines.id', 'billingAccounts.lineId')
    .select(['billingAccounts.id', 'billingAccounts.accountId as registeredBy', 'lines.msisdn as number'])
    .select(numberIsDoubtful('lines.msisdn').as('doubtful'))
    .where('billingAccounts.brand', '=', brand)
    .where('billingAccounts.code', '=', code)
    .where('billingAccounts.closedAt', 'is', null)
    .where('contracts.payMode', '=', 'postpaid')
    .where('contracts.endedAt', 'is', null)
    .where('lines.status', '<>', 'terminated')
    .where('lines.kind', '<>', 'fixed')
    .executeTakeFirst();
  const group = await db
    .selectFrom('customerGroups')
    .select(['id', 'name', 'accountId as registeredBy', 'contactMobile as number'])
    .select(numberIsDoubtful('customerGroups.contactMobile').as('doubtful'))
    .where('brand', '=', brand)
    .where('customerIdHash', '=', customerIdHash)
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  if (account !== undefined) return { ...registrable(account), kind: 'account', name: null };
  return group && { ...registrable(group), kind: 'group', name: group.name };
}

function registrable(row: { id: string; number: Msisdn | null; doubtful: boolean; registeredBy: AccountId | null }) {
  const { id, number, doubtful, registeredBy } = row;
  return { id, number: doubtful ? null : number, registeredBy };
}

/** Notes that the owner is told of another try: true at most once a day. The same statements for nobody's. */
export async function noteOwnerTold(tx: Tx, registeredBy: string | null): Promise<boolean> {
  const accountId = (registeredBy ?? '') as AccountId;
  const told = [];
  for (const table of ['billingAccounts', 'customerGroups'] as const) {
    const rows = await tx
      .updateTable(table)
      .set({ ownerToldAt: appNow })
      .where('accountId', '=', accountId)
      .where((eb) =>
        eb.or([eb('ownerToldAt', 'is', null), eb('ownerToldAt', '<', sql<Date>`app_now() - interval '1 day'`)]),
      )
      .returning('id')
      .execute();
    told.push(...rows);
  }
  return told.length > 0;
}

export interface RegisteredAccount {
  readonly accountId: AccountId;
  readonly personId: string;
  readonly brand: string;
  readonly locale: 'fr' | 'en';
  readonly target: Registrable;
  readonly givenName: string;
  readonly familyName: string;
  readonly label: string;
  readonly email: string;
  readonly contactPhone: string;
  readonly identifierKind: 'account_id' | 'customer_id';
  readonly lookupHash: Buffer;
  readonly passwordHash: string;
  readonly termsVersion: string;
  readonly termsAcceptedAt: Date;
}

/** Writes the account with its identifier; false, with nothing to be kept, where the target has one already. */
export async function insertRegisteredAccount(tx: Tx, account: RegisteredAccount): Promise<boolean> {
  const { accountId, personId, brand, locale, target, givenName, familyName } = account;
  await tx
    .insertInto('persons')
    .values({ id: personId, civility: null, givenName, familyName, ...noIdentity })
    .execute();
  await tx
    .insertInto('accounts')
    .values({
      ...{ id: accountId, brand, locale, personId, kind: target.kind === 'group' ? 'group' : 'main' },
      ...{ label: account.label, contactEmail: account.email, contactPhone: account.contactPhone },
      // Whoever registers has shown that she holds the phone on file; the address she has only typed.
      ...{ contactMobile: target.number, contactMobileVerifiedAt: target.number === null ? null : appNow },
      ...{ termsVersion: account.termsVersion, termsAcceptedAt: account.termsAcceptedAt, createdAt: appNow },
    })
    .execute();
  const bind = target.kind === 'group' ? bindCustomerGroup : bindBillingAccount;
  if (!(await bind(tx, target.id, accountId))) return false;
  const { identifierKind: kind, lookupHash, passwordHash } = account;
  await tx.insertInto('loginIdentifiers').values({ accountId, brand, kind, lookupHash }).execute();
  await tx
    .insertInto('passwords')
    .values({ accountId, passwordHash, changedAt: appNow, codeLineId: null, codeSimId: null })
    .execute();
  return true;
}

const noIdentity = { birthName: null, birthDate: null, birthPlace: null, birthCountry: null, gender: null } as const;

/** Where a registered account is told of it; the address as it was given. */
export async function findRegisteredContacts(
  db: Db,
  accountId: string,
): Promise<{ number: Msisdn | null; address: string | null; locale: 'fr' | 'en'; brand: string } | undefined> {
  return await db
    .selectFrom('accounts')
    .select(['contactMobile as number', 'contactEmail as address', 'locale', 'brand'])
    .where('id', '=', accountId as AccountId)
    .where('status', '=', 'active')
    .executeTakeFirst();
}

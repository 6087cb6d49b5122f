// Accounts that people without a contract open for themselves: the drafts, and the account that comes of one.
import type { AccountId, Msisdn } from '../identifiers.ts';
import { secondsFromNow } from './browser-flows.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { AccountDraftRow, AccountDraftStep } from './password-tables.ts';

export type NewAccountDraft = Pick<
  AccountDraftRow,
  'id' | 'browser' | 'slot' | 'brand' | 'locale' | 'detailsSealed' | 'withMobile'
> & { readonly robotSealed: string; readonly robotSeconds: number; readonly lifeSeconds: number };

/** Begins a draft with its robot check. */
export async function insertAccountDraft(tx: Tx, draft: NewAccountDraft): Promise<void> {
  const { robotSeconds, lifeSeconds, ...row } = draft;
  await tx
    .insertInto('accountDrafts')
    .values({
      ...row,
      step: 'robot',
      emailVerifiedAt: null,
      mobileVerifiedAt: null,
      robotUntil: secondsFromNow(robotSeconds),
      createdAt: appNow,
      expiresAt: secondsFromNow(lifeSeconds),
    })
    .execute();
}

/** The draft of a browser, while it lives. */
export async function findAccountDraft(
  db: Db,
  { id, browser }: { id: string; browser: Buffer },
): Promise<AccountDraftRow | undefined> {
  return await db
    .selectFrom('accountDrafts')
    .selectAll()
    .where('id', '=', id)
    .where('browser', '=', browser)
    .where('expiresAt', '>', appNow)
    .executeTakeFirst();
}

/** A living draft by its id, whatever its browser, and whether its address has an account already: for the job. */
export async function findDraftForMessage(
  db: Db,
  id: string,
): Promise<(AccountDraftRow & { readonly known: boolean }) | undefined> {
  return await db
    .selectFrom('accountDrafts')
    .selectAll()
    .select((eb) =>
      eb
        .exists(
          eb
            .selectFrom('loginIdentifiers')
            .select('accountId')
            .whereRef('loginIdentifiers.brand', '=', 'accountDrafts.brand')
            .where('loginIdentifiers.kind', '=', 'email')
            .whereRef('loginIdentifiers.lookupHash', '=', 'accountDrafts.slot'),
        )
        .$castTo<boolean>()
        .as('known'),
    )
    .where('id', '=', id)
    .where('expiresAt', '>', appNow)
    .executeTakeFirst();
}

/** Goes on from one step to the next: true for one caller. */
export async function moveAccountDraft(
  db: Db,
  { id, from, to }: { id: string; from: AccountDraftStep; to: AccountDraftStep },
): Promise<boolean> {
  const row = await db
    .updateTable('accountDrafts')
    .set({ step: to })
    .where('id', '=', id)
    .where('step', '=', from)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Address or number belongs to whoever opens the account. */
export async function markDraftVerified(db: Db, id: string, medium: 'email' | 'mobile'): Promise<void> {
  await db
    .updateTable('accountDrafts')
    .set(medium === 'email' ? { emailVerifiedAt: appNow } : { mobileVerifiedAt: appNow })
    .where('id', '=', id)
    .where('step', '=', 'code')
    .execute();
}

export interface OpenedAccount {
  readonly accountId: AccountId;
  readonly personId: string;
  readonly brand: string;
  readonly locale: 'fr' | 'en';
  readonly civility: string | null;
  readonly givenName: string;
  readonly familyName: string;
  readonly label: string;
  readonly email: string;
  /** HMAC of the address. */
  readonly emailHash: Buffer;
  readonly mobile: Msisdn | null;
  readonly passwordHash: string;
  readonly termsVersion: string;
}

/** Writes a main account without a contract; false, with nothing to be kept, where the address has one already. */
export async function insertOpenedAccount(tx: Tx, account: OpenedAccount): Promise<boolean> {
  const { accountId, personId, brand, mobile, givenName, familyName, civility } = account;
  await tx
    .insertInto('persons')
    .values({ id: personId, civility, givenName, familyName, ...noIdentity })
    .execute();
  await tx
    .insertInto('accounts')
    .values({
      ...{ id: accountId, brand, kind: 'main', personId, label: account.label, locale: account.locale },
      ...{ contactEmail: account.email, contactEmailVerifiedAt: appNow },
      ...{ contactMobile: mobile, contactMobileVerifiedAt: mobile === null ? null : appNow },
      ...{ termsVersion: account.termsVersion, termsAcceptedAt: appNow, createdAt: appNow },
    })
    .execute();
  const identifier = await tx
    .insertInto('loginIdentifiers')
    .values({ accountId, brand, kind: 'email', lookupHash: account.emailHash })
    .onConflict((conflict) => conflict.doNothing())
    .returning('accountId')
    .executeTakeFirst();
  if (identifier === undefined) return false;
  await tx
    .insertInto('passwords')
    .values({ accountId, passwordHash: account.passwordHash, changedAt: appNow, codeLineId: null, codeSimId: null })
    .execute();
  return true;
}

const noIdentity = { birthName: null, birthDate: null, birthPlace: null, birthCountry: null, gender: null } as const;

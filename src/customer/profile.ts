// The customer's own profile: who she is and how she can be reached, contacts masked.
import { type AccountId, type Msisdn, maskEmail, maskMsisdn } from '../identifiers.ts';
import { findAccountHolder, findPrimaryNumber } from '../storage/accounts.ts';
import { type Contact, findContacts } from '../storage/contacts.ts';
import { type Database, readAppNow } from '../storage/database.ts';
import { youngContactHours } from '../storage/reset-channels.ts';

export interface ContactView {
  readonly masked: string;
  readonly isVerified: boolean;
  /** From then on codes may be sent there; undefined: they may already. */
  readonly codesFrom: Date | undefined;
}

export interface Profile {
  readonly accountId: AccountId;
  readonly brand: string;
  readonly kind: 'main' | 'secondary' | 'group';
  readonly name: string;
  readonly civility: string | undefined;
  readonly givenName: string | undefined;
  readonly familyName: string | undefined;
  readonly locale: 'fr' | 'en';
  /** Names that somebody checked are not hers to change online. */
  readonly namesAreFixed: boolean;
  /** Masked: `a***@exemple.test`. */
  readonly email: ContactView | undefined;
  /** The verified contact; masked: `+33 6 39 98 ** 01`. */
  readonly mobile: ContactView | undefined;
  /** Of the line that she uses; masked. */
  readonly number: string | undefined;
}

export interface ProfileDeps {
  readonly database: Pick<Database, 'db'>;
}

/** The profile of an open account; undefined if there is none, or it was closed. */
export async function readProfile({ database }: ProfileDeps, accountId: AccountId): Promise<Profile | undefined> {
  const holder = await findAccountHolder(database.db, accountId);
  if (holder === undefined || holder.status !== 'active') return undefined;
  const number = await findPrimaryNumber(database.db, holder.accountId);
  const contacts = await findContacts(database.db, accountId);
  const now = await readAppNow(database.db);
  const { givenName, familyName } = holder;
  return {
    accountId: holder.accountId,
    brand: holder.brand,
    kind: holder.kind,
    name: [givenName, familyName].filter((part) => part).join(' ') || holder.label,
    civility: holder.civility ?? undefined,
    givenName: givenName ?? undefined,
    familyName: familyName ?? undefined,
    locale: holder.locale,
    namesAreFixed: holder.identityCheckedAt !== null || (holder.identityProofing ?? 'none') !== 'none',
    email: contacts?.email && contactOf(contacts.email, { shown: maskEmail(contacts.email.value), now }),
    mobile: contacts?.mobile && contactOf(contacts.mobile, { shown: maskMsisdn(contacts.mobile.value as Msisdn), now }),
    number: number === undefined ? undefined : maskMsisdn(number),
  };
}

function contactOf({ verifiedAt, changedAt }: Contact, { shown, now }: { shown: string; now: Date }): ContactView {
  const old = changedAt && new Date(changedAt.getTime() + youngContactHours * 3_600_000);
  return { masked: shown, isVerified: verifiedAt !== null, codesFrom: old !== null && old > now ? old : undefined };
}

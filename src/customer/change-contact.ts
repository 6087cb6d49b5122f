// A new e-mail address or mobile number of a customer: a code goes there, the old contact is told, and for a day the
// new one opens nothing (B45, B08).
import type { OneTimeCodes } from '../authentication/one-time-code.ts';
import {
  type Country,
  IdentifierError,
  type Msisdn,
  maskEmail,
  maskMsisdn,
  newId,
  parseEmail,
  parseMsisdn,
} from '../identifiers.ts';
import type { AccountNotices } from '../messaging/account-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { ContactMedium } from '../storage/account-tables.ts';
import {
  applyContactChange,
  type Contacts,
  findContacts,
  findOpenContactChange,
  insertContactChange,
} from '../storage/contacts.ts';
import type { Database, Tx } from '../storage/database.ts';
import { isAliasAddress } from '../storage/mail-addresses.ts';
import type { AccountCaller, ContactResult, NewContact } from './account-types.ts';

export interface ChangeContactDeps {
  readonly database: Database;
  readonly masterKey: Pick<MasterKey, 'index'>;
  readonly audit: Audit<Tx>;
  readonly codes: OneTimeCodes;
  readonly notices: Pick<AccountNotices, 'contactCode' | 'contactChanged'>;
  readonly randomBytes: (size: number) => Buffer;
  /** True for a number of an operator that is served (A02). */
  readonly isServed: (msisdn: string) => boolean;
  /** Where national numbers are at home. */
  readonly country: Country;
  /** Life of a code. */
  readonly codeSeconds: number;
}

const purpose = 'contact-change';

/** Sends the code; a change that waits for another one is forgotten. */
export async function startContact(
  deps: ChangeContactDeps,
  { accountId, address }: AccountCaller,
  { medium, value: typed }: NewContact,
): Promise<ContactResult> {
  const value = readContact(deps, medium, typed);
  if (value === undefined) return { kind: 'invalid' };
  // An alias is no way back into an account (X95).
  if (medium === 'email' && (await isAliasAddress(deps.database.db, value))) return { kind: 'invalid' };
  const contacts = await findContacts(deps.database.db, accountId);
  if (contacts === undefined) return { kind: 'not-found' };
  if (isKnown(contacts, medium, value)) return { kind: 'same' };
  const recipient = `${purpose}:${deps.masterKey.index(medium, value).toString('base64url')}`;
  const retryAfterSeconds = await deps.codes.takeSending({ recipient, address });
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  const id = newId('cnt', deps.randomBytes);
  const change = await deps.database.transaction(async (tx) => {
    const row = await insertContactChange(tx, { id, accountId, medium, value, lifeSeconds: deps.codeSeconds });
    const { id: codeId } = await deps.codes.issue(tx, { purpose, subject: id });
    await deps.notices.contactCode(tx, { changeId: id, codeId });
    await deps.audit.contactChangeStarted(tx, { accountId, changeId: id, medium });
    return row;
  });
  return { kind: 'started', change: { id, medium, sentTo: mask(medium, value), expiresAt: change.expiresAt } };
}

/** Takes the code; whatever is not right is one and the same to the caller. */
export async function verifyContact(
  deps: ChangeContactDeps,
  { accountId }: AccountCaller,
  { id, code }: { id: string; code: string },
): Promise<'verified' | 'wrong'> {
  const change = await findOpenContactChange(deps.database.db, { accountId, id });
  if (change === undefined) return 'wrong';
  const { kind } = await deps.codes.check({ purpose, subject: id, typed: code });
  if (kind !== 'right') return 'wrong';
  return await deps.database.transaction(async (tx) => {
    if (!(await applyContactChange(tx, change))) return 'wrong';
    await deps.audit.contactChanged(tx, { accountId, changeId: id, medium: change.medium });
    await deps.notices.contactChanged(tx, { changeId: id });
    return 'verified';
  });
}

function readContact({ isServed, country }: ChangeContactDeps, medium: ContactMedium, typed: string) {
  try {
    if (medium === 'email') return parseEmail(typed);
    const number = parseMsisdn(typed, country);
    return isServed(number) ? number : undefined;
  } catch (error) {
    if (error instanceof IdentifierError) return undefined;
    throw error;
  }
}

function isKnown(contacts: Contacts, medium: ContactMedium, value: string): boolean {
  const known = contacts[medium];
  return known?.value === value && known.verifiedAt !== null;
}

function mask(medium: ContactMedium, value: string): string {
  return medium === 'email' ? maskEmail(value) : maskMsisdn(value as Msisdn);
}

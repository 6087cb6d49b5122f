// The last step of a new mailbox: account, mailbox, credential and login in one transaction (D17, D20). Network or
// level, limit and address are checked again; twenty at once are one after the other, by the lock on the main account.
import { type AccountId, newId } from '../identifiers.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { takeAddress } from '../storage/mail-addresses.ts';
import { changeMailboxDraft, takeMailboxDraft } from '../storage/mailbox-drafts.ts';
import type { MailboxDraftRow, MailboxRow } from '../storage/mailbox-tables.ts';
import { findFreeSlot, findMailbox, insertMailbox, takeMainAccount } from '../storage/mailboxes.ts';
import { insertAccount, insertPerson, putPassword } from '../storage/provisioning.ts';
import type { AccountRow } from '../storage/tables.ts';
import type { MailboxDeskDeps } from './mailbox-desk.ts';
import { refusalFor, stepOf } from './mailbox-drafts.ts';
import type { MailboxCaller, MailboxDesk } from './mailbox-types.ts';
import { mailboxViewOf } from './mailbox-views.ts';

/** Somebody has the address after all: nothing of the transaction stays. */
class AddressLost extends Error {
  override readonly name = 'AddressLost';
}

/** Confirms a draft; again with the same one, the mailbox that it has become. */
export async function confirmDraft(
  deps: MailboxDeskDeps,
  caller: MailboxCaller,
  draftId: string,
): ReturnType<MailboxDesk['confirm']> {
  try {
    return await deps.database.transaction((tx) => confirm(deps, tx, { caller, draftId }));
  } catch (error) {
    if (error instanceof AddressLost) return { kind: 'taken' };
    throw error;
  }
}

async function confirm(
  deps: MailboxDeskDeps,
  tx: Tx,
  { caller, draftId }: { caller: MailboxCaller; draftId: string },
): ReturnType<MailboxDesk['confirm']> {
  const { accountId } = caller;
  const draft = await takeMailboxDraft(tx, { accountId, draftId });
  const account = await takeMainAccount(tx, accountId);
  if (draft === undefined || account === undefined) return { kind: 'not-found' };
  if (draft.mailboxId !== null) return await opened(tx, { accountId, mailboxId: draft.mailboxId });
  if (stepOf(draft) !== 'confirmation') return { kind: 'wrong-step', due: stepOf(draft) };
  const allowed = await refusalFor(deps, tx, caller);
  if (allowed.refusal !== undefined) return allowed.refusal;
  const mailbox = await open(deps, tx, { account, draft });
  await changeMailboxDraft(tx, {
    ...{ id: draft.id, mailboxId: mailbox.id, minutes: deps.rules.draftMinutes },
    ...{ passwordHash: null, termsVersion: null },
  });
  const about = { accountId, mailboxId: mailbox.id, userAccountId: mailbox.accountId };
  await deps.audit.mailboxOpened(tx, { ...about, atHome: allowed.isAtHome });
  await deps.notices.opened(tx, {
    ...{ mailboxId: mailbox.id, holder: accountId, user: mailbox.accountId },
    ...{ address: mailbox.address, at: mailbox.createdAt },
  });
  return await opened(tx, { accountId, mailboxId: mailbox.id });
}

async function opened(
  tx: Tx,
  wanted: { accountId: AccountId; mailboxId: string },
): Promise<Awaited<ReturnType<MailboxDesk['confirm']>>> {
  const found = await findMailbox(tx, wanted);
  return found === undefined ? { kind: 'not-found' } : { kind: 'ok', mailbox: mailboxViewOf(found) };
}

interface Opening {
  readonly account: AccountRow;
  readonly draft: MailboxDraftRow;
}

async function open(deps: MailboxDeskDeps, tx: Tx, { account, draft }: Opening): Promise<MailboxRow> {
  const { randomBytes, masterKey } = deps;
  const { civility, givenName, familyName, address, passwordHash, termsVersion, termsAcceptedAt } = draft;
  if (address === null || passwordHash === null) throw new Error('a draft without address or password');
  const slot = await findFreeSlot(tx, account.id);
  if (slot === undefined) throw new Error('a slot that was free a moment ago is used');
  const createdAt = await readAppNow(tx);
  const { brand, locale } = account;
  const personId = newId('per', randomBytes);
  const accountId = newId('acc', randomBytes) as AccountId;
  const unknown = { birthName: null, birthDate: null, birthPlace: null, birthCountry: null, gender: null };
  const checked = { civilGivenNames: null, identityCheckedAt: null };
  await insertPerson(tx, { id: personId, civility, givenName, familyName, ...unknown, ...checked });
  await insertAccount(
    tx,
    {
      ...{ id: accountId, brand, kind: 'secondary', personId, parentAccountId: account.id, locale, createdAt },
      ...{ label: `${givenName} ${familyName}`, contactEmail: address, contactEmailVerifiedAt: createdAt },
    },
    [{ kind: 'email', lookupHash: masterKey.index('email', address) }],
  );
  await putPassword(tx, { accountId, passwordHash, changedAt: createdAt });
  const mailbox = await insertMailbox(tx, {
    ...{ id: newId('mbx', randomBytes), brand, kind: 'secondary', accountId, parentAccountId: account.id, slot },
    ...{ address, civility, givenName, familyName, termsVersion, termsAcceptedAt, createdAt },
  });
  const use = { use: 'mailbox' as const, mailboxId: mailbox.id, draftId: draft.id };
  if (!(await takeAddress(tx, { brand, address }, use))) throw new AddressLost();
  return mailbox;
}

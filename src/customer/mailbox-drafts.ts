// A new secondary mailbox, step by step (mission 2.d): user, address, password and terms, confirmation. Nothing can be
// used before the last step, which makes everything at once.
import { passwordFault } from '../authentication/password-policy.ts';
import { type AccountId, newId } from '../identifiers.ts';
import { type Db, readAppNow, type Tx } from '../storage/database.ts';
import { freeDraftAddresses, keepDraftAddress, listTakenAddresses, takeAddress } from '../storage/mail-addresses.ts';
import {
  changeMailboxDraft,
  deleteMailboxDraft,
  findMailboxDraft,
  insertMailboxDraft,
  takeMailboxDraft,
} from '../storage/mailbox-drafts.ts';
import type { MailboxDraftRow } from '../storage/mailbox-tables.ts';
import { countFreeSlots, takeMainAccount } from '../storage/mailboxes.ts';
import { findAccount, findAccountByIdentifier } from '../storage/subscribers.ts';
import { isReserved, proposeNames, readLocalPart } from './mail-names.ts';
import type { MailboxDeskDeps } from './mailbox-desk.ts';
import { readPlace } from './mailbox-place.ts';
import type {
  MailboxCaller,
  MailboxDraftResult,
  MailboxDraftView,
  MailboxRefusal,
  MailboxStep,
  MailboxUser,
} from './mailbox-types.ts';

const shownProposals = 5;

interface Place {
  readonly accountId: AccountId;
  readonly draftId: string;
}

/** Refuses who may not open a mailbox here and now; the account must have been taken if it counts for good. */
export async function refusalFor(
  deps: MailboxDeskDeps,
  db: Db,
  caller: MailboxCaller,
): Promise<{ refusal: MailboxRefusal } | { refusal: undefined; isAtHome: boolean; domain: string }> {
  const { isHolder, isAtHome } = await readPlace(db, caller);
  const domain = await domainOf(deps, db, caller.accountId);
  if (!isHolder || domain === undefined) return { refusal: { kind: 'not-holder' } };
  if (!isAtHome && !caller.withPin) return { refusal: { kind: 'not-at-home' } };
  if ((await countFreeSlots(db, caller.accountId)) === 0) return { refusal: { kind: 'full' } };
  return { refusal: undefined, isAtHome, domain };
}

/** The mail domain of an account's brand. */
export async function domainOf(deps: MailboxDeskDeps, db: Db, accountId: AccountId): Promise<string | undefined> {
  const account = await findAccount(db, accountId);
  return account && deps.domains.of(account.brand);
}

/** Begins a draft. */
export async function beginDraft(
  deps: MailboxDeskDeps,
  caller: MailboxCaller,
  user: MailboxUser,
): Promise<MailboxDraftResult> {
  return await deps.database.transaction(async (tx) => {
    const allowed = await refusalFor(deps, tx, caller);
    if (allowed.refusal !== undefined) return allowed.refusal;
    const { accountId } = caller;
    const id = newId('mbd', deps.randomBytes);
    const draft = await insertMailboxDraft(tx, { id, accountId, ...user, minutes: deps.rules.draftMinutes });
    await deps.audit.mailboxBegun(tx, { accountId, draftId: id, atHome: allowed.isAtHome });
    return { kind: 'ok', draft: await viewOf(deps, tx, draft) };
  });
}

/** Reads a draft. */
export async function readDraft(deps: MailboxDeskDeps, place: Place): Promise<MailboxDraftView | undefined> {
  const { db } = deps.database;
  const draft = await findMailboxDraft(db, place);
  return draft && (await viewOf(deps, db, draft));
}

/** Keeps an address for the draft; the one that it kept before is free again. */
export async function chooseAddress(
  deps: MailboxDeskDeps,
  place: Place,
  localPart: string,
): Promise<MailboxDraftResult> {
  if ((await findMailboxDraft(deps.database.db, place)) === undefined) return { kind: 'not-found' };
  const retryAfterSeconds = await deps.probes.take(place.accountId);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  return await inDraft(deps, place, async (tx, draft) => {
    const account = await findAccount(tx, place.accountId);
    const domain = account && deps.domains.of(account.brand);
    if (account === undefined || domain === undefined) return { kind: 'not-found' };
    const { brand } = account;
    const address = readAddress(localPart, { brand, domain });
    if (address === undefined || (await opensLogin(deps, tx, { brand, address }))) return { kind: 'taken' };
    const minutes = deps.rules.draftMinutes;
    if (!(await takeAddress(tx, { brand, address }, { use: 'draft', draftId: draft.id, minutes }))) {
      return { kind: 'taken' };
    }
    await freeDraftAddresses(tx, draft.id, address);
    // The rule against one's own name as password saw another address.
    return await changed(deps, tx, { id: draft.id, address, passwordHash: null, termsVersion: null });
  });
}

/** The address that somebody asks for; undefined if nobody may have it. */
export function readAddress(
  localPart: string,
  { brand, domain }: { brand: string; domain: string },
): string | undefined {
  const local = readLocalPart(localPart, domain);
  return local === undefined || isReserved(local, brand) ? undefined : `${local}@${domain}`;
}

/** True for an address that opens an account without being one of our mailboxes. */
export async function opensLogin(
  { masterKey }: MailboxDeskDeps,
  db: Db,
  { brand, address }: { brand: string; address: string },
): Promise<boolean> {
  const lookupHash = masterKey.index('email', address);
  return (await findAccountByIdentifier(db, { brand, kind: 'email', lookupHash })) !== undefined;
}

/** Sets the password; the terms were accepted with it. */
export async function setDraftPassword(
  deps: MailboxDeskDeps,
  place: Place,
  password: string,
): Promise<MailboxDraftResult> {
  const { db } = deps.database;
  const draft = await findMailboxDraft(db, place);
  if (draft === undefined) return { kind: 'not-found' };
  if (draft.mailboxId !== null || draft.address === null) return { kind: 'wrong-step', due: stepOf(draft) };
  const fault = passwordFault(password, [draft.givenName, draft.familyName, draft.address]);
  if (fault !== undefined) return { kind: 'weak', fault };
  // Outside the transaction: it takes its time.
  const passwordHash = await deps.hashPassword(password);
  return await inDraft(deps, place, async (tx, { id, address }) => {
    if (address !== draft.address) return { kind: 'wrong-step', due: address === null ? 'address' : 'password' };
    const termsAcceptedAt = await readAppNow(tx);
    const { termsVersion } = deps.rules;
    return await changed(deps, tx, { id, passwordHash, termsVersion, termsAcceptedAt });
  });
}

/** Drops a draft. */
export async function discardDraft(deps: MailboxDeskDeps, place: Place): Promise<boolean> {
  return await deleteMailboxDraft(deps.database.db, place);
}

/** Runs a step on a draft that has not become a mailbox. */
async function inDraft(
  deps: MailboxDeskDeps,
  place: Place,
  step: (tx: Tx, draft: MailboxDraftRow) => Promise<MailboxDraftResult>,
): Promise<MailboxDraftResult> {
  return await deps.database.transaction(async (tx) => {
    const draft = await takeMailboxDraft(tx, place);
    if (draft === undefined || (await takeMainAccount(tx, place.accountId)) === undefined) return { kind: 'not-found' };
    if (draft.mailboxId !== null) return { kind: 'wrong-step', due: 'done' };
    return await step(tx, draft);
  });
}

async function changed(
  deps: MailboxDeskDeps,
  tx: Tx,
  change: { id: string } & Partial<MailboxDraftRow>,
): Promise<MailboxDraftResult> {
  const minutes = deps.rules.draftMinutes;
  const draft = await changeMailboxDraft(tx, { ...change, minutes });
  await keepDraftAddress(tx, draft.id, minutes);
  return { kind: 'ok', draft: await viewOf(deps, tx, draft) };
}

/** The step that is due. */
export function stepOf({ address, passwordHash, mailboxId }: MailboxDraftRow): MailboxStep {
  if (mailboxId !== null) return 'done';
  if (address === null) return 'address';
  return passwordHash === null ? 'password' : 'confirmation';
}

async function viewOf(deps: MailboxDeskDeps, db: Db, draft: MailboxDraftRow): Promise<MailboxDraftView> {
  const { id, givenName, familyName, address, expiresAt, mailboxId } = draft;
  const user = { civility: draft.civility === 'M.' ? ('M.' as const) : ('Mme' as const), givenName, familyName };
  const domain = (await domainOf(deps, db, draft.accountId)) ?? '';
  const step = stepOf(draft);
  const proposals = step === 'done' ? [] : await proposalsFor(deps, db, { draft, domain });
  return { id, step, user, domain, proposals, address, expiresAt, mailboxId };
}

async function proposalsFor(
  deps: MailboxDeskDeps,
  db: Db,
  { draft, domain }: { draft: MailboxDraftRow; domain: string },
): Promise<string[]> {
  const brand = (await findAccount(db, draft.accountId))?.brand ?? '';
  const all = proposeNames(draft).flatMap((name) => readAddress(name, { brand, domain }) ?? []);
  const taken = await listTakenAddresses(db, { brand, addresses: all });
  const free: string[] = [];
  for (const address of all.filter((one) => !taken.has(one))) {
    if (free.length === shownProposals) break;
    if (!(await opensLogin(deps, db, { brand, address }))) free.push(address);
  }
  return free;
}

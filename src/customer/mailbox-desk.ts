// A customer's mailboxes: her own, those that she opens for others, and their aliases (mission 2.d, 4.11).
import { type AccountId, newId } from '../identifiers.ts';
import type { MailboxNotices } from '../messaging/mailbox-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { MailDomains } from '../ops/config-mailboxes.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import { quarantineAddress, takeAddress } from '../storage/mail-addresses.ts';
import type { MailboxRow } from '../storage/mailbox-tables.ts';
import {
  countFreeSlots,
  deleteAlias,
  endMailbox,
  findMailbox,
  insertAlias,
  listMailboxes,
  type MailboxWithAliases,
  takeMailbox,
} from '../storage/mailboxes.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import {
  beginDraft,
  chooseAddress,
  discardDraft,
  domainOf,
  opensLogin,
  readAddress,
  readDraft,
  setDraftPassword,
} from './mailbox-drafts.ts';
import { confirmDraft } from './mailbox-opening.ts';
import { readPlace } from './mailbox-place.ts';
import type { MailboxDesk } from './mailbox-types.ts';
import { aliasViewOf, mailboxViewOf } from './mailbox-views.ts';

export interface MailboxRules {
  readonly draftMinutes: number;
  readonly quarantineMonths: number;
  readonly readOnlyDays: number;
  readonly termsVersion: string;
}

export interface MailboxDeskDeps {
  readonly database: Database;
  readonly masterKey: Pick<MasterKey, 'index'>;
  readonly audit: Audit<Tx>;
  readonly notices: MailboxNotices;
  readonly domains: MailDomains;
  readonly hashPassword: (password: string) => Promise<string>;
  readonly randomBytes: (size: number) => Buffer;
  /** Addresses that an account may try: whoever is told what is taken could list other people's (X12). */
  readonly probes: RateLimit;
  readonly rules: MailboxRules;
}

/** Makes the desk over its dependencies. */
export function createMailboxDesk(deps: MailboxDeskDeps): MailboxDesk {
  const { db } = deps.database;
  return {
    async eligibility(caller) {
      const place = await readPlace(db, caller);
      const hasDomain = (await domainOf(deps, db, caller.accountId)) !== undefined;
      const isHolder = place.isHolder && hasDomain;
      const slotsLeft = isHolder ? await countFreeSlots(db, caller.accountId) : 0;
      return { ...place, isHolder, withPin: caller.withPin, slotsLeft };
    },
    async list(accountId) {
      const domain = await domainOf(deps, db, accountId);
      const all = await listMailboxes(db, accountId);
      return all.filter((one) => isOurs(one, domain)).map(mailboxViewOf);
    },
    async find(accountId, mailboxId) {
      const found = await findMailbox(db, { accountId, mailboxId });
      const domain = await domainOf(deps, db, accountId);
      return found === undefined || !isOurs(found, domain) ? undefined : mailboxViewOf(found);
    },
    begin: (caller, user) => beginDraft(deps, caller, user),
    draft: (accountId, draftId) => readDraft(deps, { accountId, draftId }),
    chooseAddress: (accountId, draftId, localPart) => chooseAddress(deps, { accountId, draftId }, localPart),
    setPassword: (accountId, draftId, password) => setDraftPassword(deps, { accountId, draftId }, password),
    discard: (accountId, draftId) => discardDraft(deps, { accountId, draftId }),
    confirm: (caller, draftId) => confirmDraft(deps, caller, draftId),
    addAlias: (accountId, mailboxId, localPart) => addAlias(deps, { accountId, mailboxId }, localPart),
    removeAlias: (accountId, mailboxId, aliasId) => removeAlias(deps, { accountId, mailboxId, aliasId }),
    remove: (accountId, mailboxId) => remove(deps, { accountId, mailboxId }),
  };
}

/** An account may log in with an address of somebody else's: that is no mailbox of ours. */
function isOurs({ address }: MailboxRow, domain: string | undefined): boolean {
  return domain !== undefined && address.endsWith(`@${domain}`);
}

interface Place {
  readonly accountId: AccountId;
  readonly mailboxId: string;
}

async function addAlias(
  deps: MailboxDeskDeps,
  place: Place,
  localPart: string,
): Promise<Awaited<ReturnType<MailboxDesk['addAlias']>>> {
  if ((await findMailbox(deps.database.db, place)) === undefined) return { kind: 'not-found' };
  const retryAfterSeconds = await deps.probes.take(place.accountId);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  try {
    return await deps.database.transaction(async (tx) => {
      const domain = await domainOf(deps, tx, place.accountId);
      const mailbox = await takeMailbox(tx, place);
      if (mailbox === undefined || domain === undefined || !isOurs(mailbox, domain)) return { kind: 'not-found' };
      if (mailbox.status !== 'active') return { kind: 'read-only' };
      const { brand } = mailbox;
      const address = readAddress(localPart, { brand, domain });
      if (address === undefined || (await opensLogin(deps, tx, { brand, address }))) return { kind: 'taken' };
      const id = newId('mba', deps.randomBytes);
      const alias = await insertAlias(tx, { id, mailboxId: mailbox.id, address });
      if (alias === undefined) return { kind: 'full' };
      if (!(await takeAddress(tx, { brand, address }, { use: 'alias', aliasId: id }))) throw new AliasTaken();
      await tellAlias(deps, tx, { place, mailbox, alias, action: 'added' });
      return { kind: 'ok', alias: aliasViewOf(alias) };
    });
  } catch (error) {
    if (error instanceof AliasTaken) return { kind: 'taken' };
    throw error;
  }
}

/** Takes the alias that was written back with the transaction. */
class AliasTaken extends Error {
  override readonly name = 'AliasTaken';
}

async function removeAlias(
  deps: MailboxDeskDeps,
  { aliasId, ...place }: Place & { aliasId: string },
): Promise<boolean> {
  return await deps.database.transaction(async (tx) => {
    const mailbox = await takeMailbox(tx, place);
    const wanted = mailbox?.aliases.find(({ id }) => id === aliasId);
    if (mailbox === undefined || wanted === undefined) return false;
    const { brand } = mailbox;
    // Before the row goes, which would free the address at once.
    await quarantineAddress(tx, { brand, address: wanted.address }, deps.rules.quarantineMonths);
    const alias = await deleteAlias(tx, { mailboxId: mailbox.id, aliasId });
    if (alias === undefined) return false;
    await tellAlias(deps, tx, { place, mailbox, alias, action: 'removed' });
    return true;
  });
}

interface AliasChange {
  readonly place: Place;
  readonly mailbox: MailboxRow;
  readonly alias: { readonly id: string; readonly address: string };
  readonly action: 'added' | 'removed';
}

async function tellAlias(deps: MailboxDeskDeps, tx: Tx, { place, mailbox, alias, action }: AliasChange): Promise<void> {
  const about = { ...place, aliasId: alias.id };
  if (action === 'added') await deps.audit.mailAliasAdded(tx, about);
  else await deps.audit.mailAliasRemoved(tx, about);
  const who = { mailboxId: mailbox.id, holder: place.accountId, user: mailbox.accountId };
  const at = await readAppNow(tx);
  await deps.notices.aliasChanged(tx, { ...who, at, address: alias.address, aliasId: alias.id, action });
}

async function remove(deps: MailboxDeskDeps, place: Place): ReturnType<MailboxDesk['remove']> {
  return await deps.database.transaction(async (tx) => {
    const mailbox = await takeMailbox(tx, place);
    if (mailbox === undefined) return 'not-found';
    if (mailbox.kind === 'primary') return 'primary';
    // Its user sees it, and does not delete it.
    if (mailbox.parentAccountId !== place.accountId) return 'not-found';
    await endWithAddresses(deps, tx, mailbox);
    await deps.audit.mailboxDeleted(tx, { ...place, by: 'account' });
    const who = { mailboxId: mailbox.id, holder: place.accountId, user: mailbox.accountId };
    await deps.notices.deleted(tx, { ...who, address: mailbox.address, at: await readAppNow(tx) });
    return 'removed';
  });
}

/** Ends a mailbox; its address and aliases are given to nobody for some months. */
export async function endWithAddresses(
  { rules }: Pick<MailboxDeskDeps, 'rules'>,
  tx: Tx,
  mailbox: MailboxWithAliases,
): Promise<void> {
  for (const { address } of [mailbox, ...mailbox.aliases]) {
    await quarantineAddress(tx, { brand: mailbox.brand, address }, rules.quarantineMonths);
  }
  await endMailbox(tx, mailbox);
}

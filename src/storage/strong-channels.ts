// Where the code of a change goes that the account's password alone must not open (X48, X49; decision 030).
import { sql } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { Db } from './database.ts';
import { listResetChannels, type ResetChannel } from './reset-channels.ts';

/** A channel for such a code. */
export interface StrongChannel extends Omit<ResetChannel, 'id'> {
  /** Of the number; undefined for an address. */
  readonly lineId: string | undefined;
}

/**
 * The e-mail address, unless it is a mailbox of ours that the same password opens (X49); else the number, where it is
 * one of a line that lives. `domainOf` knows the mail domain of a brand.
 */
export async function findStrongChannel(
  db: Db,
  accountId: string,
  domainOf: (brand: string) => string | undefined,
): Promise<StrongChannel | undefined> {
  const channels = await listResetChannels(db, accountId);
  const own = await listOwnAddresses(db, accountId);
  const isOwn = ({ value, brand }: ResetChannel) =>
    value.toLowerCase().endsWith(`@${domainOf(brand)}`) && own.includes(value.toLowerCase());
  const email = channels.find((channel) => channel.kind === 'email' && !isOwn(channel));
  if (email !== undefined) return { ...email, lineId: undefined };
  const mobile = channels.find(({ kind }) => kind === 'sms');
  const line = await db
    .selectFrom('lines')
    .select('id')
    .where('msisdn', '=', (mobile?.value ?? '') as Msisdn)
    .where('status', '=', 'active')
    .executeTakeFirst();
  return mobile === undefined || line === undefined ? undefined : { ...mobile, lineId: line.id };
}

/** The addresses that the account's password opens; a mailbox comes with Internet at home, and goes with it. */
async function listOwnAddresses(db: Db, accountId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('mailboxes')
    .leftJoin('mailboxAliases', 'mailboxAliases.mailboxId', 'mailboxes.id')
    .select(['mailboxes.address', 'mailboxAliases.address as alias'])
    .where('mailboxes.accountId', '=', accountId as AccountId)
    .where('mailboxes.status', '<>', 'deleted')
    .where(holdsHome)
    .execute();
  return rows.flatMap(({ address, alias }) => (alias === null ? [address] : [address, alias]));
}

const holdsHome = sql<boolean>`exists (
  select 1 from account_contracts
    join contracts on contracts.id = account_contracts.contract_id and contracts.ended_at is null
   where account_contracts.account_id = coalesce(mailboxes.parent_account_id, mailboxes.account_id)
     and account_contracts.relation = 'holder' and contracts.kind in ('INTERNET', 'OPEN'))`;

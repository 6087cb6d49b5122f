// Mailboxes as their owner may see them: never a password, never what is in them (D18).
import type { MailboxAliasRow } from '../storage/mailbox-tables.ts';
import type { MailboxWithAliases } from '../storage/mailboxes.ts';
import type { MailboxAliasView, MailboxView } from './mailbox-types.ts';

/** The view of a mailbox that is not deleted. */
export function mailboxViewOf(row: MailboxWithAliases): MailboxView {
  const { id, kind, address, civility, givenName, familyName, createdAt, aliases } = row;
  return {
    ...{ id, kind, address, createdAt, status: row.status === 'read_only' ? 'read_only' : 'active' },
    user: givenName === null || familyName === null ? null : { civility, givenName, familyName },
    aliases: aliases.map(aliasViewOf),
  };
}

/** The view of an alias. */
export function aliasViewOf({ id, address, createdAt }: MailboxAliasRow): MailboxAliasView {
  return { id, address, createdAt };
}

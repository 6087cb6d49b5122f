// Events of mailboxes and aliases.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact>;

interface About {
  /** Whose area it was done in; of the rule that follows contracts, whose mailbox it is. */
  readonly accountId: string;
  readonly mailboxId: string;
}

export interface MailboxAudit<Tx = unknown> {
  mailboxBegun(tx: Tx, about: { accountId: string; draftId: string; atHome: boolean }): Promise<void>;
  mailboxOpened(tx: Tx, about: About & { userAccountId: string; atHome: boolean }): Promise<void>;
  /** By the main account, or because its contract ended long ago. */
  mailboxDeleted(tx: Tx, about: About & { by: 'account' | 'system' }): Promise<void>;
  /** Its contract ended, or there is one again. */
  mailboxFollowedContract(tx: Tx, about: About & { status: string }): Promise<void>;
  mailAliasAdded(tx: Tx, about: About & { aliasId: string }): Promise<void>;
  mailAliasRemoved(tx: Tx, about: About & { aliasId: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function mailboxEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): MailboxAudit<Tx> {
  const byAccount = (action: string, { accountId, mailboxId }: About, details: AuditFact['details'] = {}) => ({
    ...{ action, actor: 'account', accountId, object: mailboxId, details },
  });
  return {
    mailboxBegun: (tx, { accountId, draftId, atHome }) =>
      record(tx, byAccount('mailbox.begun', { accountId, mailboxId: draftId }, { atHome })),
    mailboxOpened: (tx, { userAccountId, atHome, ...about }) =>
      record(tx, byAccount('mailbox.opened', about, { userAccountId, atHome })),
    mailboxDeleted: (tx, { by, ...about }) => record(tx, { ...byAccount('mailbox.deleted', about), actor: by }),
    mailboxFollowedContract: (tx, { status, ...about }) =>
      record(tx, { ...byAccount('mailbox.followed-contract', about, { status }), actor: 'system' }),
    mailAliasAdded: (tx, { aliasId, ...about }) => record(tx, byAccount('mail-alias.added', about, { aliasId })),
    mailAliasRemoved: (tx, { aliasId, ...about }) => record(tx, byAccount('mail-alias.removed', about, { aliasId })),
  };
}

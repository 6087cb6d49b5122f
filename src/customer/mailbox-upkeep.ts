// What happens to secondary mailboxes when their holder has no Internet contract any more (mission 2.d, d9): they can
// still be read for a while, then they are deleted. A new contract in time brings them back.

import { readAppNow, type Tx } from '../storage/database.ts';
import type { MailboxRow } from '../storage/mailbox-tables.ts';
import { followContracts, takeLongReadOnly } from '../storage/mailboxes.ts';
import { endWithAddresses, type MailboxDeskDeps } from './mailbox-desk.ts';

export type MailboxUpkeepDeps = Pick<MailboxDeskDeps, 'database' | 'audit' | 'notices' | 'rules'>;

const dayMs = 86_400_000;

/** Applies the rule; any node may do it at any time. */
export async function keepUpMailboxes(deps: MailboxUpkeepDeps): Promise<void> {
  const { database, rules } = deps;
  await database.transaction(async (tx) => {
    for (const mailbox of await followContracts(tx)) await tellChange(deps, tx, mailbox);
  });
  await database.transaction(async (tx) => {
    for (const mailbox of await takeLongReadOnly(tx, rules.readOnlyDays)) {
      const { id: mailboxId, accountId: user, parentAccountId, address } = mailbox;
      const holder = parentAccountId ?? user;
      await endWithAddresses(deps, tx, mailbox);
      await deps.audit.mailboxDeleted(tx, { accountId: user, mailboxId, by: 'system' });
      await deps.notices.deleted(tx, { mailboxId, holder, user, address, at: await readAppNow(tx) });
    }
  });
}

async function tellChange(deps: MailboxUpkeepDeps, tx: Tx, mailbox: MailboxRow): Promise<void> {
  const { id: mailboxId, accountId: user, parentAccountId, address, status, readOnlyAt } = mailbox;
  await deps.audit.mailboxFollowedContract(tx, { accountId: user, mailboxId, status });
  if (readOnlyAt === null) return;
  const until = new Date(readOnlyAt.getTime() + deps.rules.readOnlyDays * dayMs);
  await deps.notices.readOnly(tx, { mailboxId, holder: parentAccountId ?? user, user, address, until });
}

// A mail server knows no such address as an account's: nobody relies on it any more (X79), and the customer reads why.
import { markEmailRefused } from '../storage/contacts.ts';
import { type Database, readAppNow } from '../storage/database.ts';
import type { Notifier } from './notification-centre.ts';

/** Notes it for every account that is told there; each is told once, until it has another address. */
export async function noteRefusedEmail(
  { database, notifier }: { database: Database; notifier: Notifier },
  address: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    const at = (await readAppNow(tx)).toISOString();
    for (const accountId of await markEmailRefused(tx, address)) {
      await notifier.notify(tx, { accountId, topic: 'info', key: 'email-refused', params: { at }, link: '/account' });
    }
  });
}

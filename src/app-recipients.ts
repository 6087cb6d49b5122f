// Whom messages go to, each with the time zone and the name of its brand.
import type { Config } from './ops/config.ts';
import { findContactChangeRecipients } from './storage/contacts.ts';
import type { Db } from './storage/database.ts';
import { findMailboxForNotice, findMobileForNotice, findNumberForNotice } from './storage/notice-recipients.ts';
import { findMailboxForCode } from './storage/reset-channels.ts';
import { findCaseRecipient } from './storage/support-cases.ts';

/** Looks each up when its message is sent. */
export function recipientsOf({ brands }: Pick<Config, 'brands'>, db: Db) {
  const branded = <T extends { brand: string }>(found: T | undefined) => {
    if (found === undefined) return undefined;
    const { name: sender, timeZone } = brands.of(found.brand);
    return { ...found, sender, timeZone };
  };
  return {
    findNumber: async (lineId: string) => branded(await findNumberForNotice(db, lineId)),
    findMailbox: async (accountId: string) => branded(await findMailboxForNotice(db, accountId)),
    findMobile: async (accountId: string) => branded(await findMobileForNotice(db, accountId)),
    findCodeMailbox: async (accountId: string) => branded(await findMailboxForCode(db, accountId)),
    findRecipients: async (changeId: string) => branded(await findContactChangeRecipients(db, changeId)),
    findCase: async (caseId: string) => branded(await findCaseRecipient(db, caseId)),
  };
}

// Whom a message goes to: looked up when it is sent, so that no number or address lies in the job table.
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { Db } from './database.ts';

export type NoticeLocale = 'fr' | 'en';

/** Number of a living line, and the language of the first account that its enrolment serves. */
export async function findNumberForNotice(
  db: Db,
  lineId: string,
): Promise<{ msisdn: Msisdn; locale: NoticeLocale; brand: string } | undefined> {
  const row = await db
    .selectFrom('lines')
    .leftJoin('enrolments', 'enrolments.lineId', 'lines.id')
    .leftJoin('mobileConnectLinks', 'mobileConnectLinks.enrolmentId', 'enrolments.id')
    .leftJoin('accounts', 'accounts.id', 'mobileConnectLinks.accountId')
    .select(['lines.msisdn', 'lines.brand', 'accounts.locale'])
    .where('lines.id', '=', lineId)
    .where('lines.status', '<>', 'terminated')
    // Last, where nothing is linked: an earlier service of the line that has ended.
    .orderBy('mobileConnectLinks.isPrimary', (order) => order.desc().nullsLast())
    .executeTakeFirst();
  return row === undefined ? undefined : { msisdn: row.msisdn, locale: row.locale ?? 'fr', brand: row.brand };
}

/** Contact address of an active account, if it was verified. */
export async function findMailboxForNotice(
  db: Db,
  accountId: string,
): Promise<{ address: string; locale: NoticeLocale; brand: string } | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select(['contactEmail', 'locale', 'brand'])
    .where('id', '=', accountId as AccountId)
    .where('status', '=', 'active')
    .where('contactEmailVerifiedAt', 'is not', null)
    .executeTakeFirst();
  return row?.contactEmail == null ? undefined : { address: row.contactEmail, locale: row.locale, brand: row.brand };
}

/** Contact number of an active account, if it was verified. */
export async function findMobileForNotice(
  db: Db,
  accountId: string,
): Promise<{ msisdn: Msisdn; locale: NoticeLocale; brand: string } | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select(['contactMobile', 'locale', 'brand'])
    .where('id', '=', accountId as AccountId)
    .where('status', '=', 'active')
    .where('contactMobileVerifiedAt', 'is not', null)
    .executeTakeFirst();
  return row?.contactMobile == null ? undefined : { msisdn: row.contactMobile, locale: row.locale, brand: row.brand };
}

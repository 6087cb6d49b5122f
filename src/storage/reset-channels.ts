// Where a code may be sent that opens an account or proves a change: verified contacts that are no younger than a day,
// and no number whose phone may be in other hands (B08, X47, X48).
import { sql } from 'kysely';
import { type AccountId, maskEmail, maskMsisdn } from '../identifiers.ts';
import type { ContactMedium } from './account-tables.ts';
import type { Db } from './database.ts';

/** A channel of an account. `value` is for whoever sends; pages show `masked`. */
export interface ResetChannel {
  /** Names it among the channels of its account, and says nothing else. */
  readonly id: ContactMedium;
  readonly kind: 'email' | 'sms';
  readonly masked: string;
  readonly value: string;
  readonly locale: 'fr' | 'en';
  readonly brand: string;
}

/** So long a contact that the customer changed opens nothing. */
export const youngContactHours = 24;

/** The channels of an open account, e-mail first; empty for an unknown one. Always the same statements. */
export async function listResetChannels(db: Db, accountId: string): Promise<ResetChannel[]> {
  const old = (column: 'contactEmailChangedAt' | 'contactMobileChangedAt') =>
    sql<boolean>`coalesce(accounts.${sql.ref(column)} <= app_now() - make_interval(hours => ${youngContactHours}), true)`;
  const row = await db
    .selectFrom('accounts')
    .select(['contactEmail', 'contactMobile', 'locale', 'brand'])
    .select(sql<boolean>`contact_email_verified_at is not null and ${old('contactEmailChangedAt')}`.as('emailUsable'))
    .select(
      sql<boolean>`contact_mobile_verified_at is not null and ${old('contactMobileChangedAt')}`.as('mobileUsable'),
    )
    .select(numberIsDoubtful('accounts.contactMobile').as('numberDoubtful'))
    .where('id', '=', accountId as AccountId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (row === undefined) return [];
  const { contactEmail, contactMobile, emailUsable, mobileUsable, numberDoubtful, ...who } = row;
  const channels: ResetChannel[] = [];
  if (contactEmail !== null && emailUsable) {
    channels.push({ id: 'email', kind: 'email', masked: maskEmail(contactEmail), value: contactEmail, ...who });
  }
  if (contactMobile !== null && mobileUsable && !numberDoubtful) {
    const masked = maskMsisdn(contactMobile);
    channels.push({ id: 'mobile', kind: 'sms', masked, value: contactMobile, ...who });
  }
  return channels;
}

/**
 * Whether the phone with the number in a column may be in other hands: its line is suspended, a new SIM is on its way
 * into service or has just been put there. A thief cuts the line and orders a SIM.
 */
export function numberIsDoubtful(column: string) {
  return sql<boolean>`exists (
    select from lines as doubtful
      left join sims on sims.line_id = doubtful.id and sims.state in ('active', 'activating')
     where doubtful.msisdn = ${sql.ref(column)} and doubtful.status <> 'terminated'
       and (doubtful.status = 'suspended' or sims.state = 'activating'
            or (sims.via_replacement and sims.activated_at > app_now() - make_interval(hours => ${youngContactHours}))))`;
}

/** The mailbox of an account for codes; a contact that was changed within a day gets none. */
export async function findMailboxForCode(
  db: Db,
  accountId: string,
): Promise<{ address: string; locale: 'fr' | 'en'; brand: string } | undefined> {
  const channel = (await listResetChannels(db, accountId)).find(({ kind }) => kind === 'email');
  return channel && { address: channel.value, locale: channel.locale, brand: channel.brand };
}

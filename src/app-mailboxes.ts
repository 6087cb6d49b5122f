// Wires customers' mailboxes: the desk behind the API, and the rule that follows their holders' contracts.
import type { AppParts } from './app.ts';
import { hashPassword } from './authentication/password.ts';
import { createMailboxDesk, type MailboxDeskDeps } from './customer/mailbox-desk.ts';
import { tellMailboxesInCentre } from './customer/mailbox-telling.ts';
import type { MailboxDesk } from './customer/mailbox-types.ts';
import { keepUpMailboxes } from './customer/mailbox-upkeep.ts';
import { createMailboxNotices } from './messaging/mailbox-notices.ts';
import { createRateLimit } from './storage/rate-limits.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'channel' | 'masterKey' | 'randomBytes'>;

function depsOf({ config, database, audit, channel, masterKey, randomBytes }: Parts): MailboxDeskDeps {
  const { domains, draftMinutes, quarantineMonths, readOnlyDays, probesPerHour } = config.mailboxes;
  const { termsVersion } = config.service;
  return {
    ...{ database, audit, masterKey, randomBytes, domains, hashPassword: (password) => hashPassword(password) },
    probes: createRateLimit(database, { name: 'mailbox-probe', points: probesPerHour, seconds: 3_600 }),
    notices: tellMailboxesInCentre(createMailboxNotices(channel.jobs), channel.notifier),
    rules: { draftMinutes, quarantineMonths, readOnlyDays, termsVersion },
  };
}

/** The mailboxes of customers, for the APIs. */
export function mailboxDeskOf(parts: Parts): MailboxDesk {
  return createMailboxDesk(depsOf(parts));
}

/** What is done again and again: mailboxes whose holder's Internet contract has ended. */
export function mailboxUpkeepOf(parts: Parts): () => Promise<void> {
  const deps = depsOf(parts);
  return () => keepUpMailboxes(deps);
}

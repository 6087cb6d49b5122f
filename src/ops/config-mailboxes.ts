// The variables of customers' mailboxes: domains, and how long drafts, quarantines and the end of a contract last.
import { readBy, unlessServe, variable, whole } from './config-values.ts';

/** The mail domains of brands. */
export interface MailDomains {
  /** Undefined: the brand has no mailboxes. */
  of(brand: string): string | undefined;
}

const entryForm = /^([a-z][a-z0-9-]{0,31})=((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9])$/;

/** Reads `brand=domain` entries; undefined if one is malformed. */
export function readMailDomains(text: string): MailDomains | undefined {
  const domains = new Map<string, string>();
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [, brand, domain] = entryForm.exec(entry.trim()) ?? [];
    if (brand === undefined || domain === undefined) return undefined;
    domains.set(brand, domain);
  }
  return { of: (brand) => domains.get(brand) };
}

const mailboxes = {
  domains: variable(
    {
      name: 'MAIL_DOMAINS',
      about: 'Domain of a brand’s mailboxes. A brand that is not named offers none.',
      fallback: (mode, environment) => unlessServe(() => 'exemple=exemple.test')(mode, environment) ?? ',',
    },
    { expected: 'brand=domain, separated by commas, such as exemple=exemple.test', schema: readBy(readMailDomains) },
  ),
  draftMinutes: whole(
    'MAILBOX_DRAFT_MINUTES',
    'Time between two steps of a new mailbox; so long is its address kept.',
    {
      unit: 'minutes',
      fallback: 15,
      least: 5,
      most: 60,
    },
  ),
  quarantineMonths: whole('MAILBOX_QUARANTINE_MONTHS', 'A deleted address is given to nobody else for so long.', {
    unit: 'months',
    fallback: 6,
    least: 1,
    most: 60,
  }),
  probesPerHour: whole('MAILBOX_PROBES_PER_HOUR', 'Addresses that one account may try in an hour, free ones too.', {
    unit: 'times',
    fallback: 20,
    least: 5,
    most: 1_000,
  }),
  readOnlyDays: whole(
    'MAILBOX_READ_ONLY_DAYS',
    'Secondary mailboxes of an account without an Internet contract can still be read for so long.',
    { unit: 'days', fallback: 60, least: 1, most: 365 },
  ),
};

export const mailboxSections = { mailboxes };

// Wires registrations for the online area: for pages, API and the jobs that send their messages.
import type { AppParts } from './app.ts';
import { createOneTimeCodes } from './authentication/one-time-code.ts';
import { hashPassword } from './authentication/password.ts';
import { createRegistrations, findTarget } from './enrolment/registration.ts';
import type { Registrations } from './enrolment/registration-types.ts';
import { createRegistrationNotices, type RegistrationQueueOptions } from './messaging/registration-queue.ts';
import type { Config } from './ops/config.ts';
import type { MasterKey } from './ops/master-key.ts';
import { type Database, readAppNow } from './storage/database.ts';
import { createRateLimit } from './storage/rate-limits.ts';
import { findRegisteredContacts, findRegistrationForMessage } from './storage/registrations.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'masterKey' | 'audit' | 'channel' | 'randomBytes'>;

const hour = 3_600;

/** The use cases of an issuer whose customers register; undefined for the others. */
export function registrationsOf(parts: Parts & Pick<AppParts, 'home'>): Registrations | undefined {
  const { config, channel, home } = parts;
  if (!home.main.identifierKinds.some((kind) => kind === 'account_id' || kind === 'customer_id')) return undefined;
  const { formMinutes, codeMinutes, passwordMinutes } = config.selfCare;
  const notices = createRegistrationNotices(channel.jobs);
  const nameOf = (brand: string) => config.brands.of(brand).name;
  return createRegistrations({
    ...parts,
    codes: codesOf(parts),
    sendCode: async (tx, { brand, ...about }) =>
      notices.sendCode(tx, { ...about, requester: nameOf(brand), at: await readAppNow(tx) }),
    notices: {
      registered: (tx, { brand, ...about }) => notices.registered(tx, { ...about, requester: nameOf(brand) }),
    },
    hash: (password) => hashPassword(password, config.passwords),
    kindsOf: (brand) => config.brands.of(brand).identifierKinds,
    rules: {
      ...{ flowSeconds: formMinutes * 60, codeSeconds: codeMinutes * 60, passwordSeconds: passwordMinutes * 60 },
      termsVersion: config.service.termsVersion,
    },
  });
}

function codesOf({ config, database, masterKey, randomBytes }: Parts) {
  const { codeMinutes, codeTries, resendsPerHour } = config.selfCare;
  const { perDay, addressPerHour, addressPerDay } = config.codes;
  const limit = (name: string, points: number, seconds: number) => createRateLimit(database, { name, points, seconds });
  return createOneTimeCodes({
    ...{ database, masterKey, randomBytes },
    limits: {
      recipient: [limit('registration-hour', resendsPerHour + 1, hour), limit('registration-day', perDay, 24 * hour)],
      address: [limit('code-address-hour', addressPerHour, hour), limit('code-address-day', addressPerDay, 24 * hour)],
    },
    rules: { lifeSeconds: codeMinutes * 60, tries: codeTries },
  });
}

/** Who gets the messages, looked up when they are sent. */
export function registrationRecipients({
  config,
  database: { db },
  masterKey,
}: {
  config: Pick<Config, 'brands'>;
  database: Pick<Database, 'db'>;
  masterKey: MasterKey;
}): Pick<RegistrationQueueOptions, 'findRecipient' | 'findRegistered'> {
  return {
    async findRecipient(id) {
      const draft = await findRegistrationForMessage(db, id);
      const target = draft && (await findTarget({ masterKey }, db, draft));
      if (draft === undefined || target?.number == null) return undefined;
      const { timeZone } = config.brands.of(draft.brand);
      return { number: target.number, locale: draft.locale, isRegistered: target.registeredBy !== null, timeZone };
    },
    async findRegistered(accountId) {
      const found = await findRegisteredContacts(db, accountId);
      return found && { ...found, timeZone: config.brands.of(found.brand).timeZone };
    },
  };
}

// Wires the codes that are sent and typed back, and what the SIM's answer to a PIN reset changes: the channel's share.
import { stateRules } from './app-state-rules.ts';
import type { ServiceAnswerHandler } from './authentication/answer-effects.ts';
import { createOneTimeCodes, type OneTimeCodes } from './authentication/one-time-code.ts';
import { openDetails } from './enrolment/open-account-details.ts';
import { createPinResetAnswers, type PinChangeNotices } from './enrolment/reset-pin-phone.ts';
import type { AccountCodeOptions } from './messaging/account-code.ts';
import type { Audit } from './ops/audit.ts';
import type { Config } from './ops/config.ts';
import type { MasterKey } from './ops/master-key.ts';
import { findDraftForMessage } from './storage/account-drafts.ts';
import type { Database } from './storage/database.ts';
import { createRateLimit } from './storage/rate-limits.ts';
import { listResetChannels } from './storage/reset-channels.ts';

interface CodeParts {
  readonly config: Config;
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly randomBytes: (size: number) => Buffer;
}

const hour = 3_600;

/** Codes of six digits for every flow that sends one. */
export function codesOf({ config, database, masterKey, randomBytes }: CodeParts): OneTimeCodes {
  const { lifeMinutes, tries, perHour, perDay, addressPerHour, addressPerDay } = config.codes;
  const limit = (name: string, points: number, seconds: number) => createRateLimit(database, { name, points, seconds });
  return createOneTimeCodes({
    database,
    masterKey,
    randomBytes,
    limits: {
      recipient: [limit('code-hour', perHour, hour), limit('code-day', perDay, 24 * hour)],
      address: [limit('code-address-hour', addressPerHour, hour), limit('code-address-day', addressPerDay, 24 * hour)],
    },
    rules: { lifeSeconds: lifeMinutes * 60, tries },
  });
}

/** What the SIM's answer to a request for a new PIN changes. */
export function pinResetAnswers(
  { config, masterKey, audit }: { config: Config; masterKey: MasterKey; audit: Audit },
  notices: PinChangeNotices,
): ServiceAnswerHandler {
  const { trustHours, lateHours } = config.resets;
  return createPinResetAnswers({ masterKey, notices, audit, rules: { ...stateRules(config), trustHours, lateHours } });
}

/** Who gets a code, looked up when it is sent. */
export function codeRecipients({
  database: { db },
  masterKey,
}: {
  database: Database;
  masterKey: MasterKey;
}): AccountCodeOptions['findRecipient'] {
  return async ({ purpose, medium, recipient }) => {
    if (purpose === 'password-reset') return (await listResetChannels(db, recipient)).find(({ id }) => id === medium);
    const draft = await findDraftForMessage(db, recipient);
    if (draft === undefined) return undefined;
    const { email, mobile } = openDetails(masterKey, draft);
    const { locale, known } = draft;
    if (medium === 'email') return { value: email, locale, known };
    return mobile === null ? undefined : { value: mobile, locale };
  };
}

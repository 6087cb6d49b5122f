// Wires the codes that are sent and typed back, and what the SIM's answer to a PIN reset changes: the channel's share.
import { stateRules } from './app-state-rules.ts';
import type { ServiceAnswerHandler } from './authentication/answer-effects.ts';
import { createOneTimeCodes, type OneTimeCodes } from './authentication/one-time-code.ts';
import { createPinResetAnswers, type PinChangeNotices } from './enrolment/reset-pin-phone.ts';
import type { Audit } from './ops/audit.ts';
import type { Config } from './ops/config.ts';
import type { MasterKey } from './ops/master-key.ts';
import type { Database } from './storage/database.ts';
import { createRateLimit } from './storage/rate-limits.ts';

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

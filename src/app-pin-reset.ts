// Wires the flow of a forgotten PIN for pages and API.
import type { AppParts } from './app.ts';
import { pushRules } from './app-sim-channel.ts';
import type { PasswordVerifier } from './authentication/password.ts';
import { createServiceRequests } from './authentication/service-request.ts';
import { createPinResets } from './enrolment/reset-pin.ts';
import type { PinResets } from './enrolment/reset-pin-types.ts';
import type { Locale } from './i18n.ts';
import { sqlClientOf } from './storage/database.ts';
import { createRateLimit } from './storage/rate-limits.ts';

/** The flow for pages and API; `verifier` is the one of the logins, so that one line of Argon2 runs serves both. */
export function pinResetsOf(parts: AppParts, verifier: PasswordVerifier): PinResets {
  const { config, database, channel, pages } = parts;
  const { limits, service, locks, resets } = config;
  const seconds = limits.windowMinutes * 60;
  const limit = (name: string, points: number) => createRateLimit(database, { name, points, seconds });
  const { texts } = pages;
  return createPinResets({
    ...parts,
    codes: channel.codes,
    sendCode: async (tx, { codeId, lineId, brand }) => {
      const message = { key: 'pin-reset-code' as const, requester: config.brands.of(brand).name };
      await channel.jobs.enqueue(sqlClientOf(tx), 'code', { payload: { codeId, lineId, message }, eventId: codeId });
    },
    sendEmailCode: async (tx, payload) => {
      await channel.jobs.enqueue(sqlClientOf(tx), 'email-code', { payload, eventId: payload.codeId });
    },
    requests: createServiceRequests({
      ...parts,
      keyring: channel.keyring,
      rules: {
        ttlSeconds: service.requestSeconds,
        maxWrongPins: locks.maxWrongPins,
        pinPolicy: pinPolicyOf(service.pinPolicy),
      },
    }),
    push: channel.push,
    sender: channel.sender,
    transport: channel.smsc,
    verifier,
    // The budgets of a login's password: a reset is no way round them.
    passwordLimits: {
      account: limit('password-account', limits.passwordsPerAccount),
      address: limit('password-address', limits.passwordsPerAddress),
    },
    requestText: (brand, locale: Locale) => ({
      serviceName: config.brands.of(brand).name,
      message: texts.t(locale, 'sim.pinReset'),
    }),
    rules: {
      ...pushRules(config),
      flowSeconds: resets.flowMinutes * 60,
      robotSeconds: resets.robotMinutes * 60,
    },
  });
}

const policies = ['sequences', 'repeated-pairs', 'birth-year'] as const;

function pinPolicyOf(names: readonly string[]) {
  return policies.filter((policy) => names.includes(policy));
}

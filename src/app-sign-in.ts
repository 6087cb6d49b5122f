// Wires the login in the browser: its phone step, its password step and their limits.
import type { AppParts } from './app.ts';
import { pushRules } from './app-sim-channel.ts';
import type { PasswordVerifier } from './authentication/password.ts';
import type { PasswordStepDeps } from './authentication/password-step.ts';
import { createSignIn } from './authentication/sign-in.ts';
import { createSignInRecords } from './authentication/sign-in-record.ts';
import type { SignIn } from './authentication/sign-in-types.ts';
import { createRateLimit } from './storage/rate-limits.ts';

/** The sign-in of the pages. */
export function createSignInOf(parts: AppParts, verifier: PasswordVerifier): SignIn {
  const { config, database, masterKey, ephemeral, channel } = parts;
  const { push, sender, smsc } = channel;
  const { limits, attempts, tokens } = config;
  const seconds = limits.windowMinutes * 60;
  const limit = (name: string, points: number) => createRateLimit(database, { name, points, seconds });
  const rules = pushRules(config);
  return createSignIn({
    database,
    records: createSignInRecords(ephemeral, masterKey, { ttlSeconds: tokens.interactionSeconds }),
    phone: {
      ...parts,
      push,
      sender,
      transport: smsc,
      limits: {
        number: limit('start-number', limits.startsPerNumber),
        address: limit('start-address', limits.startsPerAddress),
      },
      rules: { ...rules, finishSeconds: attempts.finishSeconds },
    },
    password: passwordStepOf(parts, verifier),
    kindsOf: (brand) => config.brands.of(brand).identifierKinds,
    rings: (brand) => config.brands.of(brand).mobileConnect,
  });
}

/** The password step of logins and of the service's own pages: one budget of guesses for both. */
export function passwordStepOf(parts: AppParts, verifier: PasswordVerifier): PasswordStepDeps {
  const { config, database, channel } = parts;
  const { limits } = config;
  const seconds = limits.windowMinutes * 60;
  const limit = (name: string, points: number) => createRateLimit(database, { name, points, seconds });
  return {
    ...parts,
    notices: channel.notices,
    verifier,
    limits: {
      account: limit('password-account', limits.passwordsPerAccount),
      address: limit('password-address', limits.passwordsPerAddress),
    },
    rules: pushRules(config),
  };
}

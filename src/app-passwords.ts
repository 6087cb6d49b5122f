// Wires passwords that change and are forgotten, and accounts that people open: for pages and APIs.
import type { AppParts } from './app.ts';
import { stateRules } from './app-state-rules.ts';
import { hashPassword, type PasswordVerifier } from './authentication/password.ts';
import { createPasswordChange } from './authentication/password-change.ts';
import { createPasswordResets } from './authentication/password-reset.ts';
import type { PasswordDesk } from './customer/password-types.ts';
import { createOpenAccounts } from './enrolment/open-account.ts';
import type { AccountCode } from './messaging/account-code.ts';
import { createPasswordNotices } from './messaging/password-notices.ts';
import { sqlClientOf, type Tx } from './storage/database.ts';
import { createRateLimit } from './storage/rate-limits.ts';

/** The use cases; `verifier` is the one of the logins, so that one line of Argon2 runs serves both. */
export function passwordDeskOf(parts: AppParts, verifier: PasswordVerifier): PasswordDesk {
  const { config, database, channel, randomBytes, oidc, home } = parts;
  const opensAccounts = home.main.identifierKinds.includes('email');
  const { limits, passwords, resets, service } = config;
  const seconds = limits.windowMinutes * 60;
  const limit = (name: string, points: number) => createRateLimit(database, { name, points, seconds });
  const setting = {
    ...{ database, verifier, randomBytes },
    hash: (password: string) => hashPassword(password, passwords),
    endOthers: oidc.sessions(parts.audit).endOthers,
    notices: createPasswordNotices(channel.jobs),
  };
  const rules = { flowSeconds: resets.flowMinutes * 60, robotSeconds: resets.robotMinutes * 60 };
  const send = async (tx: Tx, about: Omit<AccountCode, 'requester'>, brand: string): Promise<void> => {
    const payload = { ...about, requester: config.brands.of(brand).name };
    await channel.jobs.enqueue(sqlClientOf(tx), 'account-code', { payload, eventId: about.codeId });
  };
  return {
    change: createPasswordChange({
      ...parts,
      ...setting,
      // The budgets of a login's password: a change is no way round them.
      limits: {
        account: limit('password-account', limits.passwordsPerAccount),
        address: limit('password-address', limits.passwordsPerAddress),
      },
    }),
    resets: createPasswordResets({
      ...parts,
      ...setting,
      codes: channel.codes,
      sendCode: (tx, { codeId, accountId, medium, brand }) =>
        send(tx, { codeId, medium, purpose: 'password-reset', recipient: accountId }, brand),
      kindsOf: (brand) => config.brands.of(brand).identifierKinds,
      rules,
    }),
    openAccounts: opensAccounts
      ? createOpenAccounts({
          ...parts,
          ...setting,
          codes: channel.codes,
          sendCode: (tx, { codeId, draftId, medium, brand }) =>
            send(tx, { codeId, medium, purpose: 'account', recipient: draftId }, brand),
          rules: { ...rules, termsVersion: service.termsVersion, isServed: stateRules(config).isServed },
        })
      : undefined,
    newBrowser: () => randomBytes(24).toString('base64url'),
  };
}

// Wires the use cases on a customer's own account.
import type { AppParts } from './app.ts';
import { activationDeps } from './app-service-answers.ts';
import { stateRules } from './app-state-rules.ts';
import { createAccountDesk } from './customer/account-desk.ts';
import type { AccountDesk } from './customer/account-types.ts';
import { createAccountNotices } from './messaging/account-notices.ts';

/** A customer's account, for the APIs. */
export function accountDeskOf(parts: AppParts): AccountDesk {
  const { config, database, channel, oidc, masterKey, pages } = parts;
  const notices = createAccountNotices(channel.jobs);
  return createAccountDesk({
    profile: { ...parts, notices },
    contacts: {
      ...{ ...parts, notices, codes: channel.codes, country: parts.home.main.country },
      isServed: stateRules(config).isServed,
      codeSeconds: config.codes.lifeMinutes * 60,
    },
    addresses: { ...parts, notices },
    bank: {
      ...activationDeps({ ...parts, texts: pages.texts }, channel),
      ...{ push: channel.push, sender: channel.sender, transport: channel.smsc, wakeUps: parts.wakeUps },
    },
    events: {
      ...{ database, masterKey },
      async clientName(clientId) {
        const name = (await oidc.clients.show(clientId))?.metadata['client_name'];
        return typeof name === 'string' ? name : undefined;
      },
    },
  });
}

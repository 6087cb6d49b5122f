// What `npm start` says when everything runs: where things are, who to be, what to try; last a line for scripts.

import { spellCustomerId } from '../identifiers.ts';
import type { Config } from '../ops/config.ts';
import { type DemoCustomer, demoCustomers, demoPassword } from './world.ts';
import { type IleCustomer, ileCustomers } from './world-ile.ts';

export interface WelcomeFacts {
  readonly app: { readonly issuer: string; readonly opsUrl: string; readonly adminUrl: string };
  readonly token: string;
  readonly portalUrl: string;
  readonly simUrl: string;
  readonly config: Config;
  readonly directory: string;
}

/** The lines, in order. */
export function welcome(facts: WelcomeFacts): string[] {
  const { app, portalUrl, simUrl, config, directory } = facts;
  const { pspPort, smppPort, smtpPort } = config.listeners;
  const ready = {
    issuer: app.issuer,
    discovery: `${app.issuer}/.well-known/openid-configuration`,
    portal: portalUrl,
    shop: `${portalUrl}/shop`,
    hub: `${portalUrl}/hub`,
    callcentre: `${portalUrl}/callcentre`,
    developers: `${app.issuer}/developers`,
    simulator: simUrl,
    payments: `http://localhost:${pspPort}`,
    ops: app.opsUrl,
    admin: app.adminUrl,
    smpp: `smpp://127.0.0.1:${smppPort}`,
    smtp: `smtp://127.0.0.1:${smtpPort}`,
  };
  return [
    '',
    'Mobile Connect demo. Everything here is fictional; keys and passwords are for trying only.',
    '',
    `  Portal      ${portalUrl}/         log in here first`,
    `  Shop        ${portalUrl}/shop     somebody else’s site: consent, a pairwise sub`,
    `  Hub         ${ready.hub}      a federation hub with four services behind it`,
    `  Call centre ${ready.callcentre}   authenticates a caller without a browser (CIBA)`,
    `  Web phones  ${simUrl}/         the SIMs that ring`,
    `  Payments    ${ready.payments}/         the payment provider’s test cards: 4242 4242 4242 4242 pays`,
    `  Developers  ${ready.developers}   register a client, see why a request was refused`,
    `  Provider    ${ready.discovery}`,
    `  Operations  ${app.opsUrl}/readyz · ${app.opsUrl}/metrics`,
    `  Admin       ${app.adminUrl}/sandbox/world   (bearer token: ${config.storage.adminToken ? 'ADMIN_TOKEN' : `${directory}/admin-token`})`,
    '',
    '  Who                         Number              PIN    Password',
    ...demoCustomers.map(personLine),
    '',
    `  Second operator, ${app.issuer}/ile: log in by ID, or register at ${app.issuer}/ile/register (the code comes by SMS)`,
    '  Account ID or Customer ID     Number            Password',
    ...ileCustomers.flatMap(ileLines),
    '',
    '  Try: open the portal, type 06 39 98 00 01, open the web phone of Alice, compare the code, press OK, type 4071.',
    '  Without a person: 06 39 98 25 00 approves by itself, 06 39 98 24 01 cancels, 06 39 98 30 05 approves after 5 s.',
    '  Command line: npm run sim -- --help, npm run cli -- --help. Stop with Ctrl-C.',
    '  LOG_LEVEL=info npm start shows each request and event.',
    '',
    JSON.stringify({ ready }),
  ];
}

function personLine({ emails, lines, person }: DemoCustomer): string {
  const [line] = lines;
  const email = (emails[0]?.email ?? '').padEnd(27);
  const number = (line?.msisdn ?? '–').replace(/^\+33(.)(..)(..)(..)(..)$/, '0$1 $2 $3 $4 $5').padEnd(19);
  return `  ${email} ${number} ${(line?.pin ?? '–').padEnd(6)} ${demoPassword(person.givenName)}`;
}

function ileLines({ lines, company }: IleCustomer): string[] {
  const entry = (id: string, number: string, words: string): string =>
    `  ${id.padEnd(29)} ${number.replace(/^\+230(....)(....)$/, '+230 $1 $2').padEnd(17)} ${words}`;
  const accounts = lines.map(({ accountId, msisdn, payMode, registered }) =>
    entry(accountId, msisdn, registered?.password ?? (payMode === 'prepaid' ? 'prepaid' : 'not registered yet')),
  );
  if (company === undefined) return accounts;
  const { customerId, contactMobile, name } = company;
  return [entry(spellCustomerId(customerId), contactMobile, `${name}, not registered yet`), ...accounts];
}

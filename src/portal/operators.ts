// The operators whose customer areas this portal serves: each with its own issuer, paths, cookies, look and sections.
// Data only; pages ask it for what differs, and are otherwise the same for all.
import type { Site } from './pages.ts';
import type { Locale } from './texts.ts';

export interface Section {
  /** Below the operator's base. */
  readonly href: string;
  /** Key of its words. */
  readonly text: string;
}

export interface Operator {
  readonly site: Site;
  /** What its paths begin with; '' at the root. Path of its issuer, too. */
  readonly base: '' | `/${string}`;
  readonly name: string;
  /** Number of its customer service as it is dialled. */
  readonly helpline: string | undefined;
  /** Whether people may confirm with the SIM of their phone. */
  readonly mobileConnect: boolean;
  /** What it asks for at a login. */
  readonly scope: string;
  /** Whether people make themselves an account at the issuer's `/register`. */
  readonly registration: boolean;
  readonly timeZone: string;
  /** How numbers and dates are written, BCP 47, by language. */
  readonly regions: Readonly<Record<Locale, string>>;
  /** Who has chosen no language and asks for none that there is reads this one. */
  readonly language: Locale;
  /** View of the first page. */
  readonly home: 'home' | 'home-ile';
  /** In the order of the navigation. */
  readonly sections: readonly Section[];
  /** Its pages for what articles of the help link to, by the articles' word. */
  readonly helpTargets: Readonly<Record<string, string>>;
}

export const exemple: Operator = {
  ...{ site: 'portal', base: '', name: 'exemple', helpline: undefined, mobileConnect: true, registration: false },
  ...{ timeZone: 'Europe/Paris', regions: { fr: 'fr-FR', en: 'en-GB' }, language: 'fr', home: 'home' },
  sections: [
    { href: '/contracts', text: 'contracts.title' },
    { href: '/lines', text: 'lines.title' },
    { href: '/usage', text: 'usage.title' },
    { href: '/bills', text: 'bills.title' },
    { href: '/account', text: 'account.title' },
    { href: '/mailboxes', text: 'mailboxes.title' },
    { href: '/orders', text: 'orders.title' },
    { href: '/diagnostics', text: 'diagnostics.title' },
    { href: '/profile', text: 'action.profile' },
  ],
  scope: `openid profile email phone offline_access account.read account.write account.bank.read account.bank.write
    contract.read contract.manage usage.read usage.control usage.topup line.read line.suspend line.sim line.puk diag.run
    mailbox.read mailbox.manage notification.read notification.write order.read order.write billing.read
    billing.pay`.replace(/\s+/g, ' '),
  helpTargets: {
    ...{ contact: '/help/contact', contracts: '/contracts', orders: '/orders' },
    ...{ mailboxes: '/mailboxes', shops: '/shops' },
  },
};

export const ile: Operator = {
  ...{ site: 'ile', base: '/ile', name: 'Île Télécom', helpline: '8900', mobileConnect: false, registration: true },
  ...{ timeZone: 'Indian/Mauritius', regions: { fr: 'fr-MU', en: 'en-MU' }, language: 'en', home: 'home-ile' },
  sections: [
    { href: '/bills', text: 'bills.title' },
    { href: '/bills/current', text: 'usage.title' },
    { href: '/bills/receipts', text: 'receipts.title' },
    { href: '/profile', text: 'action.profile' },
    { href: '/help', text: 'help.title' },
  ],
  scope: `openid profile email phone offline_access account.read account.write usage.read billing.read billing.pay
    notification.read notification.write`.replace(/\s+/g, ' '),
  helpTargets: {},
};

export const operators: readonly Operator[] = [exemple, ile];

/** The operator whose customer area a site is; other sites are nobody's. */
export function operatorOf(site: Site): Operator | undefined {
  return operators.find((one) => one.site === site);
}

// The rows that the product must hold, family by family.
import { abuseRows } from './acceptance-rows-abuse.ts';
import { customerAreaRows } from './acceptance-rows-customer-area.ts';
import { mailboxAndBrandRows } from './acceptance-rows-mailboxes.ts';
import { mobileConnectRows } from './acceptance-rows-mobile-connect.ts';
import { protocolRows } from './acceptance-rows-protocols.ts';

/** A family's heading by its letter, in the order of the document. */
export const acceptanceFamilies: Readonly<Record<string, string>> = {
  A: 'The service on the SIM',
  O: 'OpenID Connect, OAuth and CIBA',
  F: 'A federation hub',
  X: 'Abuse and failure',
  B: 'The customer area',
  C: 'Contracts and proxies',
  D: 'Secondary mailboxes',
  E: 'The second brand and its invoices',
};

/** Title by id, in order within each family. */
export const acceptanceRows: Readonly<Record<string, string>> = {
  ...mobileConnectRows,
  ...protocolRows,
  ...abuseRows,
  ...customerAreaRows,
  ...mailboxAndBrandRows,
};

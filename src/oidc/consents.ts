// What a customer allowed third parties, for her to see and to take back.
import type { Audit } from '../ops/audit.ts';
import type { Database } from '../storage/database.ts';
import { type Consent, listConsents, withdrawConsent } from '../storage/oidc-consents.ts';
import type { ClientRegistry } from './clients.ts';

export interface ConsentDesk {
  /** The living consents of an account, the newest first. */
  list(accountId: string): Promise<(Consent & { readonly clientName: string })[]>;
  /** Takes one back: the client's grants end with it, and every token made from them. False if there was none. */
  withdraw(accountId: string, clientId: string): Promise<boolean>;
}

interface ConsentDeps {
  readonly database: Pick<Database, 'db' | 'transaction'>;
  readonly issuer: string;
  readonly clients: Pick<ClientRegistry, 'show'>;
  readonly audit: Pick<Audit, 'consentWithdrawn'>;
}

/** The consents of one issuer. */
export function createConsentDesk({ database, issuer, clients, audit }: ConsentDeps): ConsentDesk {
  return {
    async list(accountId) {
      const consents = await listConsents(database.db, { issuer, accountId });
      return await Promise.all(
        consents.map(async (consent) => {
          const name = (await clients.show(consent.clientId))?.metadata['client_name'];
          return { ...consent, clientName: typeof name === 'string' ? name : consent.clientId };
        }),
      );
    },
    withdraw: (accountId, clientId) =>
      database.transaction(async (tx) => {
        const about = { issuer, accountId, clientId };
        const withdrawn = await withdrawConsent(tx, about);
        if (withdrawn) await audit.consentWithdrawn(tx, about);
        return withdrawn;
      }),
  };
}

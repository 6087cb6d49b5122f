// Row types of migration 0002: what the OpenID Connect provider keeps.
import type { ColumnType, Generated } from 'kysely';

type Json<T> = ColumnType<T, string, string>;

/** One record of the library's adapter, keyed by issuer, model and the SHA-256 of its id. */
export interface OidcRecord {
  issuer: string;
  model: string;
  idHash: Buffer;
  payload: Json<Record<string, unknown>>;
  grantHash: Buffer | null;
  uidHash: Buffer | null;
  accountId: string | null;
  clientId: string | null;
  consumedAt: Date | null;
  /** Null: does not expire. */
  expiresAt: Date | null;
}

/** What a customer allowed a third party; remembered until it expires or is taken back. */
export interface OidcConsent {
  issuer: string;
  accountId: string;
  clientId: string;
  scopes: Json<string[]>;
  claims: Json<string[]>;
  grantedAt: Date;
  expiresAt: Date;
}

/** A registered relying party; the secret stands apart from the metadata, encrypted. */
export interface OidcClient {
  issuer: string;
  clientId: string;
  metadata: Json<Record<string, unknown>>;
  secretSealed: string | null;
  origin: 'demo' | 'staff' | 'registration';
  createdAt: Date;
}

export interface SigningKey {
  issuer: string;
  kid: string;
  alg: string;
  privateSealed: string;
  publicJwk: Json<Record<string, unknown>>;
  /** next: published, does not sign yet · current: signs · previous: still verifies. */
  state: 'next' | 'current' | 'previous';
  createdAt: Date;
  /** When a previous key may be dropped. */
  retireAt: Date | null;
}

export interface OidcTables {
  oidcRecords: OidcRecord;
  oidcConsents: OidcConsent;
  oidcClients: OidcClient;
  signingKeys: SigningKey;
  /** One number that grows with each change of clients or keys, so that every node knows to reload. */
  oidcRevisions: { issuer: string; revision: Generated<number> };
}

// The people and clients of the provider's tests.
import { randomBytes } from 'node:crypto';
import type { AccountId } from '../../../src/identifiers.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import type { Database } from '../../../src/storage/database.ts';

export const alice = 'acc_alice' as AccountId;
export const hugo = 'acc_hugo' as AccountId;
export const callback = 'http://localhost:4001/callback';
export const shopCallback = 'http://shop.exemple.test/callback';

export const masterKey = createMasterKey({ current: Buffer.alloc(32, 7) }, randomBytes);

export const secretOf = (id: string) => `${id}-demo-secret-32-characters-long`;

export const demoClients = [
  {
    client_id: 'portal',
    client_name: 'Portail',
    client_secret: secretOf('portal'),
    redirect_uris: [callback],
    post_logout_redirect_uris: ['http://localhost:4001/'],
    grant_types: ['authorization_code', 'refresh_token'],
    party: 'first',
  },
  {
    client_id: 'shop',
    client_name: 'Boutique',
    client_secret: secretOf('shop'),
    redirect_uris: [shopCallback],
    grant_types: ['authorization_code', 'refresh_token'],
    party: 'third',
    policy_uri: 'https://shop.exemple.test/policy',
  },
  {
    client_id: 'kiosk',
    client_secret: secretOf('kiosk'),
    redirect_uris: ['http://kiosk.exemple.test/callback'],
    party: 'third',
    policy_uri: 'https://kiosk.exemple.test/policy',
  },
  {
    client_id: 'strict',
    client_secret: secretOf('strict'),
    redirect_uris: [callback],
    party: 'first',
    strict_acr: true,
  },
];

/** Alice with a line, Hugo without. */
export async function seedAccounts({ db }: Database): Promise<void> {
  const now = new Date('2025-01-01T00:00:00Z');
  const person = { civility: 'F', birthPlace: '69383', birthCountry: '99100', identityCheckedAt: null };
  const register = { birthName: 'Aubert', civilGivenNames: 'Alice Marie Rose', identityProofing: 'eidas1' } as const;
  await db
    .insertInto('persons')
    .values([
      {
        ...{ id: 'per_alice', ...person, ...register, givenName: 'Alice', familyName: 'Arnaud' },
        ...{ birthDate: '1990-02-03', gender: 'female' },
      },
      { id: 'per_hugo', ...person, givenName: 'Hugo', familyName: 'Hubert', birthDate: null, gender: 'M' },
    ])
    .execute();
  const account = { brand: 'exemple', kind: 'main' as const, parentAccountId: null, createdAt: now };
  await db
    .insertInto('accounts')
    .values([
      {
        ...account,
        id: alice,
        personId: 'per_alice',
        label: 'Alice A.',
        contactEmail: 'alice@exemple.test',
        contactEmailVerifiedAt: now,
      },
      {
        ...account,
        id: hugo,
        personId: 'per_hugo',
        label: 'Hugo H.',
        contactEmail: 'hugo@exemple.test',
        contactEmailVerifiedAt: null,
      },
    ])
    .execute();
  const identifier = (accountId: AccountId, kind: 'email' | 'msisdn', value: string) => ({
    accountId,
    brand: 'exemple',
    kind,
    lookupHash: masterKey.index(kind, value),
  });
  await db
    .insertInto('loginIdentifiers')
    .values([
      identifier(alice, 'email', 'alice@exemple.test'),
      identifier(alice, 'msisdn', '+33639980001'),
      identifier(hugo, 'email', 'hugo@exemple.test'),
    ])
    .execute();
  await db
    .insertInto('contracts')
    .values({
      id: 'ctr_alice',
      brand: 'exemple',
      kind: 'MOBILE',
      segment: 'consumer',
      offerRange: 'standard',
      holderPersonId: 'per_alice',
      customerRef: 'c1',
      contractRef: 'k1',
      startedAt: now,
    })
    .execute();
  await db
    .insertInto('accountContracts')
    .values({ accountId: alice, contractId: 'ctr_alice', relation: 'holder', since: now })
    .execute();
  await db
    .insertInto('lines')
    .values({
      id: 'lin_alice',
      contractId: 'ctr_alice',
      brand: 'exemple',
      msisdn: '+33639980001' as never,
      kind: 'mobile',
      suspendedAt: null,
      suspendedReason: null,
    })
    .execute();
}

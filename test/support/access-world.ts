// Customers who own one of everything that the APIs know, for the sweep over all routes: what is made for each before
// it begins.
import { sql } from 'kysely';
import { z } from 'zod';
import type { AccountId } from '../../src/identifiers.ts';
import type { Database } from '../../src/storage/database.ts';
import { addConsent } from '../../src/storage/oidc-consents.ts';
import { openLogin } from './flow-login.ts';
import type { FlowWorld } from './flow-world.ts';
import type { OwnIds } from './own-ids.ts';

/** An order of the sweep's own, given by a customer before it begins. */
export interface Seed {
  /** `PUT /mailbox/v1/drafts/{}/address`; `{}` is filled with her first object there. */
  readonly route: string;
  /** Default 1: the password. */
  readonly loa?: 1 | 3;
  /** Default everybody. */
  readonly who?: 'alice' | 'bruno' | 'david';
  /** `seen`: what she has read, by address. */
  body?(own: OwnIds, seen: ReadonlyMap<string, unknown>): object;
}

const first = (own: OwnIds, key: string): string => own.get(key)?.[0]?.[0] ?? '';
const lineId = (own: OwnIds) => ({ lineId: first(own, '/line/v1/lines/{}') });
/** Of her first line, as she has read it. */
const numberOf = (own: OwnIds, seen: ReadonlyMap<string, unknown>): string =>
  z
    .looseObject({ number: z.string() })
    .catch({ number: 'none' })
    .parse(seen.get(`/line/v1/lines/${lineId(own).lineId}`)).number;
const place = { street: '1 rue des Essais', postCode: '75001', city: 'Paris' };
const mailboxPassword = 'correct horse battery staple';

/** One more here for each new kind of object that no list of the demo world shows; each must succeed for somebody. */
export const seeds: readonly Seed[] = [
  // One request at a time on one phone.
  { route: 'POST /mc/v1/deactivations', who: 'alice', body: lineId },
  {
    route: 'PUT /account/v1/me/bank-details',
    who: 'david',
    body: () => ({ iban: 'FR76 3000 6000 0112 3456 7890 189', accountHolder: 'Essai' }),
  },
  { route: 'POST /mc/v1/enrolments', who: 'bruno', body: lineId },
  {
    route: 'POST /account/v1/me/contacts',
    loa: 3,
    body: () => ({ mediumType: 'email', characteristic: { emailAddress: 'new@exemple.test' } }),
  },
  {
    route: 'POST /account/v1/me/address-changes',
    body: (own) => ({ contractIds: [first(own, '/contract/v1/contracts/{}')], place }),
  },
  // Of the line that she is the holder of; the names of the others are not these.
  {
    route: 'POST /line/v1/lines/{}/sim-orders',
    loa: 3,
    who: 'david',
    body: () => ({
      ...{ reason: 'defective', givenName: 'David', familyName: 'Moreau' },
      contact: { phoneNumber: '+33639980004' },
    }),
  },
  { route: 'POST /help/v1/contact-requests', body: () => ({ topic: 'login', text: 'Bonjour' }) },
  { route: 'POST /contract/v1/attachments', body: () => ({ kind: 'MOBILE', segment: 'consumer' }) },
  {
    route: 'POST /mailbox/v1/drafts',
    loa: 3,
    body: () => ({ title: 'Mme', familyName: 'Essai', givenName: 'Anne' }),
  },
  {
    route: 'PUT /mailbox/v1/drafts/{}/address',
    body: (own) => ({ emailAddress: `essai.${first(own, '/mailbox/v1/drafts/{}').replace(/\W|_/g, '').slice(-9)}` }),
  },
  {
    route: 'PUT /mailbox/v1/drafts/{}/password',
    body: () => ({ password: mailboxPassword, confirmation: mailboxPassword, acceptTerms: true }),
  },
  { route: 'POST /mailbox/v1/drafts/{}/confirmation', loa: 3 },
];

/** The same, after their first lists have been read again. */
export const laterSeeds: readonly Seed[] = [
  {
    route: 'POST /diag/v1/mobile-runs',
    body: (own, seen) => ({ ...lineId(own), confirmedNumber: numberOf(own, seen), problemType: 'no_data' }),
  },
  {
    route: 'POST /order/v1/appointments',
    body: (own) => ({ slotId: own.get('/order/v1/shops/{}/slots/{}')?.[0]?.[1] ?? '' }),
  },
  { route: 'POST /contract/v1/contracts/{}/options', body: availableOption },
  { route: 'POST /usage/v1/lines/{}/topups', body: () => ({ offerId: 'topup-1' }) },
  {
    route: 'POST /mailbox/v1/mailboxes/{}/aliases',
    body: (own) => ({ emailAddress: `autre.${first(own, '/mailbox/v1/mailboxes/{}').replace(/\W|_/g, '').slice(-9)}` }),
  },
];

const options = z.array(
  z.looseObject({ id: z.string(), status: z.string(), productOfferingPrice: z.looseObject({ price: z.unknown() }) }),
);

/** The first option that her first contract may have, at its price. */
function availableOption(own: OwnIds, seen: ReadonlyMap<string, unknown>): object {
  const contract = first(own, '/contract/v1/contracts/{}');
  const list = options.catch([]).parse(seen.get(`/contract/v1/contracts/${contract}/options`));
  const option = list.find(({ status }) => status === 'available');
  return {
    optionId: option?.id ?? 'none',
    acceptedPrice: option?.productOfferingPrice.price ?? { unit: 'EUR', value: 0 },
  };
}

/** Kinds of objects that nobody in this world owns, and why. */
export const ownedByNobody: Readonly<Record<string, string>> = {
  '/line/v1/lines/{}/sim-activations/{}': 'a SIM has to be on its way',
  '/mc/v1/links/{}': 'a second account of the same person has to ask for it',
};

/** Bodies that routes take, where the sample of the schema is not one; by route. */
export const bodies: Readonly<Record<string, (own: OwnIds) => object>> = {
  'POST /usage/v1/lines/{}/topups': () => ({ offerId: 'topup-1' }),
  'POST /line/v1/lines/{}/sim-orders': () => ({
    ...{ reason: 'lost', givenName: 'Essai', familyName: 'Essai' },
    contact: { phoneNumber: '+33639980001' },
  }),
};

/** The account of a demo person. Throws if there is none. */
export async function accountOf({ db }: Database, label: string): Promise<AccountId> {
  const row = await db.selectFrom('accounts').select('id').where('label', '=', label).executeTakeFirstOrThrow();
  return row.id;
}

/** A session, by a login with the password. */
export async function makeSession(world: FlowWorld, email: string, password: string): Promise<void> {
  const login = await openLogin(world, { scope: 'openid' });
  await login.submit({ identifier: email, choice: 'password' });
  await login.password(password);
  await login.finish();
}

/** What a third party was allowed to read. */
export async function makeConsent(
  { issuer, database }: Pick<FlowWorld, 'issuer' | 'database'>,
  accountId: AccountId,
  clientId: string,
): Promise<void> {
  await addConsent(database.db, { issuer, accountId, clientId }, { scopes: ['email'], claims: [], ttlSeconds: 86_400 });
}

/** Makes somebody the proxy of a contract. */
export async function makeProxy({ db }: Database, contractId: string, accountId: AccountId): Promise<void> {
  const since = sql<Date>`clock_timestamp()`;
  await db.insertInto('accountContracts').values({ accountId, contractId, relation: 'proxy', since }).execute();
  const row = { id: `prx_${contractId.slice(4)}`, contractId, accountId, grantedVia: 'sms_code' as const, since };
  await db.insertInto('proxies').values(row).execute();
}

/** True when every order of an option has been carried out, and every diagnosis waits for its customer. */
export async function ordersAreDone({ db }: Database): Promise<boolean> {
  const open = db
    .selectFrom('orders')
    .select('id')
    .where('type', '=', 'option')
    .where('state', 'not in', ['done', 'cancelled']);
  const running = db.selectFrom('diagnosticRuns').select('id').where('state', 'in', ['queued', 'running']);
  return (await open.execute()).length === 0 && (await running.execute()).length === 0;
}

/** All rows of all tables but these, so that two moments can be compared. */
export async function wholeDatabase({ db }: Database, except: readonly string[]): Promise<Record<string, string[]>> {
  const named = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`.execute(db);
  const tables = named.rows.map(({ name }) => name).filter((name) => !except.includes(name));
  const all: Record<string, string[]> = {};
  for (const table of tables) {
    const { rows } = await sql<{ row: string }>`
      select to_jsonb(t)::text as row from ${sql.table(table)} t order by 1`.execute(db);
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}

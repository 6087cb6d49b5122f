// Mailboxes and home networks in what `subscriber import` reads.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ProvisionDeps,
  provisionSubscriber,
  type SubscriberInput,
  subscriberSchema,
} from '../../../src/enrolment/provision.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import { listContractsAt } from '../../../src/storage/home-networks.ts';
import { countFreeSlots, listMailboxes } from '../../../src/storage/mailboxes.ts';
import { clearSubscribers } from '../../../src/storage/provisioning.ts';
import { findAccountByIdentifier } from '../../../src/storage/subscribers.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';

const masterKey = createMasterKey({ current: Buffer.alloc(32, 7) }, randomBytes);
const now = new Date('2026-03-01T08:00:00.000Z');
const deps: ProvisionDeps = { masterKey, randomBytes, now: () => now, idFor: (prefix, name) => `${prefix}_${name}` };
let open: TestDatabase;
beforeAll(async () => {
  open = await openTestDatabase('pglite');
});
afterAll(() => open.close());

const subscriber = (email: string, changes: Partial<SubscriberInput> = {}): SubscriberInput => ({
  brand: 'exemple',
  person: { givenName: 'Inès', familyName: 'Garcia' },
  accounts: [{ email, label: 'Inès' }],
  ...changes,
});
const load = (input: SubscriberInput) =>
  open.database.transaction((tx) => provisionSubscriber(deps, tx, subscriberSchema.parse(input)));
const mailbox = (email: string) => ({ email, givenName: 'Léa', familyName: 'Garcia', passwordHash: 'x' });
const addressesOf = async (email: string) =>
  (await listMailboxes(open.database.db, `acc_${email}` as AccountId)).map(({ kind, address }) => [kind, address]);

test('D01 every account has its main mailbox; secondary ones are accounts of their own', async () => {
  await load(
    subscriber('ines@exemple.test', { mailboxes: [mailbox('Lea@Exemple.Test'), mailbox('leo@exemple.test')] }),
  );
  expect(await addressesOf('ines@exemple.test')).toEqual([
    ['primary', 'ines@exemple.test'],
    ['secondary', 'lea@exemple.test'],
    ['secondary', 'leo@exemple.test'],
  ]);
  const { db } = open.database;
  expect(await countFreeSlots(db, 'acc_ines@exemple.test' as AccountId)).toBe(7);
  const lookupHash = masterKey.index('email', 'lea@exemple.test');
  const account = await findAccountByIdentifier(db, { brand: 'exemple', kind: 'email', lookupHash });
  expect(account).toMatchObject({ kind: 'secondary', parentAccountId: 'acc_ines@exemple.test' });
});

test('D07 a file with ten of them is refused', () => {
  const ten = Array.from({ length: 10 }, (_, n) => mailbox(`dix-${n}@exemple.test`));
  expect(subscriberSchema.safeParse(subscriber('dix@exemple.test', { mailboxes: ten })).success).toBe(false);
});

test('two main addresses that differ by dots are both taken in; an alias of somebody else is not', async () => {
  await load(subscriber('jean.petit@exemple.test'));
  await load(subscriber('jeanpetit@exemple.test'));
  expect(await addressesOf('jeanpetit@exemple.test')).toEqual([['primary', 'jeanpetit@exemple.test']]);
  const alias = { id: 'mba_1', mailboxId: 'mbx_jean.petit@exemple.test', slot: 1, address: 'jp@exemple.test' };
  await open.database.db
    .insertInto('mailboxAliases')
    .values({ ...alias, createdAt: now })
    .execute();
  const place = { brand: 'exemple', form: 'jp@exemple.test', use: 'alias' as const, aliasId: 'mba_1' };
  await open.database.db.insertInto('mailAddresses').values(place).execute();
  await expect(load(subscriber('jp@exemple.test'))).rejects.toThrow('alias');
});

test('D04 a contract has the networks of its home: an IPv4 address, or 56 bits of IPv6', async () => {
  const contract = { kind: 'INTERNET' as const, customerRef: 'C1', contractRef: 'K1' };
  const homeNetworks = ['192.0.2.10', '2001:db8:a:100::/56'];
  await load(subscriber('chez-elle@exemple.test', { contracts: [{ ...contract, homeNetworks }] }));
  const { db } = open.database;
  expect(await listContractsAt(db, '192.0.2.10')).toEqual(['ctr_K1']);
  expect(await listContractsAt(db, '2001:db8:a:1aa::7')).toEqual(['ctr_K1']);
  expect(await listContractsAt(db, '192.0.2.11')).toEqual([]);
  for (const wrong of ['192.0.2.0/24', '2001:db8::/32', 'home', '']) {
    const input = subscriber('x@exemple.test', { contracts: [{ ...contract, homeNetworks: [wrong] }] });
    expect([wrong, subscriberSchema.safeParse(input).success]).toEqual([wrong, false]);
  }
});

test('a new world forgets all of it', async () => {
  await open.database.transaction(clearSubscribers);
  const { db } = open.database;
  for (const table of ['mailboxes', 'mailboxAliases', 'mailboxDrafts', 'mailAddresses', 'homeNetworks'] as const) {
    expect(await db.selectFrom(table).selectAll().execute()).toEqual([]);
  }
});

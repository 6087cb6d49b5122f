// C24, X83: whatever a customer types to say who she is, it is one account, and so the same contracts.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContractDesk } from '../../../src/customer/contract-desk.ts';
import { demoCustomers } from '../../../src/demo/world.ts';
import { provisionSubscriber, subscriberSchema } from '../../../src/enrolment/provision.ts';
import { type AccountId, parseEmail, parseMsisdn } from '../../../src/identifiers.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import { findAccountByIdentifier } from '../../../src/storage/subscribers.ts';
import { createApiClient } from '../../support/api-client.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld } from './contract-world.ts';

const masterKey = createMasterKey({ current: Buffer.alloc(32, 3) }, randomBytes);
let open: TestDatabase;
let listOf: (accountId: AccountId) => Promise<string>;
beforeAll(async () => {
  open = await openTestDatabase('pglite');
  const { database } = open;
  const idFor = (prefix: string, name: string) =>
    `${prefix}_${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  const deps = { masterKey, idFor, randomBytes, now: () => new Date() };
  await database.transaction(async (tx) => {
    for (const { emails, lines, ...customer } of demoCustomers) {
      const subscriber = {
        ...customer,
        accounts: [...emails],
        lines: lines.map(({ iccid: _, pin: __, ...line }) => line),
      };
      await provisionSubscriber(deps, tx, subscriberSchema.parse(subscriber));
    }
  });
  const { audit } = createContractWorld(database);
  const contracts = createContractDesk({ database, audit, notices: new Proxy({} as never, {}) });
  const client = createApiClient({ database, contracts });
  listOf = async (accountId) => JSON.stringify((await client.as(accountId)('GET', '/contract/v1/contracts')).body);
});
afterAll(() => open.close());

async function accountOf(kind: 'email' | 'msisdn', value: string): Promise<AccountId> {
  const lookupHash = masterKey.index(kind, value);
  const account = await findAccountByIdentifier(open.database.db, { brand: 'exemple', kind, lookupHash });
  if (account === undefined) throw new Error('no such account');
  return account.id;
}

const people = demoCustomers
  .filter(({ lines }) => lines.some(({ kind }) => kind === undefined))
  .map(({ person, emails, lines }) => [person.givenName, emails[0]?.email ?? '', lines[0]?.msisdn ?? ''] as const);

test.each(people)(
  'C24 X83 %s has one list of contracts, by e-mail in any case and by number in any spelling',
  async (_name, email, number) => {
    const national = `0${number.slice(3)}`.replace(/(..)(?=.)/g, '$1 ');
    const spellings: [kind: 'email' | 'msisdn', value: string][] = [
      ['email', parseEmail(email)],
      ['email', parseEmail(email.toUpperCase())],
      ['msisdn', parseMsisdn(number)],
      ['msisdn', parseMsisdn(national)],
    ];
    const lists = await Promise.all(spellings.map(async ([kind, value]) => await listOf(await accountOf(kind, value))));
    expect(new Set(lists).size).toBe(1);
    expect(lists[0]).toContain('"relation":"holder"');
  },
);

// Loading the demo world: everybody can log in, a second load changes nobody's identity, the export gives no root away.
import { createECDH, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPasswordVerifier } from '../../../src/authentication/password.ts';
import { createSimKeyring, credentialHolds, rootPlace } from '../../../src/authentication/sim-keyring.ts';
import { billingPeriodAt } from '../../../src/customer/billing-period.ts';
import { demoMailboxPassword } from '../../../src/demo/mailboxes.ts';
import { type SeedDeps, seedDemoWorld } from '../../../src/demo/seed.ts';
import { selfAnsweringNumbers } from '../../../src/demo/self-answering.ts';
import { demoCustomers, demoPassword, spareSims } from '../../../src/demo/world.ts';
import { ileCustomers } from '../../../src/demo/world-ile.ts';
import type { SimExport } from '../../../src/enrolment/sim-export.ts';
import { type Msisdn, parseMsisdn } from '../../../src/identifiers.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import { listBillingAccountsOfGroup } from '../../../src/storage/billing-accounts.ts';
import { listRelatedContracts } from '../../../src/storage/contracts.ts';
import { countFreeSlots } from '../../../src/storage/mailboxes.ts';
import { findRegistrable } from '../../../src/storage/registrations.ts';
import {
  findAccountByIdentifier,
  findLineByNumber,
  findPasswordHash,
  findWrappedRoot,
  listLinkedAccounts,
} from '../../../src/storage/subscribers.ts';
import { listCountersOf } from '../../../src/storage/usage-rating.ts';
import { listUsageRecords } from '../../../src/storage/usage-records.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';

const current = randomBytes(32);
const masterKey = createMasterKey({ current }, randomBytes);

let open: TestDatabase;
let deps: SeedDeps;
let first: SimExport;
let second: SimExport;
let before: Awaited<ReturnType<typeof readIds>>;

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  const { database } = open;
  const keyring = createSimKeyring(masterKey);
  deps = { database, masterKey, keyring, randomBytes, now: () => new Date('2026-03-01T08:00:00Z') };
  first = await seedDemoWorld(deps);
  before = await readIds();
  await database.db.updateTable('sims').set({ packetCounter: 41, appletCounter: 17, adminNumber: 2 }).execute();
  second = await seedDemoWorld(deps, JSON.parse(JSON.stringify(first)));
});
afterAll(() => open.close());

async function readIds() {
  const { db } = open.database;
  return {
    accounts: await db.selectFrom('accounts').select(['id', 'contactEmail']).orderBy('id').execute(),
    contracts: await db.selectFrom('contracts').select(['id', 'contractRef']).orderBy('id').execute(),
    lines: await db.selectFrom('lines').select(['id', 'msisdn']).orderBy('id').execute(),
    sims: await db.selectFrom('sims').select(['id', 'iccid', 'rootId']).orderBy('id').execute(),
    enrolments: await db.selectFrom('enrolments').select(['id', 'pinKey']).orderBy('id').execute(),
  };
}
const findByEmail = (email: string) =>
  findAccountByIdentifier(open.database.db, {
    brand: 'exemple',
    kind: 'email',
    lookupHash: masterKey.index('email', email),
  });
const lineOf = async (msisdn: string) => (await findLineByNumber(open.database.db, msisdn as Msisdn))!;
const exported = (of: SimExport) => new Map(of.sims.map((sim) => [String(sim['iccid']), sim]));

describe('the demo world', () => {
  test('lets everybody log in with the first name and its password', async () => {
    const verifier = await createPasswordVerifier(randomBytes, { parallel: 2, cost: { memoryKib: 64, passes: 1 } });
    for (const { person, emails } of demoCustomers) {
      for (const { email } of emails) {
        const account = await findByEmail(email);
        const hash = await findPasswordHash(open.database.db, account!.id);
        expect(await verifier.verify(hash, demoPassword(person.givenName)), email).toBe(true);
      }
    }
  });

  test('E21 E23 gives ile a company with three Account IDs, a person with two, and one that is registered', async () => {
    const { db } = open.database;
    const find = (kind: 'account_id' | 'customer_id', value: string) =>
      findAccountByIdentifier(db, { brand: 'ile', kind, lookupHash: masterKey.index(kind, value) });
    const verifier = await createPasswordVerifier(randomBytes, { parallel: 2, cost: { memoryKib: 64, passes: 1 } });
    const anya = await find('account_id', '90000201');
    expect(await verifier.verify(await findPasswordHash(db, anya!.id), 'anya-demo-password')).toBe(true);
    const bound = db.selectFrom('billingAccounts').select('code').where('accountId', '=', anya!.id);
    expect(await bound.execute()).toEqual([{ code: '90000201' }]);
    expect(await find('account_id', '90000202')).toBeUndefined();
    const named = (code: string, customerId = '') =>
      findRegistrable(db, { brand: 'ile', code, customerIdHash: masterKey.index('customer_id', customerId) });
    expect(await named('90000202')).toMatchObject({ kind: 'account', number: '+23059990202', registeredBy: null });
    expect(await named('90000301')).toBeUndefined();
    const company = ileCustomers.find((one) => one.company !== undefined)!;
    const group = await named('', company.company?.customerId);
    expect(group).toMatchObject({ kind: 'group', name: 'Sucrerie du Morne', number: '+23059990101' });
    const codes = await listBillingAccountsOfGroup(db, group!.id);
    expect(codes.map(({ code }) => code)).toEqual(['90000101', '90000102', '90000103']);
  });

  test('gives Inès eight secondary mailboxes with a password of their own, and room for one', async () => {
    const ines = await findByEmail('ines@exemple.test');
    expect(await countFreeSlots(open.database.db, ines!.id)).toBe(1);
    const verifier = await createPasswordVerifier(randomBytes, { parallel: 2, cost: { memoryKib: 64, passes: 1 } });
    const user = await findByEmail('lucia.garcia@exemple.test');
    expect(user).toMatchObject({ kind: 'secondary', parentAccountId: ines!.id });
    const hash = await findPasswordHash(open.database.db, user!.id);
    expect(await verifier.verify(hash, demoMailboxPassword)).toBe(true);
    expect(await verifier.verify(hash, demoPassword('Inès'))).toBe(false);
  });

  test('enrols whoever has a PIN and nobody else, with a MAC that holds', async () => {
    for (const { msisdn, pin } of demoCustomers.flatMap(({ lines }) => lines)) {
      const { enrolment, sim } = await lineOf(msisdn);
      expect(enrolment !== undefined, msisdn).toBe(pin !== undefined);
      if (enrolment === undefined) continue;
      const accounts = await listLinkedAccounts(open.database.db, enrolment.id);
      const credential = {
        iccid: sim!.iccid,
        enrolmentId: enrolment.id,
        accountIds: accounts.map(({ id }) => id),
        pinKey: enrolment.pinKey,
        provenance: enrolment.pinKeyProvenance,
      };
      expect(credentialHolds(masterKey, credential, enrolment.credentialMac), msisdn).toBe(true);
    }
  });

  test('gives Hugo two accounts on one SIM', async () => {
    const { enrolment } = await lineOf('+33639980008');
    const accounts = await listLinkedAccounts(open.database.db, enrolment!.id);
    expect(accounts.map(({ contactEmail }) => contactEmail)).toEqual(['hugo@exemple.test', 'hugo.pro@exemple.test']);
  });

  test('has all 107 numbers that answer by themselves, enrolled and marked', async () => {
    for (const { msisdn } of selfAnsweringNumbers) {
      const { enrolment, sim } = await lineOf(msisdn);
      expect([enrolment?.selfAnswering, enrolment?.baseState, sim?.origin], msisdn).toEqual([true, 'ACTIVE', 'test']);
    }
  });

  test('keeps the spare SIMs in stock', async () => {
    const rows = await open.database.db.selectFrom('sims').selectAll().where('state', '=', 'stock').execute();
    expect(rows.map(({ iccid }) => iccid).sort()).toEqual(spareSims.map(({ iccid }) => iccid).sort());
  });
});

describe('a second load', () => {
  test('keeps every id, every card and every PIN key', async () => {
    expect(await readIds()).toEqual(before);
  });

  test('keeps the counters, which never go down (decision 54)', async () => {
    const rows = await open.database.db
      .selectFrom('sims')
      .select(['packetCounter', 'appletCounter', 'adminNumber'])
      .execute();
    expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
      new Set([JSON.stringify({ packetCounter: 41, appletCounter: 17, adminNumber: 2 })]),
    );
  });

  test('exports the same keys as the first', () => {
    expect(second).toEqual(first);
  });

  test('takes no strange file for an earlier export: the cards get new keys then', async () => {
    const third = await seedDemoWorld(deps, { sims: 'none' });
    const alice = '8933010000000000001';
    expect(exported(third).get(alice)!['kpinPrivate']).not.toBe(exported(first).get(alice)!['kpinPrivate']);
    expect(exported(third).get(alice)!['keys']).toEqual(exported(first).get(alice)!['keys']);
    await seedDemoWorld(deps, first);
  });

  test('ids cannot be guessed without the master key', async () => {
    const other = createMasterKey({ current: randomBytes(32) }, randomBytes);
    const ids = before.accounts.map(({ id }) => String(id));
    const guess = `acc_${other.index('demo-acc', 'alice@exemple.test').subarray(0, 16).toString('base64url')}`;
    expect(ids).not.toContain(guess);
    expect(ids.every((id) => /^acc_[\w-]{22}$/.test(id))).toBe(true);
  });
});

describe('the export for the simulator', () => {
  test('has every SIM with its number, its phone and its own keys', async () => {
    const lines = demoCustomers.flatMap(({ lines: own }) => own);
    expect(first).toMatchObject({ format: 'mid-sim-export/1', origin: 'test', tar: '4d4944' });
    const ileLines = ileCustomers.flatMap((customer) => customer.lines);
    for (const { iccid, msisdn, label } of ileLines) {
      expect(exported(first).get(iccid)).toMatchObject({ msisdn, label, appletCapable: false, pin: null });
    }
    expect(first.sims).toHaveLength(lines.length + ileLines.length + selfAnsweringNumbers.length + spareSims.length);
    const { sim } = await lineOf('+33639980001');
    const keys = await deps.keyring.keysOf(open.database.db, sim!);
    expect(exported(first).get('8933010000000000001')).toMatchObject({
      msisdn: '+33639980001',
      pin: '4071',
      label: 'Alice',
      device: 'phone',
      power: 'on',
      behaviour: { mode: 'manual' },
      appletCapable: true,
      keyVersion: 1,
      keys: { kic: keys.kic.toString('hex'), kid: keys.kid.toString('hex'), kdev: keys.kdev.toString('hex') },
    });
    expect(exported(first).get('8933010000000000010')).toMatchObject({
      device: '4g-box',
      pin: null,
      kpinPrivate: null,
    });
    expect(exported(first).get(spareSims[0]!.iccid)).toMatchObject({
      msisdn: null,
      pin: null,
      serial13: '9000000000101',
    });
  });

  test('has phones that behave as their numbers say', () => {
    for (const { msisdn, phone } of selfAnsweringNumbers) {
      const sim = first.sims.find((one) => one['msisdn'] === msisdn);
      expect(sim).toMatchObject({ power: phone.power ?? 'on', behaviour: phone.behaviour ?? { mode: 'manual' } });
    }
  });

  test('has the private half of the very key that the provider keeps', async () => {
    for (const msisdn of ['+33639980001', '+33639982500']) {
      const { enrolment } = await lineOf(parseMsisdn(msisdn));
      const sim = first.sims.find((one) => one['msisdn'] === msisdn)!;
      const pair = createECDH('prime256v1');
      pair.setPrivateKey(Buffer.from(String(sim['kpinPrivate']), 'hex'));
      expect(pair.getPublicKey('hex', 'compressed')).toBe(enrolment!.pinKey!.toString('hex'));
    }
  });

  test('holds neither a root nor the master key, in no spelling (sim-channel 5.7)', async () => {
    const text = JSON.stringify(first).toLowerCase();
    const root = masterKey.open(rootPlace(1), (await findWrappedRoot(open.database.db, 1))!);
    const secrets = [current, root, masterKey.derive('wrap-sim'), masterKey.derive('row'), masterKey.derive('data')];
    for (const secret of secrets) {
      for (const spelling of ['hex', 'base64', 'base64url'] as const) {
        expect(text).not.toContain(secret.toString(spelling).replace(/=+$/, '').toLowerCase());
      }
    }
  });
});

describe('consumption', () => {
  test('B17 Alice has used 85 % of her data, whenever the demo is started; her counters are the sums of her records', async () => {
    const { database } = open;
    const { line } = await lineOf('+33639980001');
    const { contract } = (await listRelatedContracts(database.db, (await findByEmail('alice@exemple.test'))!.id))[0]!;
    const { start } = billingPeriodAt(contract, { at: deps.now(), timeZone: 'Europe/Paris' });
    expect(deps.now().getTime() - start.getTime()).toBeGreaterThan(15 * 86_400_000);
    const counters = await listCountersOf(database.db, { contractId: contract.id, periodStart: start });
    const data = counters.find(({ owner, type }) => owner === line.id && type === 'data');
    expect(data?.used).toBe(0.85 * 60_000_000_000);
    const { rows } = await listUsageRecords(database.db, { contractId: contract.id, offset: 0, limit: 1_000 });
    for (const counter of counters) {
      const of = rows.filter((one) => one.periodStart.getTime() === start.getTime() && one.type === counter.type);
      expect(of.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(counter.used + counter.outside);
    }
    expect(rows.every(({ at }) => at <= deps.now())).toBe(true);
    expect(rows.some(({ chargeMinor }) => chargeMinor > 0)).toBe(true);
  });
});

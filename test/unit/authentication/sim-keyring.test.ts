// The keys of SIMs from their wrapped roots, and the MAC that guards the row of a credential.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Credential,
  createSimKeyring,
  credentialHolds,
  credentialMac,
  rootPlace,
  scopeOf,
} from '../../../src/authentication/sim-keyring.ts';
import type { Iccid } from '../../../src/identifiers.ts';
import { createMasterKey, SealError } from '../../../src/ops/master-key.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { cmac } from './small-card.ts';

const current = randomBytes(32);
const masterKey = createMasterKey({ current }, randomBytes);
const iccid = '8933010000000000001' as Iccid;
const sim = { iccid, rootId: 3, keyVersion: 1 };
const root = randomBytes(32);

describe('the keys of a SIM', () => {
  let open: TestDatabase;
  const put = (id: number, wrappedKey: string) =>
    open.database.db.insertInto('simRoots').values({ id, wrappedKey, createdAt: new Date() }).execute();

  beforeAll(async () => {
    open = await openTestDatabase('pglite');
    await put(3, masterKey.seal(rootPlace(3), root));
  });
  afterAll(() => open.close());

  test('are derived from the root that its row names, for its card and key version (sim-channel 5.2)', async () => {
    const { kic, kid, kdev, kadm } = await createSimKeyring(masterKey).keysOf(open.database.db, sim);
    const derived = (label: string) =>
      cmac(
        root,
        Buffer.concat([
          Buffer.of(1),
          Buffer.from(label),
          Buffer.of(0),
          Buffer.from('983310000000000000f1', 'hex'),
          Buffer.of(1),
          Buffer.of(0, 0x80),
        ]),
      );
    const labels = ['MID KIc', 'MID KID', 'MID Kdev', 'MID Kadm'];
    expect([kic, kid, kdev, kadm]).toEqual(labels.map(derived));
  });

  test('differ for another card and for another key version', async () => {
    const keyring = createSimKeyring(masterKey);
    const { db } = open.database;
    const mine = await keyring.keysOf(db, sim);
    const otherCard = await keyring.keysOf(db, { ...sim, iccid: '8933010000000000002' as Iccid });
    const nextVersion = await keyring.keysOf(db, { ...sim, keyVersion: 2 });
    const all = [mine, otherCard, nextVersion].flatMap((keys) => Object.values(keys)).map((key) => key.toString('hex'));
    expect(new Set(all).size).toBe(12);
  });

  test('of a root that is not there are an error that names the root', async () => {
    const keys = createSimKeyring(masterKey).keysOf(open.database.db, { ...sim, rootId: 99 });
    await expect(keys).rejects.toThrow('there is no SIM root 99');
  });

  test('of a root that was copied into another row are an error', async () => {
    await put(4, masterKey.seal(rootPlace(3), root));
    await expect(createSimKeyring(masterKey).keysOf(open.database.db, { ...sim, rootId: 4 })).rejects.toThrow(
      SealError,
    );
  });

  test('of a root that was wrapped with the key for data are an error: roots have their own', async () => {
    const { purpose: _purpose, ...asData } = rootPlace(5);
    await put(5, masterKey.seal(asData, root));
    await expect(createSimKeyring(masterKey).keysOf(open.database.db, { ...sim, rootId: 5 })).rejects.toThrow(
      SealError,
    );
  });

  test('under another master key are an error', async () => {
    const other = createSimKeyring(createMasterKey({ current: randomBytes(32) }, randomBytes));
    await expect(other.keysOf(open.database.db, sim)).rejects.toThrow(SealError);
  });

  test('are still there while the master key is being replaced', async () => {
    const rotating = createMasterKey({ current: randomBytes(32), previous: current }, randomBytes);
    const before = await createSimKeyring(masterKey).keysOf(open.database.db, sim);
    expect(await createSimKeyring(rotating).keysOf(open.database.db, sim)).toEqual(before);
  });

  test('need the root from the database once', async () => {
    const keyring = createSimKeyring(masterKey);
    const first = await keyring.keysOf(open.database.db, sim);
    await open.database.db.deleteFrom('simRoots').where('id', '=', 3).execute();
    expect(await keyring.keysOf(open.database.db, sim)).toEqual(first);
    await put(3, masterKey.seal(rootPlace(3), root));
  });
});

test('an application message is bound to EF.ICCID, the applet and the key version', () => {
  expect(scopeOf({ ...sim, keyVersion: 2 })).toEqual({
    iccidOctets: Buffer.from('983310000000000000f1', 'hex'),
    tar: Buffer.from('MID'),
    keyVersion: 2,
  });
});

describe('the MAC of a credential (sim-channel 5.7)', () => {
  const credential: Credential = {
    iccid,
    enrolmentId: 'enr_1',
    accountIds: ['acc_1', 'acc_2'],
    pinKey: Buffer.alloc(33, 2),
    provenance: 'import',
  };
  const mac = credentialMac(masterKey, credential);
  const holds = (changes: Partial<Credential>, stored: Buffer | null = mac) =>
    credentialHolds(masterKey, { ...credential, ...changes }, stored);

  test('holds for the row as it was written, in whatever order its links are read', () => {
    expect(holds({})).toBe(true);
    expect(holds({ accountIds: ['acc_2', 'acc_1'] })).toBe(true);
  });

  test.each<[string, Partial<Credential>]>([
    ['the card', { iccid: '8933010000000000002' as Iccid }],
    ['the enrolment', { enrolmentId: 'enr_2' }],
    ['a link more', { accountIds: ['acc_1', 'acc_2', 'acc_3'] }],
    ['a link less', { accountIds: ['acc_1'] }],
    ['a link exchanged', { accountIds: ['acc_1', 'acc_3'] }],
    ['two links drawn together', { accountIds: ['acc_1,acc_2'] }],
    ['the key', { pinKey: Buffer.alloc(33, 3) }],
    ['no key', { pinKey: null }],
    ['where the key came from', { provenance: 'reset' }],
    ['no provenance', { provenance: null }],
    ['the day from which the PIN counts', { trustedFrom: new Date('2026-03-02T08:00:00Z') }],
  ])('does not hold after a change of %s', (_what, changes) => {
    expect(holds(changes)).toBe(false);
  });

  test('of a PIN that does not count in full yet does not hold when that is taken away or brought forward', () => {
    const weak = { ...credential, trustedFrom: new Date('2026-03-02T08:00:00Z') };
    const sealed = credentialMac(masterKey, weak);
    expect(credentialHolds(masterKey, weak, sealed)).toBe(true);
    expect(credentialHolds(masterKey, credential, sealed)).toBe(false);
    const earlier = { ...weak, trustedFrom: new Date('2026-03-02T07:59:59.999Z') };
    expect(credentialHolds(masterKey, earlier, sealed)).toBe(false);
  });

  test('does not hold when it is missing, empty, cut short or from another key', () => {
    expect(holds({}, null)).toBe(false);
    expect(holds({}, Buffer.alloc(0))).toBe(false);
    expect(holds({}, mac.subarray(0, 31))).toBe(false);
    const other = createMasterKey({ current: randomBytes(32) }, randomBytes);
    expect(holds({}, credentialMac(other, credential))).toBe(false);
  });
});

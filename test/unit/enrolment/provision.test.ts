// Bringing customers in: what `subscriber import` accepts, what it refuses with which words, and what it writes.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSimKeyring, credentialHolds } from '../../../src/authentication/sim-keyring.ts';
import {
  NumberRests,
  type ProvisionDeps,
  provisionSubscriber,
  type SubscriberInput,
  subscriberSchema,
  writeSim,
} from '../../../src/enrolment/provision.ts';
import { type AccountId, type Msisdn, parseIccid } from '../../../src/identifiers.ts';
import { createMasterKey, type MasterKey } from '../../../src/ops/master-key.ts';
import { restNumber } from '../../../src/storage/resting-numbers.ts';
import {
  findAccountByIdentifier,
  findLineByNumber,
  findPasswordHash,
  findWrappedRoot,
  listLinkedAccounts,
} from '../../../src/storage/subscribers.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { newPinKey } from '../authentication/small-card.ts';

const now = new Date('2026-03-01T08:00:00.000Z');

let open: TestDatabase;
let masterKey: MasterKey;
let deps: ProvisionDeps;
let last = 0;

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
  deps = { masterKey, randomBytes, now: () => now, idFor: (prefix, name) => `${prefix}_${name}` };
});
afterAll(() => open.close());

/** A customer with names of her own, as a file would give her. */
function aSubscriber(changes: Partial<SubscriberInput> = {}): SubscriberInput & { lines: { msisdn: string }[] } {
  const n = ++last;
  return {
    brand: 'exemple',
    person: { givenName: 'Alice', familyName: 'Martin', birthDate: '1986-04-12' },
    accounts: [{ email: `alice-${n}@exemple.test`, label: 'Alice Martin' }],
    contracts: [{ kind: 'MOBILE', customerRef: `C${n}`, contractRef: `K${n}` }],
    ...changes,
    lines: (changes.lines as { msisdn: string }[] | undefined) ?? [
      {
        msisdn: `06 39 98 40 ${String(n).padStart(2, '0')}`,
        contractRef: `K${n}`,
        sim: { iccid: `8933010${String(n).padStart(12, '0')}` },
      },
    ],
  };
}

async function load(input: SubscriberInput): Promise<void> {
  const subscriber = subscriberSchema.parse(input);
  await open.database.transaction((tx) => provisionSubscriber(deps, tx, subscriber));
}
const numberOf = (input: { lines: { msisdn: string }[] }) =>
  `+33${input.lines[0]!.msisdn.replaceAll(' ', '').slice(1)}` as Msisdn;
const findLine = (msisdn: Msisdn) => findLineByNumber(open.database.db, msisdn);
const find = (kind: 'email' | 'msisdn', value: string) =>
  findAccountByIdentifier(open.database.db, { brand: 'exemple', kind, lookupHash: masterKey.index(kind, value) });

describe('a customer in a file', () => {
  test('may spell numbers and addresses as usual, and leave out what has a default', () => {
    const input = aSubscriber({ accounts: [{ email: ' Alice@Exemple.Test ', label: 'Alice' }] });
    expect(subscriberSchema.parse(input)).toMatchObject({
      person: { customerType: 'consumer', identityChecked: false, civility: null },
      accounts: [{ email: 'alice@exemple.test', locale: 'fr' }],
      contracts: [{ segment: 'consumer', offerRange: 'standard' }],
      lines: [{ msisdn: numberOf(input), kind: 'mobile', sim: { appletCapable: true, origin: 'live' } }],
    });
  });

  test.each<[string, Partial<SubscriberInput>, string]>([
    ['a number that is none', { lines: [{ msisdn: '06' }] }, 'lines.0.msisdn'],
    ['an address that is none', { accounts: [{ email: 'alice', label: 'x' }] }, 'accounts.0.email'],
    [
      'a card number of 18 digits',
      { lines: [{ msisdn: '0639984001', sim: { iccid: '893301000000000001' } }] },
      'lines.0.sim.iccid',
    ],
    ['no account', { accounts: [] }, 'accounts'],
    ['a name of no letters', { person: { givenName: '', familyName: 'Martin' } }, 'person.givenName'],
    [
      'a birth date that is none',
      { person: { givenName: 'A', familyName: 'B', birthDate: '1986-02-31' } },
      'person.birthDate',
    ],
    [
      'a label of 61 characters',
      { accounts: [{ email: 'a@exemple.test', label: 'x'.repeat(61) }] },
      'accounts.0.label',
    ],
    [
      'a PIN key that is no point',
      { lines: [{ msisdn: '0639984001', sim: { iccid: '8933010000000000001', pinKey: '04aa' } }] },
      'lines.0.sim.pinKey',
    ],
  ])('is refused for %s, with the place and without the value', (_what, changes, place) => {
    const { error, success } = subscriberSchema.safeParse(aSubscriber(changes));
    expect(success).toBe(false);
    expect(error!.issues.map(({ path }) => path.join('.'))).toEqual([place]);
    expect(error!.issues[0]!.message).not.toContain('893301000000000001');
  });

  test('is told all its mistakes at once', () => {
    const { error } = subscriberSchema.safeParse(
      aSubscriber({ accounts: [{ email: 'x', label: '' }], lines: [{ msisdn: '06' }] }),
    );
    expect(error!.issues).toHaveLength(3);
  });
});

describe('what is written', () => {
  test('is an account that opens with its address and its number, and a line with its SIM', async () => {
    const input = aSubscriber({
      accounts: [{ email: `whole-${last}@exemple.test`, label: 'Alice', passwordHash: 'a hash', locale: 'en' }],
      person: { givenName: 'Alice', familyName: 'Martin', identityChecked: true },
    });
    await load(input);
    const { email } = input.accounts[0]!;
    const account = await find('email', email);
    expect(account).toMatchObject({
      id: `acc_${email}`,
      label: 'Alice',
      locale: 'en',
      contactEmail: email,
      contactEmailVerifiedAt: now,
    });
    expect(await find('msisdn', numberOf(input))).toMatchObject({ id: account!.id });
    expect(await findPasswordHash(open.database.db, account!.id)).toBe('a hash');
    const { line, sim, enrolment } = (await findLine(numberOf(input)))!;
    expect(line).toMatchObject({ msisdn: numberOf(input), kind: 'mobile', contractId: `ctr_K${last}` });
    expect(sim).toMatchObject({ state: 'active', origin: 'live', keyVersion: 1, packetCounter: 0 });
    expect(enrolment).toBeUndefined();
    const person = await open.database.db.selectFrom('persons').selectAll().where('id', '=', `per_${email}`).execute();
    expect(person).toMatchObject([{ givenName: 'Alice', identityCheckedAt: now }]);
  });

  test('keeps the number and the address out of the columns for looking up', async () => {
    const input = aSubscriber();
    await load(input);
    const rows = await open.database.db.selectFrom('loginIdentifiers').selectAll().execute();
    const hashes = rows.map(({ lookupHash }) => lookupHash.toString('hex'));
    expect(hashes).toContain(masterKey.index('msisdn', numberOf(input)).toString('hex'));
    expect(rows.every(({ lookupHash }) => lookupHash.length === 32)).toBe(true);
  });

  test('of a SIM that is enrolled is a service with three tries, its key, and a MAC that holds', async () => {
    const { publicHex } = newPinKey();
    const n = last + 1;
    const iccid = `8933010${String(n).padStart(12, '0')}`;
    const input = aSubscriber({
      accounts: [
        { email: `one-${n}@exemple.test`, label: 'One' },
        { email: `two-${n}@exemple.test`, label: 'Two' },
      ],
      lines: [{ msisdn: '06 39 98 45 01', sim: { iccid, pinKey: publicHex, origin: 'test' } }],
    });
    await load(input);
    const { enrolment, sim } = (await findLine('+33639984501' as Msisdn))!;
    expect(enrolment).toMatchObject({
      baseState: 'ACTIVE',
      triesLeft: 3,
      pinKeyProvenance: 'import',
      lockedUntil: null,
    });
    const accounts = await listLinkedAccounts(open.database.db, enrolment!.id);
    expect(accounts.map(({ label }) => label)).toEqual(['One', 'Two']);
    const credential = {
      iccid: sim!.iccid,
      enrolmentId: enrolment!.id,
      accountIds: accounts.map(({ id }) => id as AccountId),
      pinKey: Buffer.from(publicHex, 'hex'),
      provenance: 'import',
    };
    expect(credentialHolds(masterKey, credential, enrolment!.credentialMac)).toBe(true);
  });

  test('of a 4G box is a line that opens no account', async () => {
    await load(aSubscriber({ lines: [{ msisdn: '06 39 98 46 01', kind: '4g-box' }] }));
    expect(await findLine('+33639984601' as Msisdn)).toMatchObject({ line: { kind: '4g-box' }, sim: undefined });
    expect(await find('msisdn', '+33639984601')).toBeUndefined();
  });

  test('is nothing at all when a number, an address or a contract is taken', async () => {
    const first = aSubscriber();
    await load(first);
    const before = await open.database.db.selectFrom('accounts').select('id').execute();
    await expect(load(aSubscriber({ lines: [{ msisdn: first.lines[0]!.msisdn }] }))).rejects.toThrow(/unique/);
    await expect(load(aSubscriber({ accounts: first.accounts }))).rejects.toThrow(/unique/);
    await expect(load(aSubscriber({ contracts: first.contracts, lines: [] }))).rejects.toThrow(/unique/);
    expect(await open.database.db.selectFrom('accounts').select('id').execute()).toEqual(before);
  });

  test('uses one root for all SIMs, kept wrapped', async () => {
    await Promise.all([load(aSubscriber()), load(aSubscriber())]);
    const roots = await open.database.db.selectFrom('simRoots').selectAll().execute();
    expect(roots).toHaveLength(1);
    expect(await findWrappedRoot(open.database.db, 1)).toMatch(/^v[0-9a-f]{8}\./);
    const input = aSubscriber();
    await load(input);
    const { sim } = (await findLine(numberOf(input)))!;
    expect((await createSimKeyring(masterKey).keysOf(open.database.db, sim!)).kdev).toHaveLength(16);
  });
});

test('a number that another line gave up lately is not given out (X57)', async () => {
  const msisdn = '+33639983123';
  const lookupHash = masterKey.index('msisdn', msisdn);
  await open.database.transaction((tx) => restNumber(tx, { lookupHash, lineId: 'lin_before', days: 90 }));
  await expect(load(aSubscriber({ lines: [{ msisdn }] }))).rejects.toBeInstanceOf(NumberRests);
});

test('a SIM without a line is in stock, and keeps its id when it is written again', async () => {
  const iccid = parseIccid('8933010999999999999');
  const spare = {
    iccid,
    serial13: '9000000000999',
    appletCapable: true,
    origin: 'test' as const,
    selfAnswering: false,
  };
  const write = (lineId: string | null) => open.database.transaction((tx) => writeSim(deps, tx, { ...spare, lineId }));
  const id = await write(null);
  const read = () =>
    open.database.db.selectFrom('sims').selectAll().where('iccid', '=', iccid).executeTakeFirstOrThrow();
  expect(await read()).toMatchObject({
    id,
    state: 'stock',
    lineId: null,
    activatedAt: null,
    serial13: '9000000000999',
  });
  const input = aSubscriber({ lines: [{ msisdn: '06 39 98 47 01' }] });
  await load(input);
  expect(await write('lin_+33639984701')).toBe(id);
  expect(await read()).toMatchObject({ id, state: 'active', lineId: 'lin_+33639984701', activatedAt: now });
});

// Loads the demo world into an empty database and makes the simulator's export beside it.
// Key pairs of the enrolled test SIMs are made here: the public part is kept, the private part goes to the export only.
import { createECDH } from 'node:crypto';
import { z } from 'zod';
import { hashPassword } from '../authentication/password.ts';
import type { SimKeyring } from '../authentication/sim-keyring.ts';
import { type ProvisionDeps, provisionSubscriber, subscriberSchema, writeSim } from '../enrolment/provision.ts';
import { type CardSecrets, exportTestSims, type PhoneStart, type SimExport } from '../enrolment/sim-export.ts';
import { parseIccid } from '../identifiers.ts';
import { createBrands } from '../ops/brands.ts';
import { builtInBrands } from '../ops/brands-built-in.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import { clearSubscribers } from '../storage/provisioning.ts';
import { demoBills, ileBills, writeDemoBills } from './bills.ts';
import { seedHandsets } from './handsets.ts';
import { demoMailboxPassword } from './mailboxes.ts';
import { hashIlePasswords, seedIle } from './seed-ile.ts';
import { selfAnsweringCustomers } from './self-answering.ts';
import { demoContractStart, seedUsage } from './usage.ts';
import { type DemoCustomer, demoCustomers, demoPassword, demoPuk, spareSims } from './world.ts';
import { ileCustomers } from './world-ile.ts';

export interface SeedDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly keyring: SimKeyring;
  readonly randomBytes: (size: number) => Buffer;
  readonly now: () => Date;
  /** Fewer of the numbers that answer by themselves, where a start must be quick; all by default. */
  readonly selfAnswering?: readonly DemoCustomer[] | undefined;
}

/** The part of an earlier export that a new one must keep: cards do not change their keys by a reset. */
const earlierSchema = z.object({
  sims: z.array(z.object({ iccid: z.string(), pin: z.string().nullable(), kpinPrivate: z.string().nullable() })),
});

/** Replaces all customers by those of the demo world and returns the simulator's export. */
export async function seedDemoWorld(deps: SeedDeps, earlierExport?: unknown): Promise<SimExport> {
  const customers = [...demoCustomers, ...(deps.selfAnswering ?? selfAnsweringCustomers)];
  const secrets = cardSecrets(deps, customers, earlierExport);
  const [passwords, ilePasswords] = await Promise.all([hashPasswords(demoCustomers), hashIlePasswords()]);
  const provision: ProvisionDeps = { ...deps, idFor: (prefix, name) => demoIdFor(deps.masterKey, prefix, name) };
  const startedAt = demoContractStart(deps.now());
  await deps.database.transaction(async (tx) => {
    await clearSubscribers(tx);
    for (const customer of customers) {
      const subscriber = subscriberOf(customer, { secrets, passwords, startedAt });
      await provisionSubscriber(provision, tx, subscriberSchema.parse(subscriber));
    }
    const lines = customers.flatMap((customer) => customer.lines);
    await seedHandsets(
      tx,
      lines.map(({ msisdn, handset }) => ({ id: provision.idFor('lin', msisdn), handset })),
    );
    await seedUsage(provision, tx);
    await seedIle(provision, tx, ilePasswords);
    const billing = { ...provision, brands: createBrands(builtInBrands) };
    await writeDemoBills(billing, tx, [...demoBills, ...ileBills]);
    for (const spare of spareSims) {
      const sim = { iccid: parseIccid(spare.iccid), serial13: spare.serial13, lineId: null };
      const card = { ...sim, puk: demoPuk(spare.iccid), appletCapable: true, origin: 'test' as const };
      await writeSim(provision, tx, { ...card, selfAnswering: false });
    }
  });
  const phones = new Map<string, PhoneStart>([
    ...customers.flatMap((customer) => customer.lines.map(phoneOf)),
    ...ileCustomers.flatMap(({ lines }) => lines.map(({ iccid, label }) => [iccid, { label }] as const)),
  ]);
  return await exportTestSims(deps.database.db, deps.keyring, { secrets, phones });
}

function phoneOf({ iccid, phone, handset }: DemoCustomer['lines'][number]): readonly [string, PhoneStart] {
  return [iccid, { ...phone, ...(handset && { handset }) }];
}

/** The same name gives the same id, so that a reset keeps what relying parties know; without the key nobody can guess it. */
export function demoIdFor(masterKey: MasterKey, prefix: string, name: string): string {
  return `${prefix}_${masterKey.index(`demo-${prefix}`, name).subarray(0, 16).toString('base64url')}`;
}

function cardSecrets(
  deps: SeedDeps,
  customers: readonly DemoCustomer[],
  earlierExport: unknown,
): Map<string, CardSecrets> {
  const earlier = earlierSchema.safeParse(earlierExport);
  const known = new Map(earlier.success ? earlier.data.sims.map((sim) => [sim.iccid, sim.kpinPrivate] as const) : []);
  const lines = customers.flatMap((customer) => customer.lines);
  return new Map(
    lines.flatMap(({ iccid, pin }) =>
      pin === undefined
        ? []
        : [[iccid, { pin, pinKeyPrivate: known.get(iccid) ?? newPrivateKey(deps.randomBytes) }] as const],
    ),
  );
}

const p256Order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

/** A P-256 private scalar, 1 to n-1, hexadecimal. */
function newPrivateKey(randomBytes: (size: number) => Buffer): string {
  for (;;) {
    const candidate = randomBytes(32).toString('hex');
    const scalar = BigInt(`0x${candidate}`);
    if (scalar > 0n && scalar < p256Order) return candidate;
  }
}

/** The compressed public point of a private scalar. */
function publicPoint(privateHex: string): string {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(Buffer.from(privateHex, 'hex'));
  return pair.getPublicKey('hex', 'compressed');
}

async function hashPasswords(customers: readonly DemoCustomer[]): Promise<Map<string, string>> {
  const hashed = customers.map(
    async ({ person }) => [person.givenName, await hashPassword(demoPassword(person.givenName))] as const,
  );
  const ofMailboxes = hashPassword(demoMailboxPassword).then((hash) => [demoMailboxPassword, hash] as const);
  return new Map(await Promise.all([...hashed, ofMailboxes]));
}

function subscriberOf(
  customer: DemoCustomer,
  {
    secrets,
    passwords,
    startedAt,
  }: { secrets: Map<string, CardSecrets>; passwords: Map<string, string>; startedAt: Date },
) {
  return {
    brand: customer.brand,
    person: customer.person,
    accounts: customer.emails.map(({ email, label, bankAccount }) => ({
      email,
      label,
      bankAccount,
      passwordHash: passwords.get(customer.person.givenName),
    })),
    contracts: customer.contracts?.map((contract) => ({ ...contract, startedAt: startedAt.toISOString() })),
    mailboxes: customer.mailboxes?.map((one) => ({ ...one, passwordHash: passwords.get(demoMailboxPassword) })),
    lines: customer.lines.map((line) => {
      const privateKey = secrets.get(line.iccid)?.pinKeyPrivate;
      const pinKey = privateKey === undefined ? undefined : publicPoint(privateKey);
      const { iccid, serial13, appletCapable, selfAnswering } = line;
      return {
        msisdn: line.msisdn,
        kind: line.kind,
        contractRef: line.contractRef,
        sim: { iccid, serial13, puk: demoPuk(iccid), appletCapable, selfAnswering, pinKey, origin: 'test' as const },
      };
    }),
  };
}

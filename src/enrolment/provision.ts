// Brings customers with their lines and SIMs into the database: what `subscriber import` reads and the demo writes.
import { z } from 'zod';
import { credentialMac, rootPlace } from '../authentication/sim-keyring.ts';
import { type AccountId, parseEmail, parseIccid, parseMsisdn } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { putBankDetails } from '../storage/bank-details.ts';
import type { Tx } from '../storage/database.ts';
import {
  ensureSimRoot,
  findSimByIccid,
  insertAccount,
  insertEnrolment,
  insertLine,
  insertPerson,
  putPassword,
  putSim,
} from '../storage/provisioning.ts';
import { isResting } from '../storage/resting-numbers.ts';
import { parseIban } from './iban.ts';
import { personSchema } from './person-schema.ts';
import { customerGroupSchema, writeBilling } from './provision-billing.ts';
import { contractSchema, writeContract } from './provision-contracts.ts';
import { mailboxSchema, writeMainMailbox, writeSecondaryMailboxes } from './provision-mailboxes.ts';
import { sealBankAccount } from './sealed-bank-details.ts';

const msisdn = z.string().transform(wrap((text) => parseMsisdn(text)));
const email = z.string().transform(wrap((text) => parseEmail(text)));
const iban = z.string().transform((text, context) => {
  const parsed = parseIban(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'not a valid IBAN' });
  return z.NEVER;
});
const iccid = z.string().transform(wrap((text) => parseIccid(text)));

function wrap<T>(parse: (text: string) => T) {
  return (text: string, context: z.core.$RefinementCtx<string>): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not valid' });
      return z.NEVER;
    }
  };
}

const simSchema = z.object({
  iccid,
  serial13: z
    .string()
    .regex(/^[0-9]{13}$/)
    .optional(),
  /** The code that unblocks a SIM after wrong SIM PINs; kept sealed. */
  puk: z
    .string()
    .regex(/^[0-9]{8}$/)
    .optional(),
  appletCapable: z.boolean().default(true),
  origin: z.enum(['test', 'live']).default('live'),
  /** The public K_pin of a SIM that is enrolled already: a compressed P-256 point, hexadecimal. */
  pinKey: z
    .string()
    .regex(/^0[23][0-9a-f]{64}$/)
    .optional(),
  selfAnswering: z.boolean().default(false),
});

/** One customer with everything that is hers; names inside it (e-mail, contract reference) tie the parts together. */
export const subscriberSchema = z.object({
  brand: z.string().min(1),
  person: personSchema,
  accounts: z
    .array(
      z.object({
        email,
        label: z.string().min(1).max(60),
        passwordHash: z.string().optional(),
        locale: z.enum(['fr', 'en']).default('fr'),
        /** Where invoices are taken from. */
        bankAccount: z.object({ iban, holder: z.string().min(1).max(70) }).optional(),
      }),
    )
    .min(1),
  contracts: z.array(contractSchema).default([]),
  /** Of a company whose contracts are billed together. */
  customerGroup: customerGroupSchema.optional(),
  /** Secondary ones, of the first account. */
  mailboxes: z.array(mailboxSchema(email)).max(9).default([]),
  lines: z
    .array(
      z.object({
        msisdn,
        kind: z.enum(['mobile', '4g-box', 'fixed']).default('mobile'),
        contractRef: z.string().optional(),
        sim: simSchema.optional(),
      }),
    )
    .default([]),
});

export type Subscriber = z.output<typeof subscriberSchema>;
export type SubscriberInput = z.input<typeof subscriberSchema>;

/** The number was another line's until lately. */
export class NumberRests extends Error {
  override readonly name = 'NumberRests';
  constructor() {
    super('the number was another line’s and still rests');
  }
}

export interface ProvisionDeps {
  readonly masterKey: MasterKey;
  /** Makes ids; by the thing's own name, so that a world that is loaded again keeps its ids. */
  readonly idFor: (prefix: string, name: string) => string;
  readonly randomBytes: (size: number) => Buffer;
  readonly now: () => Date;
}

/** Writes one customer. Throws NumberRests, and on a number, e-mail or reference that is taken. */
export async function provisionSubscriber(deps: ProvisionDeps, tx: Tx, subscriber: Subscriber): Promise<void> {
  const [main] = subscriber.accounts;
  const personId = deps.idFor('per', main?.email ?? '');
  const { identityChecked, ...person } = subscriber.person;
  const isChecked = identityChecked || person.identityProofing !== 'none';
  const identityCheckedAt = isChecked ? deps.now() : null;
  await insertPerson(tx, { id: personId, ...person, identityCheckedAt });
  const accountIds: AccountId[] = [];
  for (const account of subscriber.accounts) {
    accountIds.push(
      await writeAccount(deps, tx, { subscriber, account, personId, isPrimary: accountIds.length === 0 }),
    );
  }
  const { brand } = subscriber;
  for (const contract of subscriber.contracts) await writeContract(deps, tx, { contract, brand, personId, accountIds });
  const [parentAccountId] = accountIds;
  if (parentAccountId !== undefined) {
    await writeSecondaryMailboxes(deps, tx, { parentAccountId, brand, mailboxes: subscriber.mailboxes });
  }
  for (const line of subscriber.lines) await writeLine(deps, tx, { subscriber, line, accountIds });
  await writeBilling(deps, tx, { subscriber, personId });
}

interface AccountDraft {
  readonly subscriber: Subscriber;
  readonly account: Subscriber['accounts'][number];
  readonly personId: string;
  readonly isPrimary: boolean;
}

async function writeAccount(deps: ProvisionDeps, tx: Tx, draft: AccountDraft): Promise<AccountId> {
  const { subscriber, account, personId, isPrimary } = draft;
  const id = deps.idFor('acc', account.email) as AccountId;
  const byNumber = subscriber.lines
    .filter((line) => line.kind === 'mobile')
    .map((line) => ({ kind: 'msisdn' as const, lookupHash: deps.masterKey.index('msisdn', line.msisdn), isPrimary }));
  const contactMobile = subscriber.lines.find(({ kind }) => kind === 'mobile')?.msisdn ?? null;
  await insertAccount(
    tx,
    {
      id,
      brand: subscriber.brand,
      kind: 'main',
      personId,
      label: account.label,
      contactEmail: account.email,
      contactEmailVerifiedAt: deps.now(),
      // The number of the contract is known to be hers.
      contactMobile,
      contactMobileVerifiedAt: contactMobile === null ? null : deps.now(),
      locale: account.locale,
      createdAt: deps.now(),
    },
    [{ kind: 'email', lookupHash: deps.masterKey.index('email', account.email) }, ...byNumber],
  );
  if (account.passwordHash !== undefined) {
    await putPassword(tx, { accountId: id, passwordHash: account.passwordHash, changedAt: deps.now() });
  }
  await writeMainMailbox(deps, tx, { accountId: id, brand: subscriber.brand, email: account.email });
  if (account.bankAccount !== undefined) {
    const sealed = sealBankAccount(deps.masterKey, id, account.bankAccount);
    await putBankDetails(tx, { accountId: id, sealed });
  }
  return id;
}

interface LineDraft {
  readonly subscriber: Subscriber;
  readonly line: Subscriber['lines'][number];
  readonly accountIds: readonly AccountId[];
}

async function writeLine(deps: ProvisionDeps, tx: Tx, { subscriber, line, accountIds }: LineDraft): Promise<void> {
  const lineId = deps.idFor('lin', line.msisdn);
  if (await isResting(tx, { lookupHash: deps.masterKey.index('msisdn', line.msisdn), lineId })) {
    throw new NumberRests();
  }
  await insertLine(tx, {
    id: lineId,
    brand: subscriber.brand,
    msisdn: line.msisdn,
    kind: line.kind,
    contractId: line.contractRef === undefined ? null : deps.idFor('ctr', line.contractRef),
  });
  if (line.sim === undefined) return;
  const simId = await writeSim(deps, tx, { ...line.sim, lineId });
  if (line.sim.pinKey !== undefined) await writeEnrolment(deps, tx, { sim: line.sim, simId, lineId, accountIds });
}

/** Writes a SIM; without a line it is in stock. Returns its id. */
export async function writeSim(
  deps: ProvisionDeps,
  tx: Tx,
  sim: z.output<typeof simSchema> & { lineId: string | null },
): Promise<string> {
  const rootId = await ensureSimRoot(tx, (id) => ({
    wrappedKey: deps.masterKey.seal(rootPlace(id), deps.randomBytes(32)),
    createdAt: deps.now(),
  }));
  const known = await findSimByIccid(tx, sim.iccid);
  const id = known?.id ?? deps.idFor('sim', sim.iccid);
  await putSim(tx, {
    id,
    iccid: sim.iccid,
    serial13: sim.serial13 ?? null,
    origin: sim.origin,
    state: sim.lineId === null ? 'stock' : 'active',
    appletCapable: sim.appletCapable,
    lineId: sim.lineId,
    rootId: known?.rootId ?? rootId,
    keyVersion: 1,
    activatedAt: sim.lineId === null ? null : deps.now(),
    pukSealed: sim.puk === undefined ? null : deps.masterKey.seal(pukPlace(id), sim.puk),
  });
  return id;
}

/** Where the PUK of a SIM is sealed. */
export function pukPlace(simId: string) {
  return { table: 'sims', column: 'puk_sealed', row: simId } as const;
}

interface EnrolmentDraft {
  readonly sim: z.output<typeof simSchema>;
  readonly simId: string;
  readonly lineId: string;
  readonly accountIds: readonly AccountId[];
}

async function writeEnrolment(
  deps: ProvisionDeps,
  tx: Tx,
  { sim, simId, lineId, accountIds }: EnrolmentDraft,
): Promise<void> {
  const id = deps.idFor('enr', sim.iccid);
  const pinKey = Buffer.from(sim.pinKey ?? '', 'hex');
  const provenance = 'import';
  await insertEnrolment(
    tx,
    {
      id,
      simId,
      lineId,
      baseState: 'ACTIVE',
      triesLeft: 3,
      pinKey,
      pinKeyProvenance: provenance,
      credentialMac: credentialMac(deps.masterKey, {
        iccid: sim.iccid,
        enrolmentId: id,
        accountIds,
        pinKey,
        provenance,
      }),
      pinSetAt: deps.now(),
      selfAnswering: sim.selfAnswering,
      createdAt: deps.now(),
    },
    accountIds.map((accountId, place) => ({
      accountId,
      isPrimary: place === 0,
      linkedAt: new Date(deps.now().getTime() + place),
    })),
  );
}

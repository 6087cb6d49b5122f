// Customers with small cards, the provider's channel to them over a real database, and a wire that the test plays.
// What reaches the journal, the customers and the wire is kept, so that tests can look at it.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { type CustomerNotices, createAnswerEffects } from '../../../src/authentication/answer-effects.ts';
import { createAnswerJudge } from '../../../src/authentication/answer-judge.ts';
import type { PasswordNotices } from '../../../src/authentication/password-step.ts';
import { createSimAnswers } from '../../../src/authentication/sim-answers.ts';
import { createSimKeyring, type SimKeyring } from '../../../src/authentication/sim-keyring.ts';
import { createSimPush, type PushRequest, type SimPushRules, sourceOf } from '../../../src/authentication/sim-push.ts';
import { createSimSender, type SimSender } from '../../../src/authentication/sim-sender.ts';
import { provisionSubscriber, type SubscriberInput, subscriberSchema } from '../../../src/enrolment/provision.ts';
import type { AccountId, Msisdn } from '../../../src/identifiers.ts';
import type { Smsc, SubmitOutcome } from '../../../src/messaging/smsc.ts';
import { type AuditFact, createAudit } from '../../../src/ops/audit.ts';
import { createLog } from '../../../src/ops/log.ts';
import { createMasterKey, type MasterKey } from '../../../src/ops/master-key.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import type { AttemptRow } from '../../../src/storage/attempt-tables.ts';
import type { Database } from '../../../src/storage/database.ts';
import { findLineByNumber, type LineState } from '../../../src/storage/subscribers.ts';
import type { EnrolmentRow } from '../../../src/storage/tables.ts';
import { type Engine, openTestDatabase } from '../../support/databases.ts';
import { newPinKey, SmallCard } from './small-card.ts';

export const rules = {
  mobileConnectEnabled: (brand) => brand !== 'ile',
  testSimsAllowed: true,
  budget: 3,
  confirmNewBrowser: 'compare',
  budgetMinutes: 15,
  ttlSeconds: 120,
  resends: 2,
  resendSeconds: 20,
} as const satisfies SimPushRules;

type Submission = Parameters<Smsc['submit']>[0];
type NoticeName = keyof CustomerNotices | keyof PasswordNotices;

/** The wire to the SMSC: keeps what is submitted, gives it to the cards, answers as it is told. */
export class ScriptedWire {
  bound = true;
  readonly submitted: Submission[] = [];
  /** Outcomes of the next submissions; without one, accepted. */
  readonly outcomes: SubmitOutcome[] = [];
  /** Called before each outcome is given. */
  onSubmit: (submission: Submission) => Promise<void> = async () => {};

  isBound(): boolean {
    return this.bound;
  }

  async submit(submission: Submission): Promise<SubmitOutcome> {
    this.submitted.push(submission);
    await this.onSubmit(submission);
    return this.outcomes.shift() ?? { kind: 'accepted', messageId: String(this.submitted.length) };
  }

  sentTo(msisdn: string): Submission[] {
    return this.submitted.filter(({ destination }) => destination === msisdn);
  }
}

export interface Customer {
  readonly msisdn: Msisdn;
  readonly iccid: string;
  readonly accountIds: readonly AccountId[];
  readonly emails: readonly string[];
  readonly card: SmallCard;
  readonly pinPublicHex: string;
}

export interface CustomerOptions {
  readonly accounts?: number;
  readonly passwordHash?: string;
  readonly selfAnswering?: boolean;
  readonly appletCapable?: boolean;
  readonly origin?: 'test' | 'live';
  readonly enrolled?: boolean;
}

/** Notices that are kept instead of sent. */
function keepNotices() {
  const kept: { readonly name: NoticeName; readonly about: Readonly<Record<string, unknown>> }[] = [];
  const keep = (name: NoticeName) => async (_tx: unknown, about: object) => {
    kept.push({ name, about: { ...about } });
  };
  const notices: CustomerNotices & PasswordNotices = {
    serviceLocked: keep('serviceLocked'),
    fraudReported: keep('fraudReported'),
    requestsMuted: keep('requestsMuted'),
    wrongPins: keep('wrongPins'),
    passwordLogin: keep('passwordLogin'),
  };
  return { kept, notices };
}

/** Opens a fresh world on one database; share it in a file, for each customer has a number of her own. */
export async function openSimWorld({ engine = 'pglite' }: { engine?: Engine } = {}) {
  const open = await openTestDatabase(engine);
  const { database } = open;
  const masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
  const keyring = createSimKeyring(masterKey);
  const logged: string[] = [];
  const log = createLog('debug', { write: (line) => logged.push(line) });
  const facts: AuditFact[] = [];
  const insert = async (_tx: unknown, fact: AuditFact) => void facts.push(fact);
  const audit = createAudit({ insert, log, metrics: createMetrics() });
  const { kept, notices } = keepNotices();
  const wire = new ScriptedWire();
  const base = { database, masterKey, keyring, log, audit };
  const customers = createCustomers(base);
  const requestText = (_locale: string, clientName: string) => ({ serviceName: clientName, message: 'Log in?' });

  const judgeWith = () => {
    const effects = createAnswerEffects({
      audit,
      notices,
      rules: { lockHours: 24, muteMinutes: 60, refusalMinutes: 15 },
      onServiceAnswer: {},
    });
    return { judge: createAnswerJudge({ ...base, effects }) };
  };

  return {
    ...base,
    requestText,
    randomBytes,
    logged,
    facts,
    notices: kept,
    allNotices: notices,
    wire,
    ...customers,
    close: () => open.close(),
    pushWith: (changes: Partial<SimPushRules> = {}) =>
      createSimPush({ ...base, requestText, randomBytes, rules: { ...rules, ...changes } }),
    sender: createSimSender({
      ...base,
      transport: wire,
      rules: { leaseSeconds: 10, maxSends: 3, leastLifeSeconds: 15 },
    }),
    judgeWith,
    answersWith: ({ testSimsAllowed = true } = {}) => createSimAnswers({ ...base, ...judgeWith(), testSimsAllowed }),
  };
}

export type SimWorld = Awaited<ReturnType<typeof openSimWorld>>;

interface Provider {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly keyring: SimKeyring;
}

function createCustomers({ database, masterKey, keyring }: Provider) {
  let last = 0;
  const idFor = (prefix: string, name: string) => `${prefix}_${name}`;
  const provision = { masterKey, randomBytes, now: () => new Date('2026-03-01T08:00:00Z'), idFor };

  const customer = async (options: CustomerOptions = {}): Promise<Customer> => {
    const n = ++last;
    const msisdn = `+3363998${String(2_000 + n)}` as Msisdn;
    const iccid = `8933010${String(n).padStart(12, '0')}`;
    const emails = Array.from({ length: options.accounts ?? 1 }, (_, place) => `person-${n}-${place}@exemple.test`);
    const pinKey = newPinKey();
    const { passwordHash, selfAnswering, appletCapable, origin = 'test', enrolled = true } = options;
    const sim = { iccid, selfAnswering, appletCapable, origin, pinKey: enrolled ? pinKey.publicHex : undefined };
    const input: SubscriberInput = {
      brand: 'exemple',
      person: { givenName: 'Person', familyName: String(n) },
      accounts: emails.map((email) => ({ email, label: `Account of ${email}`, passwordHash })),
      lines: [{ msisdn, sim }],
    };
    await database.transaction((tx) => provisionSubscriber(provision, tx, subscriberSchema.parse(input)));
    const state = await readLine(database, msisdn);
    const keys = await keyring.keysOf(database.db, state.sim!);
    const card = new SmallCard({ iccid, keys, pinKey: pinKey.privateKey });
    const accountIds = emails.map((email) => `acc_${email}` as AccountId);
    return { msisdn, iccid, accountIds, emails, card, pinPublicHex: pinKey.publicHex };
  };
  return {
    customer,
    line: ({ msisdn }: Pick<Customer, 'msisdn'>) => readLine(database, msisdn),
    async enrolment({ msisdn }: Pick<Customer, 'msisdn'>): Promise<EnrolmentRow> {
      const { enrolment } = await readLine(database, msisdn);
      if (enrolment === undefined) throw new Error('there is no enrolment');
      return enrolment;
    },
    async attempt(id: string): Promise<AttemptRow> {
      return await database.db.selectFrom('attempts').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    },
  };
}

async function readLine(database: Database, msisdn: Msisdn): Promise<LineState> {
  const state = await findLineByNumber(database.db, msisdn);
  if (state === undefined) throw new Error('there is no such line');
  return state;
}

/** A request to ring somebody's phone. */
export function aPush(world: SimWorld, target: LineState | undefined, changes: Partial<PushRequest> = {}): PushRequest {
  return {
    purpose: 'login',
    slot: world.masterKey.index('slot', target?.line.msisdn ?? '+33639989999'),
    target,
    brand: 'exemple',
    client: { id: 'portal', name: 'Portal', confirmation: undefined },
    level: 'sim-pin',
    locale: 'fr',
    source: sourceOf(world.masterKey, 'portal', '192.0.2.0/24'),
    device: undefined,
    ...changes,
  };
}

/** Rings the customer's phone and lets the card take what came over the wire. */
export async function ring(
  world: SimWorld,
  customer: Customer,
  changes: Partial<PushRequest> & { rules?: Partial<SimPushRules> } = {},
): Promise<AttemptRow> {
  const { rules: changedRules, ...request } = changes;
  const push = world.pushWith(changedRules);
  const target = await world.line(customer);
  const { attempt } = await world.database.transaction((tx) => push.start(tx, aPush(world, target, request)));
  await deliver(world, world.sender, { customer, attemptId: attempt.id });
  return attempt;
}

/** Sends an attempt if it is due, and gives the card what came over the wire. */
export async function deliver(
  world: SimWorld,
  sender: SimSender,
  { customer, attemptId }: { customer: Customer; attemptId: string },
): Promise<void> {
  const before = world.wire.submitted.length;
  await sender.send(attemptId);
  const parts = world.wire.submitted.slice(before).filter(({ destination }) => destination === customer.msisdn);
  if (parts.length > 0) customer.card.receive(parts.map(({ body }) => body));
}

/** Lets the next sender have an attempt at once. */
export async function endLease(world: SimWorld, attemptId: string): Promise<void> {
  await sql`update attempts set lease_until = clock_timestamp() where id = ${attemptId}`.execute(world.database.db);
}

// A sign-in over the world of cards: browsers that ask, phones that take what was sent, statements that are counted.
import { randomUUID } from 'node:crypto';
import type { KyselyPlugin, RootOperationNode } from 'kysely';
import { createPasswordVerifier, hashPassword } from '../../../src/authentication/password.ts';
import { createSignIn } from '../../../src/authentication/sign-in.ts';
import { createSignInRecords } from '../../../src/authentication/sign-in-record.ts';
import type { SignIn, SignInRequest, SignInView } from '../../../src/authentication/sign-in-types.ts';
import { createSimPush } from '../../../src/authentication/sim-push.ts';
import type { SimSender } from '../../../src/authentication/sim-sender.ts';
import type { Database, Tx } from '../../../src/storage/database.ts';
import { createDatabaseEphemeralStore } from '../../../src/storage/ephemeral.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { startWakeUps } from '../../../src/storage/wake-ups.ts';
import { type Customer, openSimWorld, rules } from './sim-world.ts';
import type { Said, SmallCard } from './small-card.ts';

export const demoPassword = 'alice-demo-password';
const cheap = { memoryKib: 64, passes: 1 };

/** A database that keeps the kind and table of every statement. */
export function recordStatements(database: Database): { database: Database; statements: string[] } {
  const statements: string[] = [];
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      statements.push(describeStatement(node));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    statements,
    database: {
      ...database,
      db: database.db.withPlugin(plugin),
      transaction: (work) => database.transaction((tx) => work(tx.withPlugin(plugin) as Tx)),
      async executeSql(text, values) {
        statements.push(text.trim().slice(0, 40));
        return await database.executeSql(text, values);
      },
    },
  };
}

function describeStatement(node: RootOperationNode): string {
  const names = [...JSON.stringify(node).matchAll(/"table":\{"kind":"SchemableIdentifierNode".*?"name":"(\w+)"/g)];
  const raw = node.kind === 'RawNode' ? node.sqlFragments.join('?') : '';
  return `${node.kind} ${names[0]?.[1] ?? ''}${raw}`;
}

export interface SignInOptions {
  readonly startsPerNumber?: number;
  readonly startsPerAddress?: number;
  readonly passwordsPerAccount?: number;
  readonly passwordsPerAddress?: number;
}

/** Opens the world; share it in a file. */
export async function openSignInWorld() {
  const world = await openSimWorld();
  const { database, statements } = recordStatements(world.database);
  const wakeUps = await startWakeUps(world.database);
  const answers = world.answersWith();
  const verifier = await createPasswordVerifier(world.randomBytes, { parallel: 2, cost: cheap });
  const passwordHash = await hashPassword(demoPassword, cheap);

  // What is sent after the page was answered, one after the other, so that a test can wait for it.
  let sending = Promise.resolve();
  const sender: SimSender = {
    ...world.sender,
    send: (id) => {
      sending = sending.then(() => world.sender.send(id));
      return sending;
    },
    sendInTurn: ({ id }) => void sender.send(id),
  };
  const silent: SimSender = { send: async () => {}, sendInTurn() {}, sweep: async () => {} };

  const signInWith = (options: SignInOptions = {}, senderOf: SimSender = sender): SignIn => {
    const limit = (name: keyof SignInOptions) =>
      createRateLimit(database, { name: `${name}-${randomUUID()}`, points: options[name] ?? 1_000, seconds: 600 });
    const shared = { ...world, database, now: () => new Date() };
    return createSignIn({
      database,
      records: createSignInRecords(createDatabaseEphemeralStore(database), world.masterKey, { ttlSeconds: 3_600 }),
      phone: {
        ...shared,
        push: createSimPush({ ...shared, rules }),
        sender: senderOf,
        transport: world.wire,
        wakeUps,
        limits: { number: limit('startsPerNumber'), address: limit('startsPerAddress') },
        rules: { ...rules, finishSeconds: 60 },
      },
      password: {
        ...shared,
        notices: world.allNotices,
        verifier,
        limits: { account: limit('passwordsPerAccount'), address: limit('passwordsPerAddress') },
        rules,
      },
    });
  };

  /** Waits until what was sent has left, and gives it to the card. */
  const taken = new Map<SmallCard, number>();
  const phoneTakes = async ({ card, msisdn }: Customer): Promise<void> => {
    await sending;
    const sent = world.wire.sentTo(msisdn);
    for (const { body } of sent.slice(taken.get(card) ?? 0)) card.receive([body]);
    taken.set(card, sent.length);
  };
  const answer = async (customer: Customer, said: Said = {}): Promise<void> => {
    await answers.receive({ source: customer.msisdn.slice(1), body: customer.card.reply(said) });
    await answers.settle();
  };

  return {
    ...world,
    statements,
    passwordHash,
    wakeUps,
    signInWith,
    /** Nothing leaves in the background. */
    silent,
    phoneTakes,
    answer,
    idle: () => sending,
    async close() {
      await sending;
      await wakeUps.stop();
      await world.close();
    },
  };
}

export type SignInWorld = Awaited<ReturnType<typeof openSignInWorld>>;

/** A browser with an interaction of its own. */
export function aBrowser(
  changes: Partial<Omit<SignInRequest, 'client'>> & { client?: Partial<SignInRequest['client']> } = {},
): SignInRequest {
  const { client, ...rest } = changes;
  return {
    uid: randomUUID(),
    issuer: 'http://localhost:3000',
    brand: 'exemple',
    client: { id: 'portal', name: 'Portal', allowPasswordFallback: true, confirmation: undefined, ...client },
    least: 'pwd',
    wanted: 'sim-pin',
    locale: 'fr',
    address: '192.0.2.10',
    device: undefined,
    deviceLabel: 'Firefox, Linux',
    ...rest,
  };
}

type PhoneView = Extract<SignInView, { step: 'phone' }>;

/** The waiting page, or an error if another page is shown. */
export async function phoneView(signIn: SignIn, browser: SignInRequest): Promise<PhoneView> {
  const view = await signIn.view(browser);
  if (view.step !== 'phone') throw new Error(`the page is ${view.step}`);
  return view;
}

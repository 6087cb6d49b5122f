// A login without a browser: finds whom a relying party means, rings the phone as a browser's login does, and says
// what came of it. Whoever cannot be rung gets a decoy. Knows neither OpenID Connect nor HTTP.
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import {
  type CibaKey,
  type CibaState,
  insertCibaRequest,
  listUndelivered,
  markDelivered,
  type NotedPoll,
  notePoll,
  notePollAnswered,
  readCibaState,
} from '../storage/ciba-requests.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import {
  findAccount,
  findAccountByIdentifier,
  findFirstEnrolledLine,
  findLineByNumber,
  type LineState,
  listLinkedAccounts,
} from '../storage/subscribers.ts';
import type { AccountRow } from '../storage/tables.ts';
import { type WakeUps, wake } from '../storage/wake-ups.ts';
import { cancel, decide, mayRedeem, requestPlace } from './backchannel-result.ts';
import type { NotRung } from './not-rung.ts';
import type { SignInIdentifier } from './sign-in-record.ts';
import type { Locale } from './sign-in-types.ts';
import type { SimProofDeps } from './sim-proof.ts';
import { referenceCodeOf, type SimPush, sourceOf } from './sim-push.ts';
import type { SimSender, SimTransport } from './sim-sender.ts';

export interface BackchannelDeps extends SimProofDeps {
  readonly audit: Audit;
  readonly push: SimPush;
  readonly sender: Pick<SimSender, 'sendInTurn'>;
  readonly transport: Pick<SimTransport, 'isBound'>;
  readonly wakeUps: Pick<WakeUps, 'subscribe'>;
  /** Requests that may be begun: by one client, and by one client for one customer. */
  readonly limits: { readonly client: RateLimit; readonly customer: RateLimit };
}

/** Whom the relying party means: an identifier as a customer would type it, or an account that it knows already. */
export type Whom = SignInIdentifier | { readonly kind: 'account'; readonly value: string };

/** Who was found. Without an account there is nobody to ring, and nobody is told. */
export interface Callee {
  readonly accountId: AccountId | undefined;
  readonly locale: Locale;
  readonly target: LineState | undefined;
  readonly slot: Buffer;
}

export interface BackchannelRequest {
  /** SHA-256 of the id that the client gets, at its issuer; and the id, for the delivery of the result. */
  readonly key: CibaKey;
  readonly requestId: string;
  readonly callee: Callee;
  /** How the client named the customer: one word for the journal. */
  readonly hint: string;
  readonly brand: string;
  readonly client: {
    readonly id: string;
    readonly name: string;
    readonly confirmation: 'compare' | 'type' | undefined;
    readonly showsCode: boolean;
  };
  /** The level to ring for, and the lowest that will do. */
  readonly wanted: 'sim-ok' | 'sim-pin';
  readonly least: 'sim-ok' | 'sim-pin';
  /** Checked to fit; undefined: our own sentence. */
  readonly message: string | undefined;
  readonly lifeSeconds: number;
  readonly intervalSeconds: number;
  /** The client may hear why nobody is rung; there is no request then. */
  readonly reveal?: true | undefined;
}

/** What was begun; with `notRung` nothing was, and the client is told so. */
export type Begun =
  | { readonly notRung?: undefined; readonly attemptId: string; readonly referenceCode: string }
  | { readonly notRung: NotRung };

/** What a request came to. An approval carries what the SIM has proved. */
export type BackchannelResult = {
  readonly attemptId: string;
  readonly requestId: string;
  readonly clientId: string;
} & (
  | {
      readonly outcome: 'approved';
      readonly accountId: AccountId;
      readonly level: 'sim-ok' | 'sim-pin';
      readonly authTime: number;
    }
  | { readonly outcome: 'refused' | 'expired' }
);

export interface Backchannel {
  /** False while no phone at all can be rung. */
  canRing(): boolean;
  /** Takes one of the client's requests for this customer: undefined, or the seconds to wait. */
  limit(clientId: string, whom: Whom): Promise<number | undefined>;
  find(brand: string, whom: Whom): Promise<Callee>;
  /** Writes request and attempt in one transaction and rings after it. */
  begin(request: BackchannelRequest): Promise<Begun>;
  /** Notes that the client asks; undefined for a request that never began. */
  poll(key: CibaKey): Promise<NotedPoll | undefined>;
  /** Where it stands now. */
  state(key: CibaKey): Promise<CibaState | undefined>;
  pollAnswered(attemptId: string): Promise<void>;
  /** Wakes at each change of an attempt; register before reading, and close. */
  subscribe(attemptId: string): ReturnType<WakeUps['subscribe']>;
  /**
   * Decides a request whose attempt has ended and takes its delivery for a few seconds, for one caller: undefined when
   * there is nothing to tell yet, or somebody else is telling it. Call `delivered` when it is done.
   */
  decide(attemptId: string): Promise<BackchannelResult | undefined>;
  delivered(attemptId: string): Promise<void>;
  /** Attempts with a result that nobody has delivered. */
  undelivered(issuer: string): Promise<string[]>;
  /** At the exchange for tokens: whether the approved account may still be entered by that SIM. */
  mayRedeem(key: CibaKey): Promise<boolean>;
  /** Ends the request if it is still open. */
  cancel(key: CibaKey): Promise<string | undefined>;
}

const mostAtOnce = 100;

/** Makes the functions over their dependencies. */
export function createBackchannel(deps: BackchannelDeps): Backchannel {
  const { database, transport, wakeUps } = deps;
  return {
    canRing: () => transport.isBound(),
    limit: (clientId, whom) => limit(deps, clientId, whom),
    find: (brand, whom) => find(deps, brand, whom),
    begin: (request) => begin(deps, request),
    poll: (key) => notePoll(database.db, key),
    state: (key) => readCibaState(database.db, key),
    pollAnswered: (attemptId) => notePollAnswered(database.db, attemptId),
    subscribe: (attemptId) => wakeUps.subscribe(attemptId),
    decide: (attemptId) => decide(deps, attemptId),
    delivered: (attemptId) =>
      database.transaction(async (tx) => {
        await markDelivered(tx, attemptId);
        await wake(tx, attemptId);
      }),
    undelivered: (issuer) => listUndelivered(database.db, { issuer, most: mostAtOnce }),
    mayRedeem: (key) => mayRedeem(deps, key),
    cancel: (key) => cancel(deps, key),
  };
}

async function limit({ limits, masterKey }: BackchannelDeps, clientId: string, whom: Whom) {
  const customer = masterKey.index('limit', `${clientId}\0${whom.value}`).toString('base64url');
  return (await limits.client.take(clientId)) ?? (await limits.customer.take(customer));
}

// The statements are the same whether or not there is somebody (decisions 52).
async function find({ database: { db }, masterKey }: BackchannelDeps, brand: string, whom: Whom): Promise<Callee> {
  const { line, account } =
    whom.kind === 'msisdn' ? await findByNumber(whom.value) : await findByAccount(await accountOf(whom));
  const slot = masterKey.index('slot', line?.line.msisdn ?? whom.value);
  const mine = account?.status === 'active' && account.brand === brand ? account : undefined;
  return {
    accountId: mine?.id,
    locale: mine?.locale ?? 'fr',
    target: mine === undefined ? undefined : line,
    slot,
  };

  // Of several accounts on one SIM it is the primary one: nobody is there to choose (X118).
  async function findByNumber(msisdn: string) {
    // Parsed when the hint came in.
    const line = await findLineByNumber(db, msisdn as Msisdn);
    const linked = await listLinkedAccounts(db, line?.enrolment?.id ?? '');
    return { line, account: linked.find((one) => one.brand === brand) };
  }

  async function findByAccount(account: AccountRow | undefined) {
    return { line: await findFirstEnrolledLine(db, account?.id ?? ''), account };
  }

  async function accountOf({ kind, value }: Whom): Promise<AccountRow | undefined> {
    if (kind === 'account') return await findAccount(db, value);
    return await findAccountByIdentifier(db, { brand, kind: 'email', lookupHash: masterKey.index('email', value) });
  }
}

async function begin(deps: BackchannelDeps, request: BackchannelRequest): Promise<Begun> {
  const { push, sender, audit, masterKey } = deps;
  const { client, callee, key, least, lifeSeconds } = request;
  const attemptId = push.newAttemptId();
  const { attempt, goodbyes, notRung } = await deps.database.transaction(async (tx) => {
    const target = await targetFor(tx, request);
    const started = await push.start(tx, {
      id: attemptId,
      purpose: 'login',
      slot: callee.slot,
      target,
      brand: request.brand,
      client,
      level: request.wanted,
      locale: callee.locale,
      message: request.message,
      ttlSeconds: lifeSeconds,
      // The client alone: it has no address that says anything of the customer (decisions 9).
      source: sourceOf(masterKey, client.id, ''),
      device: undefined,
      // Whom a young PIN keeps from being rung is not unknown: of her nothing is told.
      reveal: target === callee.target ? request.reveal : undefined,
    });
    if (started.notRung === undefined) {
      await insertCibaRequest(tx, {
        ...key,
        attemptId,
        requestSealed: masterKey.seal(requestPlace(attemptId), request.requestId),
        clientId: client.id,
        accountId: callee.accountId ?? null,
        least,
        intervalSeconds: request.intervalSeconds,
      });
    }
    await audit.signInStarted(tx, { attemptId, clientId: client.id, level: started.attempt.level });
    await audit.cibaRequested(tx, { attemptId, clientId: client.id, hint: request.hint });
    return started;
  });
  if (notRung !== undefined) return { notRung };
  // The client is answered before anything is written to the SMSC.
  for (const one of [...goodbyes, attempt]) sender.sendInTurn(one);
  return { attemptId, referenceCode: referenceCodeOf(attempt) };
}

/** Nobody is rung for what his PIN cannot give yet: it was reset with nothing but an SMS (decisions 11). */
async function targetFor(tx: Tx, { callee, least }: BackchannelRequest): Promise<LineState | undefined> {
  const trustedFrom = callee.target?.enrolment?.pinTrustedFrom ?? null;
  const now = await readAppNow(tx);
  return least === 'sim-pin' && trustedFrom !== null && now < trustedFrom ? undefined : callee.target;
}

// One function for each business event: it writes the journal row in the caller's transaction, then a log line and a
// counter. Knows no table: the journal's insert is a function that is passed in. Details hold ids and words only,
// never a PIN, password, code, token or number.
import { type AccountAudit, accountEvents } from './audit-account.ts';
import { type ActivationAudit, activationEvents } from './audit-activation.ts';
import { type BillingAudit, billingEvents } from './audit-billing.ts';
import { type CibaAudit, cibaEvents } from './audit-ciba.ts';
import { type ContractAudit, contractEvents } from './audit-contracts.ts';
import { type DiagnosticAudit, diagnosticEvents } from './audit-diagnostics.ts';
import { type LineAudit, lineEvents } from './audit-lines.ts';
import { type MailboxAudit, mailboxEvents } from './audit-mailboxes.ts';
import { type OrderAudit, orderEvents } from './audit-orders.ts';
import { type PasswordAudit, passwordEvents } from './audit-passwords.ts';
import { type PaymentAudit, paymentEvents } from './audit-payments.ts';
import { type PinAudit, pinEvents } from './audit-pins.ts';
import { type SelfCareAudit, selfCareEvents } from './audit-self-care.ts';
import { type UsageAudit, usageEvents } from './audit-usage.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** A row of the journal before it is sealed. */
export interface AuditFact {
  readonly action: string;
  /** Who did it: `client:<id>`, `account`, `sim`, `staff`, `system`. */
  readonly actor: string;
  readonly outcome: 'success' | 'failure';
  readonly accountId: string | null;
  /** What it was done to: the id of an attempt, an enrolment, a client, a key. */
  readonly object: string | null;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly correlationId: string | null;
}

export interface AuditDeps<Tx> {
  /** Writes the row; throws when the transaction cannot go on. */
  readonly insert: (tx: Tx, fact: AuditFact) => Promise<void>;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'countEvent' | 'countAttempt' | 'countDroppedAnswer'>;
  /** The trace id of the request in whose flow this happens, if there is one. */
  readonly correlationId?: () => string | undefined;
}

/** `Tx`: the transaction (or database) that the row is written with. */
export interface Audit<Tx = unknown>
  extends AccountAudit<Tx>,
    ActivationAudit<Tx>,
    BillingAudit<Tx>,
    CibaAudit<Tx>,
    ContractAudit<Tx>,
    DiagnosticAudit<Tx>,
    LineAudit<Tx>,
    OrderAudit<Tx>,
    PasswordAudit<Tx>,
    PaymentAudit<Tx>,
    MailboxAudit<Tx>,
    PinAudit<Tx>,
    UsageAudit<Tx>,
    SelfCareAudit<Tx> {
  signInStarted(tx: Tx, about: { attemptId: string; clientId: string; level: string }): Promise<void>;
  signInApproved(
    tx: Tx,
    about: { attemptId: string; clientId: string; level: string; accountId: string | null },
  ): Promise<void>;
  /** Nobody answered in time. */
  signInExpired(tx: Tx, about: { attemptId: string; clientId: string }): Promise<void>;
  /** The SIM gave a proved answer; `counted`: it decided the attempt, and did not come too late. */
  attemptAnswered(
    tx: Tx,
    about: { attemptId: string; clientId: string; result: string; counted: boolean },
  ): Promise<void>;
  /** "It was not me." */
  fraudReported(tx: Tx, about: { attemptId: string; clientId: string }): Promise<void>;
  /** The PIN was blocked on the card, so the service is locked. */
  serviceLocked(tx: Tx, about: { enrolmentId: string; until: Date }): Promise<void>;
  passwordLogin(tx: Tx, about: { clientId: string; accountId: string }): Promise<void>;
  /** `accountId` is null when there is no such account. */
  passwordFailed(tx: Tx, about: { clientId: string; accountId: string | null }): Promise<void>;
  /** An answer failed a check; `tx` may be left out where nothing is written any more, then no row is written. */
  answerDropped(about: { reason: string; simId?: string; tx?: Tx }): Promise<void>;
  /** Two cards share one identity. */
  cardForked(tx: Tx, about: { simId: string; enrolmentId: string }): Promise<void>;
  keyRotated(tx: Tx, about: { issuer: string; kid: string; algorithm: string }): Promise<void>;
  clientAdded(tx: Tx, about: { issuer: string; clientId: string; by: 'staff' | 'registration' }): Promise<void>;
  clientRemoved(tx: Tx, about: { issuer: string; clientId: string; by: 'staff' | 'registration' }): Promise<void>;
  /** The customer took back what she had allowed a third party. */
  consentWithdrawn(tx: Tx, about: { issuer: string; accountId: string; clientId: string }): Promise<void>;
  /** Any other operation of the command line or the admin listener. */
  adminAction(tx: Tx, about: { operation: string; object?: string | undefined }): Promise<void>;
}

type Level = 'info' | 'warn';
type Draft = Pick<AuditFact, 'action' | 'actor'> &
  Partial<AuditFact> & {
    readonly level?: Level;
    /** How a request on a phone ended, if this is what is told. */
    readonly ended?: string;
  };

/** Makes the functions over where rows, lines and counts go. */
export function createAudit<Tx>(deps: AuditDeps<Tx>): Audit<Tx> {
  const record = (tx: Tx, draft: Draft): Promise<void> => recordFact(deps, tx, draft);
  return {
    ...signInEvents(record),
    ...mailboxEvents(record),
    ...pinEvents(record),
    ...selfCareEvents(record),
    ...passwordEvents(record),
    ...paymentEvents(record),
    ...dangerEvents(record),
    ...staffEvents(record),
    ...answerEvents(deps, record),
    ...lineEvents(record),
    ...orderEvents(record),
    ...usageEvents(record),
    ...activationEvents(record),
    ...billingEvents(record),
    ...cibaEvents(record),
    ...contractEvents(record),
    ...diagnosticEvents(record),
    ...accountEvents(record),
  };
}

type Recorder<Tx> = (tx: Tx, draft: Draft) => Promise<void>;

function signInEvents<Tx>(record: Recorder<Tx>) {
  return {
    signInStarted: (tx, { attemptId, clientId, level }) =>
      record(tx, { action: 'sign_in.started', actor: client(clientId), object: attemptId, details: { level } }),
    signInApproved: (tx, { attemptId, clientId, level, accountId }) =>
      record(tx, {
        action: 'sign_in.approved',
        actor: client(clientId),
        object: attemptId,
        accountId,
        details: { level },
      }),
    signInExpired: (tx, { attemptId, clientId }) =>
      record(tx, {
        ...{ action: 'sign_in.expired', actor: client(clientId), object: attemptId, outcome: 'failure' },
        ended: 'expired',
      }),
    attemptAnswered: (tx, { attemptId, clientId, result, counted }) =>
      record(tx, {
        action: 'attempt.answered',
        actor: 'sim',
        object: attemptId,
        outcome: result === 'approved' && counted ? 'success' : 'failure',
        details: { clientId, result, counted },
        ended: counted ? result : 'late',
      }),
    passwordLogin: (tx, { clientId, accountId }) =>
      record(tx, { action: 'password.login', actor: client(clientId), accountId }),
    passwordFailed: (tx, { clientId, accountId }) =>
      record(tx, { action: 'password.failed', actor: client(clientId), accountId, outcome: 'failure' }),
    consentWithdrawn: (tx, { issuer, accountId, clientId }) =>
      record(tx, { action: 'consent.withdrawn', actor: 'account', accountId, object: clientId, details: { issuer } }),
  } satisfies Partial<Audit<Tx>>;
}

function dangerEvents<Tx>(record: Recorder<Tx>) {
  return {
    fraudReported: (tx, { attemptId, clientId }) =>
      record(tx, { action: 'fraud.reported', actor: 'sim', object: attemptId, details: { clientId }, level: 'warn' }),
    serviceLocked: (tx, { enrolmentId, until }) =>
      record(tx, {
        action: 'service.locked',
        actor: 'sim',
        object: enrolmentId,
        details: { until: until.toISOString() },
        level: 'warn',
      }),
    cardForked: (tx, { simId, enrolmentId }) =>
      record(tx, { action: 'card.forked', actor: 'sim', object: enrolmentId, details: { simId }, level: 'warn' }),
  } satisfies Partial<Audit<Tx>>;
}

function staffEvents<Tx>(record: Recorder<Tx>) {
  return {
    keyRotated: (tx, { issuer, kid, algorithm }) =>
      record(tx, { action: 'key.rotated', actor: 'staff', object: kid, details: { issuer, algorithm } }),
    clientAdded: (tx, { issuer, clientId, by }) =>
      record(tx, { action: 'client.added', actor: by, object: clientId, details: { issuer } }),
    clientRemoved: (tx, { issuer, clientId, by }) =>
      record(tx, { action: 'client.removed', actor: by, object: clientId, details: { issuer } }),
    adminAction: (tx, { operation, object }) =>
      record(tx, { action: `admin.${operation}`, actor: 'staff', object: object ?? null }),
  } satisfies Partial<Audit<Tx>>;
}

function answerEvents<Tx>(deps: AuditDeps<Tx>, record: Recorder<Tx>) {
  return {
    async answerDropped({ reason, simId, tx }) {
      const draft: Draft = {
        action: 'answer.dropped',
        actor: 'sim',
        object: simId ?? null,
        outcome: 'failure',
        details: { reason },
        level: 'warn',
      };
      await (tx === undefined ? tell(deps, draft) : record(tx, draft));
      quietly(() => deps.metrics.countDroppedAnswer(reason));
    },
  } satisfies Partial<Audit<Tx>>;
}

function client(clientId: string): string {
  return `client:${clientId}`;
}

// The row first: if it cannot be written the caller's transaction fails, and nothing is claimed in log or counter.
async function recordFact<Tx>(deps: AuditDeps<Tx>, tx: Tx, draft: Draft): Promise<void> {
  await deps.insert(tx, factOf(deps, draft));
  tell(deps, draft);
}

function factOf<Tx>(deps: AuditDeps<Tx>, { level: _level, ended: _ended, ...draft }: Draft): AuditFact {
  const correlationId = deps.correlationId?.() ?? null;
  return { outcome: 'success', accountId: null, object: null, details: {}, correlationId, ...draft };
}

function tell<Tx>(deps: AuditDeps<Tx>, draft: Draft): void {
  const { details, action, ...rest } = factOf(deps, draft);
  quietly(() => deps.log[draft.level ?? 'info']({ event: action, ...rest, ...details }, action));
  quietly(() => deps.metrics.countEvent({ action, outcome: rest.outcome }));
  const { ended } = draft;
  if (ended !== undefined) quietly(() => deps.metrics.countAttempt(ended));
}

// A log or a counter that fails must not undo what the business did.
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Nowhere left to tell it.
  }
}

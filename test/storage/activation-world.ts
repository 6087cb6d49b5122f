// Activations over a real database: the use cases as the provider wires them, a card that the test plays, and what was
// sent and told.
import { randomBytes } from 'node:crypto';
import type { ProvedAnswer } from '../../src/authentication/answer-effects.ts';
import { createServiceRequests } from '../../src/authentication/service-request.ts';
import { createSimPush } from '../../src/authentication/sim-push.ts';
import { createActivation } from '../../src/enrolment/activation.ts';
import { createActivationAnswers } from '../../src/enrolment/activation-answers.ts';
import type { ActivationDeps } from '../../src/enrolment/activation-types.ts';
import { createDeactivationAnswer } from '../../src/enrolment/deactivate.ts';
import { createLinkAnswer } from '../../src/enrolment/link-account.ts';
import { createPhoneConfirmations } from '../../src/enrolment/phone-confirmations.ts';
import type { AppletResult } from '../../src/messaging/applet-answer.ts';
import { createAudit } from '../../src/ops/audit.ts';
import { createMasterKey } from '../../src/ops/master-key.ts';
import type { AttemptRow } from '../../src/storage/attempt-tables.ts';
import { endAttempt } from '../../src/storage/attempts.ts';
import { insertAuditEvent } from '../../src/storage/audit-events.ts';
import { type Database, readAppNow, type Tx } from '../../src/storage/database.ts';
import { insertContract } from '../../src/storage/provisioning.ts';
import { findEnrolment, findLine, findSim } from '../../src/storage/subscribers.ts';
import type { SimRow } from '../../src/storage/tables.ts';
import { captureLog } from '../support/logs.ts';
import { createRows, type Subject } from './rows.ts';

export const rules = {
  ...{ mobileConnectEnabled: true, testSimsAllowed: true, holdHours: 24, replacementDays: 30 },
  ...{ draftMinutes: 30, installMinutes: 15, pinHours: 24, requestSeconds: 180, termsVersion: 'v1' },
};

/** A line of an account, with its SIM and nothing on it. */
export interface Owner extends Omit<Subject, 'enrolmentId'> {}

/** Makes the world over one database. */
export async function createActivationWorld(database: Database) {
  const rows = await createRows(database);
  const masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
  const key = Buffer.alloc(16, 1);
  const keyring = { keysOf: async () => ({ kic: key, kid: key, kdev: key, kadm: key }) };
  const told: { readonly kind: string; readonly accountId: string }[] = [];
  const tell = (kind: string) => async (_tx: Tx, event: object) => {
    told.push({ kind, accountId: 'accountId' in event ? String(event.accountId) : '' });
  };
  const log = captureLog().log;
  const metrics = { countEvent: () => {}, countAttempt: () => {}, countDroppedAnswer: () => {} };
  const requestText = () => ({ serviceName: 'Mobile Connect', message: 'Log in?' });
  const pushRules = {
    ...{
      budget: 3,
      budgetMinutes: 15,
      confirmNewBrowser: 'compare' as const,
      ttlSeconds: 120,
      resends: 2,
      resendSeconds: 20,
    },
    ...{ mobileConnectEnabled: true, testSimsAllowed: true },
  } as const;
  const sent: string[] = [];
  const transport = { bound: true, isBound: () => transport.bound };
  const deps: ActivationDeps = {
    ...{ database, masterKey, transport, randomBytes, rules },
    requests: createServiceRequests({
      ...{ masterKey, keyring, randomBytes },
      rules: { ttlSeconds: 180, maxWrongPins: 3, pinPolicy: [] },
    }),
    push: createSimPush({ database, masterKey, keyring, requestText, randomBytes, rules: pushRules }),
    sender: { sendInTurn: ({ id }) => void sent.push(id) },
    wakeUps: {
      wait: async () => {},
      subscribe: () => ({ next: async () => {}, close() {} }),
      onWake: () => () => {},
      stop: async () => {},
    },
    audit: createAudit<Tx>({ insert: insertAuditEvent, log, metrics }),
    notices: { activated: tell('activated'), deactivated: tell('deactivated'), accountLinked: tell('accountLinked') },
    lineNotices: { holdStarted: tell('holdStarted') },
    words: (action) => ({ serviceName: 'Mobile Connect', message: action }),
  };
  const activation = createActivation(deps);
  const handlers = {
    ...createActivationAnswers(deps),
    link: createLinkAnswer(deps),
    deactivate: createDeactivationAnswer(deps),
  };

  /** An account with a mobile line of its own contract. */
  const owner = async (changes: { sim?: Partial<SimRow>; line?: object } = {}): Promise<Owner> => {
    const subject = await rows.subject(changes as never);
    await database.db.deleteFrom('mobileConnectLinks').where('enrolmentId', '=', subject.enrolmentId).execute();
    await database.db.deleteFrom('enrolments').where('id', '=', subject.enrolmentId).execute();
    const contractId = `ctr_${subject.lineId}`;
    const parties = [{ accountId: subject.accountId, relation: 'holder' as const, since: new Date() }];
    await database.transaction((tx) =>
      insertContract(
        tx,
        {
          ...{ id: contractId, brand: 'exemple', kind: 'MOBILE', segment: 'consumer', offerRange: 'standard' },
          ...{ holderPersonId: null, customerRef: 'C1', contractRef: contractId, startedAt: new Date() },
        },
        parties,
      ),
    );
    await database.db.updateTable('lines').set({ contractId }).where('id', '=', subject.lineId).execute();
    return subject;
  };

  /** What the card says to the request; `counted` as the effects would find it. */
  const answer = async (attempt: AttemptRow, result: AppletResult, more: { newKey?: Buffer; late?: boolean } = {}) => {
    await database.transaction(async (tx) => {
      const receivedAt = await readAppNow(tx);
      const state = result === 'approved' ? ('approved' as const) : ('failed' as const);
      const counted = (await endAttempt(tx, attempt.id, { state, receivedAt })) && more.late !== true;
      const sim = (await findSim(tx, attempt.simId ?? ''))!;
      const verified = {
        ...({ kind: 'valid', op: 'enrol', provedBy: 'pin-key' } as const),
        ...{ result, mss: 500, triesLeft: 3, wrongPins: 0, appletCounter: 1, head: Buffer.alloc(12) },
        ...(more.newKey && { newKey: more.newKey }),
      };
      const enrolment = (await findLine(tx, attempt.lineId ?? ''))?.enrolment;
      const proved: ProvedAnswer = { attempt, sim, enrolment, verified, receivedAt, newest: true };
      await handlers[attempt.purpose as keyof typeof handlers]?.(tx, { ...proved, counted });
    });
  };

  const attempts = (lineId: string, purpose: AttemptRow['purpose']) =>
    database.db
      .selectFrom('attempts')
      .selectAll()
      .where('lineId', '=', lineId)
      .where('purpose', '=', purpose)
      .execute();

  const begin = async ({ accountId, lineId }: Owner) =>
    await activation.begin({ accountId, lineId, passwordFresh: true });

  /** Up to a step; returns the activation's request. */
  const upTo = async (who: Owner, step: 'terms' | 'installing' | 'installed' | 'pin' | 'pin_set' | 'done') => {
    const begun = await begin(who);
    if (begun.kind !== 'open') throw new Error(`it did not begin: ${begun.kind}`);
    const request = { id: begun.id, accountId: who.accountId, locale: 'fr' as const };
    if (step === 'terms') return request;
    await activation.acceptTerms(request, { accepted: true, version: 'v1', address: '192.0.2.1' });
    await activation.startInstallation(request);
    if (step === 'installing') return request;
    await answer((await attempts(who.lineId, 'status')).at(-1)!, 'not-enrolled');
    if (step === 'installed') return request;
    await activation.askPin(request);
    if (step === 'pin') return request;
    await answer((await attempts(who.lineId, 'enrol')).at(-1)!, 'approved', { newKey: randomBytes(33) });
    if (step === 'pin_set') return request;
    await activation.confirm(request);
    return request;
  };

  return {
    ...{ database, masterKey, rows, deps, activation, told, sent, transport, owner, answer, attempts, begin, upTo },
    confirmations: createPhoneConfirmations(deps),
    enrolment: async (who: Owner) => (await findLine(database.db, who.lineId))?.enrolment,
    row: (id: string) => findEnrolment(database.db, id),
  };
}

export type ActivationWorld = Awaited<ReturnType<typeof createActivationWorld>>;

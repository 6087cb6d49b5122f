// What the phone says during an activation, in the transaction of its answer: ready (a4), or not (a5); a PIN was made
// (a8, a9) or was not. An answer that came late, or for a step that is over, changes nothing (a34).
import type { ProvedAnswer, ServiceAnswerHandler } from '../authentication/answer-effects.ts';
import { maskMsisdn } from '../identifiers.ts';
import { moveActivation, takeActivation } from '../storage/activations.ts';
import type { Tx } from '../storage/database.ts';
import { abandonEnrolment, awaitPin, insertLink, keyIsKnown, listLinks, storePin } from '../storage/enrolments.ts';
import { listConcernedAccounts } from '../storage/line-changes.ts';
import type { ActivationRow } from '../storage/service-tables.ts';
import { findLine } from '../storage/subscribers.ts';
import { wake } from '../storage/wake-ups.ts';
import type { ActivationDeps } from './activation-types.ts';
import { sealCredential } from './credential.ts';
import { holdUntilFor } from './new-sim-hold.ts';
import { serviceClientId } from './service-words.ts';

type AnswerDeps = Omit<ActivationDeps, 'push' | 'sender' | 'transport' | 'wakeUps'>;
type Answer = ProvedAnswer & { readonly counted: boolean };

/** The handlers for `onServiceAnswer`. */
export function createActivationAnswers(
  deps: AnswerDeps,
): Readonly<Record<'status' | 'disable' | 'enrol', ServiceAnswerHandler>> {
  const during =
    (step: 'installing' | 'pin', work: (tx: Tx, activation: ActivationRow, answer: Answer) => Promise<void>) =>
    async (tx: Tx, answer: Answer): Promise<void> => {
      const activation = await takeActivation(tx, answer.attempt.subject ?? '');
      const expected = activation?.step === step && activation.attemptId === answer.attempt.id;
      if (activation === undefined || !expected || !answer.counted) return;
      await work(tx, activation, answer);
      await wake(tx, activation.id);
    };
  return {
    status: during('installing', (tx, activation, answer) => onStatus(deps, tx, { activation, answer })),
    disable: during('installing', (tx, activation, answer) => onEmptied(deps, tx, { activation, answer })),
    enrol: during('pin', (tx, activation, answer) => onEnrol(deps, tx, { activation, answer })),
  };
}

interface Event {
  readonly activation: ActivationRow;
  readonly answer: Answer;
}

async function onStatus(deps: AnswerDeps, tx: Tx, { activation, answer }: Event): Promise<void> {
  const { result } = answer.verified;
  if (result === 'not-enrolled') return await installed(deps, tx, activation);
  // The card still has the PIN of a service that has ended here: it is emptied first.
  if (result === 'approved' || result === 'blocked' || result === 'disabled') {
    return await emptyCard(deps, tx, { activation, answer });
  }
  await failed(deps, tx, { activation, reason: 'install_failed' });
}

async function onEmptied(deps: AnswerDeps, tx: Tx, { activation, answer }: Event): Promise<void> {
  const { result } = answer.verified;
  const isEmpty = result === 'approved' || result === 'not-enrolled';
  await (isEmpty ? installed(deps, tx, activation) : failed(deps, tx, { activation, reason: 'install_failed' }));
}

async function installed(deps: AnswerDeps, tx: Tx, { id, enrolmentId }: ActivationRow): Promise<void> {
  const { pinHours } = deps.rules;
  if (enrolmentId !== null) await awaitPin(tx, enrolmentId, pinHours);
  await moveActivation(tx, id, { from: ['installing'], to: 'installed', minutes: pinHours * 60 });
}

async function emptyCard(deps: AnswerDeps, tx: Tx, { activation, answer }: Event): Promise<void> {
  const target = await findLine(tx, activation.lineId);
  const { attempt } = answer;
  const request =
    target === undefined
      ? undefined
      : await deps.requests.start(tx, {
          purpose: 'disable',
          target,
          subject: activation.id,
          accountId: activation.accountId,
          brand: attempt.brand,
          client: { id: serviceClientId, name: attempt.clientName },
          message: '',
          locale: 'fr',
          ttlSeconds: deps.rules.requestSeconds,
        });
  if (request === undefined) return await failed(deps, tx, { activation, reason: 'install_failed' });
  await moveActivation(tx, activation.id, { from: ['installing'], to: 'installing', attemptId: request.id });
}

/** What a person can put right, by the result; everything else is the card's or ours. */
const problems: Readonly<Partial<Record<Answer['verified']['result'], string>>> = {
  cancelled: 'refused',
  'no-response': 'no_answer',
  'pin-refused': 'pin_refused',
  'wrong-code': 'wrong_code',
  'not-shown': 'not_shown',
};

async function onEnrol(deps: AnswerDeps, tx: Tx, { activation, answer }: Event): Promise<void> {
  const { result, newKey } = answer.verified;
  if (result === 'approved' && newKey !== undefined) {
    return await onPinCreated(deps, tx, { activation, answer, newKey });
  }
  const problem = problems[result];
  // "It was not me": whoever began this does not have the phone.
  if (problem === undefined)
    return await failed(deps, tx, { activation, reason: result === 'fraud' ? 'fraud' : 'phone_error' });
  await moveActivation(tx, activation.id, { from: ['pin'], to: 'installed', failure: problem });
}

async function onPinCreated(
  deps: AnswerDeps,
  tx: Tx,
  { activation, answer, newKey }: Event & { newKey: Buffer },
): Promise<void> {
  const { accountId, enrolmentId, simId } = activation;
  if (enrolmentId === null) throw new Error('a PIN was made for no enrolment');
  if (await keyIsKnown(tx, enrolmentId, newKey)) {
    await deps.audit.keyRefused(tx, { accountId, object: enrolmentId });
    return await failed(deps, tx, { activation, reason: 'phone_error' });
  }
  const { receivedAt: at, verified } = answer;
  const holdUntil = await holdUntilFor(tx, { simId, enrolmentId, at }, deps.rules);
  const { triesLeft } = verified;
  const isStored = await storePin(tx, enrolmentId, { pinKey: newKey, provenance: 'enrol', at, triesLeft, holdUntil });
  if (!isStored) return await failed(deps, tx, { activation, reason: 'phone_error' });
  await insertLink(tx, { enrolmentId, accountId, status: 'pending' });
  await sealCredential(tx, deps.masterKey, enrolmentId);
  await deps.audit.pinCreated(tx, { accountId, object: enrolmentId, held: holdUntil !== null });
  if (holdUntil !== null) await tellHold(deps, tx, { activation, until: holdUntil });
  // The links of the SIM before are there again and need no last step (a9).
  const own = (await listLinks(tx, enrolmentId)).find((link) => link.accountId === accountId);
  const to = own?.status === 'active' ? 'done' : 'pin_set';
  await moveActivation(tx, activation.id, { from: ['pin'], to, minutes: deps.rules.pinHours * 60 });
}

async function tellHold(
  deps: AnswerDeps,
  tx: Tx,
  { activation, until }: { activation: ActivationRow; until: Date },
): Promise<void> {
  const target = await findLine(tx, activation.lineId);
  if (target === undefined) return;
  await deps.lineNotices.holdStarted(tx, {
    lineId: activation.lineId,
    line: maskMsisdn(target.line.msisdn),
    eventId: activation.id,
    accounts: await listConcernedAccounts(tx, activation.lineId),
    until,
  });
}

async function failed(
  { audit }: AnswerDeps,
  tx: Tx,
  { activation, reason }: { activation: ActivationRow; reason: string },
): Promise<void> {
  const { id, accountId, enrolmentId } = activation;
  await moveActivation(tx, id, { from: ['installing', 'pin'], to: 'failed', failure: reason });
  if (enrolmentId !== null) await abandonEnrolment(tx, enrolmentId);
  await audit.activationFailed(tx, { accountId, object: id, reason });
}

// Turns the service off for one account: confirmed by the PIN on the phone, whatever the session has proved before (A41
// to A43). With the last account the PIN and its key are gone, on the card too.
import type { ServiceAnswerHandler } from '../authentication/answer-effects.ts';
import { type AccountId, maskMsisdn } from '../identifiers.ts';
import { cancelPending } from '../storage/attempts.ts';
import type { Tx } from '../storage/database.ts';
import { endEnrolment, listLinks, removeLink, removeLinks, takeEnrolment } from '../storage/enrolments.ts';
import { findLine, type LineState } from '../storage/subscribers.ts';
import { wake } from '../storage/wake-ups.ts';
import { sealCredential } from './credential.ts';
import {
  type ConfirmationDeps,
  type ConfirmationRequest,
  type ConfirmationStart,
  startConfirmation,
} from './phone-confirmation.ts';
import { serviceClientId } from './service-words.ts';
import { transitionFor } from './states.ts';

/** Asks the phone. */
export async function deactivate(deps: ConfirmationDeps, request: ConfirmationRequest): Promise<ConfirmationStart> {
  return await startConfirmation(deps, {
    purpose: 'deactivate',
    request,
    async check(tx, { enrolment }) {
      const links = await listLinks(tx, enrolment?.id ?? '');
      const own = links.find(({ accountId }) => accountId === request.accountId);
      return own?.status === 'active' ? undefined : { kind: 'not-possible' };
    },
  });
}

type AnswerDeps = Pick<ConfirmationDeps, 'masterKey' | 'requests' | 'audit' | 'notices' | 'rules'>;

/** What the phone said. Anything but a counted approval leaves the service as it is (a31). */
export function createDeactivationAnswer(deps: AnswerDeps): ServiceAnswerHandler {
  return async (tx, { attempt, verified, counted, receivedAt: at }) => {
    const { id, accountId, enrolmentId } = attempt;
    if (!counted || accountId === null || enrolmentId === null) return;
    if (verified.result === 'approved') return await unlink(deps, tx, { id, accountId, enrolmentId, at });
    await deps.audit.deactivationRefused(tx, { accountId, object: enrolmentId, result: verified.result });
  };
}

interface Approval {
  /** Of the attempt. */
  readonly id: string;
  readonly accountId: AccountId;
  readonly enrolmentId: string;
  readonly at: Date;
}

async function unlink(deps: AnswerDeps, tx: Tx, { id, accountId, enrolmentId, at }: Approval): Promise<void> {
  const enrolment = await takeEnrolment(tx, enrolmentId);
  const target = enrolment && (await findLine(tx, enrolment.lineId));
  if (enrolment?.baseState !== 'ACTIVE' || target === undefined) return;
  if (!(await removeLink(tx, enrolmentId, accountId))) return;
  const last = !(await listLinks(tx, enrolmentId)).some(({ status }) => status === 'active');
  const ends = transitionFor('ACTIVE', 'deactivation-approved', last ? ['last-link'] : [])?.to === 'DEACTIVATED';
  if (ends) await endService(deps, tx, { target, enrolmentId, accountId });
  else await sealCredential(tx, deps.masterKey, enrolmentId);
  await deps.audit.serviceUnlinked(tx, { accountId, object: enrolmentId, last });
  await deps.notices.deactivated(tx, { accountId, line: maskMsisdn(target.line.msisdn), at, last, eventId: id });
}

async function endService(
  deps: AnswerDeps,
  tx: Tx,
  { target, enrolmentId, accountId }: { target: LineState; enrolmentId: string; accountId: AccountId },
): Promise<void> {
  await removeLinks(tx, enrolmentId);
  await endEnrolment(tx, enrolmentId, 'user');
  if (target.sim === undefined) return;
  for (const { id } of await cancelPending(tx, { simId: target.sim.id })) await wake(tx, id);
  for (const { id } of await cancelPending(tx, { slot: deps.masterKey.index('slot', target.line.msisdn) })) {
    await wake(tx, id);
  }
  // Swept up and sent after the commit. A card that misses it is emptied when the service is activated again.
  await deps.requests.start(tx, {
    purpose: 'disable',
    target: { ...target, enrolment: undefined },
    subject: enrolmentId,
    accountId,
    brand: target.line.brand,
    client: { id: serviceClientId, name: 'Mobile Connect' },
    message: '',
    locale: 'fr',
    ttlSeconds: 900,
  });
}

// The last step of an activation: the account that began it is linked for good (A27, a11).
import { effectiveState } from '../authentication/policies.ts';
import { maskMsisdn } from '../identifiers.ts';
import { moveActivation } from '../storage/activations.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { activateLink } from '../storage/enrolments.ts';
import type { ActivationRow } from '../storage/service-tables.ts';
import { findLine } from '../storage/subscribers.ts';
import type { ActivationDeps, StepOutcome } from './activation-types.ts';
import { sealCredential } from './credential.ts';
import { transitionFor } from './states.ts';

/** Confirms; a repeat of what is done already is as good. */
export async function confirmLink(deps: ActivationDeps, tx: Tx, activation: ActivationRow): Promise<StepOutcome> {
  const { id, step, accountId, lineId, enrolmentId } = activation;
  if (step === 'done') return { kind: 'ok' };
  if (step !== 'pin_set' || enrolmentId === null) return { kind: 'wrong-step', due: step };
  const target = await findLine(tx, lineId);
  const state = effectiveState(target, deps.rules, await readAppNow(tx));
  const allowed = transitionFor(state, 'link-confirmed');
  if (target?.enrolment?.id !== enrolmentId || allowed === undefined) return { kind: 'not-possible' };
  if ((await moveActivation(tx, id, { from: ['pin_set'], to: 'done' })) === undefined) return { kind: 'ok' };
  if (await activateLink(tx, enrolmentId, accountId)) {
    await sealCredential(tx, deps.masterKey, enrolmentId);
    await deps.audit.serviceLinked(tx, { accountId, object: enrolmentId, first: true });
    await deps.notices.activated(tx, {
      accountId,
      line: maskMsisdn(target.line.msisdn),
      until: state === 'NEW_SIM_HOLD' ? target.enrolment.holdUntil : null,
      eventId: id,
    });
  }
  return { kind: 'ok' };
}

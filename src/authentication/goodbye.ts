// The request that takes another one's screen away from a phone.
import { newId } from '../identifiers.ts';
import { type AppletOp, appletOps, buildRequest } from '../messaging/applet-message.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { insertAttempt } from '../storage/attempts.ts';
import type { Tx } from '../storage/database.ts';
import { requestPlace } from './sim-sender.ts';

interface GoodbyeDeps {
  readonly masterKey: MasterKey;
  readonly randomBytes: (size: number) => Buffer;
  readonly rules: { readonly ttlSeconds: number };
}

/** A request of its own that takes the other's screen away; undefined if that was never on its way to a SIM. */
export async function writeCancel(deps: GoodbyeDeps, tx: Tx, target: AttemptRow): Promise<AttemptRow | undefined> {
  if (target.simId === null || target.sends === 0) return undefined;
  const id = newId('att', deps.randomBytes);
  const challenge = deps.randomBytes(16);
  const built = buildRequest({
    op: 'cancel' satisfies AppletOp,
    flags: [],
    ttlSeconds: deps.rules.ttlSeconds,
    challenge,
    cancelChallenge: target.challenge,
  });
  if (built.kind !== 'built') throw new Error('a cancel request does not fit');
  const { op: _op, challenge: _challenge, ...same } = pickForCancel(target);
  return await insertAttempt(tx, {
    ...same,
    id,
    purpose: 'cancel',
    holdsSlot: false,
    op: appletOps.cancel,
    flags: built.flags,
    challenge,
    requestData: deps.masterKey.seal(requestPlace(id), built.data),
    requestSha256: built.sha256,
    adminNumber: null,
    ttlSeconds: deps.rules.ttlSeconds,
    leaseSeconds: 0,
  });
}

function pickForCancel(target: AttemptRow) {
  const { slot, simId, enrolmentId, lineId, accountId, brand, clientId, clientName, source } = target;
  const { fromKnownDevice, device, confirmation, level, op, challenge } = target;
  return {
    slot,
    simId,
    enrolmentId,
    lineId,
    accountId,
    brand,
    clientId,
    clientName,
    source,
    fromKnownDevice,
    device,
    confirmation,
    level,
    op,
    challenge,
  };
}

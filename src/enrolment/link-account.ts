// Links another account of the same person to a service that is there: with that account's password and one approval
// by the PIN, which does not change (A12, A13).
import type { ServiceAnswerHandler } from '../authentication/answer-effects.ts';
import { provedLevel } from '../authentication/policies.ts';
import { type AccountId, maskMsisdn } from '../identifiers.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { activateLink, insertLink, listLinks, takeEnrolment } from '../storage/enrolments.ts';
import { findAccount, findLine } from '../storage/subscribers.ts';
import { sealCredential } from './credential.ts';
import {
  type ConfirmationDeps,
  type ConfirmationRequest,
  type ConfirmationStart,
  startConfirmation,
} from './phone-confirmation.ts';
import { shortAccountName } from './service-words.ts';

/** Asks the phone. `passwordFresh`: the password of the account that is to be linked was just given. */
export async function linkAccount(
  deps: ConfirmationDeps,
  { passwordFresh, ...request }: ConfirmationRequest & { readonly passwordFresh: boolean },
): Promise<ConfirmationStart> {
  if (!passwordFresh) return { kind: 'password-needed' };
  return await startConfirmation(deps, {
    purpose: 'link',
    request,
    async check(tx, { enrolment }) {
      const links = await listLinks(tx, enrolment?.id ?? '');
      const active = links.filter(({ status }) => status === 'active');
      if (active.some(({ accountId }) => accountId === request.accountId)) return { kind: 'already-linked' };
      const others = active.map(({ accountId }) => accountId);
      if (!(await sharePerson(tx, request.accountId, others))) return { kind: 'other-person' };
      // Who has nothing but the phone and its SMS must not open one more account with it (decisions 11).
      const trustedFrom = enrolment?.pinTrustedFrom ?? null;
      const isWeak = trustedFrom !== null && (await readAppNow(tx)) < trustedFrom;
      return isWeak ? { kind: 'not-now', availableAt: trustedFrom } : undefined;
    },
  });
}

async function sharePerson(tx: Tx, accountId: AccountId, others: readonly AccountId[]): Promise<boolean> {
  const personId = (await findAccount(tx, accountId))?.personId;
  if (personId == null) return false;
  for (const other of others) if ((await findAccount(tx, other))?.personId === personId) return true;
  return false;
}

type AnswerDeps = Pick<ConfirmationDeps, 'masterKey' | 'audit' | 'notices'>;

/** What the phone said: the link is made by a counted approval and by nothing else. */
export function createLinkAnswer(deps: AnswerDeps): ServiceAnswerHandler {
  return async (tx, { attempt, enrolment, verified, counted, receivedAt }) => {
    const { id, accountId, enrolmentId, level } = attempt;
    if (!counted || verified.result !== 'approved' || accountId === null || enrolmentId === null) return;
    if (provedLevel({ level, receivedAt }, enrolment?.pinTrustedFrom ?? null) !== 'sim-pin') return;
    await link(deps, tx, { id, accountId, enrolmentId });
  };
}

interface Approval {
  /** Of the attempt. */
  readonly id: string;
  readonly accountId: AccountId;
  readonly enrolmentId: string;
}

async function link(deps: AnswerDeps, tx: Tx, { id, accountId, enrolmentId }: Approval): Promise<void> {
  const enrolment = await takeEnrolment(tx, enrolmentId);
  const target = enrolment && (await findLine(tx, enrolment.lineId));
  if (enrolment?.baseState !== 'ACTIVE' || target === undefined) return;
  const isNew =
    (await insertLink(tx, { enrolmentId, accountId, status: 'active' })) ||
    (await activateLink(tx, enrolmentId, accountId));
  if (!isNew) return;
  await sealCredential(tx, deps.masterKey, enrolmentId);
  await deps.audit.serviceLinked(tx, { accountId, object: enrolmentId, first: false });
  await tell(deps, tx, { id, accountId, enrolmentId, line: maskMsisdn(target.line.msisdn) });
}

/** Both sides hear of it: the account that came, and those that were there. */
async function tell(
  { notices }: AnswerDeps,
  tx: Tx,
  { id: eventId, accountId, enrolmentId, line }: Approval & { line: string },
): Promise<void> {
  await notices.activated(tx, { line, eventId, accountId, until: null });
  const account = shortAccountName((await findAccount(tx, accountId))?.label ?? '');
  const active = (await listLinks(tx, enrolmentId)).filter(({ status }) => status === 'active');
  for (const other of active.filter((one) => one.accountId !== accountId)) {
    await notices.accountLinked(tx, { line, eventId, accountId: other.accountId, account });
  }
}

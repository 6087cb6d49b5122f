// The bank account that invoices are taken from: sealed, shown masked, and changed only by an approval on the phone of
// a request that names this very change (level M!; D01).
import type { ServiceAnswerHandler } from '../authentication/answer-effects.ts';
import { provedLevel } from '../authentication/policies.ts';
import { endOfIban, maskIban, parseIban } from '../enrolment/iban.ts';
import {
  type ConfirmationDeps,
  type ConfirmationStart,
  cancelConfirmation,
  progressOf,
  startConfirmation,
} from '../enrolment/phone-confirmation.ts';
import { bankPlace, openBankAccount, sealBankAccount } from '../enrolment/sealed-bank-details.ts';
import { type AccountId, newId } from '../identifiers.ts';
import type { AccountNotices } from '../messaging/account-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { findAttempt } from '../storage/attempts.ts';
import {
  findBankChange,
  findBankDetails,
  insertBankChange,
  putBankDetails,
  takeBankChange,
} from '../storage/bank-details.ts';
import { listRelatedContracts } from '../storage/contracts.ts';
import { type Db, readAppNow, type Tx } from '../storage/database.ts';
import { findFirstEnrolledLine } from '../storage/subscribers.ts';
import type { AccountCaller, BankChangeResult, BankChangeView, BankView } from './account-types.ts';
import { isVersion, versionOf } from './versions.ts';

export type BankDeps = ConfirmationDeps;

/** They are the holder's affair: undefined for whoever holds no contract. */
export async function readBankDetails(deps: BankDeps, accountId: AccountId): Promise<BankView | undefined> {
  if (!(await holdsContract(deps.database.db, accountId))) return undefined;
  return await deps.database.transaction(async (tx) => {
    await deps.audit.bankDetailsRead(tx, { accountId });
    return await viewOf(deps, tx, accountId);
  });
}

/** Asks the phone; nothing is changed before it has answered. */
export async function changeBankDetails(
  deps: BankDeps,
  { accountId, ifMatch }: AccountCaller,
  { iban: typed, holder, locale }: { iban: string; holder: string; locale: 'fr' | 'en' },
): Promise<BankChangeResult> {
  const iban = parseIban(typed);
  const { db } = deps.database;
  if (!(await holdsContract(db, accountId))) return { kind: 'not-found' };
  if (iban === undefined) return { kind: 'invalid-iban' };
  if (!isVersion(ifMatch, versionOf(await viewOf(deps, db, accountId)))) return { kind: 'stale' };
  const line = await findFirstEnrolledLine(db, accountId);
  if (line === undefined) return { kind: 'no-phone' };
  const id = newId('bnk', deps.randomBytes);
  const started = await startConfirmation(deps, {
    purpose: 'bank-details',
    request: { accountId, lineId: line.line.id, locale },
    about: endOfIban(iban),
    async check(tx, { enrolment }) {
      const trustedFrom = enrolment?.pinTrustedFrom ?? null;
      const isWeak = trustedFrom !== null && (await readAppNow(tx)) < trustedFrom;
      return isWeak ? { kind: 'not-now', availableAt: trustedFrom } : undefined;
    },
    async begun(tx, attemptId) {
      const sealed = deps.masterKey.seal(changePlace(id), JSON.stringify({ iban, holder }));
      await insertBankChange(tx, { id, accountId, sealed, attemptId, lifeSeconds: deps.rules.requestSeconds });
      await deps.audit.bankChangeStarted(tx, { accountId, changeId: id });
    },
  });
  return started.kind === 'started' ? await begunChange(deps, accountId, id) : refusalOf(started);
}

async function begunChange(deps: BankDeps, accountId: AccountId, id: string): Promise<BankChangeResult> {
  const change = await readBankChange(deps, accountId, id);
  return change === undefined ? { kind: 'not-found' } : { kind: 'started', change };
}

function refusalOf(started: Exclude<ConfirmationStart, { kind: 'started' }>): BankChangeResult {
  if (started.kind === 'not-now') return { kind: 'later', availableAt: started.availableAt };
  return started.kind === 'command-open' || started.kind === 'unavailable'
    ? { kind: started.kind }
    : { kind: 'no-phone' };
}

/** Where a change stands. */
export async function readBankChange(
  deps: BankDeps,
  accountId: AccountId,
  id: string,
): Promise<BankChangeView | undefined> {
  const { db } = deps.database;
  const row = await findBankChange(db, { id, accountId });
  const attempt = row?.attemptId == null ? undefined : await findAttempt(db, row.attemptId);
  if (row === undefined || attempt === undefined) return undefined;
  const { iban, holder } = openBankAccount(deps.masterKey, changePlace(id), row.sealed);
  return { id, iban: maskIban(iban), holder, ...progressOf(attempt, await readAppNow(db)) };
}

/** Takes the question away from the phone. */
export async function cancelBankChange(deps: BankDeps, accountId: AccountId, id: string): Promise<void> {
  const row = await findBankChange(deps.database.db, { id, accountId });
  if (row?.attemptId != null) await cancelConfirmation(deps, { id: row.attemptId, accountId });
}

interface AnswerDeps {
  readonly masterKey: MasterKey;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<AccountNotices, 'bankDetailsChanged'>;
}

/** What the phone said: nothing but a counted approval with the PIN changes anything. */
export function createBankAnswer(deps: AnswerDeps): ServiceAnswerHandler {
  return async (tx, { attempt, enrolment, verified, counted, receivedAt }) => {
    const { id: attemptId, accountId, level } = attempt;
    if (!counted || accountId === null) return;
    const proved = provedLevel({ level, receivedAt }, enrolment?.pinTrustedFrom ?? null);
    if (verified.result !== 'approved' || proved !== 'sim-pin') {
      await deps.audit.bankChangeRefused(tx, { accountId, attemptId, result: verified.result });
      return;
    }
    const row = await takeBankChange(tx, { attemptId, accountId });
    if (row === undefined) return;
    const known = openBankAccount(deps.masterKey, changePlace(row.id), row.sealed);
    await putBankDetails(tx, { accountId, sealed: sealBankAccount(deps.masterKey, accountId, known) });
    await deps.audit.bankDetailsChanged(tx, { accountId, changeId: row.id });
    const at = await readAppNow(tx);
    await deps.notices.bankDetailsChanged(tx, { accountId, at, ends: endOfIban(known.iban), eventId: row.id });
  };
}

async function viewOf(deps: BankDeps, db: Db, accountId: AccountId): Promise<BankView> {
  const row = await findBankDetails(db, accountId);
  if (row === undefined) return { iban: undefined, holder: undefined, changedAt: undefined };
  const { iban, holder } = openBankAccount(deps.masterKey, bankPlace(accountId), row.sealed);
  return { iban: maskIban(iban), holder, changedAt: row.changedAt };
}

async function holdsContract(db: Db, accountId: AccountId): Promise<boolean> {
  return (await listRelatedContracts(db, accountId)).some(({ relation }) => relation === 'holder');
}

function changePlace(id: string) {
  return { table: 'bank_changes', column: 'sealed', row: id } as const;
}

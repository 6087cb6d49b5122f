// From an identifier to the line that may be rung, and from its approval to a proof that opens an account.
// The same for a login in a browser and for one without (CIBA).
import type { AccountId } from '../identifiers.ts';
import { referenceCode } from '../messaging/applet-message.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { finishAttempt } from '../storage/attempts.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import {
  findAccount,
  findAccountByIdentifier,
  findEnrolment,
  findFirstEnrolledLine,
  findLineByNumber,
  findLineOfEnrolment,
  type LineState,
  listEnrolledLines,
  listLinkedAccounts,
} from '../storage/subscribers.ts';
import { credentialIntact } from './credential-check.ts';
import { effectiveState, provedLevel, type StateRules } from './policies.ts';
import { asMsisdn } from './sign-in-identifier.ts';
import type { SignInIdentifier, SignInProof } from './sign-in-record.ts';

export interface SimProofDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly audit: Audit;
  readonly now: () => Date;
  readonly rules: StateRules & {
    /** How long after the answer an approval can still be used. */
    readonly finishSeconds: number;
  };
}

/** The line that an identifier rings: its own, or the first enrolled one of the account behind an address or ID. */
export async function findRingTarget(
  { database: { db }, masterKey }: Pick<SimProofDeps, 'database' | 'masterKey'>,
  brand: string,
  identifier: SignInIdentifier,
): Promise<LineState | undefined> {
  if (identifier.kind === 'msisdn') return await findLineByNumber(db, asMsisdn(identifier));
  const { kind, value } = identifier;
  const account = await findAccountByIdentifier(db, { brand, kind, lookupHash: masterKey.index(kind, value) });
  return await findFirstEnrolledLine(db, account?.id ?? '');
}

/** Uses up an approval: the proof, for one caller and within the time; without an account if there are several. */
export async function proveBySim(deps: SimProofDeps, attemptId: string): Promise<SignInProof | undefined> {
  return await deps.database.transaction((tx) => proveInTransaction(deps, tx, attemptId));
}

/** The same for a caller who writes down in one transaction what follows from it. */
export async function proveInTransaction(
  deps: Pick<SimProofDeps, 'audit' | 'now' | 'rules'>,
  tx: Tx,
  attemptId: string,
): Promise<SignInProof | undefined> {
  const attempt = await finishAttempt(tx, attemptId, deps.rules.finishSeconds);
  if (attempt?.enrolmentId == null || attempt.receivedAt === null) return undefined;
  const { receivedAt } = attempt;
  const enrolment = await findEnrolment(tx, attempt.enrolmentId);
  const level = provedLevel({ level: attempt.level, receivedAt }, enrolment?.pinTrustedFrom ?? null);
  const accounts = await listLinkedAccounts(tx, attempt.enrolmentId);
  const [first] = accounts;
  if (first === undefined) return undefined;
  // The answer's age is measured by the domain clock, the time of a token by this node's: the sandbox moves only one.
  const age = attempt.now.getTime() - receivedAt.getTime();
  const authTime = Math.floor((deps.now().getTime() - age) / 1_000);
  const accountId = accounts.length === 1 ? first.id : null;
  await deps.audit.signInApproved(tx, { attemptId, clientId: attempt.clientId, level, accountId });
  const reduced = level === attempt.level ? {} : ({ reduced: true } as const);
  const receipt = {
    referenceCode: referenceCode(attempt.challenge),
    requestSha256: attempt.requestSha256.toString('base64url'),
    answeredAt: authTime,
  };
  return { level, authTime, enrolmentId: attempt.enrolmentId, accountId, receipt, ...reduced };
}

/** Checked again at the door: the account lives, and a SIM's proof counts only while its service does (A52, X119). */
export async function mayEnter(
  { database: { db }, masterKey, rules }: Omit<SimProofDeps, 'audit' | 'now'>,
  proof: SignInProof & { accountId: string },
): Promise<AccountId | undefined> {
  if (proof.enrolmentId === null) {
    const account = await findAccount(db, proof.accountId);
    return account?.status === 'active' ? account.id : undefined;
  }
  const linked = await listLinkedAccounts(db, proof.enrolmentId);
  const account = linked.find((one) => one.id === proof.accountId);
  const line = await findLineOfEnrolment(db, proof.enrolmentId);
  if (account === undefined || line?.sim === undefined || line.enrolment?.id !== proof.enrolmentId) return undefined;
  if (!(await credentialIntact(db, masterKey, { sim: line.sim, enrolment: line.enrolment }))) return undefined;
  return effectiveState(line, rules, await readAppNow(db)) === 'ACTIVE' ? account.id : undefined;
}

/** True while a phone could prove this account now: what an earlier proof is still good for hangs on it (A43, A52). */
export async function serviceStands(
  { database: { db }, rules }: { database: Pick<Database, 'db'>; rules: StateRules },
  accountId: string,
): Promise<boolean> {
  const lines = await listEnrolledLines(db, accountId);
  const now = await readAppNow(db);
  return lines.some((line) => effectiveState(line, rules, now) === 'ACTIVE');
}

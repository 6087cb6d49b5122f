// One login in the browser: from the identifier, over the phone or the password, to a proof that is handed over once.
// Which method is open and what was proved is decided here, never by the form that was posted.

import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../storage/database.ts';
import { listLinkedAccounts } from '../storage/subscribers.ts';
import { type Level, satisfies } from './levels.ts';
import { createPasswordStep, type PasswordStepDeps } from './password-step.ts';
import { createPhoneStep, type PhoneStepDeps } from './phone-step.ts';
import { passwordAllowed } from './policies.ts';
import { type IdentifierKinds, parseIdentifier, shownIdentifier } from './sign-in-identifier.ts';
import type { SignInIdentifier, SignInProof, SignInRecord, SignInRecords } from './sign-in-record.ts';
import type {
  FinishOutcome,
  IdentifyOutcome,
  PasswordOutcome,
  SignIn,
  SignInRequest,
  SignInView,
} from './sign-in-types.ts';

export interface SignInDeps {
  readonly database: Database;
  readonly records: SignInRecords;
  readonly phone: PhoneStepDeps;
  readonly password: PasswordStepDeps;
  /** What the customers of a brand log in with; default number or e-mail address. */
  readonly kindsOf?: IdentifierKinds | undefined;
  /** Whether a brand's phones are asked at all; without it they are. */
  readonly rings?: ((brand: string) => boolean) | undefined;
}

/** Makes the sign-in over its two steps. */
export function createSignIn(deps: SignInDeps): SignIn {
  const steps: Steps = { ...deps, phone: createPhoneStep(deps.phone), password: createPasswordStep(deps.password) };
  const read = (request: SignInRequest) => deps.records.read(request.issuer, request.uid);
  return {
    view: (request) => view(steps, request),
    identify: (request, text) => identify(steps, request, text),
    usePassword: (request) => usePassword(steps, request),
    async useSim(request) {
      const record = await read(request);
      if (record.identifier === undefined) return { kind: 'malformed' };
      // What this browser began before would hold the number, and the new request could only be a decoy.
      await leavePhone(steps, record);
      return await ring(steps, request, record.identifier);
    },
    checkPassword: (request, password) => checkPassword(steps, request, password),
    async resend(request) {
      const { attemptId } = await read(request);
      return attemptId === undefined ? { kind: 'no-more' } : await steps.phone.resend(attemptId);
    },
    async cancel(request) {
      await leavePhone(steps, await read(request));
    },
    async startOver(request) {
      await leavePhone(steps, await read(request));
      await deps.records.end(request.issuer, request.uid);
    },
    chooseAccount: (request, accountId) => chooseAccount(steps, request, accountId),
    async waitForChange(request, seen, wait) {
      const { attemptId } = await read(request);
      if (attemptId !== undefined) await steps.phone.waitForChange(attemptId, { seen, ...wait });
      // No phone is asked, so nothing will wake us; whoever asks in a loop must still be held.
      else await pause(wait.timeoutMs, undefined, { signal: wait.signal, ref: false }).catch(() => undefined);
    },
    finish: (request) => finish(steps, request),
  };
}

interface Steps extends Pick<SignInDeps, 'database' | 'records' | 'kindsOf' | 'rings'> {
  readonly phone: ReturnType<typeof createPhoneStep>;
  readonly password: ReturnType<typeof createPasswordStep>;
}

async function identify(steps: Steps, request: SignInRequest, text: string): Promise<IdentifyOutcome> {
  const kinds = steps.kindsOf?.(request.brand);
  const identifier = kinds === undefined ? parseIdentifier(text) : parseIdentifier(text, kinds);
  if (identifier === undefined) return { kind: 'malformed' };
  const record = await steps.records.read(request.issuer, request.uid);
  await leavePhone(steps, record);
  // Whoever gives no number means the password, where it may be used at all; with a number one can ask for it.
  const meansPassword =
    identifier.kind !== 'msisdn' ||
    !isRung(steps, request) ||
    (record.identifier === undefined && record.method === 'password');
  if (meansPassword && passwordAllowed(request.client, request.least)) {
    await steps.records.write(request.issuer, request.uid, { identifier, method: 'password' });
    return { kind: 'ok' };
  }
  return await ring(steps, request, identifier);
}

async function ring(steps: Steps, request: SignInRequest, identifier: SignInIdentifier): Promise<IdentifyOutcome> {
  if (!isRung(steps, request)) return { kind: 'malformed' };
  const outcome = await steps.phone.begin(request, {
    record: { identifier, method: 'sim' },
    keep: (record) => steps.records.write(request.issuer, request.uid, record),
  });
  if (outcome.kind === 'not-rung') await steps.records.end(request.issuer, request.uid);
  return outcome;
}

/** Where the brand has no Mobile Connect, no phone is asked, whoever asks for it (E09). */
function isRung({ rings }: Steps, { brand }: SignInRequest): boolean {
  return rings === undefined || rings(brand);
}

async function leavePhone({ phone }: Steps, { attemptId }: SignInRecord): Promise<void> {
  if (attemptId !== undefined) await phone.cancel(attemptId);
}

async function usePassword(steps: Steps, request: SignInRequest): Promise<void> {
  if (!passwordAllowed(request.client, request.least)) return;
  const record = await steps.records.read(request.issuer, request.uid);
  await leavePhone(steps, record);
  // Without an identifier it is a wish for the one that comes next.
  await steps.records.write(request.issuer, request.uid, { identifier: record.identifier, method: 'password' });
}

async function checkPassword(steps: Steps, request: SignInRequest, password: string): Promise<PasswordOutcome> {
  const { identifier, method } = await steps.records.read(request.issuer, request.uid);
  const asked = method === 'password' && passwordAllowed(request.client, request.least);
  if (identifier === undefined || !asked) return { kind: 'not-asked' };
  const outcome = await steps.password.check(request, identifier, password);
  if (outcome.kind !== 'proved') return outcome;
  await steps.records.write(request.issuer, request.uid, { identifier, method: 'password', proof: outcome.proof });
  return { kind: 'ok' };
}

async function chooseAccount(steps: Steps, request: SignInRequest, accountId: string): Promise<void> {
  const record = await steps.records.read(request.issuer, request.uid);
  const { proof } = record;
  if (proof?.enrolmentId == null || proof.accountId !== null) return;
  const accounts = await listLinkedAccounts(steps.database.db, proof.enrolmentId);
  const chosen = accounts.find((account) => account.id === accountId);
  if (chosen === undefined) return;
  await steps.records.write(request.issuer, request.uid, { ...record, proof: { ...proof, accountId: chosen.id } });
}

async function view(steps: Steps, request: SignInRequest): Promise<SignInView> {
  const record = await steps.records.read(request.issuer, request.uid);
  if (record.proof?.enrolmentId != null && record.proof.accountId === null) {
    const accounts = await listLinkedAccounts(steps.database.db, record.proof.enrolmentId);
    return { step: 'choose-account', accounts: accounts.map(({ id, label }) => ({ id, label })) };
  }
  if (record.identifier === undefined) return { step: 'identify' };
  const identifierShown = shownIdentifier(record.identifier);
  if (record.method === 'password') {
    return { step: 'password', identifierShown, simOffered: mayMeanPhone(record.identifier) && isRung(steps, request) };
  }
  const status = await steps.phone.status(record);
  if (status === undefined) return { step: 'identify' };
  return { step: 'phone', identifierShown, passwordOffered: passwordAllowed(request.client, request.least), ...status };
}

/** An Account ID and a Customer ID stand for bills, not for a phone: their brand has no Mobile Connect (E09). */
function mayMeanPhone({ kind }: SignInIdentifier): boolean {
  return kind === 'msisdn' || kind === 'email';
}

async function finish(steps: Steps, request: SignInRequest): Promise<FinishOutcome> {
  const { records, phone } = steps;
  let record = await records.read(request.issuer, request.uid);
  if (record.proof === undefined && record.attemptId !== undefined) {
    const proof = await phone.prove(record.attemptId);
    if (proof === undefined) return { kind: 'not-ready' };
    // Written before anything else: the attempt is used up, so the proof must not be lost with this request.
    record = { ...record, proof };
    await records.write(request.issuer, request.uid, record);
  }
  const { proof } = record;
  if (proof === undefined || !mayBeHandedOver(proof, request.least)) return { kind: 'not-ready' };
  if (proof.accountId === null) return { kind: 'choose-account' };
  const account = await phone.mayEnter({ ...proof, accountId: proof.accountId });
  // The record goes with the login: only one caller takes it away.
  if (account === undefined || !(await records.end(request.issuer, request.uid))) return { kind: 'not-ready' };
  const { level, authTime, receipt } = proof;
  return { kind: 'done', accountId: account, level, authTime, receipt };
}

/** A PIN that counts less for a day is handed over as what it is: the relying party hears that it does not suffice. */
function mayBeHandedOver(proof: SignInProof, least: Level): boolean {
  return proof.reduced === true || satisfies(proof.level, least);
}

// The step of a sign-in that checks the account's password: limited, with the same work for accounts that do not
// exist, and told to the customer by SMS each time it succeeds (A40).
import type { AccountId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import { findAccountByIdentifier, findPasswordHash, listEnrolledLines } from '../storage/subscribers.ts';
import type { PasswordVerifier } from './password.ts';
import { effectiveState, passwordAlertFor, type StateRules } from './policies.ts';
import type { SignInIdentifier, SignInProof } from './sign-in-record.ts';
import type { SignInRequest } from './sign-in-types.ts';

/** The alert of a password login, created in the transaction that records the login. */
export interface PasswordNotices {
  passwordLogin(
    tx: Tx,
    about: {
      channel: 'sms' | 'email';
      lineId: string;
      accountId: AccountId;
      clientName: string;
      deviceLabel: string;
      at: Date;
      eventId: string;
    },
  ): Promise<void>;
}

export interface PasswordStepDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly verifier: PasswordVerifier;
  readonly notices: PasswordNotices;
  readonly audit: Audit;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  readonly limits: { readonly account: RateLimit; readonly address: RateLimit };
  readonly rules: StateRules;
}

export type CheckOutcome =
  | { readonly kind: 'proved'; readonly proof: SignInProof }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

/** Makes the step over its dependencies. */
export function createPasswordStep(deps: PasswordStepDeps) {
  return {
    check: (request: SignInRequest, identifier: SignInIdentifier, password: string) =>
      check(deps, { request, identifier, password }),
  };
}

interface Claim {
  readonly request: SignInRequest;
  readonly identifier: SignInIdentifier;
  readonly password: string;
}

async function check(deps: PasswordStepDeps, { request, identifier, password }: Claim): Promise<CheckOutcome> {
  const { database, limits, masterKey } = deps;
  const lookupHash = masterKey.index(identifier.kind, identifier.value);
  const accountKey = lookupHash.toString('base64url');
  // Taken before the comparison, so that parallel guesses cannot all slip under the limit.
  const retryAfterSeconds = (await limits.address.take(request.address)) ?? (await limits.account.take(accountKey));
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  const account = await findAccountByIdentifier(database.db, {
    brand: request.brand,
    kind: identifier.kind,
    lookupHash,
  });
  const stored = await findPasswordHash(database.db, account?.id ?? '');
  const right = await deps.verifier.verify(account?.status === 'active' ? stored : undefined, password);
  if (!right || account === undefined) {
    await database.transaction((tx) =>
      deps.audit.passwordFailed(tx, { clientId: request.client.id, accountId: account?.id ?? null }),
    );
    return { kind: 'wrong' };
  }
  await limits.account.forgive(accountKey);
  await database.transaction((tx) => recordLogin(deps, tx, { request, accountId: account.id }));
  const authTime = Math.floor(deps.now().getTime() / 1_000);
  return { kind: 'proved', proof: { level: 'pwd', authTime, enrolmentId: null, accountId: account.id } };
}

async function recordLogin(
  deps: PasswordStepDeps,
  tx: Tx,
  { request, accountId }: { request: SignInRequest; accountId: AccountId },
): Promise<void> {
  const now = await readAppNow(tx);
  const event = deps.randomBytes(12).toString('base64url');
  await deps.audit.passwordLogin(tx, { clientId: request.client.id, accountId });
  for (const line of await listEnrolledLines(tx, accountId)) {
    const channel = passwordAlertFor(effectiveState(line, deps.rules, now));
    if (channel === 'none') continue;
    await deps.notices.passwordLogin(tx, {
      channel,
      lineId: line.line.id,
      accountId,
      clientName: request.client.name,
      deviceLabel: request.deviceLabel,
      at: deps.now(),
      eventId: `password-login:${event}:${line.line.id}`,
    });
  }
}

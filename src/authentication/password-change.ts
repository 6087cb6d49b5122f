// A password changed by its owner, who gives the present one (mission 4.6). Guesses count with those of logins.
import type { AccountId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import { findAccountHolder } from '../storage/accounts.ts';
import type { Tx } from '../storage/database.ts';
import { findPassword } from '../storage/passwords.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import {
  type KeptSession,
  type NewPasswordProblem,
  type PasswordSettingDeps,
  preparePassword,
  storePassword,
  type TypedPassword,
} from './password-setting.ts';

export interface PasswordChangeDeps extends PasswordSettingDeps {
  readonly limits: { readonly account: RateLimit; readonly address: RateLimit };
  readonly audit: Pick<Audit, 'passwordSet' | 'passwordChangeFailed'>;
}

export interface PasswordChangeRequest {
  readonly accountId: AccountId;
  /** Network address, for the limit. */
  readonly address: string;
  readonly current: string;
  readonly typed: TypedPassword;
  readonly kept: KeptSession;
}

export type PasswordChangeOutcome =
  | { readonly kind: 'changed' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'refused'; readonly problem: NewPasswordProblem };

/** Changes it: one for all ways in. */
export type ChangePassword = (request: PasswordChangeRequest) => Promise<PasswordChangeOutcome>;

/** Makes the use case over its dependencies. */
export function createPasswordChange(deps: PasswordChangeDeps): ChangePassword {
  return (request) => change(deps, request);
}

async function change(deps: PasswordChangeDeps, request: PasswordChangeRequest): Promise<PasswordChangeOutcome> {
  const { database, limits, verifier, audit } = deps;
  const { accountId, address, current, typed, kept } = request;
  // Taken before the comparison, so that parallel guesses cannot all slip under the limit.
  const retryAfterSeconds = (await limits.address.take(address)) ?? (await limits.account.take(accountId));
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  const present = await findPassword(database.db, accountId);
  if (!(await verifier.verify(present?.passwordHash, current)) || present === undefined) {
    await database.transaction((tx) => audit.passwordChangeFailed(tx, { accountId }));
    return { kind: 'wrong' };
  }
  await limits.account.forgive(accountId);
  const about = await aboutAccount(deps, accountId);
  const prepared = await preparePassword(deps, accountId, { ...typed, about });
  if (prepared.kind === 'refused') return prepared;
  if (prepared.ready.version !== present.version) return { kind: 'wrong' };
  // Whoever knows the present one only hands on what that one was worth (decisions 11).
  const facts = { accountId, ready: prepared.ready, how: 'changed', path: present, kept } as const;
  const after = (tx: Tx) => audit.passwordSet(tx, { accountId, how: 'changed' });
  return { kind: (await storePassword(deps, facts, { after })) ? 'changed' : 'wrong' };
}

/** What a password of this account must not consist of. */
export async function aboutAccount(
  { database }: Pick<PasswordSettingDeps, 'database'>,
  accountId: AccountId,
): Promise<string[]> {
  const holder = await findAccountHolder(database.db, accountId);
  const { contactEmail, label, givenName, familyName } = holder ?? {};
  return [contactEmail, label, givenName, familyName].filter((text) => typeof text === 'string');
}

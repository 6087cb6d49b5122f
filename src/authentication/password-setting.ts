// Setting the password of an account, however it came to be: what it may be, what was used before, and what ends with
// the old one (B09). Mobile Connect and its PIN are not touched.
import type { AccountId } from '../identifiers.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import { deleteSessionsAndGrants } from '../storage/oidc-records.ts';
import { endPasswordResetsOf } from '../storage/password-resets.ts';
import { type CodePath, findPassword, listLinesToTell, replacePassword } from '../storage/passwords.ts';
import type { PasswordVerifier } from './password.ts';
import { type PasswordFault, passwordFault } from './password-policy.ts';

export type NewPasswordProblem = PasswordFault | 'used-before' | 'not-repeated';

/** A new password as it was typed, twice. */
export interface TypedPassword {
  readonly password: string;
  readonly confirmation: string;
}

/** Which of an account's sessions stays: the one that the change came from, by its name in access tokens. */
export interface KeptSession {
  readonly session: string | undefined;
}

export interface PasswordSettingDeps {
  readonly database: Database;
  readonly verifier: PasswordVerifier;
  readonly hash: (password: string) => Promise<string>;
  /** Ends sessions, grants and refresh tokens but the current session's; relying parties hear of it. */
  readonly endOthers: (accountId: AccountId, current: string | undefined) => Promise<unknown>;
  readonly notices: {
    passwordSet(
      tx: Tx,
      notice: { accountId: AccountId; at: Date; how: 'changed' | 'reset'; lineIds: readonly string[]; eventId: string },
    ): Promise<void>;
  };
  readonly randomBytes: (size: number) => Buffer;
}

export interface ReadyPassword {
  readonly passwordHash: string;
  readonly version: number;
  readonly earlier: readonly string[];
}

export type Prepared =
  | { readonly kind: 'refused'; readonly problem: NewPasswordProblem }
  | { readonly kind: 'ready'; readonly ready: ReadyPassword };

/** So many of the last passwords, the present one among them, are not taken again. */
const remembered = 3;

/** Checks and hashes a new password; outside any transaction, for it takes its time. */
export async function preparePassword(
  { database, verifier, hash }: Pick<PasswordSettingDeps, 'database' | 'verifier' | 'hash'>,
  accountId: AccountId,
  { password, confirmation, about }: TypedPassword & { about: readonly string[] },
): Promise<Prepared> {
  const fault = password === confirmation ? passwordFault(password, about) : 'not-repeated';
  if (fault !== undefined) return { kind: 'refused', problem: fault };
  const present = await findPassword(database.db, accountId);
  const past = present === undefined ? [] : [present.passwordHash, ...present.earlier].slice(0, remembered);
  for (const one of past) {
    if (await verifier.verify(one, password)) return { kind: 'refused', problem: 'used-before' };
  }
  const ready = {
    passwordHash: await hash(password),
    version: present?.version ?? 0,
    earlier: past.slice(0, remembered - 1),
  };
  return { kind: 'ready', ready };
}

export interface PasswordChangeFacts {
  readonly accountId: AccountId;
  readonly ready: ReadyPassword;
  readonly how: 'changed' | 'reset';
  /** Where the code went that allowed it. */
  readonly path: CodePath;
  readonly kept?: KeptSession | undefined;
}

/**
 * Puts it in the place of the one that was there when it was prepared; false if that has changed since. `also` is done
 * in the same transaction, before and after; false before, and nothing is done.
 */
export async function storePassword(
  deps: Pick<PasswordSettingDeps, 'database' | 'endOthers' | 'notices' | 'randomBytes'>,
  { accountId, ready, how, path, kept }: PasswordChangeFacts,
  also: { before?: (tx: Tx) => Promise<boolean>; after: (tx: Tx) => Promise<void> },
): Promise<boolean> {
  const { codeLineId, codeSimId } = path;
  // First, while it is known which relying parties are to hear of it; again below, for whoever came in meanwhile.
  await deps.endOthers(accountId, kept?.session);
  const stored = await deps.database
    .transaction(async (tx) => {
      if (also.before !== undefined && !(await also.before(tx))) throw new Superseded();
      if (!(await replacePassword(tx, { accountId, ...ready, codeLineId, codeSimId }))) throw new Superseded();
      if (how === 'reset') await deleteSessionsAndGrants(tx, accountId);
      await endPasswordResetsOf(tx, accountId);
      await tell(deps, tx, { accountId, how });
      await also.after(tx);
      return true;
    })
    .catch((error: unknown) => {
      if (error instanceof Superseded) return false;
      throw error;
    });
  if (stored) await deps.endOthers(accountId, kept?.session);
  return stored;
}

/** Undoes what the transaction has done so far. */
class Superseded extends Error {
  override readonly name = 'Superseded';
}

async function tell(
  { notices, randomBytes }: Pick<PasswordSettingDeps, 'notices' | 'randomBytes'>,
  tx: Tx,
  { accountId, how }: Pick<PasswordChangeFacts, 'accountId' | 'how'>,
): Promise<void> {
  const at = await readAppNow(tx);
  const lineIds = await listLinesToTell(tx, accountId);
  const eventId = randomBytes(12).toString('base64url');
  await notices.passwordSet(tx, { accountId, at, how, lineIds, eventId });
}

// Flows of a forgotten password: one row for every identifier that is asked for, with an account behind it or none.
// A step is taken by one conditional update, so that a form sent twice counts once.
import type { AccountId } from '../identifiers.ts';
import { secondsFromNow } from './browser-flows.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { PasswordResetRow, PasswordResetStep } from './password-tables.ts';

export interface NewPasswordReset {
  readonly id: string;
  readonly browser: Buffer;
  readonly slot: Buffer;
  readonly brand: string;
  readonly identifierSealed: string;
  readonly accountId: AccountId | null;
  readonly robotSealed: string;
  readonly robotSeconds: number;
  readonly lifeSeconds: number;
}

/** Begins a flow with its robot check. */
export async function insertPasswordReset(tx: Tx, reset: NewPasswordReset): Promise<void> {
  const { robotSeconds, lifeSeconds, ...row } = reset;
  await tx
    .insertInto('passwordResets')
    .values({
      ...row,
      step: 'robot',
      channel: null,
      codeLineId: null,
      codeSimId: null,
      robotUntil: secondsFromNow(robotSeconds),
      createdAt: appNow,
      expiresAt: secondsFromNow(lifeSeconds),
    })
    .execute();
}

/** The flow of a browser, while it lives. */
export async function findPasswordReset(
  db: Db,
  { id, browser }: { id: string; browser: Buffer },
): Promise<PasswordResetRow | undefined> {
  return await db
    .selectFrom('passwordResets')
    .selectAll()
    .where('id', '=', id)
    .where('browser', '=', browser)
    .where('expiresAt', '>', appNow)
    .executeTakeFirst();
}

type Facts = Partial<Pick<PasswordResetRow, 'channel' | 'codeLineId' | 'codeSimId'>>;

/** Goes on from one of some steps to another: true for one caller. */
export async function movePasswordReset(
  db: Db,
  { id, from, to, ...facts }: Facts & { id: string; from: readonly PasswordResetStep[]; to: PasswordResetStep },
): Promise<boolean> {
  const row = await db
    .updateTable('passwordResets')
    .set({ ...facts, step: to })
    .where('id', '=', id)
    .where('step', 'in', from)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Ends the other flows of this identifier that wait for a code or a password: one code counts. */
export async function endOtherPasswordResets(tx: Tx, { id, slot }: { id: string; slot: Buffer }): Promise<void> {
  await tx
    .updateTable('passwordResets')
    .set({ step: 'failed' })
    .where('slot', '=', slot)
    .where('id', '<>', id)
    .where('step', 'in', ['code', 'password'])
    .execute();
}

/** Ends every open flow of an account: its password has just been set. */
export async function endPasswordResetsOf(tx: Tx, accountId: AccountId): Promise<void> {
  await tx
    .updateTable('passwordResets')
    .set({ step: 'failed' })
    .where('accountId', '=', accountId)
    .where('step', 'in', ['robot', 'channel', 'code', 'password'])
    .execute();
}

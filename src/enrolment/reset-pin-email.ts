// The other way to a PIN that counts at once: a code to the mailbox of the account, given beside the code by SMS
// (decisions 11). Asked for, sent and answered alike for every number; only the job knows whether somebody gets it.
import { parseMsisdn } from '../identifiers.ts';
import { readAppNow } from '../storage/database.ts';
import { markEmailAsked, markStrong } from '../storage/pin-resets.ts';
import type { PinResetRow } from '../storage/service-tables.ts';
import { findAccountByIdentifier, findLine } from '../storage/subscribers.ts';
import { identifierPlace, mayReset } from './reset-pin-rules.ts';
import type { PinResetDeps, ResetOutcome, ResetVisit } from './reset-pin-types.ts';

/** What the codes by e-mail are for. */
export const emailPurpose = 'pin-reset-email';

interface Entry {
  readonly visit: ResetVisit;
  readonly flow: PinResetRow;
}

/** Sends a code to the mailbox of the account that the number opens; the one before counts no more. */
export async function sendEmailCode(deps: PinResetDeps, { visit, flow }: Entry): Promise<ResetOutcome> {
  if (flow.step !== 'code') return { kind: 'ok' };
  const recipient = `${emailPurpose}:${flow.slot.toString('base64url')}`;
  const retryAfterSeconds = await deps.codes.takeSending({ recipient, address: visit.address });
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  await deps.database.transaction(async (tx) => {
    const number = parseMsisdn(deps.masterKey.open(identifierPlace(flow.id), flow.identifierSealed).toString());
    const lookupHash = deps.masterKey.index('msisdn', number);
    const account = await findAccountByIdentifier(tx, { brand: flow.brand, kind: 'msisdn', lookupHash });
    const target = await findLine(tx, flow.lineId ?? '');
    const now = await readAppNow(tx);
    const { id: codeId } = await deps.codes.issue(tx, { purpose: emailPurpose, subject: flow.id });
    await markEmailAsked(tx, flow.id);
    const accountId = mayReset(flow, target, { rules: deps.rules, now }) ? (account?.id ?? null) : null;
    await deps.sendEmailCode(tx, { codeId, accountId });
  });
  return { kind: 'ok' };
}

/** Checks it; a right one counts for the rest of the flow, so that a slip in the other code does not cost it. */
export async function checkEmailCode(
  { codes, database }: Pick<PinResetDeps, 'codes' | 'database'>,
  { id }: PinResetRow,
  typed: string,
): Promise<'right' | 'wrong'> {
  const checked = await codes.check({ purpose: emailPurpose, subject: id, typed });
  if (checked.kind === 'wrong') return 'wrong';
  await markStrong(database.db, id);
  return 'right';
}

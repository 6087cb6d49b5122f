// Codes of six digits that are sent to a phone or a mailbox and typed back: HOTP (RFC 4226) over a fresh secret each,
// bound to a purpose and a subject, used once (decisions 20). Outside there is one word for all that is not right.
import { createHmac } from 'node:crypto';
import { generate, verify } from 'otplib';
import { newId } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database, Tx } from '../storage/database.ts';
import { type CodePlace, findLivingCode, markCodeUsed, putCode, takeTry, voidCode } from '../storage/one-time-codes.ts';
import type { RateLimit } from '../storage/rate-limits.ts';

export type { CodePlace } from '../storage/one-time-codes.ts';

export interface OneTimeCodeDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly randomBytes: (size: number) => Buffer;
  /** An hour's and a day's budget of one recipient, and of one network address. */
  readonly limits: {
    readonly recipient: readonly RateLimit[];
    readonly address: readonly RateLimit[];
  };
  readonly rules: { readonly lifeSeconds: number; readonly tries: number };
}

export type CodeCheck = { readonly kind: 'right'; readonly id: string } | { readonly kind: 'wrong' };

export interface OneTimeCodes {
  /**
   * Takes one sending from the budgets, before `issue` and outside its transaction; the seconds to wait if one is used
   * up. `recipient` is a key in normal form, such as the HMAC of a number, so that no spelling slips by.
   */
  takeSending(who: { recipient: string; address: string }): Promise<number | undefined>;
  /** Makes the code of a place; the one before counts no more. A job names the id and reads the digits when it sends. */
  issue(tx: Tx, place: CodePlace): Promise<{ readonly id: string; readonly expiresAt: Date }>;
  /** The digits of a code that can still be used; for whoever sends it, never for a page. */
  open(id: string): Promise<{ readonly digits: string; readonly secondsLeft: number } | undefined>;
  /**
   * Right for one caller, once; wrong, used, expired, voided, another's and none at all are all `wrong`. `within`: a
   * transaction that ends well whatever this says, or the try would not be counted.
   */
  check(place: CodePlace & { readonly typed: string }, within?: Tx): Promise<CodeCheck>;
  /** The code of a place counts no more. */
  withdraw(tx: Tx, place: CodePlace): Promise<void>;
}

const wrong: CodeCheck = { kind: 'wrong' };
const hotp = { strategy: 'hotp', counter: 0, digits: 6, algorithm: 'sha256' } as const;

/** Makes the functions over their dependencies. */
export function createOneTimeCodes(deps: OneTimeCodeDeps): OneTimeCodes {
  return {
    takeSending: (who) => takeSending(deps, who),
    async issue(tx, place) {
      const id = newId('otc', deps.randomBytes);
      const secretSealed = deps.masterKey.seal(secretPlace(id), deps.randomBytes(32));
      const { purpose, subject } = place;
      const { expiresAt } = await putCode(tx, { purpose, subject, id, secretSealed, ...deps.rules });
      return { id, expiresAt };
    },
    async open(id) {
      const row = await findLivingCode(deps.database.db, id);
      if (row === undefined) return undefined;
      return { digits: await generate({ ...hotp, secret: keyOf(deps, row) }), secondsLeft: row.secondsLeft };
    },
    check: (claim, within) => check(deps, claim, within),
    withdraw: (tx, place) => voidCode(tx, place),
  };
}

/** What was typed as six ASCII digits, leading zeros kept; undefined for anything else. Spaces are no mistake. */
export function parseCode(typed: string): string | undefined {
  if (typed.length > 40) return undefined;
  const bare = typed.replace(/[\t \u00A0\u202F]/g, '');
  return /^[0-9]{6}$/.test(bare) ? bare : undefined;
}

async function check(
  deps: OneTimeCodeDeps,
  { typed, ...place }: CodePlace & { typed: string },
  within: Tx | undefined,
): Promise<CodeCheck> {
  const token = parseCode(typed);
  if (token === undefined) return wrong;
  const db = within ?? deps.database.db;
  // Taken before the comparison, so that parallel guesses cannot share a try.
  const row = await takeTry(db, place);
  if (row === undefined) return wrong;
  // An object: as a condition it would always be true.
  const { valid } = await verify({ ...hotp, secret: keyOf(deps, row), token });
  if (!valid) return wrong;
  return (await markCodeUsed(db, row.id)) ? { kind: 'right', id: row.id } : wrong;
}

async function takeSending(
  { limits }: OneTimeCodeDeps,
  { recipient, address }: { recipient: string; address: string },
): Promise<number | undefined> {
  for (const limit of limits.address) {
    const wait = await limit.take(address);
    if (wait !== undefined) return wait;
  }
  for (const limit of limits.recipient) {
    const wait = await limit.take(recipient);
    if (wait !== undefined) return wait;
  }
  return undefined;
}

function secretPlace(id: string) {
  return { table: 'one_time_codes', column: 'secret_sealed', row: id } as const;
}

/** The HOTP key: the stored secret bound to purpose and subject, so that the row of one flow opens no other. */
function keyOf(
  { masterKey }: OneTimeCodeDeps,
  { id, secretSealed, purpose, subject }: CodePlace & { id: string; secretSealed: string },
): Buffer {
  const secret = masterKey.open(secretPlace(id), secretSealed);
  return createHmac('sha256', secret)
    .update(JSON.stringify([purpose, subject]))
    .digest();
}

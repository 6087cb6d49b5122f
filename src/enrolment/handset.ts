// The phone that a line's SIM is in, as the mobile network tells it whenever it sees the SIM in another one (B38, b12).
// Mobile Connect follows the SIM: nothing else changes.
import type { Msisdn } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { Database, Tx } from '../storage/database.ts';
import { putHandset } from '../storage/line-handsets.ts';
import { findLineByNumber } from '../storage/subscribers.ts';

export interface SeenHandset {
  readonly msisdn: Msisdn;
  /** 15 digits. */
  readonly imei: string;
  readonly model: string;
}

/** Keeps model and masked number; `not-found` where no living line has this number. */
export async function seeHandset(
  { database, audit }: { readonly database: Database; readonly audit: Audit<Tx> },
  { msisdn, imei, model }: SeenHandset,
): Promise<'changed' | 'same' | 'not-found'> {
  return await database.transaction(async (tx) => {
    const found = await findLineByNumber(tx, msisdn);
    if (found === undefined) return 'not-found';
    const lineId = found.line.id;
    if (!(await putHandset(tx, { lineId, model, imeiMasked: maskImei(imei) }))) return 'same';
    await audit.handsetChanged(tx, { lineId, model });
    return 'changed';
  });
}

/** The type of the phone (TAC) and two digits to tell it from its sister: `35209900*****12`. */
export function maskImei(imei: string): string {
  return `${imei.slice(0, 8)}*****${imei.slice(-2)}`;
}

// A bank account as it lies in the database: sealed, and bound to its account.
import { z } from 'zod';
import type { AccountId } from '../identifiers.ts';
import type { MasterKey, SealedPlace } from '../ops/master-key.ts';

const details = z.object({ iban: z.string(), holder: z.string() });
export type BankAccount = z.output<typeof details>;

/** Seals it for its account. */
export function sealBankAccount(
  masterKey: Pick<MasterKey, 'seal'>,
  accountId: AccountId,
  { iban, holder }: BankAccount,
): string {
  return masterKey.seal(bankPlace(accountId), JSON.stringify({ iban, holder }));
}

/** Opens what was sealed for a place. Throws SealError. */
export function openBankAccount(masterKey: Pick<MasterKey, 'open'>, place: SealedPlace, sealed: string): BankAccount {
  return details.parse(JSON.parse(masterKey.open(place, sealed).toString()));
}

/** Where that of an account stands. */
export function bankPlace(accountId: AccountId): SealedPlace {
  return { table: 'bank_details', column: 'sealed', row: accountId };
}

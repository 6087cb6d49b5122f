// Faults that a test engineer has put into the sandbox's network: one at a time for a line or a contract.
import { appNow, type Db } from './database.ts';

export type FaultySubject =
  | { readonly lineId: string; readonly contractId: null }
  | { readonly lineId: null; readonly contractId: string };

/** Puts a fault there, in the place of an earlier one. Throws a foreign-key violation for an unknown subject. */
export async function putFault(db: Db, { lineId, contractId }: FaultySubject, fault: string): Promise<void> {
  const subjectId = lineId ?? contractId;
  await db
    .insertInto('sandboxFaults')
    .values({ subjectId, lineId, contractId, fault, since: appNow })
    .onConflict((conflict) => conflict.column('subjectId').doUpdateSet({ fault, since: appNow }))
    .execute();
}

/** The fault of a line or a contract, if there is one. */
export async function findFault(db: Db, subjectId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('sandboxFaults')
    .select('fault')
    .where('subjectId', '=', subjectId)
    .executeTakeFirst();
  return row?.fault;
}

/** Takes a fault away; of this word only, if one is given. */
export async function clearFault(db: Db, subjectId: string, fault?: string): Promise<void> {
  let there = db.deleteFrom('sandboxFaults').where('subjectId', '=', subjectId);
  if (fault !== undefined) there = there.where('fault', '=', fault);
  await there.execute();
}

/** True if there is such a contract. */
export async function isContract(db: Db, id: string): Promise<boolean> {
  const row = await db.selectFrom('contracts').select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

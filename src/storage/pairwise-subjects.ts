// Whom a client knows under a pairwise subject: the subject cannot be computed back, so it is remembered when it is made.
import type { Db } from './database.ts';

/** Row of migration 0005. */
export interface PairwiseSubject {
  issuer: string;
  subjectHash: Buffer;
  accountId: string;
}

export interface SubjectTables {
  pairwiseSubjects: PairwiseSubject;
}

/** Remembers whose subject this is; nothing changes if it is known. */
export async function rememberSubject(db: Db, subject: PairwiseSubject): Promise<void> {
  await db
    .insertInto('pairwiseSubjects')
    .values(subject)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function findSubject(
  db: Db,
  { issuer, subjectHash }: Pick<PairwiseSubject, 'issuer' | 'subjectHash'>,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('pairwiseSubjects')
    .select('accountId')
    .where('issuer', '=', issuer)
    .where('subjectHash', '=', subjectHash)
    .executeTakeFirst();
  return row?.accountId;
}

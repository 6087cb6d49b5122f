// Contracts on their way into a customer area. A step is taken under the draft's lock, so that it is taken once.
import { sql, type Updateable } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { ContractDraft, ContractDraftRow } from './attachment-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';

export interface StoredDraft extends ContractDraftRow {
  readonly isExpired: boolean;
}

export interface DraftKey {
  readonly draftId: string;
  readonly accountId: AccountId;
}

// More of them at once is nobody's intent.
const mostOpen = 5;

/** Writes a new draft; the oldest ones of an account that has too many are dropped. */
export async function insertDraft(
  tx: Tx,
  {
    lifeSeconds,
    ...draft
  }: Pick<ContractDraft, 'id' | 'accountId' | 'brand' | 'kind' | 'segment'> & {
    lifeSeconds: number;
  },
): Promise<StoredDraft> {
  const row = await tx
    .insertInto('contractDrafts')
    .values({
      ...draft,
      step: 'identifiers',
      createdAt: appNow,
      expiresAt: sql<Date>`app_now() + make_interval(secs => ${lifeSeconds})`,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await tx
    .deleteFrom('contractDrafts')
    .where('accountId', '=', draft.accountId)
    .where('step', '<>', 'done')
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('contractDrafts as newest')
        .select('newest.id')
        .where('newest.accountId', '=', draft.accountId)
        .where('newest.step', '<>', 'done')
        .orderBy('newest.createdAt', 'desc')
        .orderBy('newest.id')
        .limit(mostOpen),
    )
    .where('id', '<>', draft.id)
    .execute();
  return { ...row, isExpired: false };
}

/** The account's own draft. */
export async function findDraft(db: Db, key: DraftKey): Promise<StoredDraft | undefined> {
  return await drafts(db, key).executeTakeFirst();
}

/** The same, taken for this transaction. */
export async function takeDraft(tx: Tx, key: DraftKey): Promise<StoredDraft | undefined> {
  return await drafts(tx, key).forUpdate().executeTakeFirst();
}

function drafts(db: Db, { draftId, accountId }: DraftKey) {
  return db
    .selectFrom('contractDrafts')
    .selectAll()
    .select(sql<boolean>`expires_at <= app_now()`.as('isExpired'))
    .where('id', '=', draftId)
    .where('accountId', '=', accountId);
}

/** Moves a draft that the transaction has taken. */
export async function moveDraft(
  tx: Tx,
  id: string,
  changes: Pick<Updateable<ContractDraft>, 'step' | 'contractId' | 'lineId' | 'codeId' | 'lineUser'>,
): Promise<StoredDraft> {
  const row = await tx
    .updateTable('contractDrafts')
    .set(changes)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { ...row, isExpired: false };
}

/** What a draft is that has to begin anew. */
export const anew = { step: 'identifiers', contractId: null, lineId: null, codeId: null, lineUser: null } as const;

/** The purpose of the codes of drafts; the subject is the draft's id. */
export const attachPurpose = 'attach-code';

/** Sends back the drafts that wait for a code of this line (X81), and voids the codes. */
export async function sendBackWaiting(tx: Tx, lineId: string): Promise<void> {
  await sendBack(tx, { lineId });
}

/** Sends back every open draft of a contract: it is another one's now. */
export async function sendBackAll(tx: Tx, contractId: string): Promise<void> {
  await sendBack(tx, { contractId });
}

async function sendBack(tx: Tx, which: { lineId: string } | { contractId: string }): Promise<void> {
  const moving = tx.updateTable('contractDrafts').set(anew);
  const rows =
    'lineId' in which
      ? await moving.where('lineId', '=', which.lineId).where('step', '=', 'code').returning('id').execute()
      : await moving.where('contractId', '=', which.contractId).where('step', '<>', 'done').returning('id').execute();
  if (rows.length === 0) return;
  await tx
    .updateTable('oneTimeCodes')
    .set({ triesLeft: 0 })
    .where('purpose', '=', attachPurpose)
    .where(
      'subject',
      'in',
      rows.map(({ id }) => id),
    )
    .where('usedAt', 'is', null)
    .execute();
}

/** Drops drafts that ended a day ago. For the purge job. */
export async function purgeDrafts(db: Db): Promise<void> {
  await db.deleteFrom('contractDrafts').where('expiresAt', '<', sql<Date>`app_now() - interval '1 day'`).execute();
}

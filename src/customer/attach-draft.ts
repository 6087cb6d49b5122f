// A draft as every step finds it: whose it is, where it stands, and what is told of it.
import type { OneTimeCodes } from '../authentication/one-time-code.ts';
import { maskEmail, maskMsisdn, parseMsisdn } from '../identifiers.ts';
import type { ContractNotices } from '../messaging/contract-notices.ts';
import type { Audit } from '../ops/audit.ts';
import {
  type AddingAccount,
  findAddingAccount,
  findContract,
  findHolderToTell,
  isInArea,
} from '../storage/attachable-contracts.ts';
import { anew, type StoredDraft } from '../storage/contract-drafts.ts';
import type { ContractRow } from '../storage/contract-tables.ts';
import { listLinesOfContract } from '../storage/contracts.ts';
import type { Database, Db, Tx } from '../storage/database.ts';
import { findLivingCode } from '../storage/one-time-codes.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import type { LineRow } from '../storage/tables.ts';
import type { DraftOutcome, DraftRefusal, DraftStep, DraftView } from './attachment-types.ts';

export interface AttachmentDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly codes: OneTimeCodes;
  /** Sends a code to the line's user; `requester` is masked. */
  readonly sendCode: (tx: Tx, about: { codeId: string; lineId: string; requester: string }) => Promise<void>;
  readonly notices: Pick<ContractNotices, 'contractAttached'>;
  /** Identifiers that led nowhere, by account. */
  readonly failures: Pick<RateLimit, 'take'>;
  readonly randomBytes: (size: number) => Buffer;
}

/** The ranges of professional offers whose contracts stay out of customer areas (C11, X77). */
const excludedRanges = new Set(['performance-pro', 'performance-entreprises', 'business-everywhere-pro']);

/** The draft where it stands now: the code that it waits for may have run out or been tried too often (c7). */
export async function asItStands(db: Db, draft: StoredDraft | undefined): Promise<StoredDraft | undefined> {
  if (draft?.step !== 'code') return draft;
  const living = draft.codeId === null ? undefined : await findLivingCode(db, draft.codeId);
  return living === undefined ? { ...draft, ...anew } : draft;
}

/** Why a step cannot be taken; undefined if it is the one that is due. */
export function refusalAt(draft: StoredDraft | undefined, step: DraftStep): DraftRefusal | undefined {
  if (draft === undefined) return { kind: 'not-found' };
  if (draft.isExpired && draft.step !== 'done') return { kind: 'expired' };
  return draft.step === step ? undefined : { kind: 'wrong-step', due: draft.step };
}

/** The draft at a step, or why it is not there. */
export function atStep(
  draft: StoredDraft | undefined,
  step: DraftStep,
): { readonly draft: StoredDraft } | { readonly refusal: DraftRefusal } {
  const refusal = refusalAt(draft, step);
  if (refusal !== undefined) return { refusal };
  return draft === undefined ? { refusal: { kind: 'not-found' } } : { draft };
}

export interface Standing {
  readonly account: AddingAccount;
  readonly relation: 'holder' | 'proxy';
  /** The account by which the holder is told; of an own contract perhaps none yet. */
  readonly tell: AddingAccount['accountId'] | undefined;
}

/** Whether this account may have this contract in its area, and as what. */
export async function standingOf(
  db: Db,
  { accountId, brand }: Pick<StoredDraft, 'accountId' | 'brand'>,
  contract: ContractRow,
): Promise<Standing | DraftRefusal> {
  if (contract.segment === 'professional' && excludedRanges.has(contract.offerRange)) return { kind: 'not-attachable' };
  const account = await findAddingAccount(db, accountId);
  if (account === undefined || account.brand !== brand) return { kind: 'not-found' };
  if (await isInArea(db, { accountId, contractId: contract.id })) return { kind: 'already-attached' };
  const isOwn = account.personId !== null && account.personId === contract.holderPersonId;
  const tell = await findHolderToTell(db, contract);
  // Effective at once and nobody told: that would not be safe (X79).
  if (!isOwn && tell === undefined) return { kind: 'holder-unreachable' };
  return { account, relation: isOwn ? 'holder' : 'proxy', tell };
}

/** The line whose user is asked: the mobile one, or the 4G box; of several the first. Undefined: no code is needed. */
export async function lineToAsk(db: Db, contractId: string): Promise<LineRow | undefined> {
  const lines = await listLinesOfContract(db, contractId);
  return lines.find(({ kind }) => kind === 'mobile') ?? lines.find(({ kind }) => kind === '4g-box');
}

/** True when the account can be reached: a verified e-mail, and a verified mobile if there is one. */
export function isReachable(account: AddingAccount): boolean {
  if (account.contactEmail === null || account.contactEmailVerifiedAt === null) return false;
  return account.contactMobile === null || account.contactMobileVerifiedAt !== null;
}

/** What the caller is told of her draft. */
export async function outcomeOf(db: Db, draft: StoredDraft): Promise<DraftOutcome> {
  return { kind: 'ok', draft: await viewOf(db, draft) };
}

/** The view of a draft as it stands. */
export async function viewOf(db: Db, draft: StoredDraft): Promise<DraftView> {
  const { id, kind, segment, step, expiresAt, contractId } = draft;
  const base = { id, kind, segment, step, expiresAt };
  const none = { code: undefined, contacts: undefined, relation: undefined, contractId: undefined };
  if (step === 'code') return { ...base, ...none, code: await sentCodeOf(db, draft) };
  if (step === 'done') return { ...base, ...none, contractId: contractId ?? undefined };
  if (step !== 'contacts' && step !== 'confirmation') return { ...base, ...none };
  const account = await findAddingAccount(db, draft.accountId);
  const contract = contractId === null ? undefined : await findContract(db, contractId);
  const isOwn = account?.personId != null && account.personId === contract?.holderPersonId;
  return {
    ...{ ...base, ...none },
    contacts: account === undefined ? undefined : contactsOf(account),
    relation: isOwn ? 'holder' : 'proxy',
  };
}

async function sentCodeOf(db: Db, { codeId, contractId }: StoredDraft): Promise<DraftView['code']> {
  const code = codeId === null ? undefined : await findLivingCode(db, codeId);
  const line = contractId === null ? undefined : await lineToAsk(db, contractId);
  if (code === undefined || line === undefined) return undefined;
  // Who came by the references must not learn the number from us (C10).
  return { sentTo: `** ${line.msisdn.slice(-2)}`, expiresAt: code.expiresAt };
}

function contactsOf(account: AddingAccount): NonNullable<DraftView['contacts']> {
  const { contactEmail, contactMobile } = account;
  return {
    email:
      contactEmail === null
        ? undefined
        : { value: maskEmail(contactEmail), isVerified: account.contactEmailVerifiedAt !== null },
    mobile:
      contactMobile === null
        ? undefined
        : { value: maskMsisdn(parseMsisdn(contactMobile)), isVerified: account.contactMobileVerifiedAt !== null },
  };
}

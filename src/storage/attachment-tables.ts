// Row types of migration 0014: contracts on their way into a customer area, and what the users of lines approved.
import type { ColumnType, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

type Json<T> = ColumnType<T, string, string>;

export type DraftStep = 'identifiers' | 'code' | 'line_user' | 'contacts' | 'confirmation' | 'done';

/** Who uses a line, as the area says that added its contract. */
export type LineUser =
  | { readonly relation: 'self' | 'holder' }
  | { readonly relation: 'other'; readonly civility: string; readonly givenName: string; readonly familyName: string };

export interface ContractDraft {
  id: string;
  accountId: AccountId;
  brand: string;
  kind: 'MOBILE' | 'INTERNET' | 'FIXE' | 'OPEN';
  segment: 'consumer' | 'professional';
  step: DraftStep;
  contractId: string | null;
  /** Whose user is asked for a code. */
  lineId: string | null;
  /** The code that was sent last, or the one that was right. */
  codeId: string | null;
  lineUser: Json<LineUser> | null;
  createdAt: Date;
  expiresAt: Date;
}

export interface LineApproval {
  id: string;
  draftId: string;
  lineId: string;
  contractId: string;
  codeId: string;
  requesterAccountId: AccountId;
  purpose: string;
  givenAt: Date;
  /** Without a proxy by then it is good for nothing. */
  usableUntil: Date;
  proxyId: string | null;
  revokedAt: Date | null;
}

interface LineUserRow {
  accountId: AccountId;
  lineId: string;
  relation: 'self' | 'holder' | 'other';
  civility: string | null;
  givenName: string | null;
  familyName: string | null;
  saidAt: Date;
}

export interface AttachmentTables {
  contractDrafts: ContractDraft;
  lineApprovals: LineApproval;
  lineUsers: LineUserRow;
}

export type ContractDraftRow = Selectable<ContractDraft>;
export type LineApprovalRow = Selectable<LineApproval>;

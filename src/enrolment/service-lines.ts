// The service on the lines of an account, as its person sees it: the state and since when, until when it waits, which
// accounts it opens, what was asked of it lately, and what can be done now.
import { type EffectiveState, effectiveState } from '../authentication/policies.ts';
import { type AccountId, maskMsisdn } from '../identifiers.ts';
import { findOpenActivation } from '../storage/activations.ts';
import { type Db, readAppNow } from '../storage/database.ts';
import { findEndedEnrolment, type LinkRow, listLinks } from '../storage/enrolments.ts';
import { type LineRelation, listRelatedLines } from '../storage/line-changes.ts';
import { countServiceUses, listServiceUses, type ServiceUse } from '../storage/service-history.ts';
import { findLine, type LineState } from '../storage/subscribers.ts';
import type { EnrolmentRow } from '../storage/tables.ts';
import { whyNot } from './activation-begin.ts';
import type { ActivationRules, Ineligible } from './activation-types.ts';

export type ServiceLineAction = 'activate' | 'continue' | 'confirm' | 'link' | 'deactivate' | 'reset-pin' | 'suspend';

export interface ServiceLine {
  readonly lineId: string;
  /** Masked. */
  readonly number: string;
  readonly kind: string;
  readonly relation: LineRelation;
  readonly state: EffectiveState;
  /** Why there can be no service on it. */
  readonly reason: Ineligible | null;
  readonly since: Date | null;
  /** While it is locked or held: when it opens again. */
  readonly availableAt: Date | null;
  /** The link of the account that looks. */
  readonly link: 'active' | 'pending' | 'none';
  readonly linkedCount: number;
  /** Named to those only whom the service opens. */
  readonly accounts: readonly { readonly label: string; readonly own: boolean; readonly linkedAt: Date }[];
  readonly uses: readonly ServiceUse[];
  readonly actions: readonly ServiceLineAction[];
}

export interface ServiceLinesDeps {
  readonly database: { readonly db: Db };
  readonly rules: ActivationRules & { readonly lockHours: number };
}

const shownUses = 10;

/** The lines that the account has to do with; those that it only manages for somebody else are left out. */
export async function listServiceLines(deps: ServiceLinesDeps, accountId: AccountId): Promise<ServiceLine[]> {
  const { db } = deps.database;
  const lines: ServiceLine[] = [];
  for (const { line, relation } of await listRelatedLines(db, accountId)) {
    const state = relation === 'proxy' ? undefined : await findLine(db, line.id);
    if (state !== undefined) lines.push(await describe(deps, { state, relation, accountId }));
  }
  return lines;
}

/** What was asked of the services that open the account, newest first, and how often in all. */
export async function readHistory(
  { database: { db } }: ServiceLinesDeps,
  { accountId, limit, offset }: { accountId: AccountId; limit: number; offset: number },
): Promise<{ uses: ServiceUse[]; total: number }> {
  const enrolmentIds: string[] = [];
  for (const { line } of await listRelatedLines(db, accountId)) {
    const enrolment = (await findLine(db, line.id))?.enrolment;
    const links = enrolment === undefined ? [] : await listLinks(db, enrolment.id);
    if (enrolment !== undefined && linkOf(links, accountId) === 'active') enrolmentIds.push(enrolment.id);
  }
  const uses = await listServiceUses(db, { enrolmentIds, limit, offset });
  return { uses, total: await countServiceUses(db, enrolmentIds) };
}

interface Subject {
  readonly state: LineState;
  readonly relation: LineRelation;
  readonly accountId: AccountId;
}

async function describe(deps: ServiceLinesDeps, subject: Subject): Promise<ServiceLine> {
  const { db } = deps.database;
  const { line, enrolment } = subject.state;
  const ended = enrolment === undefined ? await findEndedEnrolment(db, line.id) : undefined;
  const effective = effectiveState(subject.state, deps.rules, await readAppNow(db));
  const state = effective === 'INACTIVE' && ended !== undefined ? 'DEACTIVATED' : effective;
  const links = enrolment === undefined ? [] : await listLinks(db, enrolment.id);
  const link = linkOf(links, subject.accountId);
  const open = await findOpenActivation(db, line.id);
  const isOwn = link === 'active' && enrolment !== undefined;
  const active = links.filter(({ status }) => status === 'active');
  return {
    lineId: line.id,
    number: maskMsisdn(line.msisdn),
    kind: line.kind,
    relation: subject.relation,
    state,
    reason: whyNot(subject.state, deps.rules) ?? null,
    since: sinceWhen(state, { state: subject.state, ended, lockHours: deps.rules.lockHours }),
    availableAt: availableAt(state, enrolment),
    link,
    linkedCount: active.length,
    accounts: isOwn
      ? active.map(({ label, accountId, linkedAt }) => ({ label, own: accountId === subject.accountId, linkedAt }))
      : [],
    uses: isOwn ? await listServiceUses(db, { enrolmentIds: [enrolment.id], limit: shownUses }) : [],
    actions: actionsFor(state, { link, isOpen: open?.accountId === subject.accountId, kind: line.kind }),
  };
}

function linkOf(links: readonly LinkRow[], accountId: AccountId): ServiceLine['link'] {
  return links.find((one) => one.accountId === accountId)?.status ?? 'none';
}

function sinceWhen(
  state: EffectiveState,
  facts: { state: LineState; ended: EnrolmentRow | undefined; lockHours: number },
): Date | null {
  const { line, enrolment } = facts.state;
  switch (state) {
    case 'ACTIVE':
    case 'NEW_SIM_HOLD':
      return enrolment?.pinSetAt ?? enrolment?.createdAt ?? null;
    case 'LOCKED':
      return enrolment?.lockedUntil == null
        ? null
        : new Date(enrolment.lockedUntil.getTime() - facts.lockHours * 3_600_000);
    case 'LINE_SUSPENDED':
      return line.suspendedAt;
    case 'DEACTIVATED':
      return facts.ended?.deactivatedAt ?? null;
    default:
      return null;
  }
}

function availableAt(state: EffectiveState, enrolment: EnrolmentRow | undefined): Date | null {
  if (state === 'LOCKED') return enrolment?.lockedUntil ?? null;
  return state === 'NEW_SIM_HOLD' ? (enrolment?.holdUntil ?? null) : null;
}

function actionsFor(
  state: EffectiveState,
  { link, isOpen, kind }: { link: ServiceLine['link']; isOpen: boolean; kind: string },
): ServiceLineAction[] {
  const lost: ServiceLineAction[] = kind === 'mobile' && state !== 'LINE_SUSPENDED' ? ['suspend'] : [];
  switch (state) {
    case 'INACTIVE':
    case 'DEACTIVATED':
      return [isOpen ? 'continue' : 'activate', ...lost];
    case 'INSTALLING':
    case 'AWAITING_PIN':
      return ['continue', ...lost];
    case 'ACTIVE':
      if (link === 'none') return ['link', ...lost];
      return link === 'pending' ? ['confirm', ...lost] : ['reset-pin', 'deactivate', ...lost];
    case 'NEW_SIM_HOLD':
      return link === 'pending' ? ['confirm', ...lost] : lost;
    default:
      return lost;
  }
}

// An account for whoever has no contract, or a fixed line only (C06, C07): names and address, robot check, codes,
// password. An address that has an account already gets a message that says so instead of a code, and the pages say
// nothing.
import { passwordFault } from '../authentication/password-policy.ts';
import type { TypedPassword } from '../authentication/password-setting.ts';
import { createRobotStep, type RobotStep } from '../authentication/robot-step.ts';
import { type AccountId, maskEmail, newId } from '../identifiers.ts';
import {
  findAccountDraft,
  insertAccountDraft,
  insertOpenedAccount,
  markDraftVerified,
  moveAccountDraft,
} from '../storage/account-drafts.ts';
import { renewRobotCheck, takeRobotCheck } from '../storage/browser-flows.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { isAliasAddress } from '../storage/mail-addresses.ts';
import type { AccountDraftRow } from '../storage/password-tables.ts';
import { openDetails, readDetails, sealDetails } from './open-account-details.ts';
import type {
  BeginOpenAccount,
  CodeState,
  OpenAccountDeps,
  OpenAccountOutcome,
  OpenAccounts,
  OpenAccountView,
  OpenAccountVisit,
  TypedDetails,
} from './open-account-types.ts';

type Medium = 'email' | 'mobile';
const purposes = { email: 'account-email', mobile: 'account-mobile' } as const;
const none: OpenAccountOutcome = { kind: 'lost' };
const ok: OpenAccountOutcome = { kind: 'ok' };
const wrong: OpenAccountOutcome = { kind: 'wrong' };

interface Flow extends OpenAccountDeps {
  readonly robot: RobotStep;
}

type Where = Pick<OpenAccountVisit, 'id' | 'browser'>;

/** Makes the functions over their dependencies. */
export function createOpenAccounts(deps: OpenAccountDeps): OpenAccounts {
  const { db } = deps.database;
  const robot = createRobotStep({
    ...deps,
    place: (id) => ({ table: 'account_drafts', column: 'robot_sealed', row: id }),
    take: (id, robotSealed) => takeRobotCheck(db, 'account_drafts', { id, robotSealed }),
    renew: (id, robotSealed) => renewRobotCheck(db, 'account_drafts', { id, robotSealed, ...deps.rules }),
  });
  const all: Flow = { ...deps, robot };
  return {
    begin: (start) => begin(all, start),
    view: (visit) => view(all, visit),
    answerRobot: (visit, answer) =>
      onDraft(all, visit, (draft) => answerRobot(all, draft, { answer, address: visit.address })),
    resendCodes: (visit) => onDraft(all, visit, (draft) => resendCodes(all, draft, visit.address)),
    enterCodes: (visit, given) => onDraft(all, visit, (draft) => enterCodes(all, draft, given)),
    setPassword: (visit, typed) => onDraft(all, visit, (draft) => setPassword(all, draft, typed)),
  };
}

interface Start {
  readonly brand: string;
  readonly locale: 'fr' | 'en';
  readonly browser: string;
  readonly details: TypedDetails;
}

async function begin(deps: Flow, { brand, locale, browser, details: typed }: Start): Promise<BeginOpenAccount> {
  const { database, masterKey, randomBytes, robot, rules, home } = deps;
  const details = readDetails(typed, rules.isServed);
  if (!('email' in details)) return { kind: 'refused', problems: details };
  const id = newId('dra', randomBytes);
  await database.transaction((tx) =>
    insertAccountDraft(tx, {
      ...{ id, brand, locale },
      browser: masterKey.index(`draft-browser${home.path}`, browser),
      slot: masterKey.index('email', details.email),
      detailsSealed: sealDetails(masterKey, id, details),
      withMobile: details.mobile !== null,
      robotSealed: robot.fresh(id),
      robotSeconds: rules.robotSeconds,
      lifeSeconds: rules.flowSeconds,
    }),
  );
  return { kind: 'begun', id };
}

function findDraft({ database, masterKey, home }: Flow, { id, browser }: Where) {
  return findAccountDraft(database.db, { id, browser: masterKey.index(`draft-browser${home.path}`, browser) });
}

async function onDraft(
  deps: Flow,
  visit: Where,
  act: (draft: AccountDraftRow) => Promise<OpenAccountOutcome>,
): Promise<OpenAccountOutcome> {
  const draft = await findDraft(deps, visit);
  return draft === undefined ? none : await act(draft);
}

async function view(deps: Flow, visit: Where): Promise<OpenAccountView | undefined> {
  const draft = await findDraft(deps, visit);
  switch (draft?.step) {
    case undefined:
      return undefined;
    case 'robot': {
      // Nothing happens unless it was answered or its time is over.
      await deps.robot.renew(draft.id);
      const shown = (await findDraft(deps, visit))?.robotSealed;
      return shown == null ? { step: 'over' } : { step: 'robot', ...deps.robot.show(draft.id, shown) };
    }
    case 'code':
      return {
        step: 'code',
        emailShown: maskEmail(openDetails(deps.masterKey, draft).email),
        email: stateOf(draft.emailVerifiedAt),
        mobile: draft.withMobile ? stateOf(draft.mobileVerifiedAt) : 'none',
      };
    case 'password':
      return { step: 'password', termsVersion: deps.rules.termsVersion };
    case 'done':
      return { step: 'done' };
    default:
      return { step: 'over' };
  }
}

function stateOf(verifiedAt: Date | null): CodeState {
  return verifiedAt === null ? 'sent' : 'given';
}

async function answerRobot(
  deps: Flow,
  draft: AccountDraftRow,
  { answer, address }: { answer: string; address: string },
): Promise<OpenAccountOutcome> {
  const { id } = draft;
  if (draft.step !== 'robot') return ok;
  if (!(await deps.robot.answer(draft, answer))) return wrong;
  const retryAfterSeconds = await takeSendings(deps, draft, address);
  if (retryAfterSeconds !== undefined) {
    await deps.robot.renew(id);
    return { kind: 'limited', retryAfterSeconds };
  }
  await deps.database.transaction(async (tx) => {
    if (!(await moveAccountDraft(tx, { id, from: 'robot', to: 'code' }))) return;
    await deps.audit.accountAsked(tx, { draftId: id });
    await sendCodes(deps, tx, draft);
  });
  return ok;
}

async function resendCodes(deps: Flow, draft: AccountDraftRow, address: string): Promise<OpenAccountOutcome> {
  if (draft.step !== 'code') return ok;
  const retryAfterSeconds = await takeSendings(deps, draft, address);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  await deps.database.transaction((tx) => sendCodes(deps, tx, draft));
  return ok;
}

/** What is not confirmed yet. */
function missing({ withMobile, emailVerifiedAt, mobileVerifiedAt }: AccountDraftRow): Medium[] {
  const media: Medium[] = emailVerifiedAt === null ? ['email'] : [];
  return withMobile && mobileVerifiedAt === null ? [...media, 'mobile'] : media;
}

/** The budgets of address and number, whoever asks; so no mailbox is flooded from here. */
async function takeSendings(deps: Flow, draft: AccountDraftRow, address: string): Promise<number | undefined> {
  const { masterKey, codes } = deps;
  const { mobile } = openDetails(masterKey, draft);
  for (const medium of missing(draft)) {
    const key = medium === 'email' ? draft.slot : masterKey.index('msisdn', mobile ?? '');
    const wait = await codes.takeSending({ recipient: `${purposes[medium]}:${key.toString('base64url')}`, address });
    if (wait !== undefined) return wait;
  }
  return undefined;
}

async function sendCodes({ codes, sendCode }: Flow, tx: Tx, draft: AccountDraftRow): Promise<void> {
  for (const medium of missing(draft)) {
    const { id: codeId } = await codes.issue(tx, { purpose: purposes[medium], subject: draft.id });
    await sendCode(tx, { codeId, draftId: draft.id, medium, brand: draft.brand });
  }
}

async function enterCodes(
  deps: Flow,
  draft: AccountDraftRow,
  given: { email?: string | undefined; mobile?: string | undefined },
): Promise<OpenAccountOutcome> {
  const { id } = draft;
  if (draft.step !== 'code') return draft.step === 'password' ? ok : wrong;
  let rest = 0;
  for (const medium of missing(draft)) {
    const checked = await deps.codes.check({ purpose: purposes[medium], subject: id, typed: given[medium] ?? '' });
    if (checked.kind === 'right') await markDraftVerified(deps.database.db, id, medium);
    else rest++;
  }
  if (rest > 0) return wrong;
  await moveAccountDraft(deps.database.db, { id, from: 'code', to: 'password' });
  return ok;
}

async function setPassword(
  deps: Flow,
  draft: AccountDraftRow,
  { password, confirmation, accepted, termsVersion }: TypedPassword & { accepted: boolean; termsVersion: string },
): Promise<OpenAccountOutcome> {
  const { database, masterKey, rules } = deps;
  if (draft.step !== 'password') return draft.step === 'done' ? ok : wrong;
  const details = openDetails(masterKey, draft);
  const about = [details.email, details.givenName, details.familyName, details.mobile ?? ''];
  const fault = password === confirmation ? passwordFault(password, about) : 'not-repeated';
  if (fault !== undefined) return { kind: 'refused', problem: fault };
  if (!accepted) return { kind: 'refused', problem: 'terms-missing' };
  if (termsVersion !== rules.termsVersion) return { kind: 'refused', problem: 'stale-terms' };
  const passwordHash = await deps.hash(password);
  try {
    return await database.transaction((tx) => open(deps, tx, { draft, details, passwordHash }));
  } catch (error) {
    if (!(error instanceof AddressTaken)) throw error;
    await moveAccountDraft(database.db, { id: draft.id, from: 'password', to: 'failed' });
    return wrong;
  }
}

/** Two drafts of one address: the first has become its account. */
class AddressTaken extends Error {
  override readonly name = 'AddressTaken';
}

interface Opening {
  readonly draft: AccountDraftRow;
  readonly details: ReturnType<typeof openDetails>;
  readonly passwordHash: string;
}

async function open(deps: Flow, tx: Tx, { draft, details, passwordHash }: Opening): Promise<OpenAccountOutcome> {
  const { id: draftId, brand, locale, slot } = draft;
  if (!(await moveAccountDraft(tx, { id: draftId, from: 'password', to: 'done' }))) return ok;
  // An alias opens no login (X95).
  if (await isAliasAddress(tx, details.email)) throw new AddressTaken();
  const accountId = newId('acc', deps.randomBytes) as AccountId;
  const { termsVersion } = deps.rules;
  const label = Array.from(`${details.givenName} ${details.familyName}`).slice(0, 60).join('');
  const written = await insertOpenedAccount(tx, {
    ...{ accountId, personId: newId('per', deps.randomBytes), brand, locale, label, emailHash: slot },
    ...{ ...details, passwordHash, termsVersion },
  });
  if (!written) throw new AddressTaken();
  await deps.notices.accountOpened(tx, { accountId, at: await readAppNow(tx) });
  await deps.audit.accountOpened(tx, { accountId, draftId, termsVersion });
  return ok;
}

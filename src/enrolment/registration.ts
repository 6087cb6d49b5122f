// Registration for the online area with an Account ID or a Customer ID (E02 to E09, mission 2.f): identifier, form,
// terms, code to the number on file, password. What cannot be registered gets the same answers and the same work.
import { passwordFault } from '../authentication/password-policy.ts';
import type { TypedPassword } from '../authentication/password-setting.ts';
import { parseIdentifier } from '../authentication/sign-in-identifier.ts';
import { type AccountId, newId } from '../identifiers.ts';
import { type Db, readAppNow, type Tx } from '../storage/database.ts';
import { hasSpentCode } from '../storage/one-time-codes.ts';
import {
  type FoundRegistration,
  findRegistrable,
  findRegistration,
  insertRegisteredAccount,
  insertRegistration,
  moveRegistration,
  noteOwnerTold,
  type Registrable,
  takeRegistration,
} from '../storage/registrations.ts';
import type { RegistrationRow, RegistrationStep } from '../storage/self-care-tables.ts';
import {
  openIdentifier,
  openRegistration,
  readRegistration,
  registeredIdentifier,
  sealIdentifier,
  sealRegistration,
} from './registration-details.ts';
import type {
  BeginRegistration,
  RegistrationDeps,
  RegistrationOutcome,
  Registrations,
  RegistrationView,
  RegistrationVisit,
  TypedRegistration,
} from './registration-types.ts';

const codePurpose = 'registration';
const ok: RegistrationOutcome = { kind: 'ok' };
const over: RegistrationOutcome = { kind: 'over' };
const wrong: RegistrationOutcome = { kind: 'wrong' };

type Where = Pick<RegistrationVisit, 'id' | 'browser'>;

/** Makes the functions over their dependencies. */
export function createRegistrations(deps: RegistrationDeps): Registrations {
  return {
    begin: (start) => begin(deps, start),
    view: (visit) => view(deps, visit),
    fillForm: (visit, typed) => atStep(deps, visit, 'form', (draft) => fillForm(deps, draft, typed)),
    acceptTerms: (visit, given) =>
      atStep(deps, visit, 'terms', (draft) => acceptTerms(deps, draft, { ...given, address: visit.address })),
    resendCode: (visit) => atStep(deps, visit, 'code', (draft) => resendCode(deps, draft, visit.address)),
    enterCode: (visit, code) => enterCode(deps, visit, code),
    setPassword: (visit, typed) => setPassword(deps, visit, typed),
  };
}

interface Start {
  readonly brand: string;
  readonly locale: 'fr' | 'en';
  readonly identifier: string;
  readonly browser: string;
}

async function begin(deps: RegistrationDeps, start: Start): Promise<BeginRegistration> {
  const { database, masterKey, randomBytes, rules } = deps;
  const { brand, locale } = start;
  const identifier = registeredIdentifier(parseIdentifier(start.identifier, deps.kindsOf(brand)));
  if (identifier === undefined) return { kind: 'malformed' };
  const id = newId('reg', randomBytes);
  await database.transaction((tx) =>
    insertRegistration(tx, {
      ...{ id, brand, locale, lifeSeconds: rules.flowSeconds },
      browser: browserKey(deps, start.browser),
      slot: masterKey.index(identifier.kind, identifier.value),
      identifierSealed: sealIdentifier(masterKey, id, identifier),
    }),
  );
  return { kind: 'begun', id };
}

function browserKey({ masterKey, home }: RegistrationDeps, browser: string): Buffer {
  return masterKey.index(`registration-browser${home.path}`, browser);
}

function whereOf(deps: RegistrationDeps, { id, browser }: Where) {
  return { id, browser: browserKey(deps, browser) };
}

async function view(deps: RegistrationDeps, visit: Where): Promise<RegistrationView | undefined> {
  const draft = await findRegistration(deps.database.db, whereOf(deps, visit));
  if (draft === undefined) return undefined;
  if (draft.isOver || draft.step === 'failed') return { step: 'over' };
  switch (draft.step) {
    case 'terms':
      return { step: 'terms', termsVersion: deps.rules.termsVersion };
    case 'done':
      return {
        step: 'done',
        profile: openIdentifier(deps.masterKey, draft).kind === 'customer_id' ? 'group' : 'individual',
      };
    default:
      return { step: draft.step };
  }
}

/** Does the work of a step where it is due; else says why not. */
async function atStep(
  deps: RegistrationDeps,
  visit: Where,
  step: RegistrationStep,
  work: (draft: FoundRegistration) => Promise<RegistrationOutcome>,
): Promise<RegistrationOutcome> {
  const draft = await findRegistration(deps.database.db, whereOf(deps, visit));
  return notDue(draft, step) ?? (draft === undefined ? { kind: 'lost' } : await work(draft));
}

function notDue(draft: FoundRegistration | undefined, step: RegistrationStep): RegistrationOutcome | undefined {
  if (draft === undefined) return { kind: 'lost' };
  if (draft.isOver || draft.step === 'failed') return over;
  return draft.step === step ? undefined : { kind: 'wrong-step', due: draft.step };
}

async function fillForm(
  { database: { db }, masterKey, rules }: RegistrationDeps,
  { id }: RegistrationRow,
  typed: TypedRegistration,
): Promise<RegistrationOutcome> {
  const details = readRegistration(typed);
  if (!('email' in details)) return { kind: 'incomplete', problems: details };
  const detailsSealed = sealRegistration(masterKey, id, details);
  await moveRegistration(db, { id, from: 'form', to: 'terms', detailsSealed, lifeSeconds: rules.flowSeconds });
  return ok;
}

interface Terms {
  readonly accepted: boolean;
  readonly termsVersion?: string | undefined;
  readonly address: string;
}

async function acceptTerms(deps: RegistrationDeps, draft: RegistrationRow, terms: Terms): Promise<RegistrationOutcome> {
  const { termsVersion, codeSeconds: lifeSeconds } = deps.rules;
  if (!terms.accepted) return { kind: 'refused', problem: 'terms-missing' };
  if ((terms.termsVersion ?? termsVersion) !== termsVersion) return { kind: 'refused', problem: 'stale-terms' };
  const retryAfterSeconds = await takeSending(deps, draft, terms.address);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  await deps.database.transaction(async (tx) => {
    const moved = await moveRegistration(tx, { id: draft.id, from: 'terms', to: 'code', termsVersion, lifeSeconds });
    if (moved) await sendCode(deps, tx, { draft, isFirst: true });
  });
  return ok;
}

async function resendCode(
  deps: RegistrationDeps,
  draft: RegistrationRow,
  address: string,
): Promise<RegistrationOutcome> {
  const retryAfterSeconds = await takeSending(deps, draft, address);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  const lifeSeconds = deps.rules.codeSeconds;
  await deps.database.transaction(async (tx) => {
    const stays = await moveRegistration(tx, { id: draft.id, from: 'code', to: 'code', lifeSeconds });
    if (stays) await sendCode(deps, tx, { draft, isFirst: false });
  });
  return ok;
}

/** By identifier, whatever it names: beginning anew is no way round the budget. */
function takeSending({ codes }: RegistrationDeps, { slot }: RegistrationRow, address: string) {
  return codes.takeSending({ recipient: `${codePurpose}:${slot.toString('base64url')}`, address });
}

async function sendCode(
  deps: RegistrationDeps,
  tx: Tx,
  { draft: { id, slot, brand, identifierSealed }, isFirst }: { draft: RegistrationRow; isFirst: boolean },
): Promise<void> {
  const target = await findTarget(deps, tx, { id, slot, brand, identifierSealed });
  const isToBeTold = await noteOwnerTold(tx, isFirst ? (target?.registeredBy ?? null) : null);
  if (isFirst) await deps.audit.registrationAsked(tx, { registrationId: id });
  const { id: codeId } = await deps.codes.issue(tx, { purpose: codePurpose, subject: id });
  await deps.sendCode(tx, { codeId, registrationId: id, brand, tellOwner: isToBeTold });
}

type Draft = Pick<RegistrationRow, 'id' | 'slot' | 'brand' | 'identifierSealed'>;

/** What the identifier of a draft names now. */
export async function findTarget(
  { masterKey }: Pick<RegistrationDeps, 'masterKey'>,
  db: Db,
  draft: Draft,
): Promise<Registrable | undefined> {
  const { kind, value } = openIdentifier(masterKey, draft);
  const code = kind === 'account_id' ? value : '';
  return await findRegistrable(db, { brand: draft.brand, code, customerIdHash: draft.slot });
}

async function enterCode(deps: RegistrationDeps, visit: Where, typed: string): Promise<RegistrationOutcome> {
  const { database, codes, audit, rules } = deps;
  // Under the draft's lock: of many right codes at once the first counts, and the others find the next step.
  return await database.transaction(async (tx) => {
    const draft = await takeRegistration(tx, whereOf(deps, visit));
    const refusal = notDue(draft, 'code');
    if (draft === undefined || refusal !== undefined) return refusal ?? { kind: 'lost' };
    const { id } = draft;
    const place = { purpose: codePurpose, subject: id };
    const { kind } = await codes.check({ ...place, typed }, tx);
    if (kind === 'right') {
      await moveRegistration(tx, { id, from: 'code', to: 'password', lifeSeconds: rules.passwordSeconds });
      return ok;
    }
    await audit.registrationCodeWrong(tx, { registrationId: id });
    if (await hasSpentCode(tx, place)) await moveRegistration(tx, { id, from: 'code', to: 'failed' });
    return wrong;
  });
}

async function setPassword(deps: RegistrationDeps, visit: Where, typed: TypedPassword): Promise<RegistrationOutcome> {
  return await atStep(deps, visit, 'password', async (draft) => {
    const { password, confirmation } = typed;
    const { givenName, familyName, email, phone } = openRegistration(deps.masterKey, draft);
    const about = [givenName, familyName, email, phone, openIdentifier(deps.masterKey, draft).value];
    const problem = password === confirmation ? passwordFault(password, about) : 'not-repeated';
    if (problem !== undefined) return { kind: 'refused', problem };
    const passwordHash = await deps.hash(password);
    try {
      return await deps.database.transaction((tx) => register(deps, tx, { visit, passwordHash }));
    } catch (error) {
      if (!(error instanceof TargetTaken)) throw error;
      await moveRegistration(deps.database.db, { id: draft.id, from: 'password', to: 'failed' });
      return over;
    }
  });
}

/** Somebody else was first, or there is nothing to be registered any more. */
class TargetTaken extends Error {
  override readonly name = 'TargetTaken';
}

async function register(
  deps: RegistrationDeps,
  tx: Tx,
  { visit, passwordHash }: { visit: Where; passwordHash: string },
): Promise<RegistrationOutcome> {
  const draft = await takeRegistration(tx, whereOf(deps, visit));
  const refusal = notDue(draft, 'password');
  if (draft === undefined || refusal !== undefined) return refusal ?? { kind: 'lost' };
  const { id: registrationId, brand, locale, slot: lookupHash, termsAcceptedAt, termsVersion } = draft;
  const target = await findTarget(deps, tx, draft);
  if (target?.number == null || termsVersion === null || termsAcceptedAt === null) throw new TargetTaken();
  const { givenName, familyName, email, phone: contactPhone } = openRegistration(deps.masterKey, draft);
  const accountId = newId('acc', deps.randomBytes) as AccountId;
  const written = await insertRegisteredAccount(tx, {
    ...{ accountId, personId: newId('per', deps.randomBytes), brand, locale, target, lookupHash, passwordHash },
    ...{ givenName, familyName, email, contactPhone, termsVersion, termsAcceptedAt },
    identifierKind: target.kind === 'group' ? 'customer_id' : 'account_id',
    label: Array.from(target.name ?? `${givenName} ${familyName}`)
      .slice(0, 60)
      .join(''),
  });
  // Its row is ours now: an ID that was replaced since it was looked up names nothing any more (X104).
  const bound = written ? await findTarget(deps, tx, draft) : undefined;
  if (bound?.registeredBy !== accountId) throw new TargetTaken();
  await moveRegistration(tx, { id: registrationId, from: 'password', to: 'done' });
  await deps.notices.registered(tx, { accountId, brand, at: await readAppNow(tx) });
  await deps.audit.registered(tx, { accountId, registrationId, termsVersion, profile: target.kind });
  return ok;
}

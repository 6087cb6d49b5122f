// A forgotten password (B06 to B09): identifier, robot check, channel, code, new password. Every identifier gets the
// same pages, answers and statements up to the right code, which only the owner of a channel has.

import { newId } from '../identifiers.ts';
import { renewRobotCheck, takeRobotCheck } from '../storage/browser-flows.ts';
import type { Tx } from '../storage/database.ts';
import {
  endOtherPasswordResets,
  findPasswordReset,
  insertPasswordReset,
  movePasswordReset,
} from '../storage/password-resets.ts';
import type { PasswordResetRow } from '../storage/password-tables.ts';
import { findCodePath } from '../storage/passwords.ts';
import { findAccountByIdentifier } from '../storage/subscribers.ts';
import { aboutAccount } from './password-change.ts';
import { type OfferedChannel, offeredChannels } from './password-reset-channels.ts';
import type {
  BeginPasswordReset,
  PasswordResetDeps,
  PasswordResetOutcome,
  PasswordResets,
  PasswordResetView,
  PasswordResetVisit,
} from './password-reset-types.ts';
import { preparePassword, storePassword, type TypedPassword } from './password-setting.ts';
import { createRobotStep, type RobotStep } from './robot-step.ts';
import { parseIdentifier } from './sign-in-identifier.ts';
import { identifierSchema, type SignInIdentifier } from './sign-in-record.ts';

const codePurpose = 'password-reset';
const none: PasswordResetOutcome = { kind: 'lost' };
const ok: PasswordResetOutcome = { kind: 'ok' };
const wrong: PasswordResetOutcome = { kind: 'wrong' };

interface Flow extends PasswordResetDeps {
  readonly robot: RobotStep;
}

type Where = Pick<PasswordResetVisit, 'id' | 'browser'>;

/** Makes the functions over their dependencies. */
export function createPasswordResets(deps: PasswordResetDeps): PasswordResets {
  const { db } = deps.database;
  const robot = createRobotStep({
    ...deps,
    place: (id) => ({ table: 'password_resets', column: 'robot_sealed', row: id }),
    take: (id, robotSealed) => takeRobotCheck(db, 'password_resets', { id, robotSealed }),
    renew: (id, robotSealed) => renewRobotCheck(db, 'password_resets', { id, robotSealed, ...deps.rules }),
  });
  const all: Flow = { ...deps, robot };
  return {
    begin: (start) => begin(all, start),
    view: (visit) => view(all, visit),
    answerRobot: (visit, answer) => onFlow(all, visit, (flow) => answerRobot(all, flow, answer)),
    chooseChannel: (visit, channel) =>
      onFlow(all, visit, (flow) => chooseChannel(all, flow, { address: visit.address, channel })),
    enterCode: (visit, code) => onFlow(all, visit, (flow) => enterCode(all, flow, code)),
    setPassword: (visit, typed) => onFlow(all, visit, (flow) => setPassword(all, flow, typed)),
  };
}

async function begin(
  { database, masterKey, randomBytes, robot, rules, kindsOf, home }: Flow,
  { brand, identifier: typed, browser }: { brand: string; identifier: string; browser: string },
): Promise<BeginPasswordReset> {
  const kinds = kindsOf?.(brand);
  const identifier = kinds === undefined ? parseIdentifier(typed.trim()) : parseIdentifier(typed.trim(), kinds);
  if (identifier === undefined) return { kind: 'malformed' };
  const { kind, value } = identifier;
  const lookupHash = masterKey.index(kind, value);
  const account = await findAccountByIdentifier(database.db, { brand, kind, lookupHash });
  const id = newId('pwr', randomBytes);
  await database.transaction((tx) =>
    insertPasswordReset(tx, {
      id,
      browser: masterKey.index(`reset-browser${home.path}`, browser),
      slot: lookupHash,
      brand,
      identifierSealed: masterKey.seal(identifierPlace(id), JSON.stringify(identifier)),
      accountId: account?.id ?? null,
      robotSealed: robot.fresh(id),
      robotSeconds: rules.robotSeconds,
      lifeSeconds: rules.flowSeconds,
    }),
  );
  return { kind: 'begun', id };
}

function findFlow({ database, masterKey, home }: Flow, { id, browser }: Where) {
  return findPasswordReset(database.db, { id, browser: masterKey.index(`reset-browser${home.path}`, browser) });
}

async function onFlow(
  deps: Flow,
  visit: Where,
  act: (flow: PasswordResetRow) => Promise<PasswordResetOutcome>,
): Promise<PasswordResetOutcome> {
  const flow = await findFlow(deps, visit);
  return flow === undefined ? none : await act(flow);
}

async function view(deps: Flow, visit: Where): Promise<PasswordResetView | undefined> {
  const flow = await findFlow(deps, visit);
  switch (flow?.step) {
    case undefined:
      return undefined;
    case 'robot':
      return await robotView(deps, visit, flow);
    case 'channel':
    case 'code':
      return await channelView(deps, flow);
    case 'password':
      return { step: 'password' };
    case 'done':
      return { step: 'done' };
    default:
      return { step: 'over' };
  }
}

async function robotView(
  deps: Flow,
  visit: Where,
  { id, robotSealed }: PasswordResetRow,
): Promise<PasswordResetView | undefined> {
  // Nothing happens unless it was answered or its time is over.
  await deps.robot.renew(id);
  const shown = (await findFlow(deps, visit))?.robotSealed ?? robotSealed;
  return shown === null ? { step: 'over' } : { step: 'robot', ...deps.robot.show(id, shown) };
}

async function channelView(deps: Flow, flow: PasswordResetRow): Promise<PasswordResetView> {
  const channels = (await channelsOf(deps, flow)).map(({ id, masked }) => ({ id, masked }));
  if (flow.step === 'channel') return { step: 'channel', channels };
  const channel = channels.find(({ id }) => id === flow.channel);
  return channel === undefined ? { step: 'channel', channels } : { step: 'code', channel, channels };
}

async function answerRobot(deps: Flow, flow: PasswordResetRow, answer: string): Promise<PasswordResetOutcome> {
  if (flow.step !== 'robot') return ok;
  if (!(await deps.robot.answer(flow, answer))) return wrong;
  await movePasswordReset(deps.database.db, { id: flow.id, from: ['robot'], to: 'channel' });
  return ok;
}

interface Choice {
  readonly address: string;
  readonly channel: string;
}

async function chooseChannel(deps: Flow, flow: PasswordResetRow, choice: Choice): Promise<PasswordResetOutcome> {
  if (flow.step !== 'channel' && flow.step !== 'code') return flow.step === 'robot' ? wrong : ok;
  const chosen = (await channelsOf(deps, flow)).find(({ id }) => id === choice.channel);
  if (chosen === undefined) return wrong;
  // By identifier and channel, whoever has them: two identifiers of one account must not show that they are.
  const recipient = `${codePurpose}:${flow.slot.toString('base64url')}:${chosen.id}`;
  const retryAfterSeconds = await deps.codes.takeSending({ recipient, address: choice.address });
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  await deps.database.transaction((tx) => sendCode(deps, tx, { flow, chosen }));
  return ok;
}

async function sendCode(
  deps: Flow,
  tx: Tx,
  { flow, chosen }: { flow: PasswordResetRow; chosen: OfferedChannel },
): Promise<void> {
  const { id, accountId, brand } = flow;
  const path = await findCodePath(tx, chosen.id === 'mobile' ? chosen.value : undefined);
  if (!(await movePasswordReset(tx, { id, from: ['channel', 'code'], to: 'code', channel: chosen.id, ...path })))
    return;
  await endOtherPasswordResets(tx, flow);
  await deps.audit.passwordResetAsked(tx, { resetId: id, channel: chosen.id });
  const { id: codeId } = await deps.codes.issue(tx, { purpose: codePurpose, subject: id });
  const recipient = chosen.value === undefined ? null : accountId;
  await deps.sendCode(tx, { codeId, accountId: recipient, medium: chosen.id, brand });
}

async function enterCode(deps: Flow, flow: PasswordResetRow, typed: string): Promise<PasswordResetOutcome> {
  if (flow.step !== 'code') return flow.step === 'password' ? ok : wrong;
  const stands = await channelStands(deps, flow);
  const checked = await deps.codes.check({ purpose: codePurpose, subject: flow.id, typed });
  if (checked.kind === 'wrong' || !stands) {
    await deps.audit.passwordResetCodeWrong(deps.database.db, { resetId: flow.id });
    return wrong;
  }
  const moved = await movePasswordReset(deps.database.db, { id: flow.id, from: ['code'], to: 'password' });
  return moved ? ok : wrong;
}

/** A line that was suspended, or an address that was changed meanwhile, lets nobody in any more (X47, X48). */
async function channelStands(deps: Flow, flow: PasswordResetRow): Promise<boolean> {
  const channel = (await channelsOf(deps, flow)).find(({ id }) => id === flow.channel);
  return channel?.value !== undefined;
}

async function setPassword(deps: Flow, flow: PasswordResetRow, typed: TypedPassword): Promise<PasswordResetOutcome> {
  const { id, accountId } = flow;
  if (flow.step !== 'password' || accountId === null) return flow.step === 'done' ? ok : wrong;
  if (!(await channelStands(deps, flow))) {
    await movePasswordReset(deps.database.db, { id, from: ['password'], to: 'failed' });
    return wrong;
  }
  const about = [...(await aboutAccount(deps, accountId)), identifierOf(deps, flow).value];
  const prepared = await preparePassword(deps, accountId, { ...typed, about });
  if (prepared.kind === 'refused') return prepared;
  const facts = { accountId, ready: prepared.ready, how: 'reset', path: flow } as const;
  const stored = await storePassword(deps, facts, {
    before: (tx) => movePasswordReset(tx, { id, from: ['password'], to: 'done' }),
    after: (tx) => deps.audit.passwordSet(tx, { accountId, how: 'reset', channel: flow.channel }),
  });
  return stored ? ok : wrong;
}

function channelsOf(deps: Flow, flow: PasswordResetRow): Promise<OfferedChannel[]> {
  const { accountId, brand } = flow;
  return offeredChannels(deps.database.db, deps.masterKey, { accountId, brand, identifier: identifierOf(deps, flow) });
}

function identifierOf({ masterKey }: Flow, { id, identifierSealed }: PasswordResetRow): SignInIdentifier {
  return identifierSchema.parse(JSON.parse(masterKey.open(identifierPlace(id), identifierSealed).toString()));
}

function identifierPlace(id: string) {
  return { table: 'password_resets', column: 'identifier_sealed', row: id } as const;
}

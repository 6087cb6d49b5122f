// A new secondary mailbox, step by step (mission 2.d): user, address, password and terms, confirmation.
import type { MailboxCaller, MailboxDesk, MailboxRefusal } from '../customer/mailbox-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import {
  addressInput,
  draftBody,
  draftSchema,
  mailboxBase,
  mailboxBody,
  mailboxSchema,
  passwordInput,
  userInput,
} from './mailbox-bodies.ts';
import { InputError, ReasonError, StepUpError } from './problems.ts';
import { type ApiCall, type ApiRoute, withInput } from './route-types.ts';

interface Context {
  readonly desk: MailboxDesk;
  /** Address of the APIs. */
  readonly root: string;
}

const drafts = `${mailboxBase}/drafts`;
const manage = { scope: 'mailbox.manage', level: 'P' } as const;

/** Away from home: refused, with the offer of a login that makes the network not matter (D11). */
class HomeNetworkError extends StepUpError {
  override readonly code: ErrorCode = 'home_network_required';

  constructor() {
    super('3', undefined);
  }
}

/** The routes of drafts. */
export function mailboxDraftRoutes(context: Context): ApiRoute[] {
  return [begin(context), ...stepRoutes(context), confirmation(context)];
}

function begin({ desk, root }: Context): ApiRoute {
  return withInput({
    ...{ method: 'POST', path: drafts, ...manage, idempotent: true },
    summary: 'Begin a secondary mailbox: at home, or after a login with the PIN of the SIM',
    input: userInput,
    answers: { 201: draftSchema },
    refusals: ['not_internet_holder', 'home_network_required', 'mailbox_limit'],
    async handle(call) {
      const { title: civility, givenName, familyName } = call.input;
      const result = await desk.begin(mailboxCallerOf(call), { civility, givenName, familyName });
      if (result.kind !== 'ok') throw refusalOf(result);
      const body = draftBody(result.draft, root);
      return { status: 201, body, headers: { Location: body.href } };
    },
  });
}

function stepRoutes({ desk, root }: Context): ApiRoute[] {
  return [
    {
      ...{ method: 'GET', path: `${drafts}/:id`, scope: 'mailbox.read', level: 'P' },
      summary: 'A draft, the step that is due and addresses that are free',
      answers: { 200: draftSchema },
      async handle(call) {
        const draft = await desk.draft(call.token.accountId, draftOf(call));
        if (draft === undefined) throw new AppError('not_found');
        return { body: draftBody(draft, root) };
      },
    },
    withInput({
      ...{ method: 'PUT', path: `${drafts}/:id/address`, ...manage },
      summary: 'Choose the address: a proposal or any other of 3 to 40 letters, digits, dots and hyphens',
      input: addressInput,
      answers: { 200: draftSchema },
      refusals: ['address_taken', 'wrong_step', 'too_many_requests'],
      async handle(call) {
        const result = await desk.chooseAddress(call.token.accountId, draftOf(call), call.input.emailAddress);
        if (result.kind !== 'ok') throw refusalOf(result);
        return { body: draftBody(result.draft, root) };
      },
    }),
    withInput({
      ...{ method: 'PUT', path: `${drafts}/:id/password`, ...manage },
      summary: 'Choose the password, twice, and accept the terms',
      input: passwordInput,
      answers: { 200: draftSchema },
      refusals: ['wrong_step'],
      async handle(call) {
        const result = await desk.setPassword(call.token.accountId, draftOf(call), call.input.password);
        if (result.kind !== 'ok') throw refusalOf(result);
        return { body: draftBody(result.draft, root) };
      },
    }),
    {
      ...{ method: 'DELETE', path: `${drafts}/:id`, ...manage },
      summary: 'Drop a draft; its address is free again',
      answers: { 204: null },
      async handle(call) {
        if (!(await desk.discard(call.token.accountId, draftOf(call)))) throw new AppError('not_found');
        return {};
      },
    },
  ];
}

function confirmation({ desk, root }: Context): ApiRoute {
  return {
    ...{ method: 'POST', path: `${drafts}/:id/confirmation`, ...manage, idempotent: true },
    summary: 'Open the mailbox: account, login and address at once; again with the same draft it is the same one',
    answers: { 201: mailboxSchema },
    refusals: [
      ...(['not_found', 'not_internet_holder', 'home_network_required'] as const),
      ...(['mailbox_limit', 'address_taken', 'wrong_step'] as const),
    ],
    async handle(call) {
      const result = await desk.confirm(mailboxCallerOf(call), draftOf(call));
      if (result.kind !== 'ok') throw refusalOf(result);
      const body = mailboxBody(result.mailbox, root);
      return { status: 201, body, headers: { Location: body.href } };
    },
  };
}

/** Who asks, as the desk knows her. */
export function mailboxCallerOf({ token, address }: Pick<ApiCall, 'token' | 'address'>): MailboxCaller {
  return { accountId: token.accountId, address, withPin: token.loa >= 3 };
}

function refusalOf(refusal: MailboxRefusal): AppError {
  switch (refusal.kind) {
    case 'not-found':
      return new AppError('not_found');
    case 'not-holder':
      return new AppError('not_internet_holder');
    case 'not-at-home':
      return new HomeNetworkError();
    case 'full':
      return new AppError('mailbox_limit');
    case 'taken':
      return new AppError('address_taken');
    case 'limited':
      return new AppError('too_many_requests', { retryAfterSeconds: refusal.retryAfterSeconds });
    case 'wrong-step':
      return new ReasonError('wrong_step', refusal.due);
    default:
      return new InputError([{ field: 'password', problem: refusal.fault }]);
  }
}

function draftOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

// A contract comes into a customer area, step by step (mission 2.c and 4.7); and the link by which a holder contests it.
import { z } from 'zod';
import type {
  AttachmentDesk,
  ContestDesk,
  DraftCall,
  DraftOutcome,
  DraftRefusal,
} from '../customer/attachment-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import {
  beginSchema,
  contestBody,
  contestSchema,
  draftBody,
  draftSchema,
  identifiersSchema,
  lineUserSchema,
} from './attachment-bodies.ts';
import { ReasonError } from './problems.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  type ApiRoute,
  type OpenRoute,
  type Route,
  withInput,
} from './route-types.ts';

const base = '/contract/v1/attachments';
const manage = { scope: 'contract.manage', level: 'P' } as const;
const managedNow = { scope: 'contract.manage', level: 'Pf' } as const;
const everyStep = ['not_found', 'wrong_step', 'draft_expired'] as const satisfies readonly ErrorCode[];
const judged = [
  'offer_not_attachable',
  'already_attached',
  'not_matched',
  'line_suspended',
  'holder_unreachable',
] as const satisfies readonly ErrorCode[];

interface Context {
  readonly desk: AttachmentDesk;
  readonly issuer: string;
}

/** Its routes; none without the desks. */
export function attachmentRoutes({ attachments: desk, contests, issuer }: ApiContext): Route[] {
  return [
    ...(desk === undefined ? [] : [...draftRoutes({ desk, issuer }), ...laterRoutes({ desk, issuer })]),
    ...(contests === undefined ? [] : contestRoutes(contests)),
  ];
}

function draftRoutes({ desk, issuer }: Context): ApiRoute[] {
  return [
    withInput({
      ...{ method: 'POST', path: base, ...manage, idempotent: true },
      summary: 'Begin to add a contract, one’s own or a relative’s, to the customer area',
      input: beginSchema,
      answers: { 201: draftSchema },
      refusals: ['not_found', 'account_id_only'],
      async handle({ token, input }) {
        const draft = await desk.begin(token.accountId, input);
        if (draft === undefined) throw new AppError('not_found');
        if (draft === 'self-care') throw new AppError('account_id_only');
        const body = draftBody(draft, issuer);
        return { status: 201, body, headers: { Location: body.href } };
      },
    }),
    {
      ...{ method: 'GET', path: `${base}/:id`, ...manage },
      summary: 'Where it stands: the step that is due',
      answers: { 200: draftSchema },
      refusals: ['draft_expired'],
      handle: async (call) => answer(await desk.find(callOf(call)), { issuer }),
    },
    withInput({
      ...{ method: 'POST', path: `${base}/:id/identifiers`, ...managedNow, idempotent: true },
      summary: 'Say which contract: both references, or the number of the mobile line; its user may be sent a code',
      input: identifiersSchema,
      answers: { 200: draftSchema },
      refusals: [...everyStep, ...judged],
      handle: async (call) => answer(await desk.identify(callOf(call), call.input), { issuer }),
    }),
    withInput({
      ...{ method: 'POST', path: `${base}/:id/code`, ...manage },
      summary: 'Type the code that the user of the line has passed on',
      input: z.strictObject({ code: z.string().max(40) }),
      answers: { 200: draftSchema },
      refusals: [...everyStep, 'code_invalid', 'line_suspended'],
      handle: async (call) => answer(await desk.enterCode(callOf(call), call.input.code), { issuer }),
    }),
    {
      ...{ method: 'POST', path: `${base}/:id/code/resend`, ...manage, idempotent: true },
      summary: 'Send another code; the one before counts no more',
      answers: { 202: draftSchema },
      refusals: [...everyStep, 'line_suspended'],
      handle: async (call) => answer(await desk.resendCode(callOf(call)), { issuer, status: 202 }),
    },
  ];
}

function laterRoutes({ desk, issuer }: Context): ApiRoute[] {
  return [
    withInput({
      ...{ method: 'PUT', path: `${base}/:id/line-user`, ...manage },
      summary: 'Say who uses the mobile line',
      input: lineUserSchema,
      answers: { 200: draftSchema },
      refusals: everyStep,
      handle: async (call) => answer(await desk.nameLineUser(callOf(call), call.input), { issuer }),
    }),
    withInput({
      ...{ method: 'PUT', path: `${base}/:id/contacts`, ...manage },
      summary: 'Confirm one’s own contacts, which must be verified',
      input: z.strictObject({ confirm: z.literal(true) }),
      answers: { 200: draftSchema },
      refusals: [...everyStep, 'contact_unverified'],
      handle: async (call) => answer(await desk.confirmContacts(callOf(call)), { issuer }),
    }),
    {
      ...{ method: 'POST', path: `${base}/:id/confirmation`, ...managedNow, idempotent: true },
      summary: 'Add it: effective at once; the holder is told by e-mail',
      answers: { 201: draftSchema },
      refusals: [...everyStep, ...judged, 'contact_unverified'],
      handle: async (call) => answer(await desk.confirm(callOf(call)), { issuer, status: 201 }),
    },
  ];
}

function contestRoutes(contests: ContestDesk): OpenRoute[] {
  const path = '/contract/v1/proxy-contests/:token';
  const shared = { open: true, path, refusals: ['link_gone'] } as const;
  return [
    {
      ...{ ...shared, method: 'GET' },
      summary: 'What the link from the holder’s e-mail contests; changes nothing',
      answers: { 200: contestSchema },
      async handle({ params }) {
        const found = await contests.find(params['token'] ?? '');
        if (found === undefined) throw new AppError('link_gone');
        return { body: contestBody(found) };
      },
    },
    {
      ...{ ...shared, method: 'POST' },
      summary: 'Contest it: the proxy has no access from now on',
      answers: { 200: z.strictObject({ '@type': z.literal('ProxyContest'), status: z.literal('contested') }) },
      async handle({ params }) {
        if (!(await contests.contest(params['token'] ?? ''))) throw new AppError('link_gone');
        return { body: { '@type': 'ProxyContest', status: 'contested' } };
      },
    },
  ];
}

function callOf({ token, params, address }: Pick<ApiCall, 'token' | 'params' | 'address'>): DraftCall {
  return { accountId: token.accountId, draftId: params['id'] ?? '', address };
}

function answer(outcome: DraftOutcome, { issuer, status = 200 }: { issuer: string; status?: number }): ApiAnswer {
  if (outcome.kind !== 'ok') throw refusalOf(outcome);
  return { status, body: draftBody(outcome.draft, issuer) };
}

const codes = {
  'not-found': 'not_found',
  expired: 'draft_expired',
  'not-matched': 'not_matched',
  'not-attachable': 'offer_not_attachable',
  'already-attached': 'already_attached',
  'line-suspended': 'line_suspended',
  'holder-unreachable': 'holder_unreachable',
  'contact-unverified': 'contact_unverified',
} as const;

function refusalOf(refusal: DraftRefusal): AppError {
  switch (refusal.kind) {
    case 'wrong-step':
      return new ReasonError('wrong_step', refusal.due);
    case 'code-wrong':
      return new ReasonError('code_invalid', refusal.due);
    case 'limited':
      return new AppError('too_many_requests', { retryAfterSeconds: refusal.retryAfterSeconds });
    default:
      return new AppError(codes[refusal.kind]);
  }
}

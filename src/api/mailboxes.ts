// The mailbox API (mission 4.11): who may open a secondary mailbox, the list, deletion, aliases.
import { z } from 'zod';
import type { MailboxDesk } from '../customer/mailbox-types.ts';
import { AppError } from '../errors.ts';
import { listAnswer } from './lists.ts';
import {
  addressInput,
  aliasBody,
  aliasSchema,
  eligibilitySchema,
  mailboxBase,
  mailboxBody,
  mailboxSchema,
} from './mailbox-bodies.ts';
import { mailboxCallerOf, mailboxDraftRoutes } from './mailbox-drafts.ts';
import { type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery } from './schemas.ts';

interface Context {
  readonly desk: MailboxDesk;
  /** Address of the APIs. */
  readonly root: string;
}

/** Its routes; none without a desk. */
export function mailboxRoutes({ mailboxes: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const context = { desk, root: `${issuer}/api` };
  return [...readRoutes(context), ...mailboxDraftRoutes(context), ...aliasRoutes(context), removal(context)];
}

const mailboxes = `${mailboxBase}/mailboxes`;

function readRoutes({ desk, root }: Context): ApiRoute[] {
  const read = { method: 'GET', scope: 'mailbox.read', level: 'P' } as const;
  return [
    {
      ...{ ...read, path: `${mailboxBase}/eligibility` },
      summary: 'Whether a secondary mailbox can be opened now, and what is missing',
      answers: { 200: eligibilitySchema },
      async handle(call) {
        const { isHolder, isAtHome, withPin, slotsLeft } = await desk.eligibility(mailboxCallerOf(call));
        const allowed = isHolder && (isAtHome || withPin) && slotsLeft > 0;
        return { body: { isHolder, isAtHome, isStrong: withPin, slotsLeft, allowed } };
      },
    },
    {
      ...{ ...read, path: mailboxes },
      summary: 'The own mailbox and the secondary ones; a secondary account sees its own',
      query: listQuery,
      answers: { 200: z.array(mailboxSchema) },
      async handle({ token, query }) {
        const body = (await desk.list(token.accountId)).map((one) => mailboxBody(one, root));
        return listAnswer(body, { query, href: `${root}${mailboxes}` });
      },
    },
    {
      ...{ ...read, path: `${mailboxes}/:id` },
      summary: 'One mailbox with its aliases',
      answers: { 200: mailboxSchema },
      async handle(call) {
        const found = await desk.find(call.token.accountId, mailboxOf(call));
        if (found === undefined) throw new AppError('not_found');
        return { body: mailboxBody(found, root) };
      },
    },
  ];
}

function aliasRoutes({ desk, root }: Context): ApiRoute[] {
  const path = `${mailboxes}/:id/aliases`;
  const manage = { scope: 'mailbox.manage', level: 'Pf' } as const;
  return [
    withInput({
      ...{ method: 'POST', path, ...manage, idempotent: true },
      summary: 'Another address of the same mailbox: no password, no login; at most five',
      input: addressInput,
      answers: { 201: aliasSchema },
      refusals: ['not_found', 'address_taken', 'alias_limit', 'mailbox_read_only', 'too_many_requests'],
      async handle(call) {
        const id = mailboxOf(call);
        const result = await desk.addAlias(call.token.accountId, id, call.input.emailAddress);
        if (result.kind === 'limited') {
          throw new AppError('too_many_requests', { retryAfterSeconds: result.retryAfterSeconds });
        }
        if (result.kind !== 'ok') throw new AppError(aliasErrors[result.kind]);
        const body = aliasBody(result.alias, `${root}${mailboxes}/${id}`);
        return { status: 201, body, headers: { Location: body.href } };
      },
    }),
    {
      ...{ method: 'DELETE', path: `${path}/:alias`, ...manage },
      summary: 'Give an alias up; nobody gets it for some months',
      answers: { 204: null },
      async handle(call) {
        const alias = call.params['alias'] ?? '';
        if (!(await desk.removeAlias(call.token.accountId, mailboxOf(call), alias))) throw new AppError('not_found');
        return {};
      },
    },
  ];
}

const aliasErrors = {
  'not-found': 'not_found',
  taken: 'address_taken',
  full: 'alias_limit',
  'read-only': 'mailbox_read_only',
} as const;

function removal({ desk }: Context): ApiRoute {
  return withInput({
    ...{ method: 'DELETE', path: `${mailboxes}/:id`, scope: 'mailbox.manage', level: 'M*', action: 'mailbox-deletion' },
    summary: 'Delete a secondary mailbox with its login; its address rests for some months',
    input: z.strictObject({ confirm: z.literal(true) }),
    answers: { 204: null },
    refusals: ['conflict'],
    async handle(call) {
      const result = await desk.remove(call.token.accountId, mailboxOf(call));
      if (result === 'not-found') throw new AppError('not_found');
      if (result === 'primary') throw new AppError('conflict');
      return {};
    },
  });
}

function mailboxOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

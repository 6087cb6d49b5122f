// Mailboxes in the customer area: the list with the places that are left, one mailbox with its aliases, and the wizard
// of a new one. The draft at the API holds the state; each page shows the step that is due.
import { z } from 'zod';
import type { Area, AreaPage, FormCall, Params } from './area.ts';
import { ApiProblem, type CallApi, StepUpNeeded } from './customer-api.ts';
import { meetsLevel } from './login-words.ts';

const alias = z.object({ id: z.string(), emailAddress: z.string() });
const person = z.object({ title: z.string().optional(), givenName: z.string(), familyName: z.string() });
const mailbox = z.object({
  id: z.string(),
  kind: z.enum(['primary', 'secondary']),
  emailAddress: z.string(),
  status: z.string(),
  user: person.optional(),
  creationDate: z.coerce.date(),
  alias: z.array(alias),
});
const eligibility = z.object({
  isHolder: z.boolean(),
  isAtHome: z.boolean(),
  isStrong: z.boolean(),
  slotsLeft: z.number(),
  allowed: z.boolean(),
});
const draft = z.object({
  id: z.string(),
  step: z.enum(['address', 'password', 'confirmation', 'done']),
  user: person,
  domain: z.string(),
  proposal: z.array(z.string()),
  emailAddress: z.string().optional(),
});

const api = '/mailbox/v1';

/** Adds them. */
export function addMailboxPages(area: Area): void {
  area.page('/mailboxes', async ({ api: call }) => {
    const [place, all] = await Promise.all([readPlace(call), readMailboxes(call)]);
    const canManage = place.isHolder || all.some(({ kind }) => kind === 'primary');
    return { view: 'mailboxes', title: 'mailboxes.title', data: { place, mailboxes: all, canManage } };
  });
  addWizard(area);
  addOneMailbox(area);
}

function addOneMailbox(area: Area): void {
  const page = (params: Params) => `/mailboxes/${idOf(params)}`;
  area.page('/mailboxes/:id', async ({ api: call, params }) => {
    const { body } = await call({ path: `${api}${page(params)}` });
    return { view: 'mailbox', title: 'mailbox.title', data: { mailbox: mailbox.parse(body) } };
  });
  area.form('/mailboxes/:id/aliases', { page }, async ({ api: call, params, fields, idempotencyKey }) => {
    const body = { emailAddress: fields['address'] ?? '' };
    await call({ method: 'POST', path: `${api}${page(params)}/aliases`, body, idempotencyKey });
    return `${page(params)}?done=alias-added`;
  });
  area.form('/mailboxes/:id/aliases/:alias/remove', { page }, async ({ api: call, params }) => {
    const one = encodeURIComponent(params['alias'] ?? '');
    await call({ method: 'DELETE', path: `${api}${page(params)}/aliases/${one}` });
    return `${page(params)}?done=alias-removed`;
  });
  const action = 'mailbox-deletion';
  area.form('/mailboxes/:id/delete', { page, action }, async ({ api: call, params, fields, confirmationCode }) => {
    const body = { confirm: fields['sure'] === 'yes' };
    await call({ method: 'DELETE', path: `${api}${page(params)}`, body, confirmationCode });
    return '/mailboxes?done=deleted';
  });
}

function addWizard(area: Area): void {
  area.page('/mailboxes/new', async ({ api: call }) => {
    const [place, all] = await Promise.all([readPlace(call), readMailboxes(call)]);
    const main = all.find(({ kind }) => kind === 'primary');
    return { view: 'mailbox-new', title: 'mailbox-new.title', data: { place, main } };
  });
  area.form('/mailboxes/new', { page: '/mailboxes/new' }, async (form) => {
    const { fields, api: call, idempotencyKey } = form;
    // For a second address of one's own an alias does, without another password (D08).
    if (fields['for'] === 'self' && fields['sure'] !== 'yes') throw aliasSuggested();
    stepUpIfWanted(form);
    const { title, given_name: givenName, family_name: familyName } = fields;
    const body = { title, givenName: givenName ?? '', familyName: familyName ?? '' };
    const begun = await call({ method: 'POST', path: `${api}/drafts`, body, idempotencyKey });
    return `/mailboxes/drafts/${draft.parse(begun.body).id}`;
  });

  const page = (params: Params) => `/mailboxes/drafts/${idOf(params)}`;
  const path = (params: Params) => `${api}/drafts/${idOf(params)}`;
  area.page('/mailboxes/drafts/:id', async ({ ctx, api: call, params, typed }) => {
    // Asked for again, or refused a moment ago, though the draft has one already.
    const changesAddress = ctx.query['change'] === 'address' || 'choice' in typed;
    return draftPage(await readDraft(call, path(params)), changesAddress);
  });
  area.form('/mailboxes/drafts/:id/address', { page }, async ({ api: call, params, fields }) => {
    const { choice = 'other', other = '' } = fields;
    const body = { emailAddress: choice === 'other' ? other : choice };
    await call({ method: 'PUT', path: `${path(params)}/address`, body });
    return page(params);
  });
  area.form('/mailboxes/drafts/:id/password', { page }, async ({ api: call, params, fields }) => {
    const { password = '', password_again: confirmation = '', terms } = fields;
    const body = { password, confirmation, acceptTerms: terms === 'yes' };
    await call({ method: 'PUT', path: `${path(params)}/password`, body });
    return page(params);
  });
  area.form('/mailboxes/drafts/:id/confirm', { page }, async (form) => {
    const { api: call, params, idempotencyKey } = form;
    stepUpIfWanted(form);
    await call({ method: 'POST', path: `${path(params)}/confirmation`, idempotencyKey });
    return '/mailboxes?done=created';
  });
  area.form('/mailboxes/drafts/:id/drop', { page: '/mailboxes' }, async ({ api: call, params }) => {
    await call({ method: 'DELETE', path: path(params) });
    return '/mailboxes?done=dropped';
  });
}

/** Away from home, whoever wants to goes on with the PIN of the SIM; what was typed is there again afterwards (D11). */
function stepUpIfWanted({ fields, session }: Pick<FormCall, 'fields' | 'session'>): void {
  if (fields['with'] === 'phone' && !meetsLevel(session.login.acr, '3')) throw new StepUpNeeded('3', undefined);
}

function aliasSuggested(): ApiProblem {
  return new ApiProblem(409, { code: 'alias_suggested', fields: [] });
}

type Draft = z.infer<typeof draft>;

function draftPage(found: Draft | undefined, changesAddress: boolean): AreaPage {
  if (found === undefined || found.step === 'done') {
    return { view: 'mailbox-draft-gone', title: 'mailbox-draft-gone.title', data: { isDone: found !== undefined } };
  }
  const step = changesAddress ? 'address' : found.step;
  return { view: `mailbox-${step}`, title: `mailbox-${step}.title`, data: { draft: found } };
}

async function readDraft(call: CallApi, path: string): Promise<Draft | undefined> {
  try {
    return draft.parse((await call({ path })).body);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  }
}

async function readPlace(call: CallApi): Promise<z.infer<typeof eligibility>> {
  return eligibility.parse((await call({ path: `${api}/eligibility` })).body);
}

async function readMailboxes(call: CallApi): Promise<z.infer<typeof mailbox>[]> {
  return z.array(mailbox).parse((await call({ path: `${api}/mailboxes?limit=100` })).body);
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}

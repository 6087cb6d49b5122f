// Adding a contract, one's own or a relative's: one page for each step. The operator's draft knows which step is due;
// the page shows that one, so going back, reloading and another device do no harm.
import { z } from 'zod';
import type { Area, AreaPage, FormCall, Params } from './area.ts';
import { ApiProblem, type CallApi } from './customer-api.ts';

const draftSchema = z.object({
  id: z.string(),
  kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
  step: z.enum(['identifiers', 'code', 'line_user', 'contacts', 'confirmation', 'done']),
  code: z.object({ sentTo: z.string(), expiresAt: z.coerce.date() }).optional(),
  contactMedium: z.array(z.object({ mediumType: z.string(), value: z.string(), isVerified: z.boolean() })).default([]),
  relation: z.enum(['holder', 'proxy']).optional(),
  product: z.object({ id: z.string() }).optional(),
});
type Draft = z.output<typeof draftSchema>;

const api = '/contract/v1/attachments';
const start = '/contracts/add';

/** Adds them. To be called before the pages of single contracts, whose paths would fit too. */
export function addAttachPages(area: Area): void {
  area.page(start, async () => ({ view: 'attach-start', title: 'attach.title' }));
  area.form(start, { page: start }, async ({ api: call, fields, idempotencyKey }) => {
    const body = { kind: fields['kind'], segment: fields['segment'] };
    const reply = await call({ method: 'POST', path: api, body, idempotencyKey });
    return pageOf(draftSchema.parse(reply.body).id);
  });
  area.page(`${start}/:id`, async ({ api: call, params }) => {
    const draft = await readDraft(call, params);
    return draft === undefined ? { view: 'attach-expired', title: 'attach.expired.title' } : stepPage(draft);
  });
  const step = (name: string, act: (call: FormCall) => Promise<unknown>) =>
    area.form(`${start}/:id/${name}`, { page: (params) => pageOf(params['id'] ?? '') }, async (call) => {
      await act(call);
      return pageOf(call.params['id'] ?? '');
    });
  step('identifiers', identify);
  step('code', ({ api: call, params, fields }) =>
    call({ method: 'POST', path: `${pathOf(params)}/code`, body: { code: fields['typed_code'] ?? '' } }),
  );
  step('resend', ({ api: call, params, idempotencyKey }) =>
    call({ method: 'POST', path: `${pathOf(params)}/code/resend`, idempotencyKey }),
  );
  step('line-user', nameLineUser);
  step('contacts', ({ api: call, params }) =>
    call({ method: 'PUT', path: `${pathOf(params)}/contacts`, body: { confirm: true } }),
  );
  step('confirmation', ({ api: call, params, idempotencyKey }) =>
    call({ method: 'POST', path: `${pathOf(params)}/confirmation`, idempotencyKey }),
  );
}

/** Undefined: its time has run out. */
async function readDraft(call: CallApi, params: Params): Promise<Draft | undefined> {
  try {
    return draftSchema.parse((await call({ path: pathOf(params) })).body);
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'draft_expired') return undefined;
    throw error;
  }
}

const views = {
  identifiers: { view: 'attach-identifiers', title: 'attach.identifiers.title' },
  code: { view: 'attach-code', title: 'attach.code.title' },
  line_user: { view: 'attach-line-user', title: 'attach.line-user.title' },
  contacts: { view: 'attach-contacts', title: 'attach.contacts.title' },
  confirmation: { view: 'attach-confirmation', title: 'attach.confirmation.title' },
  done: { view: 'attach-done', title: 'attach.done.title' },
} as const satisfies Record<Draft['step'], AreaPage>;

function stepPage(draft: Draft): AreaPage {
  const hasLine = draft.kind === 'MOBILE' || draft.kind === 'OPEN';
  return { ...views[draft.step], data: { draft, hasLine, action: pageOf(draft.id) } };
}

async function identify({ api: call, params, fields, idempotencyKey }: FormCall): Promise<void> {
  const { line_number: lineNumber, customer_ref: customerRef, contract_ref: contractRef } = fields;
  const body = lineNumber === undefined ? { customerRef, contractRef } : { lineNumber };
  await call({ method: 'POST', path: `${pathOf(params)}/identifiers`, body, idempotencyKey });
}

async function nameLineUser({ api: call, params, fields }: FormCall): Promise<void> {
  const { relation, civility, given_name: givenName, family_name: familyName } = fields;
  const body = relation === 'other' ? { relation, civility, givenName, familyName } : { relation };
  await call({ method: 'PUT', path: `${pathOf(params)}/line-user`, body });
}

function pathOf(params: Params): string {
  return `${api}/${encodeURIComponent(params['id'] ?? '')}`;
}

function pageOf(id: string): string {
  return `${start}/${encodeURIComponent(id)}`;
}

// Bank details in the area: shown after a stronger login or a code, changed by an approval on the phone.
import { z } from 'zod';
import type { Area, AreaCall, AreaPage, Params } from './area.ts';
import { ApiProblem, type ApiReply } from './customer-api.ts';
import { localeOf } from './pages.ts';

const api = '/account/v1/me/bank-details';

const details = z.object({
  iban: z.string().optional(),
  accountHolder: z.string().optional(),
  lastUpdate: z.coerce.date().optional(),
});
const change = z.object({
  id: z.string(),
  status: z.enum(['pending', 'done', 'refused', 'blocked', 'expired']),
  iban: z.string(),
  accountHolder: z.string(),
  referenceCode: z.string().optional(),
});

/** Adds them. */
export function addBankPages(area: Area): void {
  area.page('/account/bank', async (call) => {
    // Who has no PIN to give proves herself by a code, which a form asks for.
    if (call.problem?.code === 'code_sent' || call.problem?.code === 'code_invalid') return lockedPage();
    return await read(call).then(bankPage, (error: unknown) => {
      if (error instanceof ApiProblem && error.code === 'code_required') return lockedPage();
      throw error;
    });
  });
  const options = { page: '/account/bank', action: 'bank-details' };
  area.form('/account/bank/open', options, async ({ api: call, confirmationCode }) =>
    bankPage(await call({ path: api, confirmationCode })),
  );
  area.form('/account/bank', { page: '/account/bank' }, async ({ ctx, api: call, fields }) => {
    const { iban = '', holder: accountHolder = '', version } = fields;
    const body = { iban, accountHolder, locale: localeOf(ctx) };
    const { body: started } = await call({ method: 'PUT', path: api, body, version });
    return `/account/bank/${encodeURIComponent(change.parse(started).id)}`;
  });
  area.page('/account/bank/:id', async (call) => {
    const { body } = await call.api({ path: `${api}/changes/${idOf(call.params)}` });
    const found = change.parse(body);
    const refreshSeconds = found.status === 'pending' ? 4 : undefined;
    const data = { change: found, refreshSeconds, scripts: refreshSeconds === undefined ? [] : ['reload.js'] };
    return { view: 'account-bank-change', title: 'account.bank.title', data };
  });
  area.form('/account/bank/:id/cancel', { page: '/account/bank' }, async ({ params, api: call }) => {
    await call({ method: 'DELETE', path: `${api}/changes/${idOf(params)}` });
    return `/account/bank/${idOf(params)}`;
  });
}

function read(call: AreaCall): Promise<ApiReply> {
  return call.api({ path: api });
}

function bankPage({ body, version }: ApiReply): AreaPage {
  const data = { details: details.parse(body), version };
  return { view: 'account-bank', title: 'account.bank.title', data };
}

function lockedPage(): AreaPage {
  return { view: 'account-bank', title: 'account.bank.title', data: { details: undefined, version: '' } };
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}

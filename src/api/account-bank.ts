// Bank details of the account API (mission 4.6; D01): read at level M*, changed by an approval on the phone of a
// request that names this very change (M!).
import { z } from 'zod';
import type { BankChangeResult, BankChangeView, BankView } from '../customer/account-types.ts';
import { AppError } from '../errors.ts';
import { callerOf, etagOf } from './account.ts';
import { InputError, UnavailableUntilError } from './problems.ts';
import { type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { moment } from './schemas.ts';

const path = '/account/v1/me/bank-details';

const detailsSchema = z.strictObject({
  '@type': z.literal('BankAccount'),
  /** Masked; missing where none is known. */
  iban: z.string().optional(),
  accountHolder: z.string().optional(),
  lastUpdate: moment.optional(),
});

const changeSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  status: z.enum(['pending', 'done', 'refused', 'blocked', 'expired']),
  /** Masked. */
  iban: z.string(),
  accountHolder: z.string(),
  /** To type on the phone. */
  referenceCode: z.string().optional(),
  secondsLeft: z.number().int(),
});

const holder = z
  .string()
  .trim()
  .min(1)
  .max(70)
  .regex(/^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}’' .,&()/-]*$/u, 'has characters that are not of a name');

/** Its routes; none without a desk. */
export function bankRoutes({ account: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const changes = `${path}/changes`;
  const hrefOf = (id: string) => `${issuer}/api${changes}/${id}`;
  const write = { scope: 'account.bank.write', level: 'P' } as const;
  return [
    {
      ...{ method: 'GET', path, scope: 'account.bank.read', level: 'M*', action: 'bank-details' },
      summary: 'The bank account that invoices are taken from, masked',
      answers: { 200: detailsSchema },
      refusals: ['not_found'],
      async handle({ token }) {
        const found = await desk.bankDetails(token.accountId);
        if (found === undefined) throw new AppError('not_found');
        return { body: detailsBody(found), headers: etagOf(found) };
      },
    },
    withInput({
      // M!: what counts is the request on the phone, whatever the token says of earlier ones.
      ...{ method: 'PUT', path, ...write },
      summary: 'Ask the phone whether invoices may be taken from another bank account',
      input: z.strictObject({
        iban: z.string().max(60),
        accountHolder: holder,
        locale: z.enum(['fr', 'en']).default('fr'),
      }),
      answers: { 202: changeSchema },
      refusals: [
        ...(['not_found', 'version_mismatch', 'mc_temporarily_unavailable', 'shop_identity_check_required'] as const),
        ...(['command_open', 'temporarily_unavailable'] as const),
      ],
      async handle(call) {
        const { iban, accountHolder, locale } = call.input;
        const result = await desk.changeBankDetails(callerOf(call), { iban, holder: accountHolder, locale });
        const { change } = startedOf(result);
        const href = hrefOf(change.id);
        return { status: 202, body: changeBody(change, href), headers: { Location: href } };
      },
    }),
    {
      ...{ method: 'GET', path: `${changes}/:id`, ...write },
      summary: 'Where a change of the bank account stands',
      answers: { 200: changeSchema },
      async handle({ token, params }) {
        const change = await desk.findBankChange(token.accountId, params['id'] ?? '');
        if (change === undefined) throw new AppError('not_found');
        return { body: changeBody(change, hrefOf(change.id)) };
      },
    },
    {
      ...{ method: 'DELETE', path: `${changes}/:id`, ...write },
      summary: 'Take the question away from the phone',
      answers: { 204: null },
      async handle({ token: { accountId }, params }) {
        const id = params['id'] ?? '';
        if ((await desk.findBankChange(accountId, id)) === undefined) throw new AppError('not_found');
        await desk.cancelBankChange(accountId, id);
        return {};
      },
    },
  ];
}

function detailsBody({ iban, holder: accountHolder, changedAt }: BankView): z.input<typeof detailsSchema> {
  const known = iban === undefined || accountHolder === undefined ? {} : { iban, accountHolder };
  return { '@type': 'BankAccount', ...known, ...(changedAt === undefined ? {} : { lastUpdate: changedAt }) };
}

function changeBody(
  { id, status, iban, holder: accountHolder, referenceCode, secondsLeft }: BankChangeView,
  href: string,
) {
  const code = referenceCode === null ? {} : { referenceCode };
  return { id, href, status, iban, accountHolder, ...code, secondsLeft };
}

function startedOf(result: BankChangeResult): Extract<BankChangeResult, { kind: 'started' }> {
  switch (result.kind) {
    case 'started':
      return result;
    case 'invalid-iban':
      throw new InputError([{ field: 'iban', problem: 'is no IBAN of a country that is served' }]);
    case 'later':
      throw new UnavailableUntilError(result.availableAt);
    case 'no-phone':
      throw new AppError('shop_identity_check_required');
    case 'command-open':
      throw new AppError('command_open');
    case 'unavailable':
      throw new AppError('temporarily_unavailable', { retryAfterSeconds: 10 });
    case 'stale':
      throw new AppError('version_mismatch');
    default:
      throw new AppError('not_found');
  }
}

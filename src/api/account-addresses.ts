// Address changes of the account API (mission 4.6; B46, B47): a draft that shows old and new, then all at once.
import { z } from 'zod';
import type { AddressChangeView, AddressResult } from '../customer/account-types.ts';
import { AppError } from '../errors.ts';
import { callerOf } from './account.ts';
import { addressSchema } from './contract-bodies.ts';
import { ReasonError } from './problems.ts';
import { type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { moment } from './schemas.ts';

const path = '/account/v1/me/address-changes';

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069<>]+$/u, 'has characters that are not of an address');

/** A postal address as clients write it. */
export const place = z.strictObject({
  street: line(100),
  complement: line(100).optional(),
  postCode: z
    .string()
    .trim()
    .regex(/^[0-9]{5}$/, 'has five digits'),
  city: line(60),
  country: z.enum(['FR', 'MU']).default('FR'),
});

const changeSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  state: z.enum(['draft', 'done']),
  place: addressSchema,
  contract: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
      label: z.string().nullable(),
      /** The address that it has, or had; missing where there was none. */
      formerPlace: addressSchema.optional(),
    }),
  ),
  /** A draft can be confirmed until then. */
  expiresAt: moment,
});

/** Its routes; none without a desk. */
export function addressRoutes({ account: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const list = `${issuer}/api${path}`;
  return [
    withInput({
      ...{ method: 'POST', path, scope: 'account.write', level: 'P', idempotent: true },
      summary: 'Draft another address for contracts that the customer holds; nothing is changed yet',
      input: z.strictObject({ contractIds: z.array(z.string().max(100)).min(1).max(50), place }),
      answers: { 201: changeSchema },
      refusals: ['not_found'],
      async handle(call) {
        const { contractIds, place: address } = call.input;
        const change = changeOf(await desk.draftAddress(callerOf(call), { contractIds, address }));
        return { status: 201, body: bodyOf(change, list), headers: { Location: `${list}/${change.id}` } };
      },
    }),
    {
      ...{ method: 'GET', path: `${path}/:id`, scope: 'account.read', level: 'P' },
      summary: 'The draft: which contracts, the addresses they have, the one they will have',
      answers: { 200: changeSchema },
      async handle({ token, params }) {
        const change = await desk.findAddressChange(token.accountId, params['id'] ?? '');
        if (change === undefined) throw new AppError('not_found');
        return { body: bodyOf(change, list) };
      },
    },
    withInput({
      ...{ method: 'POST', path: `${path}/:id/confirmation`, scope: 'account.write' },
      ...{ level: 'M*', action: 'address-change', idempotent: true },
      summary: 'Make it so, on all contracts of the draft or on none',
      input: z.strictObject({ confirm: z.literal(true) }),
      answers: { 200: changeSchema },
      refusals: ['conflict'],
      async handle(call) {
        const change = changeOf(await desk.confirmAddress(callerOf(call), call.params['id'] ?? ''));
        return { body: bodyOf(change, list) };
      },
    }),
  ];
}

function changeOf(result: AddressResult): AddressChangeView {
  if (result.kind === 'ok') return result.change;
  throw result.kind === 'outdated' ? new ReasonError('conflict', 'address_changed') : new AppError('not_found');
}

function bodyOf({ id, state, address, contracts, expiresAt }: AddressChangeView, list: string) {
  return {
    ...{ id, href: `${list}/${id}`, state, place: address },
    contract: contracts.map(({ former, ...one }) => ({
      ...one,
      ...(former === undefined ? {} : { formerPlace: former }),
    })),
    expiresAt,
  };
}

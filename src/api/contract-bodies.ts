// Contracts and proxies as the API shows them.
import { z } from 'zod';
import type { ContractDetail, ContractSummary } from '../customer/contract-types.ts';
import { moment } from './schemas.ts';

export const addressSchema = z.strictObject({
  street: z.string(),
  complement: z.string().optional(),
  postCode: z.string(),
  city: z.string(),
  country: z.string(),
});

export const homeSchema = z.strictObject({
  fixedLineNumber: z.string().optional(),
  /** Megabits per second. */
  speedDown: z.number().optional(),
  speedUp: z.number().optional(),
  sharedWifi: z.boolean().optional(),
  tvDecoder: z.strictObject({ model: z.string(), serial: z.string() }).optional(),
});

export const contractSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Product'),
  kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
  segment: z.enum(['consumer', 'professional']),
  relation: z.enum(['holder', 'proxy', 'user']),
  /** The customer's own name for it; null: none was given. */
  label: z.string().nullable(),
  isBundle: z.boolean(),
  status: z.enum(['active', 'suspended']),
  startDate: moment,
  payMode: z.enum(['postpaid', 'prepaid']),
  productOffering: z.strictObject({ id: z.string() }).optional(),
  realizingResource: z.array(
    z.strictObject({
      id: z.string(),
      href: z.string(),
      '@referredType': z.literal('Line'),
      name: z.string(),
      kind: z.string(),
    }),
  ),
  fixedLineNumber: z.string().optional(),
});

export const detailSchema = contractSchema.extend({
  place: addressSchema.optional(),
  references: z.strictObject({ customer: z.string(), contract: z.string() }).optional(),
  may: z.strictObject({ manage: z.boolean(), own: z.boolean(), pay: z.boolean(), defer: z.boolean() }),
});

export const proxySchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  /** Masked. */
  name: z.string(),
  since: moment,
  grantedVia: z.enum(['sms_code', 'identifiers']),
  /** May order on the bill of the contract. */
  mayDefer: z.boolean(),
});

/** The body; `list` is the address of the list of contracts. */
export function contractBody(contract: ContractSummary, list: string): z.input<typeof contractSchema> {
  const { id, kind, segment, relation, label, status, startedAt, payMode, offerId, lines, fixedLineNumber } = contract;
  const lineList = list.replace('/contract/v1/contracts', '/line/v1/lines');
  return {
    ...{ id, href: `${list}/${id}`, '@type': 'Product' as const, kind, segment, relation, label },
    ...{ isBundle: kind === 'OPEN', status, startDate: startedAt, payMode },
    ...(offerId === null ? {} : { productOffering: { id: offerId } }),
    realizingResource: lines.map((line) => ({
      ...{ id: line.id, href: `${lineList}/${line.id}`, '@referredType': 'Line' as const },
      ...{ name: line.number, kind: line.kind },
    })),
    ...(fixedLineNumber === undefined ? {} : { fixedLineNumber }),
  };
}

/** The same with what only some may see. */
export function detailBody(contract: ContractDetail, list: string): z.input<typeof detailSchema> {
  const { address, references, may } = contract;
  return {
    ...contractBody(contract, list),
    ...(address === undefined ? {} : { place: address }),
    ...(references === undefined ? {} : { references }),
    may,
  };
}

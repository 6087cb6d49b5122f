// A contract on its way into a customer area, as the API reads and shows it.
import { z } from 'zod';
import type { ContestView, DraftView } from '../customer/attachment-types.ts';
import { moment } from './schemas.ts';

const kind = z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']);
const segment = z.enum(['consumer', 'professional']);

export const beginSchema = z.strictObject({ kind, segment });

// What is printed on papers has letters, digits and a few signs; spaces round it are no mistake.
const reference = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ./-]{0,39}$/, 'is no reference');

export const identifiersSchema = z.union([
  z.strictObject({ customerRef: reference, contractRef: reference }),
  z.strictObject({ lineNumber: z.string().min(1).max(40) }),
]);

const name = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .refine((text) => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text), 'has control characters');

export const lineUserSchema = z.discriminatedUnion('relation', [
  z.strictObject({ relation: z.literal('self') }),
  z.strictObject({ relation: z.literal('holder') }),
  z.strictObject({
    relation: z.literal('other'),
    civility: z.enum(['M.', 'Mme']),
    givenName: name,
    familyName: name,
  }),
]);

const contactSchema = z.strictObject({
  mediumType: z.enum(['email', 'mobile']),
  /** Masked. */
  value: z.string(),
  isVerified: z.boolean(),
});

export const draftSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('ContractAttachment'),
  kind,
  segment,
  status: z.enum(['inProgress', 'completed']),
  /** The step that is due; `done` when the contract is in the area. */
  step: z.enum(['identifiers', 'code', 'line_user', 'contacts', 'confirmation', 'done']),
  expiresAt: moment,
  /** Only the end of the number. The code itself is never here. */
  code: z.strictObject({ sentTo: z.string(), expiresAt: moment }).optional(),
  contactMedium: z.array(contactSchema).optional(),
  relation: z.enum(['holder', 'proxy']).optional(),
  product: z.strictObject({ id: z.string(), href: z.string(), '@referredType': z.literal('Product') }).optional(),
});

/** The body; `issuer` for the addresses in it. */
export function draftBody(draft: DraftView, issuer: string): z.input<typeof draftSchema> {
  const { id, step, expiresAt, code, contacts, relation, contractId } = draft;
  const base = `${issuer}/api/contract/v1`;
  return {
    ...{ id, href: `${base}/attachments/${id}`, '@type': 'ContractAttachment' as const },
    ...{ kind: draft.kind, segment: draft.segment, status: step === 'done' ? 'completed' : 'inProgress' },
    ...{ step, expiresAt },
    ...(code === undefined ? {} : { code }),
    ...(contacts === undefined ? {} : { contactMedium: mediaOf(contacts) }),
    ...(relation === undefined ? {} : { relation }),
    ...(contractId === undefined
      ? {}
      : { product: { id: contractId, href: `${base}/contracts/${contractId}`, '@referredType': 'Product' as const } }),
  };
}

function mediaOf({ email, mobile }: NonNullable<DraftView['contacts']>) {
  return [
    ...(email === undefined ? [] : [{ mediumType: 'email' as const, ...email }]),
    ...(mobile === undefined ? [] : [{ mediumType: 'mobile' as const, ...mobile }]),
  ];
}

export const contestSchema = z.strictObject({
  '@type': z.literal('ProxyContest'),
  contractKind: kind,
  /** Masked; empty for a contract without a line. */
  line: z.string(),
  /** Masked. */
  proxyName: z.string(),
  since: moment,
});

/** The body of what a link contests. */
export function contestBody({ kind: contractKind, line, proxy, since }: ContestView): z.input<typeof contestSchema> {
  return { '@type': 'ProxyContest', contractKind, line, proxyName: proxy, since };
}

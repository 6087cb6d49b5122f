// Messages about contracts and proxies (catalogue: 4-api 4.14).
import { z } from 'zod';

const at = z.iso.datetime();
/** Has its words in the templates; `line` is a masked number, if it has one. */
const contractKind = z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']);
const line = z.string().max(40);
export type NamedContract = { readonly kind: z.infer<typeof contractKind>; readonly line: string };

/** Who or what ended a proxy. */
export const proxyEnders = ['proxy', 'holder', 'user', 'contest', 'transfer', 'contract'] as const;
export type ProxyEnder = (typeof proxyEnders)[number];

/** What is told of a contract that came into an area; the link is made when it is sent. */
export const attachedShape = {
  at,
  kind: contractKind,
  line,
  relation: z.enum(['holder', 'proxy']),
  /** Masked: whose area it is. */
  name: z.string().max(40),
};

export const contractEmails = [
  /** `by`: who ended it; the other ones read it. */
  z.strictObject({ key: z.literal('proxy-ended'), at, kind: contractKind, line, by: z.enum(proxyEnders) }),
  /** Made by its own queue only, so that no link lies in the job table; empty for an own contract. */
  z.strictObject({ key: z.literal('contract-attached'), ...attachedShape, link: z.string().max(600) }),
  /** `by`: which side reads it. */
  z.strictObject({
    key: z.literal('contract-transferred'),
    at,
    kind: contractKind,
    line,
    by: z.enum(['former', 'new']),
  }),
] as const;

// Messages about contracts and proxies (catalogue: 4-api 4.14).
import { z } from 'zod';

const at = z.iso.datetime();
/** Has its words in the templates; `line` is a masked number, if it has one. */
const contractKind = z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']);
export type NamedContract = { readonly kind: z.infer<typeof contractKind>; readonly line: string };

export const contractEmails = [
  /** `by`: who ended it; the other one reads it. */
  z.strictObject({
    key: z.literal('proxy-ended'),
    at,
    kind: contractKind,
    line: z.string().max(40),
    by: z.enum(['proxy', 'holder']),
  }),
] as const;

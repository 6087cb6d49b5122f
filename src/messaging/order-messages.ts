// Messages about orders (C14: every act of management is told to the contacts).
import { z } from 'zod';

export const orderEmails = [
  /** `by`: who ordered; a holder reads `proxy` when it was not herself. Names of things in both languages. */
  z.strictObject({
    key: z.literal('order'),
    at: z.iso.datetime(),
    state: z.enum(['created', 'done', 'cancelled']),
    what: z.strictObject({ fr: z.string().max(200), en: z.string().max(200) }),
    by: z.enum(['holder', 'proxy']),
  }),
] as const;

// Messages about bills (mission 2.e).
import { z } from 'zod';

const said = z.strictObject({ fr: z.string().max(60), en: z.string().max(60) });

export const billingEmails = [
  /** `until`: the last day to pay. */
  z.strictObject({
    key: z.literal('bill'),
    event: z.enum(['issued', 'overdue']),
    until: z.iso.datetime(),
    number: z.string().max(40),
    amount: said,
  }),
] as const;

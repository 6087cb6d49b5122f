// Messages about payments: that money was taken, that a card was refused.
import { z } from 'zod';

const said = z.strictObject({ fr: z.string().max(300), en: z.string().max(300) });

export const paymentEmails = [
  /** `what`: numbers of bills, names of things. `receipt`: its number, of what is paid. `back`: part that goes back. */
  z.strictObject({
    key: z.literal('payment'),
    at: z.iso.datetime(),
    state: z.enum(['paid', 'declined']),
    amount: said,
    what: z.string().max(300),
    receipt: z.string().max(20),
    back: said.nullable(),
  }),
] as const;

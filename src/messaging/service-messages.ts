// The messages about the service itself, as their jobs carry them: part of the catalogue in texts.ts.
import { z } from 'zod';

const moment = z.iso.datetime();
/** Of the line, masked. */
const line = z.string().max(40);

/** To an account. */
export const serviceEmails = [
  /** `until`: a new SIM waits for so long before it opens anything. */
  z.strictObject({ key: z.literal('mc-activated'), line, until: moment.optional() }),
  /** `last`: no account uses the service on this line any more, and the PIN is gone. */
  z.strictObject({ key: z.literal('mc-deactivated'), at: moment, line, last: z.boolean() }),
  /** To the accounts that the service opens already. `account`: the name of the one that came to them. */
  z.strictObject({ key: z.literal('mc-linked'), line, account: z.string().max(60) }),
  /** Made by its own queue only, so that no code lies in the job table. */
  z.strictObject({
    key: z.literal('pin-reset-code'),
    digits: z.string().regex(/^[0-9]{6}$/),
    minutes: z.int().min(1),
  }),
] as const;

// The messages about lines and SIMs, as their jobs carry them: part of the catalogue in texts.ts.
import { z } from 'zod';

const moment = z.iso.datetime();
/** Of the line, masked: `+33 6 39 98 ** 01`. */
const line = z.string().max(40);

/** To the line itself. */
export const lineSms = [
  /** Somebody with the account has ordered another SIM for this line. */
  z.strictObject({ key: z.literal('sim-ordered') }),
  /** To the old SIM: another one is about to take its place. */
  z.strictObject({ key: z.literal('sim-change') }),
  /** To the new SIM. `enrolled`: there was a PIN on the old one, which has to be chosen again. */
  z.strictObject({ key: z.literal('new-sim'), enrolled: z.boolean() }),
  z.strictObject({ key: z.literal('line-reactivated') }),
  z.strictObject({ key: z.literal('hold-started'), until: moment }),
  z.strictObject({ key: z.literal('hold-ended') }),
] as const;

/** To those whom the line concerns. */
export const lineEmails = [
  z.strictObject({ key: z.literal('line-suspended'), at: moment, line }),
  z.strictObject({ key: z.literal('line-reactivated'), at: moment, line }),
  z.strictObject({ key: z.literal('sim-change'), at: moment, line, enrolled: z.boolean() }),
  z.strictObject({ key: z.literal('sim-not-activated'), at: moment, line }),
  z.strictObject({ key: z.literal('number-changed'), line, enrolled: z.boolean() }),
  z.strictObject({ key: z.literal('line-terminated'), at: moment, line }),
  z.strictObject({ key: z.literal('puk-shown'), at: moment, line }),
  z.strictObject({ key: z.literal('hold-started'), until: moment, line }),
  z.strictObject({ key: z.literal('hold-ended'), line }),
  /** Made by its own queue only, so that no code lies in the job table. */
  z.strictObject({
    key: z.literal('confirmation-code'),
    action: z.string().max(40),
    line,
    digits: z.string().regex(/^[0-9]{6}$/),
    minutes: z.int().min(1),
  }),
] as const;

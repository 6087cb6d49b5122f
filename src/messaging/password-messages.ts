// The messages about passwords and about accounts that people open themselves, as their jobs carry them: part of the
// catalogue in texts.ts.
import { z } from 'zod';

const moment = z.iso.datetime();
/** How a password was set: by its owner in her account, or by a code that was sent. */
const how = z.enum(['changed', 'reset']);
const code = { digits: z.string().regex(/^[0-9]{6}$/), minutes: z.int().min(1) };

/** To the lines of the account. */
export const passwordSms = [z.strictObject({ key: z.literal('password-changed'), at: moment })] as const;

/** To its mailbox, or to one that is to become an account's. */
export const passwordEmails = [
  z.strictObject({ key: z.literal('password-changed'), at: moment, how }),
  z.strictObject({ key: z.literal('account-opened'), at: moment }),
  /** Instead of a code, where the mailbox has an account already. */
  z.strictObject({ key: z.literal('account-known') }),
  /** Made by their own queue only, so that no code lies in the job table. */
  z.strictObject({ key: z.literal('password-reset-code'), ...code }),
  z.strictObject({ key: z.literal('account-code'), ...code }),
] as const;

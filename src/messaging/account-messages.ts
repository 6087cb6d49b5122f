// Messages about a customer's own account: what was changed, and the code that proves a new contact.
import { z } from 'zod';

const at = z.iso.datetime();
const medium = z.enum(['email', 'mobile']);
const code = { digits: z.string().regex(/^[0-9]{6}$/), minutes: z.int().min(1).max(1_440) };

export const accountEmails = [
  z.strictObject({ key: z.literal('profile-changed'), at }),
  z.strictObject({ key: z.literal('address-changed'), at, count: z.int().min(1).max(100) }),
  /** `account`: the masked end of the new bank account. */
  z.strictObject({ key: z.literal('bank-details-changed'), at, account: z.string().max(20) }),
  /** To the contact that was there before. */
  z.strictObject({ key: z.literal('contact-changed'), at, kind: medium }),
  z.strictObject({ key: z.literal('contact-code'), ...code }),
] as const;

export const accountSms = [
  z.strictObject({ key: z.literal('contact-changed'), at, kind: medium }),
  z.strictObject({ key: z.literal('contact-code'), ...code }),
] as const;

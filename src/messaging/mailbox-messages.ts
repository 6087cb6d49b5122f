// Messages about mailboxes (catalogue: 4-api 4.14).
import { z } from 'zod';

const at = z.iso.datetime();
/** The address that it is about, masked: no address lies in the job table. */
const account = z.string().max(60);

export const mailboxEmails = [
  /** To the main account (D19). */
  z.strictObject({ key: z.literal('mailbox-created'), at, account }),
  /** To the new mailbox (D19). */
  z.strictObject({ key: z.literal('mailbox-welcome'), at }),
  z.strictObject({ key: z.literal('mailbox-deleted'), at, account }),
  /** To the main account and to the mailbox. `until`: then it is deleted. */
  z.strictObject({ key: z.literal('mailbox-read-only'), until: at, account }),
  /** To whoever has the mailbox, and to the main account that did it. `account`: the alias. */
  z.strictObject({ key: z.literal('mail-alias'), at, account, action: z.enum(['added', 'removed']) }),
] as const;

// Messages about a self-care registration, as texts.ts knows them. None carries an identifier, a number or a password.
import { z } from 'zod';

const at = z.iso.datetime();
/** Of the brand. */
const clientName = z.string().max(1000);

export const selfCareSms = [
  z.strictObject({ key: z.literal('registered'), at, clientName }),
  /** To whoever has registered already, when somebody tries again. */
  z.strictObject({ key: z.literal('registration-tried'), at, clientName }),
] as const;

export const selfCareEmails = [z.strictObject({ key: z.literal('registered'), at, clientName })] as const;

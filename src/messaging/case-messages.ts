// Messages about support cases (catalogue: 4-api 4.14).
import { z } from 'zod';

const at = z.iso.datetime();

export const caseSms = [z.strictObject({ key: z.literal('case-opened'), at })] as const;
export const caseEmails = [z.strictObject({ key: z.literal('case-opened'), at })] as const;

// Messages about consumption: use beyond the plan, top-ups, controls of a line (catalogue 4.14).
import { z } from 'zod';

/** Of the line, masked. */
const line = z.string().max(40);
const text = z.string().max(60);
const localText = z.strictObject({ fr: text, en: text });

/** To the line itself. */
export const usageSms = [
  z.strictObject({ key: z.literal('out-of-bundle'), at: z.iso.datetime() }),
  z.strictObject({ key: z.literal('top-up'), what: localText, price: localText }),
  /** Somebody who manages the contract by proxy has changed what the line may do. */
  z.strictObject({ key: z.literal('usage-controls') }),
] as const;

/** To an account. */
export const usageEmails = [z.strictObject({ key: z.literal('out-of-bundle'), at: z.iso.datetime(), line })] as const;

// What callers of the control API may say about the use of a phone, parsed once at the border.

import { z } from 'zod';
import { parse } from './control-input.ts';
import type { UsageWish } from './usage.ts';

const peer = z
  .string()
  .regex(/^(?:\+[1-9]\d{4,14}|\d{2,8})$/, 'must be a number with its plus sign, or a short number')
  .optional();
const abroad = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be a country code of two letters')
  .optional();
const messages = z.int().min(1).max(1_000).default(1);

const schema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('voice'), quantity: z.int().min(0).max(86_400), peer, abroad }),
  z.strictObject({ type: z.literal('sms'), quantity: messages, peer, abroad }),
  z.strictObject({ type: z.literal('mms'), quantity: messages, peer, abroad }),
  z.strictObject({ type: z.literal('data'), quantity: z.int().min(0).max(1_000_000_000_000), abroad }),
]);

/** Throws Problem (validation). */
export function parseUsage(body: unknown): UsageWish {
  return parse<UsageWish>(schema, body);
}

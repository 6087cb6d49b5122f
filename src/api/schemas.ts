// Schemas of answers that several APIs share, with TM Forum's names (decisions 22).
import { z } from 'zod';

/** A problem document (RFC 9457) as all of these APIs send it. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** Stable; `docs/errors.md` lists all. */
  code: z.string(),
  /** Names this request in the provider's log. */
  trace: z.string().optional(),
  fields: z.array(z.strictObject({ field: z.string(), problem: z.string() })).optional(),
  reason: z.string().optional(),
  availableAt: z.date().optional(),
});

/** A moment: a Date in code, ISO 8601 on the wire. */
export const moment = z.date();

/** An amount of money: `{ "unit": "EUR", "value": 12.34 }`. */
export const money = z.strictObject({ unit: z.string().length(3), value: z.number() });

/** Parameters of every list. */
export const listQuery = z.object({
  offset: z.coerce.number().int().min(0).max(1_000_000).optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
});

// What callers of the control API may send: bodies, numbers and query fields, parsed once at the border.

import { z } from 'zod';
import { behaviourSchema } from './fleet-export.ts';
import { Problem } from './http-exchange.ts';
import type { Key } from './screen.ts';

const digits4 = z.string().regex(/^\d{4}$/, 'must be 4 digits');
const pressed = z.literal(true, 'must be true');
const onOff = z.union(
  [z.boolean(), z.literal('on').transform(() => true), z.literal('off').transform(() => false)],
  'must be true or false',
);

const keySchema = z
  .strictObject({ ok: pressed, cancel: pressed, back: pressed, fraud: pressed, pin: digits4, code: digits4 })
  .partial()
  .refine((key) => Object.keys(key).length === 1, 'press one key: ok, pin, code, cancel, back or fraud');

const changeSchema = z
  .strictObject({ power: onOff, coverage: onOff, unlocked: onOff, behaviour: behaviourSchema })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'name at least one of power, coverage, unlocked, behaviour');

const replaceSchema = z.strictObject({ iccid: z.string().regex(/^\d{19,20}$/, 'must be 19 or 20 digits') });
const moveSchema = z.strictObject({
  label: z.string().max(100).optional(),
  device: z.string().max(100).optional(),
  model: z.string().min(1).max(60).optional(),
  imei: z
    .string()
    .regex(/^\d{15}$/, 'must be 15 digits')
    .optional(),
});

const waitSchema = z.object({
  for: z.enum(['screen', 'sms'], 'must be screen or sms').default('screen'),
  timeout: z.coerce.number('must be a number of seconds').min(0).max(120).default(20),
  after: z.coerce.number('must be a seq').int().min(0).optional(),
});

export type PhoneChange = z.infer<typeof changeSchema>;
export type WaitQuery = z.infer<typeof waitSchema>;

/** Throws Problem (validation) like all parsers here; what was typed never stands in it. */
export function parseKey(body: unknown): Key {
  const key = parse(keySchema, body);
  if (key.pin !== undefined) {
    return { kind: 'pin', digits: key.pin };
  }
  if (key.code !== undefined) {
    return { kind: 'code', digits: key.code };
  }
  const kind = (['ok', 'cancel', 'back', 'fraud'] as const).find((name) => key[name]) ?? 'ok';
  return { kind };
}

export function parseChange(body: unknown): PhoneChange {
  return parse(changeSchema, body);
}

export function parseReplacement(body: unknown): { iccid: string } {
  return parse(replaceSchema, body);
}

export function parseMove(body: unknown): z.infer<typeof moveSchema> {
  return parse(moveSchema, body ?? {});
}

export function parseWait(query: URLSearchParams): WaitQuery {
  return parse(waitSchema, Object.fromEntries(query));
}

/** E.164 with its plus sign for a path segment with or without it; throws Problem (unknown_sim). */
export function parseNumber(segment: string): string {
  const digits = /^\+?([1-9]\d{5,14})$/.exec(decoded(segment))?.[1];
  if (digits === undefined) {
    throw new Problem('unknown_sim');
  }
  return `+${digits}`;
}

/** Throws Problem (validation) with the fields that are wrong. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new Problem('validation', mistakes.join('; '));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

// The file that the provider exports for the simulator: SIMs of origin "test" with their keys. Parses, knows no state.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isKpinScalar } from './applet-answer.ts';

const key = z.string().regex(/^[0-9a-f]{32}$/i, 'must be 32 hexadecimal digits');
const pin = z.string().regex(/^\d{4}$/, 'must be 4 digits');
const delayMs = z.number().int().min(0).max(600_000).optional();

/** How the person at a phone acts; also what PATCH /v1/sims/:msisdn takes. */
export const behaviourSchema = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('manual') }),
  z.strictObject({ mode: z.literal('approve'), pin: pin.optional(), delayMs }),
  z.strictObject({ mode: z.literal('refuse'), delayMs }),
  z.strictObject({ mode: z.literal('fraud'), delayMs }),
  z.strictObject({ mode: z.literal('ignore') }),
  z.strictObject({
    mode: z.literal('wrong-pin'),
    pin: pin.optional(),
    times: z.number().int().min(1).max(15).default(3),
    delayMs,
  }),
  z.strictObject({ mode: z.literal('bad-signature'), pin: pin.optional(), delayMs }),
]);

export type Behaviour = z.infer<typeof behaviourSchema>;

const simSchema = z
  .object({
    iccid: z.string().regex(/^\d{19,20}$/, 'must be 19 or 20 digits'),
    msisdn: z
      .string()
      .regex(/^\+[1-9]\d{5,14}$/, 'must be a number in E.164')
      .nullable(),
    serial13: z.string().nullable().default(null),
    keyVersion: z.number().int().min(1).max(15),
    keys: z.object({ kic: key, kid: key, kdev: key, kadm: key }),
    appletCapable: z.boolean(),
    pin: pin.nullable(),
    kpinPrivate: z.string().refine(isKpinScalar, 'must be a private key of P-256').nullable(),
    behaviour: behaviourSchema.default({ mode: 'manual' }),
    power: z.enum(['on', 'off']).default('on'),
    label: z.string().max(100).default(''),
    device: z.enum(['phone', '4g-box']).default('phone'),
    handset: z
      .object({ model: z.string().min(1).max(60), imei: z.string().regex(/^\d{15}$/, 'must be 15 digits') })
      .optional(),
  })
  .refine((sim) => (sim.pin === null) === (sim.kpinPrivate === null), 'pin and kpinPrivate go together');

const exportSchema = z
  .object({
    format: z.literal('mid-sim-export/1'),
    origin: z.literal('test'),
    tar: z.string().regex(/^[0-9a-f]{6}$/i, 'must be 6 hexadecimal digits'),
    sims: z.array(simSchema).max(100_000),
  })
  .refine((file) => isUnique(file.sims.map((sim) => sim.iccid)), 'two SIMs have the same ICCID')
  .refine((file) => isUnique(file.sims.flatMap((sim) => sim.msisdn ?? [])), 'two SIMs have the same number');

export type SimExport = z.infer<typeof simSchema>;
export type FleetExport = z.infer<typeof exportSchema>;

/** Reads an export file; throws an Error that says what is wrong and where, without any key in it. */
export async function readFleetExport(path: string): Promise<FleetExport> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`The export file ${path} cannot be read`, { cause });
  });
  return parseFleetExport(text, path);
}

/** Parses the text of an export file; `name` stands in the error. */
export function parseFleetExport(text: string, name: string): FleetExport {
  const parsed = exportSchema.safeParse(readJson(text));
  if (parsed.success) {
    return parsed.data;
  }
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
  throw new Error(`The export file ${name} is not valid: ${mistakes.slice(0, 10).join('; ')}`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the file, keys included.
    return undefined;
  }
}

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

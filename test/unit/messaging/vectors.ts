// Reads the published vectors that both codecs are held to.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const hex = z
  .string()
  .regex(/^([0-9a-f]{2})*$/)
  .transform((text) => Buffer.from(text, 'hex'));

function load<T>(file: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(new URL(`../../vectors/${file}`, import.meta.url), 'utf8')));
}

export const ota = load(
  'ota.json',
  z.object({
    aes_cmac: z.array(z.object({ source: z.string(), key: hex, message: hex, mac: hex })),
    packets: z.array(
      z.discriminatedUnion('kind', [
        z.object({
          kind: z.literal('command'),
          name: z.string(),
          kic: hex,
          kid: hex,
          spi: hex,
          kicByte: hex,
          kidByte: hex,
          tar: hex,
          counter: hex,
          data: hex,
          packet: hex,
        }),
        z.object({
          kind: z.literal('response'),
          name: z.string(),
          kic: hex.optional(),
          kid: hex,
          ciphered: z.boolean(),
          tar: hex,
          counter: hex,
          status: hex,
          data: hex,
          packet: hex,
        }),
      ]),
    ),
    kdf: z.array(
      z.object({
        root: hex,
        iccidDigits: z.string(),
        iccidOctets: hex,
        keyVersion: hex,
        'MID KIc': hex,
        'MID KID': hex,
        'MID Kdev': hex,
        'MID Kadm': hex,
      }),
    ),
  }),
);

export const applet = load(
  'applet.json',
  z.object({
    iccid: hex,
    tar: hex,
    keyVersion: hex,
    kdev: hex,
    kadm: hex,
    gsm7: z.array(z.object({ text: z.string(), septets: z.number(), packed: hex })),
    ucs2: z.array(z.object({ text: z.string(), encoded: hex })),
    referenceCodes: z.array(z.object({ challenge: hex, code: z.string() })),
    requests: z.array(z.object({ name: z.string(), data: hex, sha256: hex })),
    kpin: z.object({ privateKey: hex, publicKeyCompressed: hex }),
    answers: z.array(z.object({ name: z.string(), request: hex, answer: hex, t: hex.optional() })),
  }),
);

// The robot check of a flow without a token, as the APIs show it.
import { z } from 'zod';

/** The letters to be read, and a sum for those who cannot see them: either answer will do. */
export const challengeSchema = z.strictObject({ image: z.string(), sum: z.tuple([z.number(), z.number()]) });

/** Its body. */
export function challengeBody({ picture, sum }: { picture: string; sum: readonly [number, number] }) {
  return { image: `data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}`, sum };
}

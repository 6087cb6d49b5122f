// Events of use as the network's mediation brings them: one each for a call, a message, a session of data. Foreign data.
import { z } from 'zod';
import { type Msisdn, parseMsisdn } from '../identifiers.ts';

/** So many in one batch. */
export const mostEvents = 500;

const msisdn = z
  .string()
  .max(20)
  .transform((text, context): Msisdn => {
    try {
      return parseMsisdn(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'expected a phone number' });
      return z.NEVER;
    }
  });

const common = {
  /** Of the network, for all time: the same id is the same event. */
  eventId: z.string().regex(/^[\w.:-]{1,100}$/),
  /** When it began; now without it. */
  at: z.iso.datetime({ offset: true }).optional(),
  direction: z.enum(['out', 'in']).default('out'),
  /** The number at the other end: E.164, or a short number. */
  peer: z
    .string()
    .regex(/^(?:\+[1-9][0-9]{4,14}|[0-9]{2,8})$/)
    .optional(),
};

const seconds = z.int().min(0).max(86_400);
const messages = z.int().min(1).max(1_000);
const bytes = z.int().min(0).max(1_000_000_000_000);
/** ISO 3166-1 of the country where the phone is, when that is not its own. */
const abroad = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .optional();
/** Of the contract whose home it is. */
const contract = z.string().min(1).max(40);

export const usageEvent = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('voice'), msisdn, quantity: seconds, abroad }),
  z.strictObject({ ...common, type: z.literal('sms'), msisdn, quantity: messages.default(1), abroad }),
  z.strictObject({ ...common, type: z.literal('mms'), msisdn, quantity: messages.default(1), abroad }),
  z.strictObject({ ...common, type: z.literal('data'), msisdn, quantity: bytes, abroad }),
  z.strictObject({ ...common, type: z.literal('fixed_voice'), contract, quantity: seconds }),
  z.strictObject({ ...common, type: z.literal('internet'), contract, quantity: bytes }),
]);
export type UsageEvent = z.output<typeof usageEvent>;

export const usageBatch = z.strictObject({ events: z.array(usageEvent).min(1).max(mostEvents) });

/** Why an event was not taken; it may be mended and sent again. */
export type UsageRefusal = 'unknown_subject' | 'not_rated_here' | 'too_old' | 'in_future';

export interface IntakeReport {
  readonly rated: number;
  /** Recorded as not having taken place. */
  readonly blocked: number;
  /** Known before. */
  readonly duplicates: number;
  readonly refused: readonly { readonly eventId: string; readonly reason: UsageRefusal }[];
}

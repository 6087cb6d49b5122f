// The service on a line, an activation, a confirmation on the phone: as the API shows them.
import { z } from 'zod';
import type { ActivationView } from '../enrolment/activation-types.ts';
import type { ConfirmationView } from '../enrolment/phone-confirmation.ts';
import type { ServiceLine } from '../enrolment/service-lines.ts';
import { moment } from './schemas.ts';

export const serviceLineSchema = z.strictObject({
  lineId: z.string(),
  number: z.string(),
  kind: z.string(),
  state: z.string(),
  reason: z.string().optional(),
  since: moment.optional(),
  availableAt: moment.optional(),
  link: z.enum(['active', 'pending', 'none']),
  linkedAccounts: z.number().int(),
  actions: z.array(z.string()),
});

export const useSchema = z.strictObject({ at: moment, purpose: z.string(), client: z.string(), result: z.string() });

export const enrolmentSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  lineId: z.string(),
  step: z.string(),
  termsVersion: z.string(),
  progress: z.number().int(),
  secondsLeft: z.number().nullable(),
  problem: z.string().optional(),
  referenceCode: z.string().optional(),
  availableAt: moment.optional(),
});

export const confirmationSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  lineId: z.string(),
  status: z.string(),
  secondsLeft: z.number(),
  referenceCode: z.string().optional(),
});

/** A line as it is shown. */
export function serviceLineBody(line: ServiceLine) {
  const { lineId, number, kind, state, reason, since, availableAt, link, linkedCount, actions } = line;
  return {
    lineId,
    number,
    kind,
    state,
    ...(reason === null ? {} : { reason }),
    ...(since === null ? {} : { since }),
    ...(availableAt === null ? {} : { availableAt }),
    link,
    linkedAccounts: linkedCount,
    actions,
  };
}

/** An activation as it is shown. */
export function enrolmentBody(view: ActivationView, href: string) {
  const { id, lineId, step, termsVersion, progress, problem, referenceCode, secondsLeft, availableAt } = view;
  return {
    id,
    href,
    lineId,
    step,
    termsVersion,
    progress,
    secondsLeft,
    ...(problem === null ? {} : { problem }),
    ...(referenceCode === null ? {} : { referenceCode }),
    ...(availableAt === null ? {} : { availableAt }),
  };
}

/** A request on the phone that confirms something. */
export function confirmationBody({ id, lineId, status, referenceCode, secondsLeft }: ConfirmationView, href: string) {
  return { id, href, lineId, status, secondsLeft, ...(referenceCode === null ? {} : { referenceCode }) };
}

// What the flows without a token share, each bound to the cookie of its browser: the robot check as it is shown, which
// flow a call names, and how one that goes wrong is refused.
import { z } from 'zod';
import { AppError, unreachable } from '../errors.ts';
import { InputError } from './problems.ts';
import type { OpenCall } from './route-types.ts';

/** The letters to be read, and a sum for those who cannot see them: either answer will do. */
export const challengeSchema = z.strictObject({ image: z.string(), sum: z.tuple([z.number(), z.number()]) });

/** Its body. */
export function challengeBody({ picture, sum }: { picture: string; sum: readonly [number, number] }) {
  return { image: `data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}`, sum };
}

/** The flow that a call names, in its browser. Throws AppError `not_found`. */
export function visitOf({ params, browser, address }: Pick<OpenCall, 'params' | 'browser' | 'address'>) {
  const id = params['id'] ?? '';
  if (browser === undefined || id.length > 64) throw new AppError('not_found');
  return { id, browser, address };
}

/** What every such flow may answer to a step that it does not take. */
type FlowRefusal =
  | { readonly kind: 'lost' | 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'refused'; readonly problem: string };

/** Throws what tells it; `field`: what was given. */
export function refuseStep(outcome: FlowRefusal, field: string): never {
  switch (outcome.kind) {
    case 'lost':
      throw new AppError('not_found');
    case 'limited':
      throw new AppError('too_many_requests', { retryAfterSeconds: outcome.retryAfterSeconds });
    case 'wrong':
      // One word for all causes; a new challenge is read by GET.
      throw new InputError([{ field, problem: `${field}_invalid` }]);
    case 'refused':
      if (outcome.problem === 'terms-missing') throw new InputError([{ field: 'accept', problem: 'terms_missing' }]);
      if (outcome.problem === 'stale-terms') throw new InputError([{ field: 'termsVersion', problem: 'stale' }]);
      throw refusedPassword(outcome.problem);
    default:
      return unreachable(outcome);
  }
}

/** A new password that may not be, and why, at the field that it concerns. */
export function refusedPassword(problem: string): InputError {
  const field = problem === 'not-repeated' ? 'confirm' : 'new';
  return new InputError([{ field, problem: problem.replaceAll('-', '_') }]);
}

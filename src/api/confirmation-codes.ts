// The code that level M* asks of those who have no PIN to give: asked for here, sent back in Confirmation-Code.
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { type ApiContext, type ApiRoute, isOpen, type Route, withInput } from './route-types.ts';
import { strongCallerOf, strongRefusal } from './strong-level.ts';

/** Its route, for the actions of a table that are of level M*; none if there are none. */
export function codeRoutes({ strong, now }: ApiContext, routes: readonly Route[]): ApiRoute[] {
  const actions = new Set(routes.flatMap((route) => (isOpen(route) ? [] : (route.action ?? []))));
  if (actions.size === 0) return [];
  return [
    withInput({
      method: 'POST',
      path: '/account/v1/me/confirmation-codes',
      summary: 'Send the code that an action of level M* needs when no PIN of a SIM can be given',
      scope: 'account.read',
      level: 'Pf',
      idempotent: true,
      input: z.strictObject({ action: z.enum([...actions]) }),
      answers: { 202: z.strictObject({ sentTo: z.string() }), 204: null },
      refusals: ['mc_temporarily_unavailable', 'shop_identity_check_required', 'too_many_requests'],
      async handle(call) {
        const result = await strong.sendCode(strongCallerOf(call, now()), { action: call.input.action });
        if (result.kind === 'sent') return { status: 202, body: { sentTo: result.to } };
        // The PIN was part of this login: nothing more is needed.
        if (result.kind === 'proved') return {};
        if (result.kind === 'limited') {
          throw new AppError('too_many_requests', { retryAfterSeconds: result.retryAfterSeconds });
        }
        throw strongRefusal(result);
      },
    }),
  ];
}

// New contacts of the account API (mission 4.6): asked for at level M*, proved by a code that goes there.
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { callerOf } from './account.ts';
import { InputError, ReasonError } from './problems.ts';
import { type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { moment } from './schemas.ts';

const path = '/account/v1/me/contacts';

const contact = z.discriminatedUnion('mediumType', [
  z.strictObject({
    mediumType: z.literal('email'),
    characteristic: z.strictObject({ emailAddress: z.string().max(254) }),
  }),
  z.strictObject({
    mediumType: z.literal('mobile'),
    characteristic: z.strictObject({ phoneNumber: z.string().max(40) }),
  }),
]);

const startedSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  mediumType: z.enum(['email', 'mobile']),
  /** Masked. */
  sentTo: z.string(),
  expiresAt: moment,
});

/** Its routes; none without a desk. */
export function contactRoutes({ account: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  return [
    withInput({
      ...{ method: 'POST', path, scope: 'account.write', level: 'M*', action: 'contact-change', idempotent: true },
      summary: 'Send a code to a new e-mail address or mobile number',
      input: contact,
      answers: { 202: startedSchema },
      refusals: ['not_found', 'conflict', 'too_many_requests'],
      async handle(call) {
        const { input } = call;
        const isEmail = input.mediumType === 'email';
        const value = isEmail ? input.characteristic.emailAddress : input.characteristic.phoneNumber;
        const result = await desk.startContact(callerOf(call), { medium: input.mediumType, value });
        switch (result.kind) {
          case 'started': {
            const { medium: mediumType, ...change } = result.change;
            const href = `${issuer}/api${path}/${change.id}`;
            return { status: 202, body: { ...change, href, mediumType } };
          }
          case 'invalid': {
            const field = `characteristic.${isEmail ? 'emailAddress' : 'phoneNumber'}`;
            const problem = isEmail ? 'is no e-mail address' : 'is no mobile number of an operator that is served';
            throw new InputError([{ field, problem }]);
          }
          case 'same':
            throw new ReasonError('conflict', 'contact_known');
          case 'limited':
            throw new AppError('too_many_requests', { retryAfterSeconds: result.retryAfterSeconds });
          default:
            throw new AppError('not_found');
        }
      },
    }),
    withInput({
      // The change was begun at level M*, and only whoever reads what is sent there has the code.
      ...{ method: 'POST', path: `${path}/:id/verification`, scope: 'account.write', level: 'P' },
      summary: 'Type the code: the contact takes its place, and the one before is told',
      input: z.strictObject({ code: z.string().max(40) }),
      answers: { 204: null },
      refusals: ['code_invalid'],
      async handle(call) {
        const claim = { id: call.params['id'] ?? '', code: call.input.code };
        if ((await desk.verifyContact(callerOf(call), claim)) === 'wrong') throw new AppError('code_invalid');
        return {};
      },
    }),
  ];
}

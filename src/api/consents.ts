// The consents of the account API (mission 4.6): which third parties may read what, and taking that back.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { listAnswer } from './lists.ts';
import type { ApiContext, ApiRoute } from './route-types.ts';
import { listQuery, moment } from './schemas.ts';

/** What the routes are made from; `oidc/consents.ts` has it. */
export interface Consents {
  list(accountId: string): Promise<readonly AConsent[]>;
  withdraw(accountId: string, clientId: string): Promise<boolean>;
}

interface AConsent {
  readonly clientId: string;
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly grantedAt: Date;
}

const consentSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Consent'),
  name: z.string(),
  scope: z.array(z.string()),
  claim: z.array(z.string()),
  grantedAt: moment,
});

/** Its routes; none where there is nothing to consent to. */
export function consentRoutes({ consents, issuer }: ApiContext): ApiRoute[] {
  if (consents === undefined) return [];
  const href = `${issuer}/api/account/v1/me/consents`;
  return [
    {
      method: 'GET',
      path: '/account/v1/me/consents',
      summary: 'The services that the customer allowed to read something',
      scope: 'account.read',
      level: 'P',
      query: listQuery,
      answers: { 200: z.array(consentSchema) },
      handle: async ({ token, query }) =>
        listAnswer(
          (await consents.list(token.accountId)).map((one) => bodyOf(one, href)),
          { query, href },
        ),
    },
    {
      method: 'DELETE',
      path: '/account/v1/me/consents/:id',
      summary: 'Take a consent back; the service’s tokens end at once',
      scope: 'account.write',
      level: 'P',
      answers: { 204: null },
      refusals: ['not_found'],
      async handle({ token, params }) {
        const mine = await consents.list(token.accountId);
        const one = mine.find(({ clientId }) => idOf(clientId) === params['id']);
        if (one === undefined || !(await consents.withdraw(token.accountId, one.clientId))) {
          throw new AppError('not_found');
        }
        return {};
      },
    },
  ];
}

function bodyOf({ clientId, clientName, scopes, claims, grantedAt }: AConsent, href: string) {
  const id = idOf(clientId);
  return {
    ...{ id, href: `${href}/${id}`, '@type': 'Consent', name: clientName },
    ...{ scope: scopes, claim: claims, grantedAt },
  };
}

function idOf(clientId: string): string {
  return `con_${createHash('sha256').update(clientId).digest('base64url').slice(0, 22)}`;
}

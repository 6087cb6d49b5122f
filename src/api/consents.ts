// The consents of the account API (mission 4.6): which third parties may read what, and what the user of a line
// approved by passing a code on; and taking that back.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ApprovalDesk, ApprovalView } from '../customer/attachment-types.ts';
import { AppError } from '../errors.ts';
import type { AccountId } from '../identifiers.ts';
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

/** The user of a line let somebody manage its contract; `name` is masked, and so is the number. */
const approvalSchema = consentSchema.extend({
  '@type': z.literal('LineApproval'),
  line: z.string(),
  contractKind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
});

/** Its routes; none where there is nothing to consent to. */
export function consentRoutes({ consents, approvals, issuer }: ApiContext): ApiRoute[] {
  if (consents === undefined) return [];
  const href = `${issuer}/api/account/v1/me/consents`;
  return [
    {
      method: 'GET',
      path: '/account/v1/me/consents',
      summary: 'What the customer allowed: services to read something, and people to manage the contract of her line',
      scope: 'account.read',
      level: 'P',
      query: listQuery,
      answers: { 200: z.array(z.union([consentSchema, approvalSchema])) },
      async handle({ token, query }) {
        const services = await consents.list(token.accountId);
        const people = (await approvals?.list(token.accountId)) ?? [];
        const all = [...services.map((one) => bodyOf(one, href)), ...people.map((one) => approvalBody(one, href))];
        return listAnswer(all, { query, href });
      },
    },
    {
      method: 'DELETE',
      path: '/account/v1/me/consents/:id',
      summary: 'Take a consent back: the service’s tokens end at once, and so does the proxy that came of an approval',
      scope: 'account.write',
      level: 'P',
      answers: { 204: null },
      refusals: ['not_found'],
      async handle({ token, params }) {
        const { accountId } = token;
        if (!(await takeBack({ consents, approvals }, accountId, params['id'] ?? ''))) throw new AppError('not_found');
        return {};
      },
    },
  ];
}

async function takeBack(
  { consents, approvals }: { consents: Consents; approvals: ApprovalDesk | undefined },
  accountId: AccountId,
  id: string,
): Promise<boolean> {
  if (id.startsWith('apr_')) return (await approvals?.revoke(accountId, id)) ?? false;
  const one = (await consents.list(accountId)).find(({ clientId }) => idOf(clientId) === id);
  return one !== undefined && (await consents.withdraw(accountId, one.clientId));
}

function approvalBody({ id, requester, line, contractKind, givenAt }: ApprovalView, href: string) {
  return {
    ...{ id, href: `${href}/${id}`, '@type': 'LineApproval', name: requester },
    ...{ scope: ['contract.manage'], claim: [], grantedAt: givenAt, line, contractKind },
  };
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

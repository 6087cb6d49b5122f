// Which accounts may grant what.
import { expect, test } from 'vitest';
import { accountMayGrant, allScopes } from '../../../src/oidc/scopes.ts';

test('E22 a company’s account grants bills, payments and what it is, and nothing of contracts, lines and mailboxes', () => {
  const granted = allScopes.filter((scope) => accountMayGrant('group', scope));
  expect(granted).toEqual(expect.arrayContaining(['openid', 'billing.read', 'billing.pay', 'account.write']));
  expect(granted.filter((scope) => /^(contract|line|mailbox|mc|order|diag)\b/.test(scope))).toEqual([]);
  expect(allScopes.every((scope) => accountMayGrant('main', scope))).toBe(true);
});

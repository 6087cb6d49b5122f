// Scopes and the claims that they open (mission 4.2), and who may ask for which. Pure.

import { claimsOfIdentityScopes, mobileConnectScopes } from './mobile-connect-scopes.ts';

/** Claims by scope, as the library wants them. `acr`, `amr` and `auth_time` are in every ID token. */
export const claimsByScope = {
  // `updated_at`: Mobile Connect 1.1 wants it in every userinfo answer; nobody else gets it without `profile`.
  openid: ['sub', 'acr', 'amr', 'auth_time', 'updated_at'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'gender', 'birthdate', 'locale', 'updated_at'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  given_name: ['given_name'],
  family_name: ['family_name'],
  preferred_username: ['preferred_username'],
  birthdate: ['birthdate'],
  gender: ['gender'],
  birthplace: ['birthplace'],
  birthcountry: ['birthcountry'],
  // Hubs ask for both at once, or for each.
  birth: ['birthplace', 'birthcountry'],
  identite_pivot: ['given_name', 'family_name', 'gender', 'birthdate', 'birthplace', 'birthcountry'],
  ...claimsOfIdentityScopes,
};

/** What any client may ask for; third parties with the customer's consent. */
export const openScopes: readonly string[] = [
  'openid',
  'offline_access',
  'profile',
  'email',
  'phone',
  'given_name',
  'family_name',
  'preferred_username',
  'birthdate',
  'gender',
  'birthplace',
  'birthcountry',
  'birth',
  'identite_pivot',
  ...mobileConnectScopes,
];

/** Scopes of the operator's own APIs: first parties only. */
export const apiScopes: readonly string[] = [
  'mc.self',
  'account.read',
  'account.write',
  'account.bank.read',
  'account.bank.write',
  'contract.read',
  'contract.manage',
  'usage.read',
  'usage.control',
  'usage.topup',
  'line.read',
  'line.suspend',
  'line.sim',
  'line.puk',
  'diag.run',
  'mailbox.read',
  'mailbox.manage',
  'billing.read',
  'billing.pay',
  'notification.read',
  'notification.write',
  'order.read',
  'order.write',
];

export const allScopes: readonly string[] = [...openScopes, ...apiScopes];

// D21: whatever a secondary mailbox asks for, it gets no more than this.
const secondaryScopes = new Set([
  'openid',
  'offline_access',
  'profile',
  'email',
  'mailbox.read',
  'notification.read',
  'notification.write',
]);

// The account of a company's Customer ID reads and pays bills (E22); it has no contract, line or mailbox of its own.
const groupScopes = new Set([
  'openid',
  'offline_access',
  'profile',
  'email',
  'account.read',
  'account.write',
  'usage.read',
  'billing.read',
  'billing.pay',
  'notification.read',
  'notification.write',
]);

/** True if one of these scopes opens the number. */
export function opensNumber(scope: string): boolean {
  const opening: Readonly<Record<string, readonly string[]>> = claimsByScope;
  return scopeList(scope).some((one) => opening[one]?.some((claim) => claim.startsWith('phone_number')));
}

/** Splits a scope parameter. */
export function scopeList(scope: unknown): string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [];
}

/** True if an account of this kind may be granted the scope. */
export function accountMayGrant(kind: 'main' | 'secondary' | 'group', scope: string): boolean {
  if (kind === 'group') return groupScopes.has(scope);
  return kind !== 'secondary' || secondaryScopes.has(scope);
}

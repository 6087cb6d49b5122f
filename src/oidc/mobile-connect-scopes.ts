// The scopes of Mobile Connect: what each opens, and which version of the profile knows it. Data.

export const mobileConnectProfiles = ['mobile-connect-1.1', 'mobile-connect-2.0', 'mobile-connect-2.3'] as const;
/** The device-initiated profiles; the server-initiated one has an endpoint of its own. */
export type MobileConnectProfile = (typeof mobileConnectProfiles)[number];

/** True for a profile whose requests come through the browser. */
export function isDeviceInitiated(profile: string): profile is MobileConnectProfile {
  return mobileConnectProfiles.some((one) => one === profile);
}

const signUp = ['given_name', 'family_name', 'email'] as const;
const identity = ['given_name', 'family_name', 'birthdate'] as const;

/** Claims of the identity scopes, as far as this operator holds them; what it does not hold is left out. */
export const identityScopes = {
  mc_identity_phonenumber: ['phone_number'],
  mc_identity_phonenumber_hashed: ['phone_number_hashed'],
  mc_identity_signup: signUp,
  mc_identity_signupplus: [...signUp, 'birthdate', 'gender', 'phone_number'],
  mc_identity_nationalid: identity,
  mc_phonenumber: ['phone_number'],
  mc_signup: signUp,
  mc_nationalid: identity,
} as const satisfies Record<string, readonly string[]>;

/** The same, as the library wants it. */
export const claimsOfIdentityScopes = Object.fromEntries(
  Object.entries(identityScopes).map(([scope, claims]): [string, string[]] => [scope, [...claims]]),
);

/** Scopes that open no data: the service itself. */
export const serviceScopes = ['mc_authn', 'mc_authz'] as const;

/** Everything of Mobile Connect that a client may ask for. */
export const mobileConnectScopes: readonly string[] = [...serviceScopes, ...Object.keys(identityScopes)];

const scopesOfVersion2 = mobileConnectScopes.filter((scope) => /^mc_(?:auth|identity_)/.test(scope));
const knownScopes: Readonly<Record<MobileConnectProfile, readonly string[]>> = {
  'mobile-connect-1.1': ['mc_authn'],
  'mobile-connect-2.0': scopesOfVersion2,
  // The names of version 3.0 as well: the profile document of 2.3 and its successor are used side by side.
  'mobile-connect-2.3': mobileConnectScopes,
};

/** False for a scope in Mobile Connect's name that this version does not have. */
export function isKnownScope(profile: MobileConnectProfile, scope: string): boolean {
  return !scope.startsWith('mc_') || knownScopes[profile].includes(scope);
}

/** True if the request is more than a login: it approves an operation or opens identity data. */
export function isOperation(scopes: readonly string[]): boolean {
  return scopes.some((scope) => scope === 'mc_authz' || Object.hasOwn(identityScopes, scope));
}

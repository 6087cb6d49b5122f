// What a hub tells the services behind it: an identifier for each of them, made from the civil identity and nothing
// else, as hubs do. The operator's number and `sub` are not in it, so two services cannot match their customers.
// Pure.

import { createHmac, hkdfSync } from 'node:crypto';
import type { Claims } from './session.ts';

const pivot = ['given_name', 'family_name', 'birthdate', 'gender', 'birthplace', 'birthcountry'] as const;

/** True if the claims hold a whole civil identity. A place of birth abroad is empty, but there. */
export function isWholeIdentity(claims: Claims): boolean {
  return pivot.every((name) => {
    const value = claims[name];
    return typeof value === 'string' && (value !== '' || name === 'birthplace');
  });
}

/** Makes identifiers; the same secret gives the same ones, after a restart too. */
export function createPseudonyms(secret: string): (claims: Claims, service: string) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'identifiers of services', 32));
  return (claims, service) => {
    const identity = pivot.map((name) => String(claims[name]));
    return createHmac('sha256', key)
      .update(JSON.stringify([service, ...identity]))
      .digest('base64url');
  };
}

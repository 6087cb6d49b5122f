// Versions of what a customer edits: a digest of what she saw, so that a change of something else does not get lost
// (If-Match, RFC 9110 13.1.1). Pure.
import { createHash } from 'node:crypto';

/** The version of a value; equal for equal values, whatever the order of their members. */
export function versionOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)) ?? '')
    .digest('base64url')
    .slice(0, 22);
}

/** True if the header names this version, or says that any will do; without a header nothing is asked. */
export function isVersion(ifMatch: string | undefined, version: string): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true;
  return ifMatch.split(',').some((one) => one.trim() === `"${version}"`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

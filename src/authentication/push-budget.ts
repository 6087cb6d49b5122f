// How often a number may be rung, and when the reference code must be typed. Pure (decisions 8 and 9).
import { isIPv4, isIPv6 } from 'node:net';
import type { RecentAttempts } from '../storage/push-sources.ts';

export interface PushRules {
  /** Unanswered requests in the window before a source falls silent. */
  readonly budget: number;
  readonly confirmNewBrowser: 'compare' | 'type';
}

export interface PushSituation {
  readonly recent: RecentAttempts;
  readonly knownDevice: boolean;
  readonly muted: boolean;
  /** Sandbox numbers that answer by themselves are exempt (decisions 55). */
  readonly selfAnswering: boolean;
  readonly clientConfirmation: 'compare' | 'type' | undefined;
}

/** True if this source may ring this number now; otherwise a decoy runs. */
export function mayRing(situation: PushSituation, rules: PushRules): boolean {
  if (situation.selfAnswering) return true;
  if (situation.muted) return false;
  const { recent, knownDevice } = situation;
  return (knownDevice ? recent.unansweredByDevice : recent.unansweredByStrangers) < rules.budget;
}

/** Whether the code is compared or typed on the phone, so that nobody approves what is not before them. */
export function confirmationFor(situation: PushSituation, rules: PushRules): 'compare' | 'type' {
  if (situation.selfAnswering) return 'compare';
  if (situation.clientConfirmation === 'type') return 'type';
  if (situation.recent.unansweredByAll > 0 || situation.recent.open) return 'type';
  if (!situation.knownDevice && rules.confirmNewBrowser === 'type') return 'type';
  return 'compare';
}

/** The network that an address belongs to: /24 for IPv4, /56 for IPv6, so that a neighbour's address is no new source. */
export function addressPrefix(address: string): string {
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(address)) return 'unknown';
  const digits = expandIpv6(address);
  // An IPv4 address in an IPv6 spelling (RFC 4291 2.5.5.2) is that address.
  const mapped = /^0{20}ffff(..)(..)(..)/.exec(digits)?.slice(1);
  if (mapped !== undefined) return `${mapped.map((octet) => Number.parseInt(octet, 16)).join('.')}.0/24`;
  return `${digits.slice(0, 14)}/56`;
}

// All eight groups with all their digits, without colons.
function expandIpv6(address: string): string {
  const groups = (address.split('%')[0] ?? '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_dotted, ...octets) => {
    const [a, b, c, d] = octets.slice(0, 4).map((octet) => Number(octet).toString(16).padStart(2, '0'));
    return `${a}${b}:${c}${d}`;
  });
  const [head = '', tail] = groups.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0').toLowerCase()).join('');
}

// How often a number may be rung, and when the reference code must be typed. Pure (decisions 8 and 9).
import { isIPv4, isIPv6 } from 'node:net';
import type { RecentAttempts } from '../storage/attempts.ts';

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
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIPv6(plain)) return `${expandIpv6(plain).slice(0, 14)}/56`;
  return 'unknown';
}

// All eight groups with all their digits, without colons.
function expandIpv6(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0').toLowerCase()).join('');
}

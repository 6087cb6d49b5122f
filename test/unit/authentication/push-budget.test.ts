// How often a number may be rung and when the code must be typed; which network an address belongs to.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressPrefix,
  confirmationFor,
  mayRing,
  type PushRules,
  type PushSituation,
} from '../../../src/authentication/push-budget.ts';

const rules: PushRules = { budget: 3, confirmNewBrowser: 'compare' };

function aSituation(changes: Partial<Omit<PushSituation, 'recent'>> & Partial<PushSituation['recent']> = {}) {
  const { unansweredByStrangers = 0, unansweredByDevice = 0, unansweredByAll = 0, open = false, ...rest } = changes;
  return {
    recent: { unansweredByStrangers, unansweredByDevice, unansweredByAll, open },
    knownDevice: false,
    muted: false,
    selfAnswering: false,
    clientConfirmation: undefined,
    ...rest,
  } satisfies PushSituation;
}

describe('ringing', () => {
  test.each([
    [0, true],
    [2, true],
    [3, false],
    [50, false],
  ])('after %i requests of strangers without an answer a stranger may ring: %s (X13)', (unansweredByStrangers, may) => {
    expect(mayRing(aSituation({ unansweredByStrangers }), rules)).toBe(may);
  });

  test('a browser that the number knows has a budget of its own, which strangers cannot use up (decision 9)', () => {
    const bombed = { unansweredByStrangers: 50, unansweredByAll: 50, knownDevice: true };
    expect(mayRing(aSituation(bombed), rules)).toBe(true);
    expect(mayRing(aSituation({ ...bombed, unansweredByDevice: 2 }), rules)).toBe(true);
    expect(mayRing(aSituation({ ...bombed, unansweredByDevice: 3 }), rules)).toBe(false);
  });

  test('what known browsers left unanswered does not count against strangers', () => {
    expect(mayRing(aSituation({ unansweredByDevice: 9, unansweredByAll: 9 }), rules)).toBe(true);
  });

  test('a muted source never rings', () => {
    expect(mayRing(aSituation({ muted: true }), rules)).toBe(false);
  });

  test('a number that answers by itself is rung in any case (decision 55)', () => {
    expect(mayRing(aSituation({ selfAnswering: true, muted: true, unansweredByStrangers: 99 }), rules)).toBe(true);
  });
});

describe('the reference code', () => {
  test('is compared when nothing speaks against it', () => {
    expect(confirmationFor(aSituation(), rules)).toBe('compare');
    expect(confirmationFor(aSituation({ knownDevice: true }), rules)).toBe('compare');
  });

  test.each([
    ['the client wants it', { clientConfirmation: 'type' as const }],
    ['a request was left unanswered lately, by whomever', { unansweredByAll: 1 }],
    ['another request is open', { open: true }],
  ])('is typed when %s (decision 8)', (_when, changes) => {
    expect(confirmationFor(aSituation(changes), rules)).toBe('type');
    expect(confirmationFor(aSituation({ ...changes, knownDevice: true }), rules)).toBe('type');
  });

  test('a client that prefers to compare does not lower what the situation demands', () => {
    const situation = aSituation({ clientConfirmation: 'compare', unansweredByAll: 1 });
    expect(confirmationFor(situation, rules)).toBe('type');
    expect(confirmationFor(aSituation({ clientConfirmation: 'compare' }), rules)).toBe('compare');
  });

  test('is typed by new browsers when the operator wants that, and not by known ones', () => {
    const strict: PushRules = { ...rules, confirmNewBrowser: 'type' };
    expect(confirmationFor(aSituation(), strict)).toBe('type');
    expect(confirmationFor(aSituation({ knownDevice: true }), strict)).toBe('compare');
  });

  test('is never typed on a number that answers by itself', () => {
    const situation = aSituation({ selfAnswering: true, clientConfirmation: 'type', unansweredByAll: 9, open: true });
    expect(confirmationFor(situation, rules)).toBe('compare');
  });
});

describe('the network of an address', () => {
  test.each([
    ['192.0.2.10', '192.0.2.0/24'],
    ['192.0.2.255', '192.0.2.0/24'],
    ['192.0.3.10', '192.0.3.0/24'],
    ['::ffff:192.0.2.10', '192.0.2.0/24'],
    ['::FFFF:192.0.2.10', '192.0.2.0/24'],
    ['0:0:0:0:0:ffff:192.0.2.10', '192.0.2.0/24'],
    ['::ffff:c000:20a', '192.0.2.0/24'],
    ['2001:db8:1:2200::1', '20010db8000122/56'],
    ['2001:db8:1:22ff:ffff::', '20010db8000122/56'],
    ['2001:DB8:1:22FF:0:0:0:1', '20010db8000122/56'],
    ['2001:db8:1:2300::1', '20010db8000123/56'],
    ['2001:db8::', '20010db8000000/56'],
    ['::1', '00000000000000/56'],
    ['fe80::1%eth0', 'fe800000000000/56'],
    ['64:ff9b::192.0.2.10', '0064ff9b000000/56'],
  ])('%s is in %s', (address, prefix) => {
    expect(addressPrefix(address)).toBe(prefix);
  });

  test('what is no address is unknown', () => {
    const texts = ['', 'localhost', '192.0.2', '192.0.2.256', '192.0.2.10:443', '[::1]', '1::2::3', 'x'.repeat(10_000)];
    expect(texts.map(addressPrefix)).toEqual(texts.map(() => 'unknown'));
  });

  test('the last 72 bits of an IPv6 address never change it, the first 56 always do', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    const spelt = (numbers: number[]) => numbers.map((group) => group.toString(16)).join(':');
    fc.assert(
      fc.property(groups, fc.integer({ min: 4, max: 7 }), fc.integer({ min: 0, max: 2 }), (numbers, low, high) => {
        // Groups that look like a mapped IPv4 address are another case.
        numbers[0] = numbers[0]! | 0x2000;
        const other = (place: number) => numbers.map((group, n) => (n === place ? group ^ 1 : group));
        expect(addressPrefix(spelt(other(low)))).toBe(addressPrefix(spelt(numbers)));
        expect(addressPrefix(spelt(other(high)))).not.toBe(addressPrefix(spelt(numbers)));
      }),
    );
  });
});

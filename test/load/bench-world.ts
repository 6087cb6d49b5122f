// The customers of the benchmark: ordinary ones, with ordinary SIMs and a PIN, whose owners answer at once or not at
// all. They are not the demo's numbers that answer by themselves, for which some rules do not hold.
import { type DemoCustomer, demoIccid, demoSerial } from '../../src/demo/world.ts';

const pin = '2580';
const first = 5_000;

/** Numbers of the plan's free range, as many as wanted (at most 3,000), from a place in it. */
export function benchNumbers(count: number, from = 0): string[] {
  if (from + count > 3_000) throw new Error('there are 3,000 numbers');
  return Array.from({ length: count }, (_, place) => `+3363998${first + from + place}`);
}

/** `approves`: types the PIN at once. `waits`: until somebody presses the keys. */
export function benchCustomers(numbers: readonly string[], answer: 'approves' | 'waits'): DemoCustomer[] {
  return numbers.map((msisdn) => {
    const digits = msisdn.slice(-4);
    const place = 3_000_000 + Number(digits);
    const behaviour = answer === 'approves' ? { mode: 'approve', pin, delayMs: 0 } : { mode: 'manual' };
    return {
      brand: 'exemple',
      person: {
        givenName: 'Mesure',
        familyName: digits,
        birthDate: '1990-01-01',
        birthPlace: '75107',
        birthCountry: '99100',
        gender: 'unspecified',
      },
      emails: [{ email: `mesure-${digits}@exemple.test`, label: `Mesure ${digits}` }],
      contracts: [],
      lines: [
        {
          msisdn,
          ...{ iccid: demoIccid(place), serial13: demoSerial(place), pin },
          phone: { label: `Mesure ${digits}`, behaviour },
        },
      ],
      note: 'for measurements',
    };
  });
}

export const benchPin = pin;

/** Limits that the benchmark must not meet: all its flows come from one address and one client. */
export const wideLimits = {
  STARTS_PER_NUMBER: '100000',
  STARTS_PER_ADDRESS: '1000000',
  STARTS_PER_CLIENT: '10000000',
  SMPP_MESSAGES_PER_SECOND: '10000',
  SMPP_WINDOW: '100',
};

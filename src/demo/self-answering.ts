// The numbers of the demo that answer by themselves, for tests without a person. Data only.
import type { PhoneStart } from '../enrolment/sim-export.ts';
import { type DemoCustomer, demoIccid, demoSerial } from './world.ts';

const selfPin = '2580';

interface SelfAnswering {
  readonly msisdn: string;
  readonly outcome: string;
  readonly phone: PhoneStart;
}

const outcomes: readonly SelfAnswering[] = [
  { msisdn: '+33639982500', outcome: 'approves', phone: { behaviour: { mode: 'approve', pin: selfPin, delayMs: 0 } } },
  { msisdn: '+33639982401', outcome: 'cancels', phone: { behaviour: { mode: 'refuse' } } },
  { msisdn: '+33639982402', outcome: 'has its PIN blocked', phone: { behaviour: { mode: 'wrong-pin', times: 3 } } },
  { msisdn: '+33639982403', outcome: 'reports fraud', phone: { behaviour: { mode: 'fraud' } } },
  { msisdn: '+33639982208', outcome: 'never answers', phone: { behaviour: { mode: 'ignore' } } },
  { msisdn: '+33639982209', outcome: 'is switched off', phone: { power: 'off' } },
  {
    msisdn: '+33639982503',
    outcome: 'answers with a bad signature',
    phone: { behaviour: { mode: 'bad-signature', pin: selfPin } },
  },
];

const delayed: readonly SelfAnswering[] = Array.from({ length: 100 }, (_, seconds) => ({
  msisdn: `+336399830${String(seconds).padStart(2, '0')}`,
  outcome: `approves after ${seconds} s`,
  phone: { behaviour: { mode: 'approve', pin: selfPin, delayMs: seconds * 1_000 } },
}));

/** The numbers that answer by themselves; all have PIN 2580. */
export const selfAnsweringNumbers = [...outcomes, ...delayed];

/** Each self-answering number as a customer of its own, so that its login has somebody to log in. */
export const selfAnsweringCustomers: readonly DemoCustomer[] = selfAnsweringNumbers.map(
  ({ msisdn, outcome, phone }) => {
    const digits = msisdn.slice(-6);
    return {
      brand: 'exemple',
      person: {
        givenName: 'Essai',
        familyName: digits,
        birthName: digits,
        civilGivenNames: 'Essai Automatique',
        birthDate: '1990-01-01',
        birthPlace: '75107',
        birthCountry: '99100',
        gender: 'unspecified',
        identityProofing: 'eidas1',
      },
      emails: [{ email: `essai-${digits}@exemple.test`, label: `Essai ${digits}` }],
      contracts: [],
      lines: [
        {
          msisdn,
          iccid: demoIccid(1_000_000 + Number(digits)),
          serial13: demoSerial(1_000_000 + Number(digits)),
          pin: selfPin,
          selfAnswering: true,
          phone: { ...phone, label: `Essai ${digits}` },
        },
      ],
      note: `self-answering: ${outcome}`,
    };
  },
);

// The demo world of brand `ile`: a company with a Customer ID and three Account IDs, somebody with two numbers, and a
// prepaid number. One Account ID is registered already; the others are there to be. Data only, all of it fictional.
import { demoPassword } from './world.ts';

export interface IleLine {
  /** Printed on its bills. */
  readonly accountId: string;
  readonly msisdn: string;
  readonly iccid: string;
  readonly serial13: string;
  readonly payMode: 'postpaid' | 'prepaid';
  readonly contractRef: string;
  /** Of its phone in the simulator; the SIMs of this brand have no Mobile Connect, but they get SMS. */
  readonly label: string;
  /** Logs in with the Account ID and this password from the start. */
  readonly registered?: { readonly email: string; readonly password: string };
}

export interface IleCustomer {
  readonly brand: 'ile';
  readonly person: {
    readonly civility: string;
    readonly givenName: string;
    readonly familyName: string;
    readonly customerType: 'consumer' | 'company';
  };
  readonly customerRef: string;
  readonly lines: readonly IleLine[];
  readonly company?: {
    readonly name: string;
    readonly kind: 'sme' | 'company' | 'ministry';
    /** Confidential; issued when the world begins. */
    readonly customerId: string;
    /** Where its codes go: one of the numbers above. */
    readonly contactMobile: string;
  };
  readonly note: string;
}

/** A line whose account, number and SIM end in the same digits. */
function line(n: number, label: string, more: Partial<IleLine> = {}): IleLine {
  return {
    ...{ accountId: `9000${String(n).padStart(4, '0')}`, msisdn: `+2305999${String(n).padStart(4, '0')}` },
    ...{ iccid: `8923010${String(n).padStart(12, '0')}`, serial13: `8${String(n).padStart(12, '0')}` },
    ...{ payMode: 'postpaid', contractRef: `M20${String(n).padStart(4, '0')}`, label, ...more },
  };
}

export const ileCustomers: readonly IleCustomer[] = [
  {
    brand: 'ile',
    person: { civility: 'Mme', givenName: 'Priya', familyName: 'Ramgoolam', customerType: 'company' },
    customerRef: 'M100101',
    lines: [line(101, 'Sucrerie, direction'), line(102, 'Sucrerie, atelier'), line(103, 'Sucrerie, livraisons')],
    company: {
      ...{ name: 'Sucrerie du Morne', kind: 'company', customerId: 'CDEM0MARNES2026X7Q4ZK' },
      contactMobile: '+23059990101',
    },
    note: 'company with a Customer ID and three Account IDs, group bills; none is registered yet',
  },
  {
    brand: 'ile',
    person: { civility: 'Mme', givenName: 'Anya', familyName: 'Li', customerType: 'consumer' },
    customerRef: 'M100201',
    lines: [
      line(201, 'Anya', { registered: { email: 'anya@exemple.test', password: demoPassword('Anya') } }),
      line(202, 'Anya, second number'),
    ],
    note: 'two numbers, two Account IDs: the first is registered, the second is not',
  },
  {
    brand: 'ile',
    person: { civility: 'M.', givenName: 'Kavi', familyName: 'Boodhoo', customerType: 'consumer' },
    customerRef: 'M100301',
    lines: [line(301, 'Kavi', { payMode: 'prepaid' })],
    note: 'prepaid: cannot be registered',
  },
];

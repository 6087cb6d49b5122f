// The demo world: fictional people with fictional numbers. Data only.
import type { SubscriberInput } from '../enrolment/provision.ts';
import type { PhoneStart } from '../enrolment/sim-export.ts';
import { aliceBankAccount, demoAddresses } from './addresses.ts';
import { type DemoHandset, demoHandset } from './handsets.ts';
import { inesMailboxes } from './mailboxes.ts';
import { demoProducts } from './products.ts';

export interface DemoLine {
  readonly msisdn: string;
  readonly iccid: string;
  readonly serial13: string;
  readonly kind?: 'mobile' | '4g-box';
  readonly contractRef?: string;
  readonly appletCapable?: boolean;
  /** Enrolled from the start, with this PIN. */
  readonly pin?: string;
  readonly selfAnswering?: boolean;
  readonly phone?: PhoneStart;
  readonly handset?: DemoHandset;
}

export interface DemoCustomer extends Omit<SubscriberInput, 'brand' | 'accounts' | 'lines'> {
  readonly brand: 'exemple';
  /** Logs in with `<e-mail>` and `<first name>-demo-password`. */
  readonly emails: readonly Pick<SubscriberInput['accounts'][number], 'email' | 'label' | 'bankAccount'>[];
  readonly lines: readonly DemoLine[];
  readonly note: string;
}

/** Password of a demo person, by first name. */
export function demoPassword(givenName: string): string {
  return `${givenName.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()}-demo-password`;
}

/** Card number of a demo SIM. */
export const demoIccid = (n: number): string => `8933010${String(n).padStart(12, '0')}`;
/** The PUK printed beside a demo SIM: eight digits that follow from its card number. */
export function demoPuk(iccid: string): string {
  return String((Number(iccid.slice(-9)) * 73_856_093 + 19_349_663) % 100_000_000).padStart(8, '0');
}

/** The 13 digits that are printed on it. */
export const demoSerial = (n: number): string => `9${String(n).padStart(12, '0')}`;

function line(n: number, more: Omit<DemoLine, 'msisdn' | 'iccid' | 'serial13'> = {}): DemoLine {
  const msisdn = `+336399800${String(n).padStart(2, '0')}`;
  const handset = demoHandset(n, more.kind);
  return { msisdn, iccid: demoIccid(n), serial13: demoSerial(n), handset, ...more };
}

const contract = (n: number, kind: 'MOBILE' | 'INTERNET' | 'FIXE' | 'OPEN', more = {}) => ({
  kind,
  customerRef: `C${String(100_000 + n)}`,
  contractRef: `K${String(200_000 + n)}`,
  address: demoAddresses.get(n),
  ...demoProducts.get(n),
  ...more,
});

/** The people of the demo. */
export const demoCustomers: readonly DemoCustomer[] = [
  {
    brand: 'exemple',
    person: {
      civility: 'Mme',
      givenName: 'Alice',
      familyName: 'Martin',
      birthName: 'Martin',
      civilGivenNames: 'Alice Claire Louise',
      birthDate: '1986-04-12',
      birthPlace: '75112',
      birthCountry: '99100',
      gender: 'female',
      identityProofing: 'eidas2',
    },
    emails: [{ email: 'alice@exemple.test', label: 'Alice Martin', bankAccount: aliceBankAccount }],
    contracts: [contract(1, 'OPEN', { homeNetworks: ['192.0.2.10', '2001:db8:a:100::/56'] })],
    lines: [line(1, { pin: '4071', contractRef: 'K200001', phone: { label: 'Alice' } })],
    note: 'ACTIVE, OPEN contract (Internet + mobile), at home on 192.0.2.10; identity proofed to eidas2',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'M.',
      givenName: 'Bruno',
      familyName: 'Lefèvre',
      birthDate: '1991-09-30',
      birthPlace: '69383',
      birthCountry: '99100',
      gender: 'male',
    },
    emails: [{ email: 'bruno@exemple.test', label: 'Bruno Lefèvre' }],
    contracts: [contract(2, 'MOBILE')],
    lines: [line(2, { contractRef: 'K200002', phone: { label: 'Bruno' } })],
    note: 'INACTIVE, compatible SIM: activation',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'Mme',
      givenName: 'Chloé',
      familyName: 'Bernard',
      birthDate: '1978-01-23',
      birthPlace: '33063',
      birthCountry: '99100',
      gender: 'female',
    },
    emails: [{ email: 'chloe@exemple.test', label: 'Chloé Bernard' }],
    contracts: [contract(3, 'MOBILE')],
    lines: [line(3, { contractRef: 'K200003', appletCapable: false, phone: { label: 'Chloé' } })],
    note: 'SIM not compatible',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'M.',
      givenName: 'David',
      familyName: 'Moreau',
      birthName: 'Moreau',
      civilGivenNames: 'David Paul',
      birthDate: '1972-11-05',
      birthPlace: '44109',
      birthCountry: '99100',
      gender: 'male',
      identityProofing: 'eidas1',
    },
    emails: [{ email: 'david@exemple.test', label: 'David Moreau' }],
    contracts: [contract(4, 'MOBILE')],
    lines: [line(4, { pin: '7391', contractRef: 'K200004', phone: { label: 'David' } })],
    note: 'ACTIVE, holder of a mobile contract; identity proofed to eidas1',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'Mme',
      givenName: 'Emma',
      familyName: 'Moreau',
      birthName: 'Girard',
      civilGivenNames: 'Emma Jeanne Rose',
      birthDate: '1975-06-17',
      birthPlace: '44109',
      birthCountry: '99100',
      gender: 'female',
      identityProofing: 'eidas1',
    },
    emails: [{ email: 'emma@exemple.test', label: 'Emma Moreau' }],
    contracts: [contract(5, 'MOBILE')],
    lines: [line(5, { pin: '8264', contractRef: 'K200005', phone: { label: 'Emma' } })],
    note: 'ACTIVE, lives with David: proxy; uses another name than at birth',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'M.',
      givenName: 'Farid',
      familyName: 'Haddad',
      birthName: 'Haddad',
      civilGivenNames: 'Farid',
      // Born abroad; the register knows the year alone.
      birthDate: '1983-00-00',
      birthPlace: 'Oran',
      birthCountry: '99352',
      gender: 'male',
      customerType: 'professional',
      identityProofing: 'eidas1',
    },
    emails: [{ email: 'farid@exemple.test', label: 'Farid Haddad' }],
    contracts: [contract(6, 'MOBILE', { segment: 'professional', offerRange: 'performance-pro' })],
    lines: [line(6, { pin: '5208', contractRef: 'K200006', phone: { label: 'Farid' } })],
    note: 'professional, one contract in performance-pro',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'Mme',
      givenName: 'Gisèle',
      familyName: 'Roux',
      birthDate: '1949-08-28',
      birthPlace: '87085',
      birthCountry: '99100',
      gender: 'female',
    },
    emails: [{ email: 'gisele@exemple.test', label: 'Gisèle Roux' }],
    contracts: [contract(7, 'FIXE')],
    lines: [],
    note: 'fixed line only',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'M.',
      givenName: 'Hugo',
      familyName: 'Petit',
      birthDate: '1994-12-01',
      birthPlace: '31555',
      birthCountry: '99100',
      gender: 'male',
    },
    emails: [
      { email: 'hugo@exemple.test', label: 'Hugo Petit, personnel' },
      { email: 'hugo.pro@exemple.test', label: 'Hugo Petit, professionnel' },
    ],
    contracts: [contract(8, 'MOBILE')],
    lines: [line(8, { pin: '1593', contractRef: 'K200008', phone: { label: 'Hugo' } })],
    note: 'two accounts, one SIM',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'Mme',
      givenName: 'Inès',
      familyName: 'Garcia',
      birthDate: '1989-03-19',
      birthPlace: '64102',
      birthCountry: '99100',
      gender: 'female',
    },
    emails: [{ email: 'ines@exemple.test', label: 'Inès Garcia' }],
    contracts: [contract(9, 'OPEN', { homeNetworks: ['192.0.2.90', '2001:db8:a:900::/56'] })],
    mailboxes: inesMailboxes,
    lines: [line(9, { pin: '6027', contractRef: 'K200009', phone: { label: 'Inès' } })],
    note: 'ACTIVE, OPEN contract, eight secondary mailboxes, at home on 192.0.2.90',
  },
  {
    brand: 'exemple',
    person: {
      civility: 'M.',
      givenName: 'Jean',
      familyName: 'Fontaine',
      birthDate: '1960-05-14',
      birthPlace: '29019',
      birthCountry: '99100',
      gender: 'male',
    },
    emails: [{ email: 'jean@exemple.test', label: 'Jean Fontaine' }],
    contracts: [contract(10, 'INTERNET')],
    lines: [line(10, { kind: '4g-box', contractRef: 'K200010', phone: { label: 'Jean, 4G box' } })],
    note: '4G box',
  },
];

/** SIMs that are in no phone yet; the 13-digit number is printed on them. */
export const spareSims: readonly { readonly iccid: string; readonly serial13: string }[] = [
  101, 102, 103, 104, 105, 106, 107, 108,
].map((n) => ({ iccid: demoIccid(n), serial13: demoSerial(n) }));

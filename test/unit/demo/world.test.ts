// The demo world is as the outside knows it: people, numbers, PINs, and the numbers that answer by themselves.
import { describe, expect, test } from 'vitest';
import { selfAnsweringCustomers, selfAnsweringNumbers } from '../../../src/demo/self-answering.ts';
import { demoCustomers, demoPassword, spareSims } from '../../../src/demo/world.ts';
import { parseEmail, parseIccid, parseMsisdn } from '../../../src/identifiers.ts';

const everybody = [...demoCustomers, ...selfAnsweringCustomers];
const allLines = everybody.flatMap(({ lines }) => lines);

describe('the people', () => {
  test.each([
    ['alice@exemple.test', '+33639980001', '4071'],
    ['bruno@exemple.test', '+33639980002', undefined],
    ['chloe@exemple.test', '+33639980003', undefined],
    ['david@exemple.test', '+33639980004', '7391'],
    ['emma@exemple.test', '+33639980005', '8264'],
    ['farid@exemple.test', '+33639980006', '5208'],
    ['gisele@exemple.test', undefined, undefined],
    ['hugo@exemple.test', '+33639980008', '1593'],
    ['hugo.pro@exemple.test', '+33639980008', '1593'],
    ['ines@exemple.test', '+33639980009', '6027'],
    ['jean@exemple.test', '+33639980010', undefined],
  ])('%s has the number %s and the PIN %s', (email, msisdn, pin) => {
    const customer = demoCustomers.find(({ emails }) => emails.some((one) => one.email === email));
    expect(customer?.lines[0]?.msisdn).toBe(msisdn);
    expect(customer?.lines[0]?.pin).toBe(pin);
  });

  test('are what they are for: no applet, a 4G box, a professional, a fixed line only', () => {
    const lineOf = (msisdn: string) => allLines.find((line) => line.msisdn === msisdn);
    expect(lineOf('+33639980003')).toMatchObject({ appletCapable: false });
    expect(lineOf('+33639980010')).toMatchObject({ kind: '4g-box' });
    const farid = demoCustomers.find(({ person }) => person.givenName === 'Farid');
    expect(farid).toMatchObject({
      person: { customerType: 'professional' },
      contracts: [{ segment: 'professional', offerRange: 'performance-pro' }],
    });
    const gisele = demoCustomers.find(({ person }) => person.givenName === 'Gisèle');
    expect(gisele?.contracts).toMatchObject([{ kind: 'FIXE' }]);
  });

  test.each([
    ['Alice', 'alice-demo-password'],
    ['Chloé', 'chloe-demo-password'],
    ['Gisèle', 'gisele-demo-password'],
    ['Inès', 'ines-demo-password'],
  ])('%s has the password %s', (givenName, password) => {
    expect(demoPassword(givenName)).toBe(password);
  });
});

describe('the numbers that answer by themselves', () => {
  test.each([
    ['500', { behaviour: { mode: 'approve', pin: '2580', delayMs: 0 } }],
    ['401', { behaviour: { mode: 'refuse' } }],
    ['402', { behaviour: { mode: 'wrong-pin', times: 3 } }],
    ['403', { behaviour: { mode: 'fraud' } }],
    ['208', { behaviour: { mode: 'ignore' } }],
    ['209', { power: 'off' }],
    ['503', { behaviour: { mode: 'bad-signature', pin: '2580' } }],
  ])('+33639982%s does what its digits say', (outcome, phone) => {
    const found = selfAnsweringNumbers.find(({ msisdn }) => msisdn === `+33639982${outcome}`);
    expect(found?.phone).toEqual(phone);
  });

  test('+336399830ss approves after ss seconds, for each of a hundred', () => {
    for (let seconds = 0; seconds < 100; seconds++) {
      const msisdn = `+336399830${String(seconds).padStart(2, '0')}`;
      const behaviour = { mode: 'approve', pin: '2580', delayMs: seconds * 1_000 };
      expect(selfAnsweringNumbers.find((one) => one.msisdn === msisdn)?.phone).toEqual({ behaviour });
    }
  });

  test('are 107 in all, each a customer with the PIN 2580 and the mark of its kind', () => {
    expect(selfAnsweringNumbers).toHaveLength(107);
    const lines = selfAnsweringCustomers.flatMap((customer) => customer.lines);
    expect(lines.map(({ msisdn }) => msisdn)).toEqual(selfAnsweringNumbers.map(({ msisdn }) => msisdn));
    expect(lines.every(({ pin, selfAnswering }) => pin === '2580' && selfAnswering === true)).toBe(true);
    expect(demoCustomers.some(({ lines: own }) => own.some((line) => line.selfAnswering))).toBe(false);
  });
});

describe('all of it', () => {
  test('has numbers, addresses and cards in their normal form', () => {
    for (const { msisdn, iccid } of allLines) {
      expect(parseMsisdn(msisdn)).toBe(msisdn);
      expect(parseIccid(iccid)).toBe(iccid);
    }
    for (const { email } of everybody.flatMap(({ emails }) => emails)) expect(parseEmail(email)).toBe(email);
  });

  test('lies in the range of fictional numbers (06 39 98 xx xx)', () => {
    expect(allLines.filter(({ msisdn }) => !msisdn.startsWith('+3363998'))).toEqual([]);
  });

  test('uses no number, address, card or serial number twice', () => {
    const twice = (values: readonly (string | undefined)[]) => {
      const given = values.filter((value) => value !== undefined);
      return given.length - new Set(given).size;
    };
    expect(twice(allLines.map(({ msisdn }) => msisdn))).toBe(0);
    expect(twice(everybody.flatMap(({ emails }) => emails.map(({ email }) => email)))).toBe(0);
    const sims = [...allLines, ...spareSims];
    expect(twice(sims.map(({ iccid }) => iccid))).toBe(0);
    expect(twice(sims.map(({ serial13 }) => serial13))).toBe(0);
    expect(sims.every(({ serial13 }) => /^\d{13}$/.test(serial13))).toBe(true);
  });

  test('ties every line to a contract of its customer', () => {
    for (const { contracts = [], lines } of demoCustomers) {
      const references = contracts.map(({ contractRef }) => contractRef);
      for (const { contractRef } of lines) expect(references).toContain(contractRef);
    }
  });
});

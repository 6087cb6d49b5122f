// What a phone is to the network: a model, and its number (IMEI, 3GPP TS 23.003): type, serial number, check digit.

export interface HandsetIdentity {
  readonly model: string;
  readonly imei: string;
}

/** A type that the GSMA gives to nobody: it is for tests. */
const TEST_TYPE = '00101700';

/** A phone that nobody has seen before. */
export function newHandset(randomBytes: (size: number) => Buffer, model = 'Test phone'): HandsetIdentity {
  const serial = String(randomBytes(4).readUInt32BE() % 1_000_000).padStart(6, '0');
  return { model, imei: withCheckDigit(`${TEST_TYPE}${serial}`) };
}

/** Adds the Luhn digit to 14 digits. */
export function withCheckDigit(digits: string): string {
  const sum = [...digits].reduce((total, digit, place) => {
    const value = place % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

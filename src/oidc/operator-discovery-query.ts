// What a client asks of operator discovery, in our spelling or in that of the GSMA API Exchange, v1 and v2. Pure.
import { type Country, type Msisdn, parseMsisdn } from '../identifiers.ts';

export interface DiscoveryQuery {
  readonly msisdn: Msisdn | undefined;
  readonly network: { readonly mcc: string; readonly mnc: string } | undefined;
  /** Registered address that the client means to use. */
  readonly redirectUri: string | undefined;
  readonly correlationId: string | undefined;
}

/** The request cannot be read; the message is for its developer and repeats no value. */
export class DiscoveryQueryError extends Error {
  override readonly name = 'DiscoveryQueryError';
}

const spellings = {
  msisdn: ['msisdn'],
  mcc: ['mcc', 'selected-mcc', 'selected_mcc', 'identified-mcc', 'identified_mcc'],
  mnc: ['mnc', 'selected-mnc', 'selected_mnc', 'identified-mnc', 'identified_mnc'],
  mccMnc: ['mcc_mnc'],
  redirectUri: ['redirect_uri', 'redirect_url'],
  correlationId: ['correlation_id'],
} as const;

type Known = keyof typeof spellings;

/**
 * Reads the fields of a body and of the query; the user's choice of an operator goes before what the device saw.
 * Throws DiscoveryQueryError.
 */
export function readDiscoveryQuery(
  { body, query }: { body: URLSearchParams; query: URLSearchParams },
  country: Country,
): DiscoveryQuery {
  if (find(query, 'msisdn') !== undefined) {
    throw new DiscoveryQueryError('msisdn must be sent in the body of a POST, not in the address');
  }
  const read = (name: Known) => find(body, name) ?? find(query, name);
  const number = read('msisdn');
  const msisdn = number === undefined ? undefined : readNumber(number, country);
  return {
    msisdn,
    network: readNetwork(read),
    redirectUri: bounded(read('redirectUri'), 'redirect_uri', 2_048),
    correlationId: bounded(read('correlationId'), 'correlation_id', 256),
  };
}

function find(fields: URLSearchParams, name: Known): string | undefined {
  for (const spelling of spellings[name]) {
    const values = [...fields].filter(([key]) => key.toLowerCase() === spelling).map(([, value]) => value.trim());
    if (values.length > 1) throw new DiscoveryQueryError(`${spelling} must not be repeated`);
    // The programs of the GSMA send empty fields for what they do not know.
    if (values[0]) return values[0];
  }
  return undefined;
}

function readNumber(text: string, country: Country): Msisdn {
  const digits = text.replace(/^(?:msisdn|tel):/i, '');
  for (const spelling of [digits, ...(/^[1-9][0-9]{7,14}$/.test(digits) ? [`+${digits}`] : [])]) {
    try {
      return parseMsisdn(spelling, country);
    } catch {}
  }
  throw new DiscoveryQueryError('msisdn is not a phone number; send it as +33639980001');
}

function readNetwork(read: (name: Known) => string | undefined): DiscoveryQuery['network'] {
  const [bothMcc, bothMnc] = read('mccMnc')?.split('_') ?? [];
  const [mcc, mnc] = [read('mcc') ?? bothMcc, read('mnc') ?? bothMnc];
  if (mcc === undefined && mnc === undefined) return undefined;
  if (!/^[0-9]{3}$/.test(mcc ?? '')) throw new DiscoveryQueryError('mcc is not a country code of three digits');
  if (!/^[0-9]{2,3}$/.test(mnc ?? ''))
    throw new DiscoveryQueryError('mnc is not a network code of two or three digits');
  return { mcc: mcc ?? '', mnc: mnc ?? '' };
}

function bounded(value: string | undefined, name: string, most: number): string | undefined {
  if (value !== undefined && value.length > most) throw new DiscoveryQueryError(`${name} is too long`);
  return value;
}

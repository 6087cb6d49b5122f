// What a phone makes of an ordinary short message: text in the SMSC's default alphabet, UCS-2 or Latin-1. Pure.

import { septetsToText, ucs2ToText } from './gsm7.ts';

/** A short message as the SMSC hands it to a phone. */
export interface ShortMessage {
  /** Source address: a short code, a number or a name. */
  readonly from: string;
  readonly protocolId: number;
  readonly dataCoding: number;
  /** True when the user data begins with a header (UDHI). */
  readonly hasHeader: boolean;
  readonly userData: Buffer;
}

const PID_SIM_DATA_DOWNLOAD = 0x7f;

/** True for (U)SIM data download: the phone shows nothing and hands it to the card (TS 31.111 7.1.1). */
export function isForTheCard({ protocolId, dataCoding }: ShortMessage): boolean {
  const eightBitClass2 = dataCoding === 0xf6 || dataCoding === 0x16;
  return protocolId === PID_SIM_DATA_DOWNLOAD && eightBitClass2;
}

/** The text a person reads; binary content is only counted. */
export function readableText(dataCoding: number, body: Buffer): string {
  switch (alphabetOf(dataCoding)) {
    case 'gsm7':
      return septetsToText(body);
    case 'ucs2':
      return ucs2ToText(body) ?? `[${body.length} octets]`;
    case 'latin1':
      return body.toString('latin1');
    default:
      return `[${body.length} octets]`;
  }
}

function alphabetOf(dataCoding: number): 'gsm7' | 'ucs2' | 'latin1' | 'binary' {
  if (dataCoding === 0x01 || dataCoding === 0x03) {
    return 'latin1';
  }
  const withClass = dataCoding >= 0xf0;
  const alphabet = (dataCoding >> 2) & 0x03;
  if (withClass) {
    return (alphabet & 0x01) === 0 ? 'gsm7' : 'binary';
  }
  if (dataCoding >= 0x40) {
    return 'binary';
  }
  return (['gsm7', 'binary', 'ucs2', 'binary'] as const)[alphabet] ?? 'binary';
}

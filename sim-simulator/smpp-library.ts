// The one place that loads the npm package `smpp`, which has no types. Only its encoder is used: its session stays
// wedged after any parse error and its decoder turns bodies into strings, so both are replaced here (smpp-pdu.ts,
// smpp-session.ts).

import { createRequire } from 'node:module';

interface SmppLibrary {
  readonly PDU: new (command: string, fields: Record<string, SmppValue>) => { toBuffer(): Buffer };
}

export type SmppValue = number | string | Buffer;

const smpp: SmppLibrary = createRequire(import.meta.url)('smpp');

/** Octets of a PDU; `fields` are the parameter and TLV names of SMPP 3.4. A status other than 0 leaves out the body. */
export function encodePdu(command: string, fields: Record<string, SmppValue>): Buffer {
  return new smpp.PDU(command, fields).toBuffer();
}

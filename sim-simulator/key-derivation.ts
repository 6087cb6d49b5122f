// Derives the keys of one SIM from a root (NIST SP 800-108, counter mode), for the vectors and for those who check
// an export by hand. The running simulator never sees a root: it gets the derived keys of each SIM.

import { aesCmac } from './aes-cmac.ts';

export type KeyLabel = 'MID KIc' | 'MID KID' | 'MID Kdev' | 'MID Kadm';

/** The 16-octet key of a SIM: AES-256-CMAC(root, 01 | label | 00 | ICCID | key version | 0080). */
export function deriveSimKey(root: Buffer, label: KeyLabel, sim: { iccid: Buffer; keyVersion: number }): Buffer {
  return aesCmac(
    root,
    Buffer.concat([
      Buffer.of(0x01),
      Buffer.from(label, 'ascii'),
      Buffer.of(0x00),
      sim.iccid,
      Buffer.of(sim.keyVersion, 0x00, 0x80),
    ]),
  );
}

/** The 10 octets of EF.ICCID for 19 or 20 digits: low nibble first, 19 digits end in F (throws RangeError). */
export function iccidOctets(digits: string): Buffer {
  if (!/^\d{19,20}$/.test(digits)) {
    throw new RangeError('An ICCID has 19 or 20 digits');
  }
  const nibbles = digits.padEnd(20, 'f');
  const swapped = nibbles.replaceAll(/(.)(.)/g, '$2$1');
  return Buffer.from(swapped, 'hex');
}

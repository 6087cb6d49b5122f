// The four keys of a SIM, derived from its root (sim-channel 5.2; NIST SP 800-108 in counter mode). Pure.
import { aesCmac } from './aes-cmac.ts';

/** Keys that card and server share: packet ciphering and MAC, answers without PIN, administrative authority. */
export interface SimKeys {
  readonly kic: Buffer;
  readonly kid: Buffer;
  readonly kdev: Buffer;
  readonly kadm: Buffer;
}

/**
 * Derives the keys of one SIM. `root` has 32 octets, `iccidOctets` are the ten octets of EF.ICCID,
 * `keyVersion` is 1 to 255. Throws RangeError on anything else.
 */
export function deriveSimKeys(root: Buffer, iccidOctets: Buffer, keyVersion: number): SimKeys {
  if (root.length !== 32) throw new RangeError('a SIM root has 32 octets');
  const scope = simScope(iccidOctets, keyVersion);
  const derive = (label: string) =>
    aesCmac(root, Buffer.concat([Buffer.of(1), Buffer.from(label, 'ascii'), Buffer.of(0), scope, Buffer.of(0, 0x80)]));
  return { kic: derive('MID KIc'), kid: derive('MID KID'), kdev: derive('MID Kdev'), kadm: derive('MID Kadm') };
}

function simScope(iccidOctets: Buffer, keyVersion: number): Buffer {
  if (iccidOctets.length !== 10) throw new RangeError('EF.ICCID has 10 octets');
  if (!Number.isInteger(keyVersion) || keyVersion < 1 || keyVersion > 255) {
    throw new RangeError('a key version is 1 to 255');
  }
  return Buffer.concat([iccidOctets, Buffer.of(keyVersion)]);
}

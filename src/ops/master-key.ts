// What is made from MASTER_KEY: sealing of data at rest, index HMACs, row MACs, wrapping of SIM roots.
// The master key is only input to HKDF (decisions 5); each purpose has a key of its own.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

type Purpose = 'data' | 'index' | 'row' | 'wrap-sim' | 'cookies' | 'csrf' | 'pairwise' | 'dpop' | 'hint';

/** Where a sealed value stands: bound into it, so that it opens nowhere else. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly row: string;
  /** SIM roots are wrapped with a key of their own. */
  readonly purpose?: 'data' | 'wrap-sim';
}

export interface MasterKey {
  /** Encrypts for one place (AES-256-GCM). The answer is printable: `v<key version>.<base64url>`. */
  seal(place: SealedPlace, plain: Buffer | string): string;
  /** Opens what `seal` made for the same place. Throws SealError otherwise. */
  open(place: SealedPlace, sealed: string): Buffer;
  /** True when the value was sealed with a key that is being replaced. */
  isOld(sealed: string): boolean;
  /** HMAC-SHA-256 of an identifier in its normal form, for look-ups without the identifier. */
  index(kind: string, value: string): Buffer;
  /** HMAC-SHA-256 of a SIM credential row. */
  rowMac(data: Buffer): Buffer;
  /** 32 octets for another part of the provider, by purpose. */
  derive(purpose: Purpose): Buffer;
}

export class SealError extends Error {
  override readonly name = 'SealError';
}

const ivOctets = 12;
const tagOctets = 16;

/**
 * Builds the functions over the current master key and, during a rotation, the previous one (both 32 octets).
 * `randomBytes` gives the nonces.
 */
export function createMasterKey(
  keys: { current: Buffer; previous?: Buffer | undefined },
  randomBytes: (size: number) => Buffer,
): MasterKey {
  const derive = (purpose: Purpose, key = keys.current): Buffer =>
    Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `mid/v1/${purpose}`, 32));
  const version = (key: Buffer): string => createHmac('sha256', key).update('mid/v1/version').digest('hex').slice(0, 8);
  const masters = new Map([keys.current, ...(keys.previous ? [keys.previous] : [])].map((key) => [version(key), key]));
  const currentVersion = version(keys.current);
  const indexKey = derive('index');
  const rowKey = derive('row');

  return {
    seal(place, plain) {
      const iv = randomBytes(ivOctets);
      const cipher = createCipheriv('aes-256-gcm', derive(place.purpose ?? 'data'), iv);
      cipher.setAAD(associatedData(place, currentVersion));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return `v${currentVersion}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(place, sealed) {
      const [, keyVersion = '', text = ''] = /^v([0-9a-f]{8})\.([\w-]+)$/.exec(sealed) ?? [];
      const master = masters.get(keyVersion);
      if (master === undefined) throw new SealError(`no master key for ${place.table}.${place.column}`);
      return decrypt(
        derive(place.purpose ?? 'data', master),
        Buffer.from(text, 'base64url'),
        associatedData(place, keyVersion),
      );
    },
    isOld: (sealed) => !sealed.startsWith(`v${currentVersion}.`),
    index: (kind, value) => createHmac('sha256', indexKey).update(`${kind}\0${value}`).digest(),
    rowMac: (data) => createHmac('sha256', rowKey).update(data).digest(),
    derive: (purpose) => derive(purpose),
  };
}

function associatedData(place: SealedPlace, keyVersion: string): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.column, place.row, place.purpose ?? 'data', keyVersion]));
}

function decrypt(key: Buffer, sealed: Buffer, aad: Buffer): Buffer {
  if (sealed.length < ivOctets + tagOctets) throw new SealError('a sealed value is cut short');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivOctets));
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(ivOctets, ivOctets + tagOctets));
    return Buffer.concat([decipher.update(sealed.subarray(ivOctets + tagOctets)), decipher.final()]);
  } catch (cause) {
    throw new SealError('a sealed value was changed, or stands in another place', { cause });
  }
}

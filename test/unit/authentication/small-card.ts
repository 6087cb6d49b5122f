// A card in a few lines, written from sim-channel 1 and 5 and from nothing of the provider: it opens what was sent to
// it, answers as it is told (also wrongly), and seals the answer.
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createPrivateKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

export interface CardKeys {
  readonly kic: Buffer;
  readonly kid: Buffer;
  readonly kdev: Buffer;
}

/** What a card says, and every way in which it may say it wrongly. */
export interface Said {
  readonly result?: number;
  readonly appletCounter?: number;
  readonly triesLeft?: number;
  readonly wrongPins?: number;
  /** Signs with another key than the card's own. */
  readonly signWith?: KeyObject;
  /** Proves by MAC where a signature is demanded, or the other way round. */
  readonly proof?: 'mac' | 'signature';
  readonly op?: number;
  readonly sha256?: Buffer;
  readonly challenge?: Buffer;
  readonly iccid?: string;
}

export interface Sealing {
  readonly rsc?: number;
  readonly counter?: number;
  readonly keys?: CardKeys;
}

const tar = Buffer.from('4d4944', 'hex');
const zeroIv = Buffer.alloc(16);

/** A P-256 key pair: the compressed public point for the provider, the private key for the card. */
export function newPinKey(): { publicHex: string; privateKey: KeyObject } {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const octets = pair.getPublicKey();
  const part = (from: number) => octets.subarray(from, from + 32).toString('base64url');
  const d = pair.getPrivateKey().toString('hex').padStart(64, '0');
  const jwk = { kty: 'EC', crv: 'P-256', x: part(1), y: part(33), d: Buffer.from(d, 'hex').toString('base64url') };
  return {
    publicHex: pair.getPublicKey('hex', 'compressed'),
    privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
  };
}

export class SmallCard {
  readonly iccid: string;
  readonly keys: CardKeys;
  readonly pinKey: KeyObject;
  appletCounter = 0;
  /** CNTR and DATA of every packet that it could open, in order. */
  readonly requests: { readonly counter: number; readonly data: Buffer }[] = [];

  constructor(sim: { iccid: string; keys: CardKeys; pinKey: KeyObject }) {
    this.iccid = sim.iccid;
    this.keys = sim.keys;
    this.pinKey = sim.pinKey;
  }

  /** Takes the SMS of one packet; throws on a wrong CC. */
  receive(parts: readonly Buffer[]): Buffer {
    const packet = Buffer.concat(parts.map((part) => part.subarray(1 + part[0]!)));
    const head = packet.subarray(0, 10);
    const body = aesCbc(this.keys.kic, packet.subarray(10), 'open');
    const padding = body[5]!;
    const covered = Buffer.concat([head, body.subarray(0, 6), body.subarray(14)]);
    if (!cmac(this.keys.kid, covered).subarray(0, 8).equals(body.subarray(6, 14))) throw new Error('wrong CC');
    const data = Buffer.from(body.subarray(14, body.length - padding));
    this.requests.push({ counter: body.readUIntBE(0, 5), data });
    return data;
  }

  latest(): { readonly counter: number; readonly data: Buffer } {
    return this.requests.at(-1)!;
  }

  /** DATA of the answer to the latest request, or to `data`. */
  answer(said: Said = {}, data: Buffer = this.latest().data): Buffer {
    const result = said.result ?? 0x00;
    const head = Buffer.alloc(12);
    const pinWanted = (data[2]! & 0x01) !== 0;
    const proof = said.proof ?? (result === 0x00 && pinWanted ? 'signature' : 'mac');
    head[0] = proof === 'signature' ? 0x12 : 0x11;
    head[1] = (said.op ?? data[1]!) | 0x80;
    head[2] = result;
    head[3] = ((said.wrongPins ?? 0) << 4) | (said.triesLeft ?? (result === 0x04 ? 0 : 3));
    head.writeUInt32BE(said.appletCounter ?? ++this.appletCounter, 4);
    (said.challenge ?? data.subarray(5, 21)).copy(head, 8, 0, 4);
    const input = Buffer.concat([
      Buffer.from('MIDA1'),
      efIccid(said.iccid ?? this.iccid),
      tar,
      Buffer.of(1),
      said.sha256 ?? createHash('sha256').update(data).digest(),
      head,
    ]);
    return Buffer.concat([head, proof === 'mac' ? cmac(this.keys.kdev, input) : this.#signature(input, said)]);
  }

  #signature(input: Buffer, said: Said): Buffer {
    return sign('sha256', input, { key: said.signWith ?? this.pinKey, dsaEncoding: 'ieee-p1363' });
  }

  /** The Response Packet round an answer (sim-channel 1.5), echoing the counter of the latest command. */
  seal(data: Buffer, { rsc = 0, counter = this.latest().counter, keys = this.keys }: Sealing = {}): Buffer {
    const padding = (16 - ((15 + data.length) % 16)) % 16;
    const clear = Buffer.alloc(7);
    clear.writeUIntBE(counter, 0, 5);
    clear[5] = padding;
    clear[6] = rsc;
    const tail = Buffer.concat([data, Buffer.alloc(padding)]);
    const head = Buffer.alloc(6);
    head.writeUInt16BE(4 + 15 + tail.length, 0);
    head[2] = 0x12;
    tar.copy(head, 3);
    const udh = Buffer.from('027100', 'hex');
    const cc = cmac(keys.kid, Buffer.concat([udh, head, clear, tail])).subarray(0, 8);
    return Buffer.concat([udh, head, aesCbc(keys.kic, Buffer.concat([clear, cc, tail]), 'seal')]);
  }

  /** Answer and packet in one. */
  reply(said: Said = {}, sealing: Sealing = {}): Buffer {
    return this.seal(this.answer(said), sealing);
  }
}

/** The four digits that a phone shows for a request (sim-channel 5.3). */
export function codeOf(request: Buffer): string {
  const digest = createHash('sha256').update(request.subarray(5, 21)).digest();
  return String(digest.readUInt16BE(30) % 10_000).padStart(4, '0');
}

/** Keys that no SIM has. */
export function strangeKeys(): CardKeys {
  return { kic: randomBytes(16), kid: randomBytes(16), kdev: randomBytes(16) };
}

function efIccid(iccid: string): Buffer {
  const digits = `${iccid}f`.slice(0, 20);
  const swapped = Array.from({ length: 10 }, (_, n) => `${digits[2 * n + 1]}${digits[2 * n]}`);
  return Buffer.from(swapped.join(''), 'hex');
}

function aesCbc(key: Buffer, text: Buffer, way: 'open' | 'seal'): Buffer {
  const cipher = (way === 'open' ? createDecipheriv : createCipheriv)('aes-128-cbc', key, zeroIv);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(text), cipher.final()]);
}

/** AES-CMAC (RFC 4493), the whole 16 octets. */
export function cmac(key: Buffer, message: Buffer): Buffer {
  const block = (clear: Buffer) => {
    const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
    return cipher.update(clear);
  };
  const double = (octets: Buffer) => {
    const doubled = (BigInt(`0x${octets.toString('hex')}`) << 1n) ^ (octets[0]! & 0x80 ? 0x87n : 0n);
    return Buffer.from((doubled & ((1n << 128n) - 1n)).toString(16).padStart(32, '0'), 'hex');
  };
  const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((octet, n) => octet ^ b[n]!));
  const k1 = double(block(Buffer.alloc(16)));
  const count = Math.max(1, Math.ceil(message.length / 16));
  const last = message.subarray((count - 1) * 16);
  const whole = last.length === 16;
  const padded = whole ? last : Buffer.concat([last, Buffer.of(0x80), Buffer.alloc(15 - last.length)]);
  let state = Buffer.alloc(16);
  for (let n = 0; n < count - 1; n++) state = block(xor(state, message.subarray(n * 16, n * 16 + 16)));
  return block(xor(state, xor(padded, whole ? k1 : double(k1))));
}

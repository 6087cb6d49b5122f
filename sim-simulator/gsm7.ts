// GSM 7-bit default alphabet (3GPP TS 23.038) and UCS-2: what a phone can show. Pure.
// Septets are numbers 0 to 127; in SMPP they travel one to an octet, inside the applet message they are packed.

const DEFAULT_ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const ESCAPE = 0x1b;
const CARRIAGE_RETURN = 0x0d;
const EXTENSION: ReadonlyMap<string, number> = new Map([
  ['\f', 0x0a],
  ['^', 0x14],
  ['{', 0x28],
  ['}', 0x29],
  ['\\', 0x2f],
  ['[', 0x3c],
  ['~', 0x3d],
  [']', 0x3e],
  ['|', 0x40],
  ['€', 0x65],
]);
const EXTENSION_BY_SEPTET: ReadonlyMap<number, string> = new Map(
  [...EXTENSION].map(([character, septet]) => [septet, character]),
);

/** The septets of a text, or undefined when a character is in neither table (never a transliteration). */
export function textToSeptets(text: string): number[] | undefined {
  const septets: number[] = [];
  for (const character of text) {
    const extended = EXTENSION.get(character);
    const plain = character.charCodeAt(0) === ESCAPE ? -1 : DEFAULT_ALPHABET.indexOf(character);
    if (extended !== undefined) {
      septets.push(ESCAPE, extended);
    } else if (plain >= 0) {
      septets.push(plain);
    } else {
      return undefined;
    }
  }
  return septets;
}

/** Text of septets. An unknown extension shows the character of the default table, as TS 23.038 6.2.1.1 asks. */
export function septetsToText(septets: Iterable<number>): string {
  let text = '';
  let escaped = false;
  for (const octet of septets) {
    const septet = octet & 0x7f;
    if (!escaped && septet === ESCAPE) {
      escaped = true;
      continue;
    }
    text += (escaped ? EXTENSION_BY_SEPTET.get(septet) : undefined) ?? plainCharacter(septet);
    escaped = false;
  }
  return text;
}

/** Packs septets into octets; seven spare bits are filled with CR (TS 23.038 6.1.2.3.1). */
export function packSeptets(septets: readonly number[]): Buffer {
  const filled = septets.length % 8 === 7 ? [...septets, CARRIAGE_RETURN] : septets;
  const octets = Buffer.alloc(Math.ceil((filled.length * 7) / 8));
  filled.forEach((septet, index) => {
    const bit = index * 7;
    const shifted = (septet & 0x7f) << (bit % 8);
    const at = bit >> 3;
    octets.writeUInt8(octets.readUInt8(at) | (shifted & 0xff), at);
    if (shifted > 0xff) {
      octets.writeUInt8(octets.readUInt8(at + 1) | (shifted >> 8), at + 1);
    }
  });
  return octets;
}

/** Unpacks octets into septets; a CR that only fills the last octet is dropped. */
export function unpackSeptets(octets: Uint8Array): number[] {
  const count = Math.floor((octets.length * 8) / 7);
  const septets = Array.from({ length: count }, (_, index) => {
    const bit = index * 7;
    const pair = (octets[bit >> 3] ?? 0) | ((octets[(bit >> 3) + 1] ?? 0) << 8);
    return (pair >> (bit % 8)) & 0x7f;
  });
  const fillsTheLastOctet = count > 0 && count % 8 === 0 && septets.at(-1) === CARRIAGE_RETURN;
  return fillsTheLastOctet ? septets.slice(0, -1) : septets;
}

/** UCS-2 (big-endian) of a text, or undefined when a character lies outside the basic plane. */
export function textToUcs2(text: string): Buffer | undefined {
  if (/[\ud800-\udfff]/.test(text)) {
    return undefined;
  }
  return Buffer.from(text, 'utf16le').swap16();
}

/** Text of UCS-2 octets, or undefined for an odd length. Surrogates pass: phones show them, the applet refuses them. */
export function ucs2ToText(octets: Uint8Array): string | undefined {
  if (octets.length % 2 !== 0) {
    return undefined;
  }
  return Buffer.from(octets).swap16().toString('utf16le');
}

function plainCharacter(septet: number): string {
  return septet === ESCAPE ? ' ' : DEFAULT_ALPHABET.charAt(septet);
}

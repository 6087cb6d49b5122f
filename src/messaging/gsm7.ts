// The GSM 7 bit default alphabet with its extension table, and its packing into octets
// (3GPP TS 23.038 6.1.2 and 6.2.1). Pure. Never replaces a character by a similar one.

const escapeSeptet = 0x1b;
const carriageReturn = 0x0d;

// Positions 00 to 7F. 1B is the escape to the extension table and stands for no character.
const alphabet =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const extension: ReadonlyMap<string, number> = new Map([
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
const septetOf: ReadonlyMap<string, number> = new Map(
  Array.from(alphabet, (character, septet): [string, number] => [character, septet]).filter(([c]) => c !== '\u001b'),
);
const extensionCharacterOf: ReadonlyMap<number, string> = new Map(
  Array.from(extension, ([character, septet]): [number, string] => [septet, character]),
);

/** True when every character has a place in the default alphabet or its extension. */
export function fitsGsm7(text: string): boolean {
  return Array.from(text).every((character) => septetOf.has(character) || extension.has(character));
}

/** The septets of a text, two for a character of the extension; undefined when one has no place. */
export function toSeptets(text: string): number[] | undefined {
  const septets: number[] = [];
  for (const character of text) {
    const plain = septetOf.get(character);
    const extended = extension.get(character);
    if (plain !== undefined) septets.push(plain);
    else if (extended !== undefined) septets.push(escapeSeptet, extended);
    else return undefined;
  }
  return septets;
}

/** The text of septets. An unknown extension shows the plain character, as TS 23.038 6.2.1.1 asks. */
export function fromSeptets(septets: readonly number[]): string {
  let text = '';
  for (let index = 0; index < septets.length; index++) {
    const septet = septets[index] ?? 0;
    if (septet !== escapeSeptet) text += plainCharacter(septet);
    else {
      index++;
      const next = septets[index];
      if (next !== undefined) text += extensionCharacterOf.get(next) ?? plainCharacter(next);
    }
  }
  return text;
}

/** Packs septets into octets. Seven spare bits are filled with CR, so that no `@` appears at the end (6.1.2.3.1). */
export function packSeptets(septets: readonly number[]): Buffer {
  const filled = needsFilling(septets) ? [...septets, carriageReturn] : septets;
  const octets = Buffer.alloc(Math.ceil((filled.length * 7) / 8));
  for (const [index, septet] of filled.entries()) {
    const bit = index * 7;
    const at = bit >> 3;
    const shifted = (septet & 0x7f) << (bit & 7);
    octets[at] = (octets[at] ?? 0) | (shifted & 0xff);
    if (shifted > 0xff) octets[at + 1] = (octets[at + 1] ?? 0) | (shifted >> 8);
  }
  return octets;
}

/** Unpacks all septets of `octets`, without a filling CR at their end. */
export function unpackSeptets(octets: Buffer): number[] {
  const count = Math.floor((octets.length * 8) / 7);
  const septets = Array.from({ length: count }, (_, index) => {
    const bit = index * 7;
    const pair = (octets[bit >> 3] ?? 0) | ((octets[(bit >> 3) + 1] ?? 0) << 8);
    return (pair >> (bit & 7)) & 0x7f;
  });
  if (count > 0 && count % 8 === 0 && septets.at(-1) === carriageReturn) septets.pop();
  return septets;
}

// An escape after an escape is reserved for a further table and is shown as a space (6.2.1.1).
function plainCharacter(septet: number): string {
  return septet === escapeSeptet ? ' ' : (alphabet[septet & 0x7f] ?? ' ');
}

// A wanted CR at the end of a full octet would be taken for filling: a second one protects it.
function needsFilling(septets: readonly number[]): boolean {
  const spare = septets.length % 8;
  return spare === 7 || (spare === 0 && septets.length > 0 && septets.at(-1) === carriageReturn);
}

// The user data header of a short message (3GPP TS 23.040 9.2.3.24): takes a TP-UD apart. Pure.

export interface InformationElement {
  readonly iei: number;
  readonly value: Buffer;
}

export interface SplitUserData {
  readonly elements: readonly InformationElement[];
  /** What follows the header. */
  readonly rest: Buffer;
}

/** Splits a TP-UD that begins with a header; undefined when the header runs over its end or does not add up. */
export function splitUserData(tpUd: Buffer): SplitUserData | undefined {
  const end = 1 + (tpUd[0] ?? tpUd.length);
  if (end > tpUd.length) return undefined;
  const elements: InformationElement[] = [];
  let at = 1;
  while (at < end) {
    const iei = tpUd[at];
    const length = tpUd[at + 1];
    if (iei === undefined || length === undefined || at + 2 + length > end) return undefined;
    elements.push({ iei, value: tpUd.subarray(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  return { elements, rest: tpUd.subarray(end) };
}

// What stands before the ciphered part: CPL to TAR in a command, RPL to TAR in a response.
const clearOctets: ReadonlyMap<number, number> = new Map([
  [0x70, 10],
  [0x71, 6],
]);

/** What a log may show of a TP-UD, in hexadecimal: its header and the clear head of a secured packet, never a text. */
export function clearHeader(esmClass: number, tpUd: Buffer): string {
  const split = (esmClass & 0x40) === 0 ? undefined : splitUserData(tpUd);
  if (!split) return '';
  const clear = split.elements.reduce((most, { iei }) => Math.max(most, clearOctets.get(iei) ?? 0), 0);
  return tpUd.toString('hex', 0, tpUd.length - split.rest.length + clear);
}

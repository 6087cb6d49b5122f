// The user data of a short message (3GPP TS 23.040 9.2.3.24): its header elements in any order, and the joining of
// segments with 8- or 16-bit references. Knows neither packets nor texts.

/** One short message carries at most this many octets of user data, header included. */
export const MAX_USER_DATA = 140;

const CONCATENATED_8_BIT = 0x00;
const CONCATENATED_16_BIT = 0x08;

export interface HeaderElement {
  readonly id: number;
  readonly value: Buffer;
}

export interface UserData {
  readonly elements: readonly HeaderElement[];
  readonly body: Buffer;
}

/** Splits user data that has a header; undefined when the header does not fit or an element is cut short. */
export function parseUserData(octets: Buffer): UserData | undefined {
  const headerLength = octets[0];
  if (headerLength === undefined || headerLength + 1 > octets.length) {
    return undefined;
  }
  const header = octets.subarray(1, headerLength + 1);
  const elements: HeaderElement[] = [];
  let offset = 0;
  while (offset < header.length) {
    const id = header[offset];
    const length = header[offset + 1];
    if (id === undefined || length === undefined || offset + 2 + length > header.length) {
      return undefined;
    }
    elements.push({ id, value: header.subarray(offset + 2, offset + 2 + length) });
    offset += 2 + length;
  }
  return { elements, body: octets.subarray(headerLength + 1) };
}

interface Segment {
  readonly key: string;
  readonly total: number;
  readonly index: number;
}

interface Assembly {
  readonly total: number;
  readonly startedAt: number;
  readonly parts: Map<number, UserData>;
}

const MAX_SEGMENTS = 16;
const MAX_OPEN = 8;
const MAX_AGE_MS = 15 * 60_000;

export interface Reassembly {
  add(from: string, userData: UserData): UserData | undefined;
}

/**
 * Joins segments of messages from one sender to one receiver. A whole message comes back at once, a segment gives
 * undefined until the last one is there; header elements are those of the first segment.
 * Bounded: 8 messages open, 16 segments each, 15 minutes.
 */
export function createReassembly(now: () => Date): Reassembly {
  const open = new Map<string, Assembly>();

  function assemblyFor(segment: Segment): Assembly {
    const known = open.get(segment.key);
    if (known?.total === segment.total) {
      return known;
    }
    const assembly: Assembly = { total: segment.total, startedAt: now().getTime(), parts: new Map() };
    open.delete(segment.key);
    open.set(segment.key, assembly);
    return assembly;
  }

  function forgetOld(): void {
    const oldest = now().getTime() - MAX_AGE_MS;
    for (const [key, assembly] of open) {
      if (assembly.startedAt < oldest || open.size > MAX_OPEN) {
        open.delete(key);
      }
    }
  }

  return {
    add(from, userData) {
      const segment = segmentOf(from, userData.elements);
      if (segment === 'whole') {
        return userData;
      }
      if (segment === 'invalid') {
        return undefined;
      }
      const assembly = assemblyFor(segment);
      assembly.parts.set(segment.index, userData);
      forgetOld();
      if (assembly.parts.size < assembly.total) {
        return undefined;
      }
      open.delete(segment.key);
      return joined(assembly);
    },
  };
}

function segmentOf(from: string, elements: readonly HeaderElement[]): Segment | 'whole' | 'invalid' {
  const element = elements.find(({ id }) => id === CONCATENATED_8_BIT || id === CONCATENATED_16_BIT);
  if (element === undefined) {
    return 'whole';
  }
  const expected = element.id === CONCATENATED_8_BIT ? 3 : 4;
  const [total = 0, index = 0] = element.value.subarray(-2);
  if (element.value.length !== expected || total < 1 || total > MAX_SEGMENTS || index < 1 || index > total) {
    return 'invalid';
  }
  return { key: `${from}/${element.id}/${element.value.subarray(0, -2).toString('hex')}`, total, index };
}

function joined(assembly: Assembly): UserData {
  const parts = [...assembly.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
  return { elements: parts[0]?.elements ?? [], body: Buffer.concat(parts.map((part) => part.body)) };
}

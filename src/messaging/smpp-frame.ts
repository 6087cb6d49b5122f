// SMPP 3.4 on the octet level: cuts a byte stream into PDUs, and reads deliver_sm strictly.
// The library's own reader hangs on bad lengths and turns bodies into strings; neither reaches us this way.

/** Headers of the commands that are spoken here (SMPP 3.4, 5.1.2.1). */
export const commandIds = {
  generic_nack: 0x80000000,
  deliver_sm: 0x00000005,
  unbind: 0x00000006,
  enquire_link: 0x00000015,
} as const;
const responseBit = 0x80000000;
const headerLength = 16;
/** No PDU of this interface is longer; a larger length is garbage. */
const longestPdu = 4096;

export interface Frame {
  readonly commandId: number;
  readonly status: number;
  readonly sequence: number;
  readonly isResponse: boolean;
  /** The whole PDU, header included. */
  readonly octets: Buffer;
}

/** Takes chunks of a stream and gives back whole PDUs; `undefined` when the stream is not SMPP any more. */
export function createFramer() {
  let pending = Buffer.alloc(0);
  return {
    push(chunk: Buffer): Frame[] | undefined {
      pending = Buffer.concat([pending, chunk]);
      const frames: Frame[] = [];
      while (pending.length >= 4) {
        const length = pending.readUInt32BE(0);
        if (length < headerLength || length > longestPdu) return undefined;
        if (pending.length < length) break;
        frames.push(readHeader(pending.subarray(0, length)));
        pending = pending.subarray(length);
      }
      return frames;
    },
    /** True while a PDU has begun and not ended. */
    isPartial: () => pending.length > 0,
  };
}

function readHeader(octets: Buffer): Frame {
  const commandId = octets.readUInt32BE(4);
  return {
    commandId,
    status: octets.readUInt32BE(8),
    sequence: octets.readUInt32BE(12),
    isResponse: commandId >= responseBit,
    octets: Buffer.from(octets),
  };
}

/** A deliver_sm as it stood on the wire. */
export interface DeliverPdu {
  readonly sourceTon: number;
  readonly source: string;
  readonly destination: string;
  readonly esmClass: number;
  readonly protocolId: number;
  readonly dataCoding: number;
  /** short_message octet for octet, or message_payload where the SMSC used that. */
  readonly body: Buffer;
  readonly options: ReadonlyMap<number, Buffer>;
}

const messagePayload = 0x0424;

/** Reads a deliver_sm; undefined if any length in it does not add up (the library would give half-empty fields). */
export function readDeliverSm(frame: Frame): DeliverPdu | undefined {
  const reader = createReader(frame.octets.subarray(headerLength));
  reader.text(6);
  const sourceTon = reader.octet();
  reader.octet();
  const source = reader.text(21);
  reader.take(2);
  const destination = reader.text(21);
  const esmClass = reader.octet();
  const protocolId = reader.octet();
  reader.octet();
  reader.text(17);
  reader.text(17);
  reader.take(2);
  const dataCoding = reader.octet();
  reader.octet();
  const shortMessage = reader.take(reader.octet());
  const options = reader.options();
  if (!reader.isDone()) return undefined;
  const body = shortMessage.length === 0 ? (options.get(messagePayload) ?? shortMessage) : shortMessage;
  return { sourceTon, source, destination, esmClass, protocolId, dataCoding, body, options };
}

// Reads on after a fault, with whatever is there, so that the caller checks once, at the end: a length that runs
// over the end leaves `at` behind it.
function createReader(octets: Buffer) {
  let at = 0;
  let broken = false;
  const take = (length: number): Buffer => {
    const taken = octets.subarray(at, at + length);
    at += length;
    return taken;
  };
  const octet = () => take(1)[0] ?? 0;
  return {
    take,
    octet,
    /** A C-octet string of at most `size` octets, its zero included. */
    text(size: number): string {
      const end = octets.indexOf(0, at);
      broken ||= end < 0 || end - at >= size;
      if (broken) return '';
      const value = octets.toString('latin1', at, end);
      at = end + 1;
      return value;
    },
    options(): Map<number, Buffer> {
      const found = new Map<number, Buffer>();
      while (!broken && at < octets.length) {
        const tag = (octet() << 8) | octet();
        found.set(tag, take((octet() << 8) | octet()));
      }
      return found;
    },
    isDone: () => !broken && at === octets.length,
  };
}

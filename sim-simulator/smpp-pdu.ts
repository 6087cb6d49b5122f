// Reads SMPP 3.4 from a socket's octets: frames, then the bodies that an SMSC gets. Strict: a body that is cut short,
// or whose lengths do not agree, is undefined. Pure.

export const COMMAND = {
  genericNack: 0x8000_0000,
  bindReceiver: 0x0000_0001,
  bindTransmitter: 0x0000_0002,
  bindTransceiver: 0x0000_0009,
  submitSm: 0x0000_0004,
  deliverSmResp: 0x8000_0005,
  unbind: 0x0000_0006,
  unbindResp: 0x8000_0006,
  enquireLink: 0x0000_0015,
  enquireLinkResp: 0x8000_0015,
} as const;

export const STATUS = {
  ok: 0x00,
  invalidMessageLength: 0x01,
  invalidCommandLength: 0x02,
  invalidCommandId: 0x03,
  invalidBindStatus: 0x04,
  alreadyBound: 0x05,
  systemError: 0x08,
  invalidDestination: 0x0b,
  bindFailed: 0x0d,
  invalidPassword: 0x0e,
  invalidSystemId: 0x0f,
  queueFull: 0x14,
  invalidSchedule: 0x61,
  invalidExpiry: 0x62,
  optionalParameterNotAllowed: 0xc1,
} as const;

const HEADER = 16;
const MAX_PDU = 4096;

export interface Frame {
  readonly commandId: number;
  readonly status: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** Thrown for octets that cannot be SMPP: whoever sent them cannot be talked to any more. */
export class SmppGarbage extends Error {
  override readonly name = 'SmppGarbage';
}

/** Cuts a stream into frames; `push` throws SmppGarbage for an impossible length. */
export function createFrameReader(): { push(chunk: Buffer): Frame[] } {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const frames: Frame[] = [];
      while (rest.length >= 4) {
        const length = rest.readUInt32BE(0);
        if (length < HEADER || length > MAX_PDU) {
          throw new SmppGarbage(`A PDU of ${length} octets`);
        }
        if (rest.length < length) {
          break;
        }
        frames.push(frameOf(rest.subarray(0, length)));
        rest = rest.subarray(length);
      }
      return frames;
    },
  };
}

function frameOf(octets: Buffer): Frame {
  return {
    commandId: octets.readUInt32BE(4),
    status: octets.readUInt32BE(8),
    sequence: octets.readUInt32BE(12),
    body: octets.subarray(HEADER),
  };
}

export interface BindRequest {
  readonly systemId: string;
  readonly password: string;
}

/** Reads the body of any bind. */
export function readBind(body: Buffer): BindRequest | undefined {
  const reader = createBodyReader(body);
  const systemId = reader.text(16);
  const password = reader.text(9);
  reader.text(13);
  reader.octets(3);
  reader.text(41);
  return reader.failed() ? undefined : { systemId, password };
}

export interface SubmitRequest {
  readonly source: string;
  readonly destination: string;
  readonly esmClass: number;
  readonly protocolId: number;
  readonly scheduleTime: string;
  readonly validityPeriod: string;
  readonly registeredDelivery: number;
  readonly dataCoding: number;
  readonly shortMessage: Buffer;
  readonly optionalTags: readonly number[];
}

/** Reads the body of a submit_sm. */
export function readSubmit(body: Buffer): SubmitRequest | undefined {
  const reader = createBodyReader(body);
  reader.text(6);
  reader.octets(2);
  const source = reader.text(21);
  reader.octets(2);
  const destination = reader.text(21);
  const [esmClass = 0, protocolId = 0] = reader.octets(3);
  const scheduleTime = reader.text(17);
  const validityPeriod = reader.text(17);
  const [registeredDelivery = 0, , dataCoding = 0, , length = 0] = reader.octets(5);
  const shortMessage = reader.octets(length);
  const optionalTags = reader.tags();
  const times = { scheduleTime, validityPeriod };
  const coding = { esmClass, protocolId, registeredDelivery, dataCoding };
  return reader.failed() ? undefined : { source, destination, ...coding, ...times, shortMessage, optionalTags };
}

interface BodyReader {
  /** A C-octet string of at most `size` octets, its zero included. */
  text(size: number): string;
  octets(count: number): Buffer;
  /** The tags of the optional parameters that follow. */
  tags(): number[];
  failed(): boolean;
}

function createBodyReader(body: Buffer): BodyReader {
  let offset = 0;
  let broken = false;

  function octets(count: number): Buffer {
    const taken = body.subarray(offset, offset + count);
    broken ||= taken.length < count;
    offset += count;
    return taken;
  }

  return {
    octets,
    text(size) {
      const end = body.indexOf(0, offset);
      if (end < 0 || end - offset >= size) {
        broken = true;
        return '';
      }
      const text = body.toString('latin1', offset, end);
      offset = end + 1;
      return text;
    },
    tags() {
      const found: number[] = [];
      while (!broken && offset < body.length) {
        const head = octets(4);
        if (!broken) {
          found.push(head.readUInt16BE(0));
          octets(head.readUInt16BE(2));
        }
      }
      return found;
    },
    failed: () => broken,
  };
}

// A bare ESME over a real socket, for tests of the simulator's SMSC: octets out, frames in, nothing decoded for it.

import { connect, type Socket } from 'node:net';
import { encodePdu, type SmppValue } from '../../../sim-simulator/smpp-library.ts';
import { createFrameReader, type Frame } from '../../../sim-simulator/smpp-pdu.ts';
import { SHORT_CODE } from './provider-end.ts';

export const DELIVER_SM = 0x05;

export interface Delivered {
  readonly source: string;
  readonly destination: string;
  readonly esmClass: number;
  readonly protocolId: number;
  readonly dataCoding: number;
  readonly shortMessage: Buffer;
  readonly tlvs: Map<number, Buffer>;
}

export interface Esme {
  readonly socket: Socket;
  /** Frames that came and were not taken by `next`. */
  readonly frames: Frame[];
  request(command: string, fields?: Record<string, SmppValue>): Promise<Frame>;
  /** The next deliver_sm, answered with this status; undefined status leaves it without an answer. */
  delivered(status?: number | undefined): Promise<Delivered>;
  closed: Promise<void>;
  close(): void;
}

export async function connectEsme(port: number): Promise<Esme> {
  const socket = connect({ port, host: '127.0.0.1' });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  const reader = createFrameReader();
  const frames: Frame[] = [];
  let takers: { fits: (frame: Frame) => boolean; take: (frame: Frame) => void }[] = [];
  let sequence = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) {
      if (frame.commandId === 0x15) {
        socket.write(encodePdu('enquire_link_resp', { sequence_number: frame.sequence }));
        continue;
      }
      const taker = takers.find(({ fits }) => fits(frame));
      takers = takers.filter((each) => each !== taker);
      if (taker === undefined) {
        frames.push(frame);
      } else {
        taker.take(frame);
      }
    }
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));

  function next(fits: (frame: Frame) => boolean): Promise<Frame> {
    const at = frames.findIndex(fits);
    if (at >= 0) {
      return Promise.resolve(frames.splice(at, 1)[0]!);
    }
    return new Promise((take) => takers.push({ fits, take }));
  }

  return {
    socket,
    frames,
    closed,
    request(command, fields = {}) {
      sequence += 1;
      const own = sequence;
      socket.write(encodePdu(command, { sequence_number: own, ...fields }));
      return next((frame) => frame.commandId >= 0x8000_0000 && frame.sequence === own);
    },
    async delivered(status = 0) {
      const frame = await next(({ commandId }) => commandId === DELIVER_SM);
      socket.write(encodePdu('deliver_sm_resp', { sequence_number: frame.sequence, command_status: status }));
      return readDeliver(frame.body);
    },
    close: () => socket.destroy(),
  };
}

/** Connects and binds as the provider does. */
export async function bindEsme(port: number, changes: Record<string, SmppValue> = {}): Promise<Esme> {
  const esme = await connectEsme(port);
  const bind = { system_id: 'provider', password: 'smppdemo', interface_version: 0x34, ...changes };
  const response = await esme.request('bind_transceiver', bind);
  if (response.status !== 0) {
    throw new Error(`bind refused with ${response.status}`);
  }
  return esme;
}

/** A binary message for the card of this number. */
export function submitToCard(esme: Esme, msisdn: string, userData: Buffer, changes: Record<string, SmppValue> = {}) {
  return esme.request('submit_sm', {
    source_addr: SHORT_CODE,
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: msisdn.slice(1),
    esm_class: 0x40,
    protocol_id: 0x7f,
    data_coding: 0xf6,
    validity_period: '000000000200000R',
    short_message: userData,
    ...changes,
  });
}

/** The message id in a submit_sm_resp. */
export function messageIdOf(response: Frame): string {
  return response.body.toString('latin1', 0, response.body.length - 1);
}

function readDeliver(body: Buffer): Delivered {
  let offset = 0;
  const text = () => {
    const end = body.indexOf(0, offset);
    const value = body.toString('latin1', offset, end);
    offset = end + 1;
    return value;
  };
  const octet = () => body.readUInt8(offset++);
  text();
  offset += 2;
  const source = text();
  offset += 2;
  const destination = text();
  const esmClass = octet();
  const protocolId = octet();
  octet();
  text();
  text();
  offset += 2;
  const dataCoding = octet();
  octet();
  const length = octet();
  const shortMessage = body.subarray(offset, offset + length);
  offset += length;
  const tlvs = new Map<number, Buffer>();
  while (offset < body.length) {
    const size = body.readUInt16BE(offset + 2);
    tlvs.set(body.readUInt16BE(offset), body.subarray(offset + 4, offset + 4 + size));
    offset += 4 + size;
  }
  return { source, destination, esmClass, protocolId, dataCoding, shortMessage, tlvs };
}

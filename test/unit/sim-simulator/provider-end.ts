// The provider's end of the wire, as far as tests of the simulator need it: an export with known keys, requests in
// packets, and the checks of answers. Built on the simulator's codec, which the vectors hold in place.

import { createHash, createPublicKey, ECDH, verify } from 'node:crypto';
import { aesCmac } from '../../../sim-simulator/aes-cmac.ts';
import { generateKpin, publicKeyOf } from '../../../sim-simulator/applet-answer.ts';
import { type AppletRequest, authorityOf, encodeRequest, FLAG, OP } from '../../../sim-simulator/applet-message.ts';
import type { FleetExport, SimExport } from '../../../sim-simulator/fleet-export.ts';
import { iccidOctets } from '../../../sim-simulator/key-derivation.ts';
import { buildCommand, openResponse } from '../../../sim-simulator/secured-packet.ts';

export const TAR = '4d4944';
export const SHORT_CODE = '12345';

/** Octets that look random and are the same in every run. */
export function octetsOf(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed}/${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

export function aSim(changes: Partial<SimExport> = {}): SimExport {
  const iccid = changes.iccid ?? '8933010000000000017';
  const key = (name: string) => octetsOf(`${iccid}/${name}`, 16).toString('hex');
  return {
    iccid,
    msisdn: '+33639980001',
    serial13: null,
    keyVersion: 1,
    keys: { kic: key('kic'), kid: key('kid'), kdev: key('kdev'), kadm: key('kadm') },
    appletCapable: true,
    pin: '4071',
    kpinPrivate: generateKpin((size) => octetsOf(`${iccid}/kpin`, size)),
    behaviour: { mode: 'manual' },
    power: 'on',
    label: 'Alice',
    device: 'phone',
    ...changes,
  };
}

/** A SIM without PIN and key, as it leaves the shop. */
export function aNewSim(changes: Partial<SimExport> = {}): SimExport {
  return aSim({ pin: null, kpinPrivate: null, ...changes });
}

export function anExport(...sims: SimExport[]): FleetExport {
  return { format: 'mid-sim-export/1', origin: 'test', tar: TAR, sims };
}

/** A request to approve with the PIN, reference code shown; `name` makes the challenge. */
export function aRequest(name: string, changes: Partial<AppletRequest> = {}): AppletRequest {
  return {
    proof: 2,
    op: OP.authenticate,
    flags: FLAG.pin | FLAG.showCode,
    ttlSeconds: 120,
    challenge: octetsOf(name, 16),
    language: 'en',
    serviceName: 'Portal',
    message: 'Sign in to the portal?',
    ...changes,
  };
}

/** DATA of a request with administrative number and authority. */
export function authorised(sim: SimExport, request: AppletRequest, adminNumber: number): Buffer {
  const open = encodeRequest({ ...request, adminNumber, authority: Buffer.alloc(8) });
  const authority = authorityOf(Buffer.from(sim.keys.kadm, 'hex'), identityOf(sim), open);
  return encodeRequest({ ...request, adminNumber, authority });
}

export function keysOf(sim: SimExport) {
  return { kic: Buffer.from(sim.keys.kic, 'hex'), kid: Buffer.from(sim.keys.kid, 'hex') };
}

export function identityOf(sim: SimExport) {
  return { iccid: iccidOctets(sim.iccid), tar: Buffer.from(TAR, 'hex'), keyVersion: sim.keyVersion };
}

export interface Sealing {
  readonly counter: number;
  readonly spi1?: number;
  readonly kicByte?: number;
  readonly kidByte?: number;
  readonly tar?: string;
  readonly keys?: { kic: Buffer; kid: Buffer };
}

/** User data (02 70 00 and the command packet) that carries DATA to this SIM; may exceed one short message. */
export function sealed(sim: SimExport, data: Buffer, sealing: Sealing): Buffer {
  const { counter, spi1 = 0x16, kicByte = 0x12, kidByte = 0x12, tar = TAR } = sealing;
  const fields = { spi1, spi2: 0x39, kicByte, kidByte, tar: Buffer.from(tar, 'hex'), counter, data };
  return Buffer.concat([Buffer.of(0x02, 0x70, 0x00), buildCommand(fields, sealing.keys ?? keysOf(sim))]);
}

/** Cuts user data with a packet into short messages, with an 8- or 16-bit reference. */
export function segments(userData: Buffer, options: { wide?: boolean; commandFirst?: boolean } = {}): Buffer[] {
  const packet = userData.subarray(3);
  const concatenation = (index: number, total: number) =>
    options.wide ? [0x08, 0x04, 0x12, 0x34, total, index] : [0x00, 0x03, 0x77, total, index];
  const size = 120;
  const total = Math.ceil(packet.length / size);
  return Array.from({ length: total }, (_, at) => {
    const own = concatenation(at + 1, total);
    const command = at === 0 ? [0x70, 0x00] : [];
    const elements = options.commandFirst ? [...command, ...own] : [...own, ...command];
    return Buffer.concat([Buffer.of(elements.length, ...elements), packet.subarray(at * size, (at + 1) * size)]);
  });
}

export interface OpenedAnswer {
  readonly packetCounter: number;
  readonly rsc: number;
  readonly data: Buffer;
  readonly octet0: number;
  readonly op: number;
  readonly result: number;
  readonly tries: number;
  readonly counter: number;
}

/** Opens an answer SMS; throws when the packet is not this SIM's. */
export function openAnswer(sim: SimExport, userData: Buffer): OpenedAnswer {
  const opened = openResponse(userData, keysOf(sim), { ciphered: true });
  if (opened === undefined) {
    throw new Error('not an answer of this SIM');
  }
  const { data, rsc } = opened;
  const [octet0 = -1, op = -1, result = -1, tries = -1] = data;
  const counter = data.length >= 8 ? data.readUInt32BE(4) : -1;
  return { packetCounter: opened.counter, rsc, data, octet0, op, result, tries, counter };
}

/** True when the proof of an answer fits the request, as the server would check it. */
export function provesItself(sim: SimExport, requestData: Buffer, answer: Buffer, publicKey?: Buffer): boolean {
  const head = answer.subarray(0, 12);
  const covered = Buffer.concat([
    Buffer.from('MIDA1'),
    identityOf(sim).iccid,
    Buffer.from(TAR, 'hex'),
    Buffer.of(sim.keyVersion),
    createHash('sha256').update(requestData).digest(),
    head,
  ]);
  if (answer[0] === 0x11) {
    const key = answer.subarray(28);
    return aesCmac(Buffer.from(sim.keys.kdev, 'hex'), Buffer.concat([covered, key])).equals(answer.subarray(12, 28));
  }
  const known = publicKey ?? publicKeyOf(sim.kpinPrivate ?? '');
  return verifies(known, covered, answer.subarray(12, 76));
}

/** ECDSA P-256 with SHA-256, r | s, by a compressed key. */
export function verifies(publicKey: Buffer, message: Buffer, signature: Buffer): boolean {
  const point = Buffer.from(
    ECDH.convertKey(publicKey, 'prime256v1', undefined, 'hex', 'uncompressed') as string,
    'hex',
  );
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

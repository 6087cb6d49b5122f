// The shared vectors, read from test/vectors and typed, for the simulator's codec tests.

import { readFileSync } from 'node:fs';

export interface PacketVector {
  name: string;
  kind: 'command' | 'response';
  kic?: string;
  kid: string;
  spi?: string;
  kicByte?: string;
  kidByte?: string;
  ciphered?: boolean;
  tar: string;
  counter: string;
  status?: string;
  data: string;
  packet: string;
}

export interface OtaVectors {
  aes_cmac: { source: string; key: string; message: string; mac: string }[];
  packets: PacketVector[];
  kdf: ({ root: string; iccidDigits: string; iccidOctets: string; keyVersion: string } & Record<string, string>)[];
}

export interface AppletVectors {
  iccid: string;
  tar: string;
  keyVersion: string;
  kdev: string;
  kadm: string;
  gsm7: { text: string; septets: number; packed: string }[];
  ucs2: { text: string; gsm7: boolean; encoded: string }[];
  referenceCodes: { challenge: string; code: string }[];
  requests: { name: string; data: string; sha256: string; octets: number; c4?: string }[];
  kpin: { privateKey: string; publicKeyCompressed: string };
  answers: {
    name: string;
    request: string;
    proofInput?: string;
    m?: string;
    t?: string;
    answer: string;
    octets: number;
  }[];
}

export const ota: OtaVectors = read('ota.json');
export const applet: AppletVectors = read('applet.json');

export function hex(octets: string): Buffer {
  return Buffer.from(octets, 'hex');
}

function read(name: string) {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8'));
}

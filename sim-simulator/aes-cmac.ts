// AES-CMAC (RFC 4493, NIST SP 800-38B), which node:crypto does not offer. Pure; knows no packets.

import { createCipheriv } from 'node:crypto';

const BLOCK = 16;
const RB = 0x87;

/** The 16-octet AES-CMAC of `message`; the key has 16, 24 or 32 octets (RFC 4493; throws RangeError on other keys). */
export function aesCmac(key: Uint8Array, message: Uint8Array): Buffer {
  const encrypt = blockEncryptor(key);
  const firstSubkey = double(encrypt(Buffer.alloc(BLOCK)));
  const complete = message.length > 0 && message.length % BLOCK === 0;
  const blocks = Math.max(1, Math.ceil(message.length / BLOCK));
  const padded = Buffer.alloc(blocks * BLOCK);
  padded.set(message);
  if (!complete) {
    padded[message.length] = 0x80;
  }
  xorInto(padded.subarray(-BLOCK), complete ? firstSubkey : double(firstSubkey));
  let state = Buffer.alloc(BLOCK);
  for (let offset = 0; offset < padded.length; offset += BLOCK) {
    xorInto(state, padded.subarray(offset, offset + BLOCK));
    state = encrypt(state);
  }
  return state;
}

function blockEncryptor(key: Uint8Array): (block: Buffer) => Buffer<ArrayBuffer> {
  if (![16, 24, 32].includes(key.length)) {
    throw new RangeError('An AES key has 16, 24 or 32 octets');
  }
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  return (block) => Buffer.from(cipher.update(block));
}

function double(block: Buffer): Buffer<ArrayBuffer> {
  const doubled = Buffer.alloc(BLOCK);
  let carry = 0;
  for (let index = BLOCK - 1; index >= 0; index -= 1) {
    const octet = block.readUInt8(index);
    doubled[index] = ((octet << 1) & 0xff) | carry;
    carry = octet >> 7;
  }
  if (carry === 1) {
    doubled.writeUInt8(doubled.readUInt8(BLOCK - 1) ^ RB, BLOCK - 1);
  }
  return doubled;
}

function xorInto(target: Buffer, mask: Uint8Array): void {
  mask.forEach((octet, index) => {
    target.writeUInt8(target.readUInt8(index) ^ octet, index);
  });
}

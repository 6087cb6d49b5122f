// AES-CMAC (RFC 4493, NIST SP 800-38B) over the block cipher of node:crypto, which has no CMAC of its own,
// and the constant-time comparison that goes with it. Pure.
import { createCipheriv, timingSafeEqual } from 'node:crypto';

const blockSize = 16;
/** The constant R128 of SP 800-38B 5.3: reduces a left shift in GF(2^128). */
const reduction = 0x87;

/** AES-CMAC of `message`, 16 octets. The key has 16, 24 or 32 octets; any other length throws RangeError. */
export function aesCmac(key: Buffer, message: Buffer): Buffer {
  const subkey = double(encryptBlocks(key, Buffer.alloc(blockSize)));
  const whole = message.length > 0 && message.length % blockSize === 0;
  const padded = whole ? Buffer.from(message) : padBlock(message);
  const mask = whole ? subkey : double(subkey);
  const last = padded.subarray(-blockSize);
  for (const [index, octet] of mask.entries()) last[index] = (last[index] ?? 0) ^ octet;
  return encryptBlocks(key, padded).subarray(-blockSize);
}

/** True when both have the same octets; takes the same time wherever they differ. Lengths are no secret here. */
export function constantTimeEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

// CBC with a zero IV is exactly the chain of CMAC; for one block it is the bare cipher.
function encryptBlocks(key: Buffer, blocks: Buffer): Buffer {
  const cipher = createCipheriv(cipherName(key), key, Buffer.alloc(blockSize)).setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}

function cipherName(key: Buffer): string {
  if (![16, 24, 32].includes(key.length)) throw new RangeError('an AES key has 16, 24 or 32 octets');
  return `aes-${key.length * 8}-cbc`;
}

function double(block: Buffer): Buffer {
  const shifted = Buffer.alloc(blockSize);
  for (let index = 0; index < blockSize; index++) {
    shifted[index] = ((block[index] ?? 0) << 1) | ((block[index + 1] ?? 0) >> 7);
  }
  if ((block[0] ?? 0) & 0x80) shifted[blockSize - 1] = (shifted[blockSize - 1] ?? 0) ^ reduction;
  return shifted;
}

function padBlock(message: Buffer): Buffer {
  const padded = Buffer.alloc((Math.floor(message.length / blockSize) + 1) * blockSize);
  message.copy(padded);
  padded[message.length] = 0x80;
  return padded;
}

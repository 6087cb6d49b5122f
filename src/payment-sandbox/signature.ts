// Signatures between this provider and its merchant: `t=<unix seconds>,v1=<hex>`, HMAC-SHA-256 of `<t>.<body>`.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Header that carries it. */
export const signatureHeader = 'Payment-Signature';

const mostSeconds = 300;

/** Signs a body. */
export function sign(secret: string, body: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1_000);
  return `t=${seconds},v1=${mac(secret, seconds, body).toString('hex')}`;
}

/** True for what the merchant signed within the last five minutes. */
export function isSigned(
  secret: string,
  { body, signature, now }: { body: string; signature: string; now: Date },
): boolean {
  const [, seconds, hex] = /^t=([0-9]{1,12}),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  if (seconds === undefined || hex === undefined) return false;
  if (!timingSafeEqual(mac(secret, Number(seconds), body), Buffer.from(hex, 'hex'))) return false;
  return Math.abs(now.getTime() / 1_000 - Number(seconds)) <= mostSeconds;
}

function mac(secret: string, seconds: number, body: string): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest();
}

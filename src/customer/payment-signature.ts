// Signatures between us and the payment provider: `t=<unix seconds>,v1=<hex>`, the HMAC-SHA-256 of `<t>.<body>` under
// a secret that both know. The time is part of what is signed, so that an old message cannot be sent again.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the clock of the sender may be from ours, in seconds; older messages are refused. */
export const freshSeconds = 300;

/** Header that carries it. */
export const signatureHeader = 'Payment-Signature';

const form = /^t=([0-9]{1,12}),v1=([0-9a-f]{64})$/;

/** Signs a body. */
export function signBody(secret: Buffer, { body, now }: { body: string; now: Date }): string {
  const seconds = Math.floor(now.getTime() / 1_000);
  return `t=${seconds},v1=${macOf(secret, seconds, body).toString('hex')}`;
}

/** `old`: signed with the secret, but not within five minutes of now. */
export function checkSignature(
  secret: Buffer,
  { body, signature, now }: { body: string; signature: string | undefined; now: Date },
): 'right' | 'unsigned' | 'forged' | 'old' {
  if (signature === undefined || signature === '') return 'unsigned';
  const [, seconds, mac] = form.exec(signature) ?? [];
  if (seconds === undefined || mac === undefined) return 'forged';
  if (!timingSafeEqual(macOf(secret, Number(seconds), body), Buffer.from(mac, 'hex'))) return 'forged';
  return Math.abs(now.getTime() / 1_000 - Number(seconds)) <= freshSeconds ? 'right' : 'old';
}

function macOf(secret: Buffer, seconds: number, body: string): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest();
}

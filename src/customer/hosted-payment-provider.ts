// A payment provider with a hosted page, over HTTP: checkouts and refunds are asked for by signed requests, outcomes
// come as signed notifications. The sandbox provider speaks this; docs/decisions/024 says how messages are signed.
import { z } from 'zod';
import {
  type Checkout,
  type PaymentProvider,
  PaymentProviderError,
  type ProviderEvent,
  type ReadNotification,
} from './payment-provider.ts';
import { checkSignature, signatureHeader, signBody } from './payment-signature.ts';

export interface HostedProviderDeps {
  /** Its origin; its API is below `/v1`. */
  readonly url: URL;
  readonly secret: Buffer;
  readonly now: () => Date;
  readonly fetch: typeof fetch;
}

/** Longest time for one answer. */
const timeoutMs = 10_000;

/** Makes the provider at an address. */
export function createHostedPaymentProvider(deps: HostedProviderDeps): PaymentProvider {
  const { origin } = deps.url;
  return {
    origin,
    async createCheckout({ paymentId, ...request }) {
      const { status, body } = await post(deps, '/v1/checkouts', { merchantReference: paymentId, ...request });
      const checkout = checkoutAnswer.safeParse(body);
      if (status !== 201 || !checkout.success) throw new PaymentProviderError(`no checkout: status ${status}`);
      return onOwnPage(checkout.data, origin);
    },
    readNotification: (raw) => readNotification(deps, raw),
    async refund({ refundId, reference, amount }) {
      const { status } = await post(deps, '/v1/refunds', { refundReference: refundId, reference, amount });
      if (status === 201) return 'done';
      if (status === 404 || status === 409) return 'refused';
      throw new PaymentProviderError(`no refund: status ${status}`);
    },
  };
}

const checkoutAnswer = z.object({ reference: z.string().min(1).max(200), url: z.url().max(2_000) });

/** A browser is sent to the provider's own pages and nowhere else. */
function onOwnPage(checkout: Checkout, origin: string): Checkout {
  if (new URL(checkout.url).origin === origin) return checkout;
  throw new PaymentProviderError('the page is not the provider’s own');
}

async function post(
  { url, secret, now, fetch: call }: HostedProviderDeps,
  path: string,
  message: object,
): Promise<{ status: number; body: unknown }> {
  const body = JSON.stringify(message);
  try {
    const response = await call(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', [signatureHeader]: signBody(secret, { body, now: now() }) },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  } catch (cause) {
    throw new PaymentProviderError('the payment provider cannot be reached', { cause });
  }
}

const notification = z.object({
  type: z.enum(['payment.authorised', 'payment.captured', 'payment.declined', 'payment.cancelled', 'payment.expired']),
  merchantReference: z.string().min(1).max(100),
  reference: z.string().min(1).max(200),
  amount: z.strictObject({ unit: z.string().regex(/^[A-Z]{3}$/), minor: z.number().int() }),
  reason: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .optional(),
  card: z.strictObject({ brand: z.string().regex(/^[\w -]{1,20}$/), last4: z.string().regex(/^[0-9]{4}$/) }).optional(),
  authorizationCode: z
    .string()
    .regex(/^[\w-]{1,40}$/)
    .optional(),
});

const kinds: Readonly<Record<z.output<typeof notification>['type'], ProviderEvent['kind']>> = {
  'payment.authorised': 'authorised',
  'payment.captured': 'captured',
  'payment.declined': 'declined',
  'payment.cancelled': 'cancelled',
  'payment.expired': 'expired',
};

function readNotification(
  { secret, now }: HostedProviderDeps,
  { body, signature }: { body: string; signature: string | undefined },
): ReadNotification {
  const checked = checkSignature(secret, { body, signature, now: now() });
  if (checked !== 'right') return { kind: 'refused', why: checked };
  const read = notification.safeParse(jsonOf(body));
  if (!read.success) return { kind: 'refused', why: 'unreadable' };
  const { type, merchantReference: paymentId, reference, amount, reason, card, authorizationCode } = read.data;
  return { kind: 'event', event: { kind: kinds[type], paymentId, reference, amount, reason, card, authorizationCode } };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

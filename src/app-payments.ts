// Wires card payments: the provider with the hosted page, what each purpose does in a capture, the desk behind the API,
// and what is done again and again.
import type { PaymentParts } from './api/payments.ts';
import type { AppParts } from './app.ts';
import { purposesOf } from './app-purposes.ts';
import { createHostedPaymentProvider } from './customer/hosted-payment-provider.ts';
import { createPaymentDesk, type PaymentDeskDeps } from './customer/payment-desk.ts';
import { expirePayments } from './customer/payment-progress.ts';
import { noPaymentProvider, type PaymentProvider } from './customer/payment-provider.ts';
import { sendRefunds } from './customer/payment-refunds.ts';
import { createPaymentTelling } from './customer/payment-telling.ts';
import { receiptTexts } from './customer/receipt-words.ts';
import { createPaymentNotices } from './messaging/payment-notices.ts';
import { createRateLimit } from './storage/rate-limits.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'channel' | 'now' | 'randomBytes'>;

/** What `startPayment` and all that follows need. */
export function paymentDepsOf(parts: Parts): PaymentDeskDeps {
  const { config, database, audit, channel, randomBytes } = parts;
  const refused = createRateLimit(database, { name: 'payment-message', points: 60, seconds: 3_600 });
  return {
    ...{
      database,
      audit,
      randomBytes,
      texts: receiptTexts(),
      purposes: purposesOf(parts),
      provider: providerOf(parts),
    },
    telling: createPaymentTelling({ notifier: channel.notifier, notices: createPaymentNotices(channel.jobs) }),
    minutes: config.payments.minutes,
    merchantOf: (brand) => config.brands.of(brand).name,
    timeZoneOf: (brand) => config.brands.of(brand).timeZone,
    takeRefused: () => refused.take('all'),
  };
}

function providerOf({ config, now }: Pick<Parts, 'config' | 'now'>): PaymentProvider {
  const { providerUrl: url, providerSecret } = config.payments;
  if (url === undefined || providerSecret === undefined) return noPaymentProvider;
  return createHostedPaymentProvider({ url, secret: Buffer.from(providerSecret), now, fetch });
}

/** Payments and receipts, for the APIs. */
export function paymentPartsOf(parts: Parts & Pick<AppParts, 'oidc'>): PaymentParts {
  return {
    desk: createPaymentDesk(paymentDepsOf(parts)),
    strongAboveMinor: parts.config.payments.strongAboveMinor,
    async mayReturnTo(clientId, url) {
      const client = await parts.oidc.clients.show(clientId);
      const addresses: unknown = client?.metadata['redirect_uris'];
      return Array.isArray(addresses) && addresses.some((one) => isOfOrigin(one, new URL(url)));
    },
  };
}

/** An app's own scheme has no origin to compare. */
function isOfOrigin(address: unknown, { origin }: URL): boolean {
  const known = typeof address === 'string' ? URL.parse(address) : null;
  return known !== null && origin !== 'null' && known.origin === origin;
}

/** Ends payments whose time is over and gives money back; to be called again and again. */
export function paymentUpkeepOf(parts: Parts): () => Promise<void> {
  const deps = paymentDepsOf(parts);
  return async () => {
    await expirePayments(deps);
    await sendRefunds(deps);
  };
}

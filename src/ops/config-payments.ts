// The variables of card payments: where the provider with the hosted page is, how its messages are signed, and rules.
import { z } from 'zod';
import { type Mode, optional, portIn, readBy, readUrl, variable, whole } from './config-values.ts';

/** For the sandbox's provider, which takes no money. `serve` refuses it. */
export const sandboxPaymentSecret = 'sandbox-payment-provider-takes-no-money';

function readOrigin(text: string): URL | undefined {
  const url = readUrl(text, ['https:', 'http:']);
  return url?.href === `${url?.origin}/` ? url : undefined;
}

const payments = {
  providerUrl: optional(
    variable(
      {
        name: 'PAYMENT_PROVIDER_URL',
        about:
          'Origin of the payment provider, whose page asks for the card; https unless it is this machine. Missing: nothing can be paid by card.',
        fallback: (mode, environment) =>
          mode === 'demo' ? `http://localhost:${portIn(environment, 'PSP_PORT', 3005)}` : undefined,
      },
      { expected: 'an origin, such as https://pay.example', schema: readBy(readOrigin) },
    ),
  ),
  providerSecret: optional(
    variable(
      {
        name: 'PAYMENT_PROVIDER_SECRET',
        about:
          'What the payment provider and this one sign their messages to each other with. `npm run serve` refuses the sandbox’s, which everybody knows.',
        fallback: (mode: Mode) => (mode === 'demo' ? sandboxPaymentSecret : undefined),
      },
      { expected: '32 to 200 characters', schema: z.string().regex(/^[\x21-\x7e]{32,200}$/) },
    ),
  ),
  minutes: whole('PAYMENT_MINUTES', 'A payment that was begun ends by itself after so long.', {
    unit: 'minutes',
    fallback: 30,
    least: 5,
    most: 1_440,
  }),
  strongAboveMinor: variable(
    {
      name: 'PAYMENT_STRONG_ABOVE',
      about: 'Payments above this amount need level M*. 0: none does, for the card’s issuer asks on its own.',
      fallback: '0',
    },
    {
      expected: 'an amount in the smallest unit of the currency (50000 is 500.00 EUR), or 0',
      schema: z
        .string()
        .regex(/^[0-9]{1,9}$/)
        .transform(Number),
    },
  ),
};

export const paymentSections = { payments };

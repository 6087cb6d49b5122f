// What a receipt says, line by line, in the language it was made in. Pure: its looks are in receipt-html.ts and
// receipt-pdf.ts.
import { createTexts, type Texts } from '../i18n.ts';
import type { ReceiptContent } from '../storage/payment-tables.ts';
import { amountText } from './money.ts';

export interface ReceiptWords {
  readonly locale: 'fr' | 'en';
  readonly title: string;
  readonly heading: string;
  readonly merchant: string;
  /** Label and value. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly columns: { readonly what: string; readonly amount: string };
  readonly items: readonly { readonly label: string; readonly amount: string; readonly note: string | undefined }[];
  readonly total: { readonly label: string; readonly amount: string };
  readonly footer: string;
}

/** Reads the words once. */
export function receiptTexts(): Texts {
  return createTexts(new URL('../../views/receipts/', import.meta.url));
}

/** Says a receipt; `merchant` is the brand’s name. */
export function sayReceipt(texts: Texts, content: ReceiptContent, merchant: string): ReceiptWords {
  const { locale, number, payer, items, amount, card, authorizationCode, paymentId } = content;
  const t = (key: string, params?: Record<string, string>) => texts.t(locale, `receipt.${key}`, params);
  return {
    ...{ locale, merchant, title: t('title', { number }), heading: t('heading'), footer: t('footer') },
    facts: [
      [t('number'), number],
      [t('paidAt'), moment(content)],
      [t('payer'), payer],
      [t('paidTo'), merchant],
      [t('method'), card === undefined ? t('anyCard') : t('card', card)],
      ...(authorizationCode === undefined ? [] : [[t('authorisation'), authorizationCode] as const]),
      [t('payment'), paymentId],
    ],
    columns: { what: t('what'), amount: t('amount') },
    items: items.map(({ label, amount: one, refunded }) => ({
      label,
      amount: amountText(one, locale),
      note: refunded && t('refunded', { amount: amountText(refunded, locale) }),
    })),
    total: { label: t('total'), amount: amountText(amount, locale) },
  };
}

function moment({ locale, timeZone, paidAt }: ReceiptContent): string {
  const tag = locale === 'fr' ? 'fr-FR' : 'en-GB';
  return new Intl.DateTimeFormat(tag, { timeZone, dateStyle: 'long', timeStyle: 'short' }).format(new Date(paidAt));
}

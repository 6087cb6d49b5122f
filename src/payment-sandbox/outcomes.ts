// What a card, a confirmation or a cancellation makes of a checkout, and what the merchant is told of it.
import type { TestCard } from './cards.ts';
import type { Checkout } from './checkouts.ts';
import type { Notifications } from './notifications.ts';

export interface Outcomes {
  pay(checkout: Checkout, card: TestCard): Checkout;
  confirm(checkout: Checkout): Checkout;
  refuse(checkout: Checkout): Checkout;
  cancel(checkout: Checkout): Checkout;
  expired(checkout: Checkout): void;
}

/** How late the late card's message is: long enough for the browser to be back first. */
const lateSeconds = 10;

/** Makes them over what tells the merchant. */
export function createOutcomes({
  notifications,
  newReference,
}: {
  readonly notifications: Notifications;
  readonly newReference: () => string;
}): Outcomes {
  const authorise = (checkout: Checkout, { brand, number }: TestCard): void => {
    checkout.card = { brand, last4: number.slice(-4) };
    checkout.authorizationCode = newReference().slice(-8);
  };
  const capture = (checkout: Checkout, manner: { delaySeconds?: number; times?: number } = {}): Checkout => {
    checkout.state = 'captured';
    notifications.send('payment.captured', checkout, manner);
    return checkout;
  };
  const decline = (checkout: Checkout, reason: string): Checkout => {
    Object.assign(checkout, { state: 'declined', reason });
    notifications.send('payment.declined', checkout);
    return checkout;
  };
  return {
    pay(checkout, card) {
      if (card.outcome === 'declined') return decline(checkout, 'card_declined');
      if (card.outcome === 'insufficient_funds') return decline(checkout, 'insufficient_funds');
      authorise(checkout, card);
      if (card.outcome === 'late') return capture(checkout, { delaySeconds: lateSeconds });
      if (card.outcome === 'twice') return capture(checkout, { times: 2 });
      if (card.outcome === 'approve') return capture(checkout);
      checkout.state = 'confirming';
      return checkout;
    },
    confirm(checkout) {
      notifications.send('payment.authorised', checkout);
      return capture(checkout);
    },
    refuse: (checkout) => decline(checkout, 'authentication_failed'),
    cancel(checkout) {
      checkout.state = 'cancelled';
      notifications.send('payment.cancelled', checkout);
      return checkout;
    },
    expired: (checkout) => notifications.send('payment.expired', checkout),
  };
}
